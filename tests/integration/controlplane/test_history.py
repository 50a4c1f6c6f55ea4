"""The past through gRPC: replays, differences, chains of causes, and events by all filters."""

import time
from collections.abc import Awaitable, Sequence
from itertools import pairwise

import grpc
import pytest
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.v1 import project_service_pb2, vm_service_pb2
from chronovisor.v1.agent_service_pb2 import DESIRED_POWER_SHUTOFF
from chronovisor.v1.history_service_pb2 import (
    DiffStateRequest,
    DiffStateResponse,
    FieldChange,
    ListEventsRequest,
    ReplayStep,
    ReplayVmRequest,
)
from chronovisor.v1.vm_pb2 import VM_STATE_DELETED, GuestState
from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.domain.vm.limits import Limits
from tests.integration.controlplane.fake_agent import FakeAgent, connected
from tests.integration.controlplane.plane import (
    ACTOR,
    DEFAULT,
    Plane,
    a_vm,
    metadata_of,
    refused,
    running,
    vm_name,
    vm_of,
)

REQUEST_ID = "6f1c1f0e-1f0a-4c57-9b3c-1f6f8f6d0a01"


async def head(plane: Plane) -> int:
    return (await plane.history.ListEvents(ListEventsRequest(page_size=1))).position


async def events(plane: Plane, **fields: object) -> list[Event]:
    """Of all pages."""
    request = ListEventsRequest(**fields)  # pyright: ignore[reportArgumentType]
    found: list[Event] = []
    while True:
        page = await plane.history.ListEvents(request)
        found += page.events
        request.page_token = page.next_page_token
        if not request.page_token:
            return found


def kinds(found: Sequence[Event]) -> list[str]:
    return [each.WhichOneof("payload") or "" for each in found]


async def replay(plane: Plane, name: str = "web", **fields: object) -> list[ReplayStep]:
    request = ReplayVmRequest(name=vm_name(name), page_size=2, **fields)  # pyright: ignore[reportArgumentType]
    found: list[ReplayStep] = []
    while True:
        page = await plane.history.ReplayVm(request)
        found += page.steps
        request.page_token = page.next_page_token
        if not request.page_token:
            return found


async def diff(plane: Plane, scope: str = "", **fields: object) -> DiffStateResponse:
    return await plane.history.DiffState(DiffStateRequest(scope=scope, **fields))  # pyright: ignore[reportArgumentType]


def changed(changes: Sequence[FieldChange]) -> dict[str, tuple[str, str]]:
    return {each.field: (each.before, each.after) for each in changes}


async def start(plane: Plane, agent: FakeAgent, request_id: str = "") -> str:
    """The VM's uid, once its agent has seen it run."""
    request = vm_service_pb2.StartVmRequest(name=vm_name("web"), request_id=request_id, reason="shop opens")
    operation = await plane.vms.StartVm(request, metadata=ACTOR)
    uid = (await plane.get()).uid
    await agent.until(lambda: uid in agent.desired)
    await agent.obey(uid)
    await plane.wait(operation)
    return uid


@pytest.mark.covers("HistoryService.ReplayVm")
async def test_a_replay_has_each_step_with_the_vm_before_and_after(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane) as agent:
        await plane.create()
        await start(plane, agent)
        steps = await replay(plane)
    assert kinds([each.event for each in steps]) == ["vm_created", "vm_start_requested", "vm_started"]
    assert not steps[0].HasField("before")
    assert not steps[0].changes
    assert steps[-1].after == await plane.get()
    for step, following in pairwise(steps):
        assert following.before == step.after
    requested, seen = steps[1].event, steps[2].event
    assert (requested.actor, requested.reason) == ("user:alice", "shop opens")
    assert (seen.actor, seen.causation) == ("agent:node-1", f"{requested.stream}@{requested.version}")
    assert changed(steps[2].changes)["state"] == ("VM_STATE_STARTING", "VM_STATE_RUNNING")
    assert changed(steps[1].changes)["held.vcpus"] == ("", "2")


