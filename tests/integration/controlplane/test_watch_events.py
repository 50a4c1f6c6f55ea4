"""WatchEvents: every event once, in order, after any position, whatever happens to the stream in between."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import history_service_pb2, project_service_pb2, vm_service_pb2
from grpc import StatusCode

from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.plane import DEFAULT, WAIT_S, Plane, a_vm, running, vm_name
from tests.integration.controlplane.subscriber import Subscriber, subscribed
from tests.support.waiting import patient

Watch = history_service_pb2.WatchEventsRequest
# More events than the live tail keeps.
MANY = 9_000
FILTERS: list[tuple[str, list[str]]] = [("", []), (DEFAULT, []), ("", ["VmCreated", "BatchSealed"])]


async def every_event(plane: Plane, parent: str = "", types: Sequence[str] = (), after: int = 0) -> list[int]:
    """Positions, as ListEvents gives them."""
    found: list[int] = []
    token = ""
    while True:
        request = history_service_pb2.ListEventsRequest(
            parent=parent, event_types=types, after_position=after, page_size=1000, page_token=token
        )
        page = await plane.history.ListEvents(request)
        found += [each.position for each in page.events]
        token = page.next_page_token
        if not token:
            return found


async def create_many(plane: Plane, count: int, prefix: str = "vm") -> None:
    for begun in range(0, count, 1_000):
        requests = [
            vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=f"{prefix}-{begun + number}", vm=a_vm())
            for number in range(min(1_000, count - begun))
        ]
        await plane.vms.BatchCreateVms(vm_service_pb2.BatchCreateVmsRequest(parent=DEFAULT, requests=requests))


def head(plane: Plane) -> int:
    return plane.control_plane.dispatcher.position


@pytest.mark.covers("HistoryService.WatchEvents")
@pytest.mark.parametrize("batch", [0, 100])
async def test_the_past_is_followed_by_what_comes(any_plane: Plane, batch: int) -> None:
    plane = any_plane
    await plane.create("web-1")
    async with subscribed(plane.history.WatchEvents(Watch(max_batch_size=batch))) as watch:
        await watch.live()
        assert watch.kinds[-2:] == ["checkpoint", "caught_up"]
        assert watch.of("checkpoint")[-1].position == head(plane)
        await plane.create("web-2")
        await watch.at(head(plane))
        assert watch.events == await every_event(plane)
        listed = await plane.history.ListEvents(history_service_pb2.ListEventsRequest())
        assert watch.of("event") == list(listed.events)


async def test_a_batch_is_sent_in_one_message_on_request(plane: Plane) -> None:
    async with subscribed(plane.history.WatchEvents(Watch(max_batch_size=1000, from_now=True))) as watch:
        await watch.live()
        before = head(plane)
        await create_many(plane, 10)
        assert len(await watch.read()) == head(plane) - before == 11


async def test_from_now_begins_with_what_comes_next(plane: Plane) -> None:
    await plane.create("web-1")
    async with subscribed(plane.history.WatchEvents(Watch(from_now=True))) as watch:
        await watch.live()
        assert watch.kinds == ["checkpoint", "caught_up"]
        await plane.create("web-2")
        await watch.until(lambda: watch.events)
        assert watch.of("event")[0].vm_created.name == vm_name("web-2")


async def test_filters_by_vm_host_project_and_type_are_those_of_the_list(any_plane: Plane) -> None:
    plane = any_plane
    await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="other"))
    filters: list[tuple[str, list[str]]] = [
        (DEFAULT, []),
        ("projects/other", []),
        (DEFAULT, ["VmCreated", "ProjectCreated"]),
        ("", ["CapacityHeld", "VmStarted"]),
        (vm_name("web"), []),
        (vm_name("web"), ["VmStarted"]),
        ("hosts/node-1", []),
        ("hosts/node-1", ["CapacityReleased"]),
    ]

    async with connected(plane) as agent:
        started = await plane.create("web", start=True)
        theirs = vm_service_pb2.CreateVmRequest(parent="projects/other", vm_id="theirs", vm=a_vm())
        await plane.vms.CreateVm(theirs)
        await plane.create("gone")
        await plane.delete("gone")
        calls = [plane.history.WatchEvents(Watch(parent=parent, event_types=types)) for parent, types in filters]
        watches = [await Subscriber(call).live() for call in calls]
        uid = (await plane.get("web")).uid
        await agent.until_desired(uid, agents.DESIRED_POWER_RUNNING)
        await agent.obey(uid)
        await plane.wait(started)
        await plane.stop("web")
        await plane.create("late")
        await plane.delete("late")
        for watch, (parent, types) in zip(watches, filters, strict=True):
            expected = await every_event(plane, parent, types)
            if expected:
                await watch.until(lambda watch=watch, last=expected[-1]: last in watch.events)
            assert watch.events == expected, (parent, types)
            watch.call.cancel()
        for parent, types in filters:
            # All of it past.
            async with subscribed(plane.history.WatchEvents(Watch(parent=parent, event_types=types))) as past:
                assert (await past.live()).events == await every_event(plane, parent, types)


@pytest.mark.parametrize("seed", range(6))
async def test_disconnecting_at_random_loses_and_repeats_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    parent, types = FILTERS[seed % len(FILTERS)]
    store = chance.choice(["memory:", f"sqlite:///{tmp_path / 'ledger.db'}"])
    seen: list[int] = []
    async with running(store) as plane:

        async def command() -> None:
            for number in range(60):
                await plane.create(f"vm-{number}")
                if chance.random() < 0.3:
                    await plane.delete(f"vm-{number}")
                if chance.random() < 0.2:
                    await create_many(plane, chance.randrange(1, 200), f"many-{number}")

        async def subscribe() -> None:
            position = 0
            while not (commanding.done() and position >= (await every_event(plane, parent, types))[-1]):
                request = Watch(
                    parent=parent, event_types=types, after_position=position, max_batch_size=chance.choice([0, 7, 500])
                )
                async with subscribed(plane.history.WatchEvents(request)) as watch:
                    if commanding.done():
                        await watch.live()
                    else:
                        await watch.read_some(chance.randrange(1, 30), commanding)
                    seen.extend(watch.events)
                    position = max(position, watch.position)

        commanding = asyncio.create_task(command())
        await asyncio.wait_for(subscribe(), 6 * WAIT_S)
        await commanding
        assert seen == await every_event(plane, parent, types)


@pytest.mark.parametrize("batch", [0, 500])
async def test_one_that_stops_reading_falls_behind_loses_nothing_and_catches_up(plane: Plane, batch: int) -> None:
    async with subscribed(plane.history.WatchEvents(Watch(from_now=True, max_batch_size=batch))) as watch:
        await watch.live()
        before = head(plane)
        for round_ in range(3):
            # Far more than the live tail keeps and the connection holds, while nobody reads.
            await create_many(plane, MANY, f"round-{round_}")
        async with asyncio.timeout(patient(60)):
            while watch.position < head(plane) or watch.received[-1][0] != "caught_up":
                await watch.read()
        assert watch.events == await every_event(plane, after=before)
        notes = [kind for kind in watch.kinds if kind in ("fell_behind", "caught_up")]
        assert notes[:3] == ["caught_up", "fell_behind", "caught_up"]
        # Live again.
        await plane.create("last")
        await watch.at(head(plane))
        assert watch.of("event")[-2].vm_created.name == vm_name("last")


async def test_one_whose_filter_drops_everything_does_not_fall_behind(plane: Plane) -> None:
    await plane.create("quiet")
    async with subscribed(plane.history.WatchEvents(Watch(parent=vm_name("quiet"), from_now=True))) as watch:
        await watch.live()
        await create_many(plane, MANY)
        await plane.delete("quiet")
        await watch.until(lambda: "vm_deleted" in watch.payloads)
        assert "fell_behind" not in watch.kinds


async def test_checkpoints_come_while_the_filter_drops_the_past(plane: Plane) -> None:
    await create_many(plane, 25_000)
    async with subscribed(plane.history.WatchEvents(Watch(event_types=["HostRegistered"]))) as watch:
        await watch.live()
        passed = [each.position for each in watch.of("checkpoint")]
        assert len(passed) >= 2
        assert passed == sorted(set(passed))
        assert passed[-1] == head(plane)


async def test_checkpoints_come_while_the_filter_drops_what_comes(plane: Plane) -> None:
    async with subscribed(plane.history.WatchEvents(Watch(event_types=["HostRegistered"], from_now=True))) as watch:
        await watch.live()
        await plane.create()
        await watch.at(head(plane))
        assert watch.kinds[-1] == "checkpoint"
        assert watch.of("checkpoint")[-1].time.seconds > 0


@pytest.mark.parametrize(
    ("request_", "code", "reason", "fields"),
    [
        (Watch(after_position=1 << 40), StatusCode.OUT_OF_RANGE, "POSITION_AHEAD", []),
        (Watch(after_position=-1), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["after_position"]),
        (Watch(after_position=1, from_now=True), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["from_now"]),
        (Watch(max_batch_size=-1), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["max_batch_size"]),
        (Watch(event_types=["Nonsense"]), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["event_types"]),
        (Watch(parent="nonsense"), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["parent"]),
        (Watch(parent=vm_name("none")), StatusCode.NOT_FOUND, "VM_NOT_FOUND", []),
        (Watch(parent="hosts/none"), StatusCode.NOT_FOUND, "HOST_NOT_FOUND", []),
        (Watch(parent="projects/none"), StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND", []),
    ],
)
async def test_what_cannot_be_watched_is_refused(
    plane: Plane, request_: Watch, code: StatusCode, reason: str, fields: list[str]
) -> None:
    found = await Subscriber(plane.history.WatchEvents(request_)).refusal()
    assert (found.code, found.reason, found.fields) == (code, reason, fields)


async def test_the_end_sends_every_subscriber_a_time_to_come_back(plane: Plane) -> None:
    calls = [plane.history.WatchEvents(Watch()), plane.history.WatchEvents(Watch(event_types=["VmCreated"]))]
    watches = [await Subscriber(call).live() for call in calls]
    closing = asyncio.create_task(plane.control_plane.close(grace_s=0.5))
    for watch in watches:
        found = await watch.refusal()
        assert (found.code, found.reason) == (StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
        assert found.details == ["RetryInfo"]
    late = Subscriber(plane.history.WatchEvents(Watch()))
    assert (await late.refusal()).code is StatusCode.UNAVAILABLE
    await closing
