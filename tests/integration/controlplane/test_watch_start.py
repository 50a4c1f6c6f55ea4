"""`start` of the watches: one meaning in all three, and contradictions refused by its name."""

from typing import Any

import pytest
from chronovisor.v1 import history_service_pb2, streams_pb2, utilization_service_pb2, vm_service_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from tests.integration.controlplane.plane import DEFAULT, Plane, vm_name
from tests.integration.controlplane.subscriber import Subscriber, subscribed

NOW = streams_pb2.WATCH_START_NOW
BEGINNING = streams_pb2.WATCH_START_BEGINNING
AFTER_POSITION = streams_pb2.WATCH_START_AFTER_POSITION
SNAPSHOT = streams_pb2.WATCH_START_SNAPSHOT
Events = history_service_pb2.WatchEventsRequest
Utilization = utilization_service_pb2.WatchUtilizationRequest


def vms(**fields: Any) -> vm_service_pb2.WatchVmsRequest:
    return vm_service_pb2.WatchVmsRequest(parent=fields.pop("parent", "projects/-"), **fields)


def watching(plane: Plane, request: Any) -> Any:
    match request:
        case Events():
            return plane.history.WatchEvents(request)
        case Utilization():
            return plane.utilization.WatchUtilization(request)
        case _:
            return plane.vms.WatchVms(request)


async def allocated(watch: Subscriber) -> list[int]:
    return [each.allocated for one in watch.of("utilization") for each in one.classes if each.resource_class == "vcpus"]


@pytest.mark.parametrize("make", [Events, Utilization, vms])
async def test_now_sends_nothing_of_before(any_plane: Plane, make: Any) -> None:
    plane = any_plane
    await plane.register()
    await plane.create("before", start=True)
    async with subscribed(watching(plane, make(start=NOW))) as watch:
        await watch.live()
        assert watch.kinds == ["checkpoint", "caught_up"]
        begun = watch.position
        await plane.create("after", start=True)
        await watch.until(lambda: watch.kinds[-1] in ("event", "change", "utilization"))
        assert watch.position > begun


@pytest.mark.parametrize("make", [Events, vms])
async def test_now_can_be_given_in_both_ways_at_once(plane: Plane, make: Any) -> None:
    """By a client that does not know how old its server is."""
    await plane.create("before")
    async with subscribed(watching(plane, make(start=NOW, from_now=True))) as watch:
        await watch.live()
        assert watch.kinds == ["checkpoint", "caught_up"]


@pytest.mark.parametrize("start", [BEGINNING, AFTER_POSITION])
async def test_the_beginning_is_the_first_event_and_position_0_is_before_it(any_plane: Plane, start: Any) -> None:
    plane = any_plane
    await plane.register()
    await plane.create("gone")
    await plane.delete("gone")
    await plane.create("web", start=True)
    async with subscribed(watching(plane, Events(start=start))) as watch:
        await watch.live()
        assert watch.of("event")[0].version == 1
        assert watch.payloads.count("vm_created") == 2
        first = watch.events[0]
    async with subscribed(watching(plane, vms(start=start))) as watch:
        await watch.live()
        changes = [(each.vm.name, each.gone) for each in watch.of("change")]
        # Destroyed VMs are of the past, too; a position that can be resumed after comes with each change.
        assert changes == [
            (vm_name("gone"), False),
            (vm_name("gone"), False),
            (vm_name("gone"), True),
            (vm_name("web"), False),
            (vm_name("web"), False),
        ]
        assert all(each.position > first for each in watch.of("change"))
    for scope in ("fleet", "hosts/node-1", DEFAULT):
        async with subscribed(watching(plane, Utilization(scope=scope, start=start))) as watch:
            await watch.live()
            assert await allocated(watch) == [0, 2]


async def test_a_snapshot_is_the_state_of_now_then_its_changes(plane: Plane) -> None:
    await plane.register()
    await plane.create("web", start=True)
    async with subscribed(watching(plane, vms(start=SNAPSHOT))) as watch:
        await watch.live()
        assert [(each.position, each.vm.name) for each in watch.of("change")] == [(0, vm_name("web"))]
    async with subscribed(watching(plane, Utilization(start=SNAPSHOT))) as watch:
        await watch.live()
        assert await allocated(watch) == [2]


@pytest.mark.parametrize("make", [Events, Utilization, vms])
async def test_after_a_position_comes_what_follows_it(any_plane: Plane, make: Any) -> None:
    plane = any_plane
    await plane.register()
    async with subscribed(watching(plane, make(start=NOW))) as watch:
        await watch.live()
        position = watch.position
    await plane.create("web", start=True)
    sent: list[list[str]] = []
    # As without `start`.
    for request in (make(start=AFTER_POSITION, after_position=position), make(after_position=position)):
        async with subscribed(watching(plane, request)) as watch:
            await watch.live()
            sent.append([kind for kind, message in watch.received if message.position > position])
    assert sent[0] == sent[1]
    assert len(sent[0]) >= 3


@pytest.mark.parametrize(
    "request_",
    [
        Events(start=SNAPSHOT),
        Events(start=BEGINNING, from_now=True),
        Events(start=BEGINNING, after_position=1),
        Events(start=7),  # pyright: ignore[reportArgumentType]
        vms(start=SNAPSHOT, from_now=True),
        vms(start=SNAPSHOT, after_position=1),
        Utilization(start=NOW, after_position=1),
        Utilization(start=SNAPSHOT, from_position=1),
        Utilization(start=AFTER_POSITION, from_time=Timestamp(seconds=1)),
    ],
    ids=str,
)
async def test_what_contradicts_start_is_refused_by_its_name(plane: Plane, request_: Any) -> None:
    async with subscribed(watching(plane, request_)) as watch:
        found = await watch.refusal()
    assert (found.code, found.reason, found.fields) == (StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["start"])