async def test_a_destroyed_vm_is_replayed_by_uid_by_name_and_by_name_and_time(any_plane: Plane) -> None:
    plane = any_plane
    first = vm_of(await plane.create()).uid
    await plane.delete()
    between, then = await head(plane), Timestamp()
    then.FromNanoseconds(time.time_ns())
    second = vm_of(await plane.create()).uid
    assert {each.after.uid for each in await replay(plane, first)} == {first}
    assert [each.after.uid for each in await replay(plane)] == [second]
    for steps in (await replay(plane, at_position=between), await replay(plane, read_time=then)):
        assert [each.after.uid for each in steps] == [first] * 3
        assert steps[-1].after.state == VM_STATE_DELETED
    await plane.delete()
    assert [each.after.uid for each in await replay(plane)] == [second] * 3


async def test_a_replay_goes_on_with_the_vm_that_it_began_with(plane: Plane) -> None:
    first = vm_of(await plane.create()).uid
    await plane.delete()
    request = ReplayVmRequest(name=vm_name("web"), page_size=1)
    request.page_token = (await plane.history.ReplayVm(request)).next_page_token
    await plane.create()
    assert (await plane.history.ReplayVm(request)).steps[0].after.uid == first


@pytest.mark.covers("HistoryService.DiffState")
async def test_a_diff_of_a_vm_has_the_fields_that_changed(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane) as agent:
        await plane.create()
        begin = await head(plane)
        uid = await start(plane, agent)
        found = await diff(plane, vm_name("web"), from_position=begin)
        assert (found.from_position, found.to_position) == (begin, await head(plane))
        assert {(each.name, each.uid) for each in found.changes} == {(vm_name("web"), uid)}
        changes = changed(found.changes)
        assert changes["state"] == ("VM_STATE_STOPPED", "VM_STATE_RUNNING")
        assert changes["host"] == ("", "hosts/node-1")
        assert changes["observed.guest_state"] == ("", "GUEST_STATE_RUNNING")
        assert "spec.resources.vcpus" not in changes
        assert changed((await diff(plane, "hosts/node-1", from_position=begin)).changes)["allocated.vcpus"] == (
            "0",
            "2",
        )
        assert not (await diff(plane, vm_name("web"), from_position=found.to_position)).changes


async def test_a_diff_of_the_fleet_names_who_came_and_who_went(any_plane: Plane) -> None:
    plane = any_plane
    first = vm_of(await plane.create()).uid
    begin = await head(plane)
    await plane.delete()
    second = vm_of(await plane.create()).uid
    await plane.create("there-and-gone")
    await plane.delete("there-and-gone")
    await plane.register()
    found = (await diff(plane, from_position=begin)).changes
    assert [(each.name, each.uid, each.field, bool(each.before), bool(each.after)) for each in found] == [
        ("hosts/node-1", found[0].uid, "", False, True),
        (vm_name("web"), first, "", True, False),
        (vm_name("web"), second, "", False, True),
    ]
    by_name = (await diff(plane, vm_name("web"), from_position=begin)).changes
    assert [each.uid for each in by_name] == [first, second]
    of_project = (await diff(plane, DEFAULT, from_position=begin)).changes
    assert [each.uid for each in of_project] == [first, second]
    assert "projects/default" in {each.name for each in (await diff(plane, DEFAULT)).changes}
    await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="other"))
    assert not (await diff(plane, "projects/other", from_position=await head(plane))).changes


async def test_a_diff_by_times_and_in_pages_is_the_same(plane: Plane) -> None:
    then = Timestamp()
    then.FromNanoseconds(time.time_ns())
    for name in "abc":
        await plane.create(name)
    whole = await diff(plane, from_time=then)
    assert [each.name for each in whole.changes] == [vm_name(each) for each in "abc"]
    request = DiffStateRequest(from_time=then, page_size=2)
    first = await plane.history.DiffState(request)
    request.page_token = first.next_page_token
    await plane.create("later")
    rest = await plane.history.DiffState(request)
    assert [*first.changes, *rest.changes] == list(whole.changes)
    assert not rest.next_page_token


