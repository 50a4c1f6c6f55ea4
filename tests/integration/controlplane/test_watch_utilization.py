"""WatchUtilization: totals as they are or were, then as they change, and no more often than requested."""

import asyncio

import pytest
from chronovisor.v1 import host_service_pb2, utilization_service_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from tests.integration.controlplane.plane import DEFAULT, Plane, a_host
from tests.integration.controlplane.subscriber import Subscriber, subscribed
from tests.integration.controlplane.test_watch_events import head

Watch = utilization_service_pb2.WatchUtilizationRequest
Utilization = utilization_service_pb2.Utilization


def vcpus(utilization: Utilization) -> tuple[int, int]:
    """(total, allocated)."""
    found = {each.resource_class: (each.total, each.allocated) for each in utilization.classes}
    return found["vcpus"]


def totals(watch: Subscriber) -> list[tuple[int, int]]:
    return [vcpus(each) for each in watch.of("utilization")]


async def register(plane: Plane, host_id: str, zone: str = "") -> None:
    host = a_host(vcpus=8)
    host.zone = zone
    await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id=host_id, host=host))


async def get(plane: Plane, scope: str = "fleet") -> Utilization:
    return await plane.utilization.GetUtilization(utilization_service_pb2.GetUtilizationRequest(scope=scope))


@pytest.mark.covers("UtilizationService.WatchUtilization")
async def test_a_snapshot_is_followed_by_every_change(any_plane: Plane) -> None:
    plane = any_plane
    await register(plane, "node-1")
    async with subscribed(plane.utilization.WatchUtilization(Watch())) as watch:
        await watch.live()
        assert watch.kinds == ["utilization", "checkpoint", "caught_up"]
        assert watch.of("utilization")[0] == await get(plane)
        for number in range(3):
            await plane.create(f"vm-{number}", start=True)
            await watch.until(lambda expected=2 * number + 2: totals(watch)[-1] == (8, expected))
        assert watch.of("utilization")[-1] == await get(plane)
        assert [each.running_vms for each in watch.of("utilization")] == [0, 1, 2, 3]


@pytest.mark.parametrize("scope", ["fleet", "hosts/node-1", "zones/eu-1a", DEFAULT])
async def test_each_scope_hears_of_its_own_changes(plane: Plane, scope: str) -> None:
    await register(plane, "node-1", "eu-1a")
    async with subscribed(plane.utilization.WatchUtilization(Watch(scope=scope))) as watch:
        await watch.live()
        await plane.create(start=True)
        await watch.until(lambda: totals(watch)[-1] == (8, 2))
        await register(plane, "node-2", "eu-1a")
        total = 8 if scope == "hosts/node-1" else 16
        await watch.until(lambda: totals(watch)[-1] == (total, 2))
        assert watch.of("utilization")[-1].classes == (await get(plane, scope)).classes


async def test_only_the_requested_classes_are_sent_and_only_they_count_as_changes(plane: Plane) -> None:
    await register(plane, "node-1")
    request = Watch(resource_classes=["disk_gib"], minimum_change=0.001)
    async with subscribed(plane.utilization.WatchUtilization(request)) as watch:
        await watch.live()
        await plane.create("one", start=True, disk_gib=5)
        await watch.until(lambda: len(watch.of("utilization")) == 2)
        await plane.create("two", start=True, disk_gib=7)
        await watch.until(lambda: len(watch.of("utilization")) == 3)
        amounts = [[(each.resource_class, each.allocated) for each in one.classes] for one in watch.of("utilization")]
        assert amounts == [[("disk_gib", 0)], [("disk_gib", 5)], [("disk_gib", 12)]]


async def test_changes_below_the_minimum_are_sent_when_they_add_up(plane: Plane) -> None:
    await register(plane, "node-1")
    request = Watch(resource_classes=["vcpus"], minimum_change=0.5)
    async with subscribed(plane.utilization.WatchUtilization(request)) as watch:
        await watch.live()
        for number in range(3):
            await plane.create(f"vm-{number}", vcpus=2, start=True)
        await watch.until(lambda: len(watch.of("utilization")) == 2)
        assert totals(watch)[0] == (8, 0)
        assert totals(watch)[1][1] >= 4


async def test_changes_come_no_faster_than_requested_and_the_last_of_them_comes(plane: Plane) -> None:
    await plane.register(vcpus=200, memory_mib=1 << 20, disk_gib=1_000)
    request = Watch(minimum_interval=Duration(nanos=300_000_000))
    async with subscribed(plane.utilization.WatchUtilization(request)) as watch:
        await watch.live()
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(60):
            await plane.create(f"vm-{number}", start=True)
        await watch.until(lambda: totals(watch)[-1] == (200, 120))
        assert len(watch.of("utilization")) <= 2 + (loop.time() - began) / 0.3


