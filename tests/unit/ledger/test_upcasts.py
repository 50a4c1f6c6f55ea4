"""Events of older schemas are read as today's; the stored bytes stay what they are."""

from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import Notification

from controlplane.domain.time import timestamp_of
from controlplane.domain.vm.evolve import evolve
from controlplane.domain.vm.states import VmState
from controlplane.ledger.mapper import TOPICS, ProtobufMapper
from controlplane.ledger.merkle import leaf_of
from controlplane.ledger.upcasts import UPCASTS

CREATED = ev.Event(commit_time=timestamp_of(1), vm_created=ev.VmCreated(uid="u", name="projects/p/vms/a"))


def stored(event: ev.Event) -> Notification:
    kind = event.WhichOneof("payload")
    assert kind is not None
    return Notification("vms/u", 2, TOPICS[kind], event.SerializeToString(), 7)


def test_an_event_from_before_a_field_was_added_has_its_default() -> None:
    # As it was written before starts recorded how their host was chosen.
    old = ev.Event(
        commit_time=timestamp_of(2),
        vm_start_requested=ev.VmStartRequested(incarnation=1, host_uid="h", host="hosts/h"),
    )
    read = ProtobufMapper().to_domain_event(stored(old)).event
    assert read.vm_start_requested.placement == ev.Placement()
    assert evolve(evolve(None, CREATED, 1), read, 2).state is VmState.STARTING


def test_a_superseded_event_is_read_as_the_one_that_took_its_place() -> None:
    def paused_to_stopped(event: ev.Event) -> ev.Event:
        upcast = ev.Event(commit_time=event.commit_time, actor=event.actor)
        upcast.vm_delete_requested.deadline.CopyFrom(event.vm_pause_requested.deadline)
        return upcast

    old = ev.Event(actor="user:a", vm_pause_requested=ev.VmPauseRequested(deadline=timestamp_of(9)))
    row = stored(old)
    before = leaf_of(row)
    read = ProtobufMapper({TOPICS["vm_pause_requested"]: paused_to_stopped}).to_domain_event(row)
    assert read.event.WhichOneof("payload") == "vm_delete_requested"
    assert read.event.vm_delete_requested.deadline == timestamp_of(9)
    assert (read.event.actor, read.position, read.version) == ("user:a", 7, 2)
    # What seals and proofs cover is what was stored.
    assert leaf_of(row) == before


def test_only_events_of_the_schema_are_upcast() -> None:
    assert UPCASTS.keys() <= set(TOPICS.values())
