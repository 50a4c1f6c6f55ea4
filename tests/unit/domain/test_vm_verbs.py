"""Each verb's row, and each observation's, is whole: nothing that the API or the ledger's schema has is without one."""

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import vm_service_pb2 as api

from controlplane.domain.vm.limits import Limits
from controlplane.domain.vm.states import TRANSITIONS, Observation, Verb
from controlplane.domain.vm.verb_rows import GuestVerbRow
from controlplane.domain.vm.verbs import BY_STEP, GUEST_VERBS, OBSERVATIONS, VERBS

OPERATION = "google.longrunning.Operation"
METHODS = {
    method.name
    for method in api.DESCRIPTOR.services_by_name["VmService"].methods
    if method.output_type.full_name == OPERATION
}
EVENTS = {each.name for each in ev.Event.DESCRIPTOR.oneofs_by_name["payload"].fields if each.name.startswith("vm_")}


def test_every_method_that_answers_with_an_operation_is_a_verbs() -> None:
    assert {row.method for row in VERBS.values()} == METHODS


def test_every_event_of_a_vm_is_a_verbs_or_an_observations() -> None:
    requested, observed = {row.event for row in VERBS.values()}, {row.event for row in OBSERVATIONS.values()}
    assert requested | observed == EVENTS
    assert not requested & observed
    assert {event for event in EVENTS if event.endswith("_requested")} == {row.event for row in GUEST_VERBS.values()}


def test_rows_are_found_by_what_they_are_of() -> None:
    assert {verb: row.verb for verb, row in VERBS.items()} == {verb: verb for verb in Verb}
    assert {each: row.observation for each, row in OBSERVATIONS.items()} == {each: each for each in Observation}
    # Both are keys of one table of states.
    assert not set(map(int, Verb)) & set(map(int, Observation))


@pytest.mark.parametrize("row", GUEST_VERBS.values(), ids=lambda row: row.method)
def test_a_verb_that_agents_carry_out_can_be_brought_about_be_given_up_and_take_too_long(row: GuestVerbRow) -> None:
    begun = {after for (_, verb), after in TRANSITIONS.items() if verb is row.verb}
    assert begun
    assert any(TRANSITIONS.get((state, row.done.observation)) is row.goal for state in begun)
    for state in begun:
        assert (state, Observation.DEADLINE_PASSED) in TRANSITIONS
        assert (state, Observation.STEP_FAILED) in TRANSITIONS or (state, Observation.START_FAILED) in TRANSITIONS
    assert OBSERVATIONS[row.done.observation] is row.done
    assert row.unchanged in ("", row.step)
    assert BY_STEP[row.step] is row
    assert row.limit_s == Limits().of(row.step) > 0


def test_only_a_verb_with_a_row_has_a_limit() -> None:
    assert Limits(start=1.0).of("start") == 1.0
    assert Limits(start=1.0) != Limits() == Limits()
    with pytest.raises(ValueError, match="fly: not one of delete, migrate, pause, reboot"):
        Limits(fly=1.0)
