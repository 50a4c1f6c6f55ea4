"""The command line has a row for each verb that agents carry out, with the API's names for it."""

import pytest
from chronovisor.cli.text import event_words, narrative
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import vm_service_pb2 as api
from chronovisor.v1.history_service_pb2 import ReplayStep
from chronovisor.verbs import VM_VERBS, VmVerb

from controlplane.domain.vm.verbs import GUEST_VERBS


def test_every_verb_of_the_control_plane_has_a_row() -> None:
    known = {(row.method, row.event, row.done.event) for row in GUEST_VERBS.values()}
    assert {(verb.method, verb.requested, verb.done) for verb in VM_VERBS} == known
    assert len(VM_VERBS) == len(known)


@pytest.mark.parametrize("verb", VM_VERBS, ids=lambda verb: verb.command)
def test_a_row_has_the_names_of_the_api_and_words_for_its_events(verb: VmVerb) -> None:
    assert verb.method in api.DESCRIPTOR.services_by_name["VmService"].methods_by_name
    fields = set(getattr(api, f"{verb.method}Request").DESCRIPTOR.fields_by_name)
    # A command without options can fill in no more.
    assert not verb.is_plain or fields == {"name", "etag", "request_id", "validate_only", "reason"}
    for field in (verb.requested, verb.done):
        event = ev.Event(actor="user:ada")
        getattr(event, field).SetInParent()
        assert event_words.in_words(event)
        (sentence,) = narrative.sentences([ReplayStep(event=event)], [])
        assert "user:ada" in sentence.text