async def test_a_chain_is_followed_from_the_request_to_the_agents_report_and_back(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane) as agent:
        await plane.create()
        await start(plane, agent, REQUEST_ID)
        await plane.create("beside")
        chain = ["vm_start_requested", "capacity_held", "request_accepted", "vm_started"]
        whole = await events(plane, chain_of=f"requests/{REQUEST_ID}@1")
        assert kinds(whole) == chain
        assert [each.actor for each in whole] == ["user:alice"] * 3 + ["agent:node-1"]
        for each in whole:
            assert await events(plane, chain_of=f"{each.stream}@{each.version}") == whole
        assert kinds(await events(plane, chain_of=f"requests/{REQUEST_ID}@1", parent="hosts/node-1")) == [chain[1]]
        assert kinds(await events(plane, chain_of=f"requests/{REQUEST_ID}@1", page_size=1)) == chain


async def test_a_chain_goes_on_through_a_crash(plane: Plane) -> None:
    async with connected(plane) as agent:
        await plane.create()
        uid = await start(plane, agent, REQUEST_ID)
        await agent.report_state(uid, GuestState.GUEST_STATE_CRASHED, detail="killed")
        await agent.until(lambda: agent.desired[uid].version > 2)
        found = kinds(await events(plane, chain_of=f"requests/{REQUEST_ID}@1"))
        assert found[-2:] == ["vm_stopped", "capacity_released"]


