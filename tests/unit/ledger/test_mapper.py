"""The mapper: recorded events to stored bytes and back."""

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import Notification

from controlplane.domain.fleet import RecordedEvent
from controlplane.ledger.mapper import TOPICS, ProtobufMapper


@pytest.mark.parametrize("kind", TOPICS)
def test_every_kind_of_event_comes_back_as_it_was(kind: str) -> None:
    event = ev.Event(actor="user:é", reason="why", request_id="r", causation="vms/a@1")
    event.commit_time.GetCurrentTime()
    getattr(event, kind).SetInParent()
    stored = ProtobufMapper().to_stored_event(RecordedEvent("vms/a", 7, event))
    assert (stored.originator_id, stored.originator_version) == ("vms/a", 7)
    assert stored.topic == TOPICS[kind]
    assert stored.topic.startswith("chronovisor.events.v1.")
    back = ProtobufMapper().to_domain_event(stored)
    assert (back.stream, back.version, back.event, back.position) == ("vms/a", 7, event, 0)
    read = Notification(stored.originator_id, stored.originator_version, stored.topic, stored.state, 42)
    assert ProtobufMapper().to_domain_event(read).position == 42


def test_the_stored_bytes_are_plain_protobuf_without_what_is_a_column() -> None:
    event = ev.Event(actor="user:a", vm_created=ev.VmCreated(uid="u"))
    stored = ProtobufMapper().to_stored_event(RecordedEvent("vms/u", 1, event, position=9))
    read = ev.Event.FromString(stored.state)
    assert (read.stream, read.version, read.position) == ("", 0, 0)
    assert read.vm_created.uid == "u"