async def test_a_resumed_stream_sends_what_changed_since(any_plane: Plane) -> None:
    plane = any_plane
    await register(plane, "node-1")
    async with subscribed(plane.utilization.WatchUtilization(Watch())) as watch:
        await watch.live()
        position = watch.position
    for number in range(3):
        await plane.create(f"vm-{number}", start=True)
    async with subscribed(plane.utilization.WatchUtilization(Watch(after_position=position))) as watch:
        await watch.live()
        assert totals(watch) == [(8, 2), (8, 4), (8, 6)]
        last = watch.of("utilization")[-1]
        assert (last.classes, last.running_vms) == ((await get(plane)).classes, 3)
        assert last.position <= head(plane)
    async with subscribed(plane.utilization.WatchUtilization(Watch(after_position=last.position))) as watch:
        await watch.live()
        assert watch.kinds == ["checkpoint", "caught_up"]


async def test_the_past_is_drawn_from_a_position_or_a_time_and_goes_on_living(any_plane: Plane) -> None:
    plane = any_plane
    await register(plane, "node-1")
    start = await get(plane)
    for number in range(3):
        await plane.create(f"vm-{number}", start=True)
    for request in (Watch(from_position=start.position), Watch(from_time=start.read_time)):
        async with subscribed(plane.utilization.WatchUtilization(request)) as watch:
            await watch.live()
            assert totals(watch) == [(8, 0), (8, 2), (8, 4), (8, 6)]
            assert watch.of("utilization")[0] == start
            times = [each.read_time.ToMicroseconds() for each in watch.of("utilization")]
            assert times == sorted(times)
    request = Watch(from_position=start.position, step=Duration(seconds=3600))
    async with subscribed(plane.utilization.WatchUtilization(request)) as watch:
        await watch.live()
        # All within one step, unless the hour has just struck.
        assert totals(watch)[-1] == (8, 6)
        assert len(totals(watch)) <= 3
        await plane.delete("vm-0")
        await plane.register("node-2", vcpus=1)
        await watch.until(lambda: totals(watch)[-1][0] == 9)


async def test_the_time_before_the_first_event_had_nothing(plane: Plane) -> None:
    await register(plane, "node-1")
    request = Watch(from_time=Timestamp(seconds=1))
    async with subscribed(plane.utilization.WatchUtilization(request)) as watch:
        await watch.live()
        assert totals(watch) == [(0, 0), (8, 0)]


async def test_a_zone_that_its_last_host_left_has_nothing_and_is_still_watched(plane: Plane) -> None:
    await register(plane, "node-1", "eu-1a")
    async with subscribed(plane.utilization.WatchUtilization(Watch(scope="zones/eu-1a"))) as watch:
        await watch.live()
        for zone in ("eu-1b", "eu-1a"):
            request = host_service_pb2.UpdateHostRequest()
            request.host.name, request.host.zone = "hosts/node-1", zone
            request.update_mask.paths.append("zone")
            await plane.hosts.UpdateHost(request)
            await watch.until(lambda zone=zone: totals(watch)[-1] == ((8, 0) if zone == "eu-1a" else (0, 0)))


NAN = float("nan")


@pytest.mark.parametrize(
    ("request_", "code", "reason", "fields"),
    [
        (Watch(after_position=1 << 40), StatusCode.OUT_OF_RANGE, "POSITION_AHEAD", []),
        (Watch(from_position=1 << 40), StatusCode.OUT_OF_RANGE, "POSITION_AHEAD", []),
        (Watch(from_position=-1), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["from_position"]),
        (Watch(after_position=-1), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["after_position"]),
        (Watch(after_position=1, from_position=1), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["from_position"]),
        (Watch(minimum_change=1.5), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["minimum_change"]),
        (Watch(minimum_change=NAN), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["minimum_change"]),
        (
            Watch(minimum_interval=Duration(seconds=-1)),
            StatusCode.INVALID_ARGUMENT,
            "INVALID_FIELD",
            ["minimum_interval"],
        ),
        (Watch(step=Duration(seconds=-1)), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["step"]),
        (Watch(resource_classes=["cpus"]), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["resource_classes"]),
        (Watch(scope="nonsense"), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["scope"]),
        (Watch(scope="hosts/none"), StatusCode.NOT_FOUND, "HOST_NOT_FOUND", []),
        (Watch(scope="zones/none"), StatusCode.NOT_FOUND, "ZONE_NOT_FOUND", []),
        (Watch(scope="projects/none"), StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND", []),
    ],
)
async def test_what_cannot_be_watched_is_refused(
    plane: Plane, request_: Watch, code: StatusCode, reason: str, fields: list[str]
) -> None:
    found = await Subscriber(plane.utilization.WatchUtilization(request_)).refusal()
    assert (found.code, found.reason, found.fields) == (code, reason, fields)


async def test_the_end_sends_every_subscriber_a_time_to_come_back(plane: Plane) -> None:
    watch = await Subscriber(plane.utilization.WatchUtilization(Watch())).live()
    closing = asyncio.create_task(plane.control_plane.close(grace_s=0.5))
    assert (await watch.refusal()).reason == "SHUTTING_DOWN"
    await closing