async def test_a_chain_goes_on_through_a_deadline() -> None:
    async with running(limits=Limits(start=0.05)) as plane, connected(plane) as agent:
        await plane.create()
        request = vm_service_pb2.StartVmRequest(name=vm_name("web"), request_id=REQUEST_ID)
        operation = await plane.wait(await plane.vms.StartVm(request))
        assert operation.HasField("error")
        uid = (await plane.get()).uid
        await agent.until_desired(uid, DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        await agent.until(lambda: agent.desired[uid].version > 3)
        found = await events(plane, chain_of=f"requests/{REQUEST_ID}@1")
    assert kinds(found)[3:] == ["vm_deadline_passed", "vm_stopped", "capacity_released"]
    assert [each.causation for each in found[3:]] == [f"vms/{uid}@2", f"vms/{uid}@3", f"vms/{uid}@3"]


async def test_events_are_found_by_actor_and_by_request(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane) as agent:
        await plane.create()
        await start(plane, agent, REQUEST_ID)
        recorded = ["vm_start_requested", "capacity_held", "request_accepted"]
        assert kinds(await events(plane, of_request_id=REQUEST_ID.upper())) == recorded
        assert kinds(await events(plane, of_request_id=REQUEST_ID, parent=vm_name("web"))) == recorded[:1]
        # Of a caller that gave no id.
        given = metadata_of(await plane.create("other")).request_id
        assert kinds(await events(plane, of_request_id=given)) == ["vm_created"]
        assert kinds(await events(plane, actor="agent:node-1")) == ["host_registered", "vm_started"]
        assert kinds(await events(plane, actor="user:alice", event_types=["VmCreated"])) == ["vm_created"] * 2
        assert not await events(plane, actor="user:nobody")


async def test_the_newest_come_first_on_request(any_plane: Plane) -> None:
    plane = any_plane
    for name in "abc":
        await plane.create(name)
    for fields in ({}, {"parent": DEFAULT}, {"event_types": ["VmCreated"]}, {"parent": vm_name("a")}):
        oldest = await events(plane, **fields, page_size=2)
        assert await events(plane, **fields, page_size=2, newest_first=True) == oldest[::-1]
    last = await plane.history.ListEvents(ListEventsRequest(parent=DEFAULT, newest_first=True, page_size=1))
    assert last.events[0].vm_created.name == vm_name("c")


async def test_all_pages_are_of_the_moment_of_the_first(any_plane: Plane) -> None:
    plane = any_plane
    for name in "abc":
        await plane.create(name)
    for newest_first in (False, True):
        whole = await events(plane, newest_first=newest_first)
        request = ListEventsRequest(newest_first=newest_first, page_size=5)
        first = await plane.history.ListEvents(request)
        await plane.create("new" if newest_first else "newer")
        request.page_token, request.page_size = first.next_page_token, 1000
        rest = await plane.history.ListEvents(request)
        assert [*first.events, *rest.events] == whole
        assert (rest.position, rest.next_page_token) == (first.position, "")


async def test_the_names_of_what_events_are_about_come_with_them(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register()
    first = vm_of(await plane.create()).uid
    await plane.delete()
    uid = vm_of(await plane.create()).uid
    found = await plane.history.ListEvents(ListEventsRequest())
    of_hosts = {stream: name for stream, name in found.names.items() if stream.startswith("hosts/")}
    assert list(of_hosts.values()) == ["hosts/node-1"]
    assert {found.names[f"vms/{each}"] for each in (first, uid)} == {vm_name("web")}
    await plane.start()
    held = await plane.history.ListEvents(ListEventsRequest(parent="hosts/node-1"))
    assert held.names[f"vms/{uid}"] == vm_name("web")
    assert set(found.names) == {each.stream for each in found.events if not each.stream.startswith(("req", "ledger"))}


async def test_a_window_is_given_by_positions_or_by_times(plane: Plane) -> None:
    await plane.create("a")
    position, then = await head(plane), Timestamp()
    then.FromNanoseconds(time.time_ns())
    await plane.create("b")
    for after in ({"after_position": position}, {"after_time": then}):
        assert kinds(await events(plane, parent=DEFAULT, **after)) == ["vm_created"]
    before = await events(plane, to_position=position)
    assert before == await events(plane, to_time=then)
    assert before[-1].position == position
    assert not await events(plane, to_time=Timestamp(seconds=1))


async def test_a_projects_events_are_those_of_every_vm_it_ever_had(any_plane: Plane) -> None:
    plane = any_plane
    await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="other"))
    other = vm_service_pb2.CreateVmRequest(parent="projects/other", vm_id="web", vm=a_vm())
    uid = vm_of(await plane.vms.CreateVm(other)).uid
    for _ in range(2):
        await plane.create()
        await plane.delete()
    life = ["vm_created", "vm_delete_requested", "vm_deleted"]
    assert await plane.events(DEFAULT) == ["project_created", *life, *life]
    # From a page that begins in the middle of a life.
    middle = (await events(plane, parent=DEFAULT))[1].position
    assert kinds(await events(plane, parent=DEFAULT, after_position=middle)) == [*life[1:], *life]
    assert await plane.events("projects/other") == ["project_created", "vm_created"]
    for call in (
        plane.history.ListEvents(ListEventsRequest(parent=vm_name(uid))),
        plane.history.ReplayVm(ReplayVmRequest(name=vm_name(uid))),
    ):
        assert (await refused(call)).reason == "VM_NOT_FOUND"


FUTURE = Timestamp(seconds=4_000_000_000)
PAST = Timestamp(seconds=1)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (DiffStateRequest(from_position=-1), "from_position"),
        (DiffStateRequest(to_position=-1), "to_position"),
        (DiffStateRequest(from_position=2, to_position=1), "to_position"),
        (DiffStateRequest(from_position=2, to_time=PAST), "to_time"),
        (DiffStateRequest(from_time=FUTURE), "from_time"),
        (DiffStateRequest(to_time=FUTURE), "to_time"),
        (DiffStateRequest(from_time=PAST, from_position=1), "from_time"),
        (DiffStateRequest(scope="zones/a"), "scope"),
        (DiffStateRequest(page_size=-1), "page_size"),
        (DiffStateRequest(page_token="x"), "page_token"),
        (ReplayVmRequest(name=vm_name("web"), at_position=-1), "at_position"),
        (ReplayVmRequest(name=vm_name("web"), read_time=FUTURE), "read_time"),
        (ReplayVmRequest(name=vm_name("web"), read_time=PAST, at_position=1), "read_time"),
        (ReplayVmRequest(name="web"), "name"),
        (ReplayVmRequest(name=vm_name("web"), page_token="x"), "page_token"),
        (ListEventsRequest(after_position=2, to_position=1), "to_position"),
        (ListEventsRequest(to_position=-1), "to_position"),
        (ListEventsRequest(after_time=FUTURE), "after_time"),
        (ListEventsRequest(to_time=PAST, to_position=1), "to_time"),
        (ListEventsRequest(chain_of="vms"), "chain_of"),
        (ListEventsRequest(chain_of="vms/x@0"), "chain_of"),
    ],
)
async def test_a_moment_that_makes_no_sense_is_refused_by_its_field(
    plane: Plane, request_: DiffStateRequest | ReplayVmRequest | ListEventsRequest, field: str
) -> None:
    await plane.create()
    found = await refused(send(plane, request_))
    assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert found.fields == [field]


