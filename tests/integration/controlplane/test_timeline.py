"""How much happened when, through gRPC. That its counts are right for every history: tests/conformance/stores."""

import grpc
import pytest
from chronovisor.v1.history_service_pb2 import ListEventsRequest
from chronovisor.v1.timeline_pb2 import TIMELINE_CATEGORY_CREATED, GetTimelineRequest

from tests.integration.controlplane.plane import Plane, refused, vm_name


@pytest.mark.covers("HistoryService.GetTimeline")
async def test_a_timeline_counts_what_the_history_lists(plane: Plane) -> None:
    await plane.create("web-1")
    await plane.create("web-2")
    name = vm_name("web-1")
    found = await plane.history.GetTimeline(GetTimelineRequest(name=name, buckets=10))
    listed = (await plane.history.ListEvents(ListEventsRequest(parent=name))).events
    assert sum(each.events for each in found.buckets) == len(listed) > 0
    assert (found.first_position, found.last_position) == (listed[0].position, listed[-1].position)
    created = [each for bucket in found.buckets for each in bucket.counts if each.category == TIMELINE_CATEGORY_CREATED]
    assert sum(each.events for each in created) == 1


async def test_too_many_buckets_are_refused(plane: Plane) -> None:
    error = await refused(plane.history.GetTimeline(GetTimelineRequest(buckets=1001)))
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
