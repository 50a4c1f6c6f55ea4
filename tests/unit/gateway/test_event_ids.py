"""Ids of server-sent events: after which messages a stream goes on, and the request that does."""

from typing import Any

import pytest
from chronovisor.v1 import (
    history_service_pb2,
    streams_pb2,
    utilization_service_pb2,
    vm_service_pb2,
)
from google.protobuf.descriptor import MethodDescriptor

from controlplane.gateway import event_ids
from controlplane.gateway.event_ids import EventId, EventIds
from controlplane.gateway.services import SERVICES
from controlplane.gateway.violations import BadParameters

LEADING = [("chronovisor-resource", "projects/u1"), ("chronovisor-history", "h1@0,h2@5")]
WATCHES = [each for service in SERVICES for each in service.methods if each.name.startswith("Watch")]


@pytest.mark.parametrize("event_id", [EventId(5), EventId(5, "h"), EventId(5, "", "projects/u"), EventId(5, "h", "p")])
def test_an_id_comes_back_as_it_was_given(event_id: EventId) -> None:
    assert event_ids.parse(str(event_id)) == event_id


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "\u0663", "9" * 30, ";h"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(BadParameters) as caught:
        event_ids.parse(text)
    assert caught.value.violations[0].field == "last-event-id"


def test_a_stream_is_resumed_after_events_checkpoints_and_the_last_of_a_batch() -> None:
    of = history_service_pb2.WatchEventsResponse
    events: list[Any] = [of(), of(), of(), of(), of(), of()]
    events[0].event.position = 3
    events[1].fell_behind.position = 9
    events[2].caught_up.position = 9
    for position in (5, 7):
        events[3].events.events.add(position=position)
    events[4].checkpoint.position = 8
    ids = EventIds(LEADING)
    found = [ids.of(each) for each in events]
    assert [each.position if each else 0 for each in found] == [3, 0, 0, 7, 8, 0]
    assert str(found[0]) == "3;h1@0,h2@5;projects/u1"


def test_what_a_snapshot_begins_with_has_no_id_before_its_checkpoint() -> None:
    of, ids = vm_service_pb2.WatchVmsResponse, EventIds(())
    first = of()
    first.change.vm.name = "a"
    assert ids.of(first) is None
    assert ids.of(of(checkpoint=streams_pb2.Checkpoint(position=4))) == EventId(4)
    assert ids.of(of(checkpoint=streams_pb2.Checkpoint(position=4))) is None


@pytest.mark.parametrize("method", WATCHES, ids=lambda each: each.name)
def test_every_watch_can_be_resumed(method: MethodDescriptor) -> None:
    assert event_ids.can_resume(method.input_type)


def test_a_request_goes_on_after_the_event_wherever_it_began_before() -> None:
    request = utilization_service_pb2.WatchUtilizationRequest(scope="projects/shop", from_position=2)
    request.start = streams_pb2.WATCH_START_SNAPSHOT
    event_ids.resume(request, EventId(7, "h", "projects/u1"))
    expected = utilization_service_pb2.WatchUtilizationRequest(scope="projects/u1", after_position=7)
    expected.start = streams_pb2.WATCH_START_AFTER_POSITION
    assert request == expected
    watch = vm_service_pb2.WatchVmsRequest(parent="projects/shop", from_now=True)
    event_ids.resume(watch, EventId(7))
    assert (watch.parent, watch.from_now, watch.after_position) == ("projects/shop", False, 7)