def send(plane: Plane, request: DiffStateRequest | ReplayVmRequest | ListEventsRequest) -> Awaitable[object]:
    match request:
        case DiffStateRequest():
            return plane.history.DiffState(request)
        case ReplayVmRequest():
            return plane.history.ReplayVm(request)
        case _:
            return plane.history.ListEvents(request)


async def test_a_position_that_is_not_there_yet_is_ahead(plane: Plane) -> None:
    ahead = await head(plane) + 1
    for request in (
        DiffStateRequest(from_position=ahead, to_position=ahead),
        DiffStateRequest(to_position=ahead),
        ReplayVmRequest(name=vm_name("web"), at_position=ahead),
        ListEventsRequest(to_position=ahead),
    ):
        found = await refused(send(plane, request))
        assert (found.code, found.reason) == (grpc.StatusCode.OUT_OF_RANGE, "POSITION_AHEAD")


async def test_what_was_not_there_is_not_found(plane: Plane) -> None:
    before = await head(plane)
    await plane.create()
    await plane.register()
    uid = (await plane.get()).uid
    for request, reason in (
        (ReplayVmRequest(name=vm_name("nobody")), "VM_NOT_FOUND"),
        (ReplayVmRequest(name=vm_name("web"), at_position=before), "VM_NOT_FOUND"),
        (ReplayVmRequest(name=vm_name(uid), at_position=before), "VM_NOT_FOUND"),
        (ReplayVmRequest(name=f"projects/other/vms/{uid}"), "VM_NOT_FOUND"),
        (DiffStateRequest(scope=vm_name("nobody")), "VM_NOT_FOUND"),
        (DiffStateRequest(scope=vm_name("web"), to_position=before), "VM_NOT_FOUND"),
        (DiffStateRequest(scope="hosts/nobody"), "HOST_NOT_FOUND"),
        (DiffStateRequest(scope="hosts/node-1", to_position=before), "HOST_NOT_FOUND"),
        (DiffStateRequest(scope="projects/nobody"), "PROJECT_NOT_FOUND"),
        (ListEventsRequest(chain_of=f"requests/{REQUEST_ID}@1"), "EVENT_NOT_FOUND"),
        (ListEventsRequest(chain_of=f"vms/{uid}@99"), "EVENT_NOT_FOUND"),
    ):
        found = await refused(send(plane, request))
        assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, reason), request


async def test_a_page_token_of_one_request_is_no_good_for_another(plane: Plane) -> None:
    for name in "ab":
        await plane.create(name)
        await plane.delete(name)
    replayed = (await plane.history.ReplayVm(ReplayVmRequest(name=vm_name("a"), page_size=1))).next_page_token
    compared = (await plane.history.DiffState(DiffStateRequest(page_size=1))).next_page_token
    listed = (await plane.history.ListEvents(ListEventsRequest(page_size=1))).next_page_token
    assert not compared
    for request in (
        ReplayVmRequest(name=vm_name("b"), page_token=replayed),
        ReplayVmRequest(name=vm_name("a"), page_token=replayed, at_position=2),
        DiffStateRequest(page_token=listed),
        ListEventsRequest(page_token=listed, newest_first=True),
        ListEventsRequest(page_token=listed, actor="user:alice"),
    ):
        assert (await refused(send(plane, request))).fields == ["page_token"]
