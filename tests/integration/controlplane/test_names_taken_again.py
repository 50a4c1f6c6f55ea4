"""A name whose owner is gone is taken again: nothing of the first one's is the second one's."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import grpc
import pytest
from chronovisor.v1 import (
    agent_service_pb2,
    history_service_pb2,
    project_pb2,
    project_service_pb2,
    utilization_service_pb2,
    vm_pb2,
    vm_service_pb2,
)
from google.longrunning.operations_pb2 import GetOperationRequest
from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.commands import project as project_commands
from controlplane.commands.handlers import HANDLERS
from controlplane.commands.project import CreateProject
from controlplane.domain.command import Answer, CommandContext, IdempotencyKey
from tests.integration.controlplane.fake_agent import FakeAgent, connected
from tests.integration.controlplane.plane import ACTOR, Plane, a_vm, metadata_of, refused, vm_of
from tests.integration.controlplane.subscriber import Subscriber, subscribed

SHOP, WEB = "projects/shop", "projects/shop/vms/web"
ID = "6f1c1f0e-1f0a-4c57-9b3c-1f6f8f6d0a07"
VM_COMMANDS = {
    "StartVm": vm_service_pb2.StartVmRequest,
    "StopVm": vm_service_pb2.StopVmRequest,
    "RebootVm": vm_service_pb2.RebootVmRequest,
    "PauseVm": vm_service_pb2.PauseVmRequest,
    "ResumeVm": vm_service_pb2.ResumeVmRequest,
    "DeleteVm": vm_service_pb2.DeleteVmRequest,
}
ListVms, GetVm = vm_service_pb2.ListVmsRequest, vm_service_pb2.GetVmRequest
ListEvents = history_service_pb2.ListEventsRequest
GetProject, UpdateProject = project_service_pb2.GetProjectRequest, project_service_pb2.UpdateProjectRequest
GetUtilization = utilization_service_pb2.GetUtilizationRequest
WatchUtilization = utilization_service_pb2.WatchUtilizationRequest


async def create_shop(plane: Plane, request_id: str = "", **fields: Any) -> project_pb2.Project:
    request = project_service_pb2.CreateProjectRequest(
        project_id="shop", project=project_pb2.Project(**fields), request_id=request_id
    )
    return await plane.projects.CreateProject(request, metadata=ACTOR)


async def delete_shop(plane: Plane) -> project_pb2.Project:
    return await plane.projects.DeleteProject(project_service_pb2.DeleteProjectRequest(name=SHOP), metadata=ACTOR)


async def create_web(plane: Plane, vm_id: str = "web", *, start: bool = False) -> vm_pb2.Vm:
    request = vm_service_pb2.CreateVmRequest(parent=SHOP, vm_id=vm_id, vm=a_vm(), start=start)
    await plane.vms.CreateVm(request, metadata=ACTOR)
    return await plane.vms.GetVm(GetVm(name=f"{SHOP}/vms/{vm_id}"))


async def delete_web(plane: Plane) -> None:
    await plane.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=WEB), metadata=ACTOR)


def head(plane: Plane) -> int:
    return plane.control_plane.dispatcher.position


class Tenants(NamedTuple):
    """Two projects of one name, one after the other: the first one's VM `web`, and the last position before its end."""

    first: project_pb2.Project
    web: vm_pb2.Vm
    ended: int
    second: project_pb2.Project


@asynccontextmanager
async def tenants(plane: Plane) -> AsyncGenerator[tuple[Tenants, FakeAgent]]:
    """The first one's VM ran on the agent's host."""
    async with connected(plane) as agent:
        first = await create_shop(plane, display_name="one")
        web = await run_and_destroy(plane, agent)
        ended = head(plane)
        await delete_shop(plane)
        yield Tenants(first, web, ended, await create_shop(plane, display_name="two")), agent


async def run_and_destroy(plane: Plane, agent: FakeAgent) -> vm_pb2.Vm:
    request = vm_service_pb2.CreateVmRequest(parent=SHOP, vm_id="web", vm=a_vm(), start=True)
    starting = await plane.vms.CreateVm(request, metadata=ACTOR)
    web = await plane.vms.GetVm(GetVm(name=WEB))
    await agent.until_desired(web.uid, agent_service_pb2.DESIRED_POWER_RUNNING)
    await agent.obey(web.uid)
    assert (await plane.wait(starting)).done
    ending = await plane.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=WEB), metadata=ACTOR)
    await agent.until_desired(web.uid, agent_service_pb2.DESIRED_POWER_ABSENT)
    await agent.obey(web.uid)
    assert (await plane.wait(ending)).done
    return web


async def test_the_etag_of_a_destroyed_vm_lets_nothing_through_to_its_successor(any_plane: Plane) -> None:
    plane = any_plane
    first = vm_of(await plane.create())
    await plane.delete()
    second = vm_of(await plane.create())
    renamed = vm_pb2.Vm(name=first.name, etag=first.etag, labels={"owner": "me"})
    calls = [
        getattr(plane.vms, method)(request(name=first.name, etag=first.etag)) for method, request in VM_COMMANDS.items()
    ]
    calls.append(plane.vms.UpdateVm(vm_service_pb2.UpdateVmRequest(vm=renamed)))
    for call in calls:
        found = await refused(call)
        assert (found.code, found.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
        assert (found.metadata["given"], found.metadata["current"]) == (first.etag, second.etag)
    assert await plane.get() == second


async def test_the_etag_of_a_deleted_project_lets_nothing_through_to_its_successor(any_plane: Plane) -> None:
    plane = any_plane
    first = await create_shop(plane)
    await delete_shop(plane)
    second = await create_shop(plane)
    update = UpdateProject(project=project_pb2.Project(name=SHOP, etag=first.etag, display_name="Mine"))
    delete = project_service_pb2.DeleteProjectRequest(name=SHOP, etag=first.etag)
    for call in (plane.projects.UpdateProject(update), plane.projects.DeleteProject(delete)):
        assert (await refused(call)).reason == "ETAG_MISMATCH"
    assert await plane.projects.GetProject(GetProject(name=SHOP)) == second


async def test_a_request_is_answered_again_with_the_project_that_it_was_about(any_plane: Plane) -> None:
    plane = any_plane
    update = UpdateProject(project=project_pb2.Project(name=SHOP, display_name="mine"), request_id=str(ID))
    created_by = "6f1c1f0e-1f0a-4c57-9b3c-1f6f8f6d0a08"
    first = await create_shop(plane, created_by)
    await plane.projects.UpdateProject(update)
    await delete_shop(plane)
    second = await create_shop(plane, display_name="two")
    again = await plane.projects.UpdateProject(update)
    assert (again.uid, again.display_name, again.HasField("delete_time")) == (first.uid, "mine", True)
    assert (await create_shop(plane, created_by)).uid == first.uid
    assert await plane.projects.GetProject(GetProject(name=SHOP)) == second


class ByName(Answer):
    """An answer as it was recorded before: a project's by its name."""

    @property
    def result(self) -> str:
        return self.resource.name


class CreateByName(CreateProject):
    """A project's creation, whose answer is recorded as answers once were."""


async def test_an_answer_that_was_recorded_by_name_is_of_who_had_the_name_then(
    any_plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HANDLERS, CreateByName, lambda unit, command: ByName(*project_commands.create(unit, command)))  # pyright: ignore
    plane = any_plane
    request = project_service_pb2.CreateProjectRequest(project_id="shop", project=project_pb2.Project())
    payload = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
    command = CreateByName("6f1c1f0e-1f0a-4c57-9b3c-1f6f8f6d0a09", SHOP)
    await plane.control_plane.writer.submit(
        command, CommandContext("user:alice", ID), IdempotencyKey(ID, "CreateProject", payload)
    )
    await delete_shop(plane)
    second = await create_shop(plane)
    request.request_id = ID
    again = await plane.projects.CreateProject(request, metadata=ACTOR)
    assert (again.uid, again.HasField("delete_time")) == (command.uid, True)
    assert again.uid != second.uid


async def test_an_operation_names_the_uid_of_its_vm(any_plane: Plane) -> None:
    plane = any_plane
    begun = await plane.create()
    first = await plane.get()
    await plane.delete()
    await plane.create()
    found = await plane.operations.GetOperation(GetOperationRequest(name=begun.name))
    for each in (begun, found):
        assert (metadata_of(each).target, metadata_of(each).target_uid) == (first.name, first.uid)


async def test_usage_by_project_has_a_row_for_each_that_had_the_name(any_plane: Plane) -> None:
    async with tenants(any_plane) as (found, agent):
        last = await run_and_destroy(any_plane, agent)

        async def usage(scope: str, group_by: str) -> list[tuple[str, str]]:
            request = utilization_service_pb2.GetUsageRequest(
                scope=scope, group_by=group_by, start_time=Timestamp(seconds=1)
            )
            request.end_time.FromMicroseconds(any_plane.control_plane.dispatcher.time)
            answer = await any_plane.utilization.GetUsage(request)
            return [(each.group, each.uid) for each in answer.usages]

        one, two = (SHOP, found.first.uid), (SHOP, found.second.uid)
        assert await usage("fleet", "projects") == sorted([one, two])
        # A name is the one that has it now, in the whole window; the one before is named by its uid.
        assert await usage(SHOP, "projects") == await usage(f"projects/{found.second.uid}", "projects") == [two]
        assert await usage(f"projects/{found.first.uid}", "projects") == [one]
        assert await usage(SHOP, "vms") == await usage(WEB, "vms") == [(WEB, last.uid)]
        assert await usage(f"projects/{found.first.uid}/vms/{found.web.uid}", "vms") == [(WEB, found.web.uid)]
        assert await usage(f"projects/{found.first.uid}", "vms") == [(WEB, found.web.uid)]


async def test_a_name_leads_to_no_vm_of_the_project_that_had_it_before(any_plane: Plane) -> None:
    async with tenants(any_plane) as (found, _):
        plane, uid = any_plane, found.web.uid
        explain = vm_service_pb2.ExplainPlacementRequest
        replay, diff = history_service_pb2.ReplayVmRequest, history_service_pb2.DiffStateRequest
        usage = utilization_service_pb2.GetUsageRequest(start_time=Timestamp(seconds=1))
        usage.end_time.FromMicroseconds(plane.control_plane.dispatcher.time)
        for name in (WEB, f"{SHOP}/vms/{uid}", f"projects/{found.second.uid}/vms/{uid}"):
            usage.scope = name
            for call in (
                plane.vms.GetVm(GetVm(name=name)),
                plane.vms.GetVm(GetVm(name=name, at_position=head(plane))),
                plane.history.ListEvents(ListEvents(parent=name)),
                plane.history.ReplayVm(replay(name=name)),
                plane.history.ReplayVm(replay(name=name, at_position=head(plane))),
                plane.history.DiffState(diff(scope=name)),
                plane.vms.ExplainPlacement(explain(name=name)),
                plane.utilization.GetUsage(usage),
                plane.utilization.ListSamples(utilization_service_pb2.ListSamplesRequest(name=name)),
            ):
                assert (await refused(call)).reason == "VM_NOT_FOUND"
            watch = Subscriber(plane.history.WatchEvents(history_service_pb2.WatchEventsRequest(parent=name)))
            assert (await watch.refusal()).reason == "VM_NOT_FOUND"


async def test_everything_of_a_deleted_project_is_found_by_its_uid(any_plane: Plane) -> None:
    async with tenants(any_plane) as (found, _):
        plane, parent = any_plane, f"projects/{found.first.uid}"
        name = f"{parent}/vms/{found.web.uid}"
        gone = await plane.projects.GetProject(GetProject(name=parent))
        assert (gone.name, gone.display_name, gone.HasField("delete_time")) == (SHOP, "one", True)
        assert gone == await plane.projects.GetProject(GetProject(name=parent, at_position=head(plane)))
        assert (await plane.vms.GetVm(GetVm(name=name))).state == vm_pb2.VM_STATE_DELETED
        listed = await plane.vms.ListVms(ListVms(parent=parent, show_deleted=True))
        assert [each.uid for each in listed.vms] == [found.web.uid]
        assert (await refused(plane.vms.ListVms(ListVms(parent=parent)))).reason == "PROJECT_NOT_FOUND"
        events = await plane.events(parent)
        assert (events[0], events[-1]) == ("project_created", "project_deleted")
        assert await plane.events(name) == await plane.events(f"{parent}/vms/web") == events[1:-1]
        replayed = await plane.history.ReplayVm(history_service_pb2.ReplayVmRequest(name=name))
        assert len(replayed.steps) == len(events) - 2
        then = await plane.utilization.GetUtilization(GetUtilization(scope=parent, at_position=found.ended))
        assert (then.scope, then.uid) == (SHOP, found.first.uid)
        assert (await refused(plane.utilization.GetUtilization(GetUtilization(scope=parent)))).reason == (
            "PROJECT_NOT_FOUND"
        )


async def test_lists_and_history_of_a_project_have_nothing_of_the_one_before(any_plane: Plane) -> None:
    async with tenants(any_plane) as (found, _):
        plane = any_plane
        second = await create_web(plane, "db")
        listed = await plane.vms.ListVms(ListVms(parent=SHOP, show_deleted=True))
        assert [each.uid for each in listed.vms] == [second.uid]
        everything = await plane.vms.ListVms(ListVms(parent="projects/-", show_deleted=True))
        assert {each.uid for each in everything.vms} == {second.uid, found.web.uid}
        assert await plane.events(SHOP) == ["project_created", "vm_created"]
        diff = await plane.history.DiffState(history_service_pb2.DiffStateRequest(scope=SHOP))
        assert {each.uid for each in diff.changes} == {found.second.uid, second.uid}
        # As of a position, a name means who had it then.
        diff = await plane.history.DiffState(history_service_pb2.DiffStateRequest(scope=SHOP, to_position=found.ended))
        assert {each.uid for each in diff.changes} == {found.first.uid}
        then = await plane.vms.ListVms(ListVms(parent=SHOP, show_deleted=True, at_position=found.ended))
        assert [each.uid for each in then.vms] == [found.web.uid]
        shown = await plane.utilization.ListUtilization(
            utilization_service_pb2.ListUtilizationRequest(group_by="projects")
        )
        uids = {each.scope: each.uid for each in shown.utilizations}
        assert uids[SHOP] == found.second.uid
        hosts = await plane.utilization.ListUtilization(
            utilization_service_pb2.ListUtilizationRequest(group_by="hosts")
        )
        assert all(each.uid for each in hosts.utilizations)


@pytest.mark.parametrize("newest_first", [False, True])
async def test_pages_of_events_go_on_with_the_project_that_they_began_with(plane: Plane, newest_first: bool) -> None:
    await create_shop(plane)
    for number in range(4):
        await create_web(plane, f"vm-{number}")
    request = ListEvents(parent=SHOP, page_size=2, newest_first=newest_first)
    page = await plane.history.ListEvents(request)
    found = [each.position for each in page.events]
    for number in range(4):
        await plane.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=f"{SHOP}/vms/vm-{number}"))
    await delete_shop(plane)
    second = await create_shop(plane)
    while page.next_page_token:
        request.page_token = page.next_page_token
        page = await plane.history.ListEvents(request)
        assert not any(each.stream == f"projects/{second.uid}" for each in page.events)
        found += [each.position for each in page.events]
    assert len(found) == len(set(found)) == 5


async def test_an_open_stream_stays_with_the_project_that_it_was_opened_on(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register()
    first = await create_shop(plane)
    events = plane.history.WatchEvents(history_service_pb2.WatchEventsRequest(parent=SHOP))
    vms = plane.vms.WatchVms(vm_service_pb2.WatchVmsRequest(parent=SHOP))
    totals = plane.utilization.WatchUtilization(WatchUtilization(scope=SHOP))
    async with subscribed(events) as of_events, subscribed(vms) as of_vms, subscribed(totals) as of_totals:
        streams = (of_events, of_vms, of_totals)
        for each in streams:
            await each.live()
            assert dict(await each.call.initial_metadata())["chronovisor-resource"] == f"projects/{first.uid}"
        web = await create_web(plane)
        await delete_web(plane)
        await delete_shop(plane)
        await create_shop(plane)
        second = await create_web(plane, start=True)
        assert (await plane.utilization.GetUtilization(GetUtilization(scope=SHOP))).running_vms == 1
        await asyncio.gather(*(each.at(head(plane)) for each in streams))
        assert of_events.payloads == [
            "project_created",
            "vm_created",
            "vm_delete_requested",
            "vm_deleted",
            "project_deleted",
        ]
        assert {each.vm.uid for each in of_vms.of("change")} == {web.uid} != {second.uid}
        assert {each.uid for each in of_totals.of("utilization")} == {first.uid}
        assert {each.running_vms for each in of_totals.of("utilization")} == {0}


async def test_a_stream_that_is_resumed_by_uid_ends_the_first_ones_story_and_no_other(any_plane: Plane) -> None:
    async with tenants(any_plane) as (found, _):
        plane, parent = any_plane, f"projects/{found.first.uid}"
        after = found.web.create_time
        position = (await plane.history.ListEvents(ListEvents(parent=parent, to_time=after))).events[-1].position
        await create_web(plane)
        vms = plane.vms.WatchVms(vm_service_pb2.WatchVmsRequest(parent=parent, after_position=position))
        events = plane.history.WatchEvents(
            history_service_pb2.WatchEventsRequest(parent=parent, after_position=position)
        )
        async with subscribed(vms) as of_vms, subscribed(events) as of_events:
            for each in (of_vms, of_events):
                await each.live()
            assert {each.vm.uid for each in of_vms.of("change")} == {found.web.uid}
            assert of_vms.of("change")[-1].gone
            assert of_events.payloads[-1] == "project_deleted"
            listed = await plane.history.ListEvents(ListEvents(parent=parent, after_position=position))
            assert of_events.events == [each.position for each in listed.events]


async def test_state_that_is_resumed_by_name_is_of_the_project_that_had_the_name_there(any_plane: Plane) -> None:
    plane = any_plane
    await create_shop(plane)
    web = await create_web(plane)
    position = head(plane)
    await delete_web(plane)
    await delete_shop(plane)
    second = await create_shop(plane)
    there = head(plane)
    await create_web(plane)
    call = plane.vms.WatchVms(vm_service_pb2.WatchVmsRequest(parent=SHOP, after_position=position))
    async with subscribed(call) as watch:
        await watch.live()
        assert [(each.vm.uid, each.gone) for each in watch.of("change")][-1] == (web.uid, True)
        assert {each.vm.uid for each in watch.of("change")} == {web.uid}
    call = plane.vms.WatchVms(vm_service_pb2.WatchVmsRequest(parent=SHOP, after_position=there))
    async with subscribed(call) as watch:
        await watch.live()
        assert [each.gone for each in watch.of("change")] == [False]
    gone = Subscriber(plane.utilization.WatchUtilization(WatchUtilization(scope=SHOP, after_position=position)))
    assert (await gone.refusal()).reason == "PROJECT_NOT_FOUND"
    async with subscribed(
        plane.utilization.WatchUtilization(WatchUtilization(scope=SHOP, after_position=there))
    ) as watch:
        await watch.live()
        assert dict(await watch.call.initial_metadata())["chronovisor-resource"] == f"projects/{second.uid}"


async def test_totals_of_the_past_are_those_of_the_project_that_has_the_name(any_plane: Plane) -> None:
    async with tenants(any_plane) as (found, agent):
        await run_and_destroy(any_plane, agent)
        for scope in (SHOP, f"projects/{found.second.uid}"):
            call = any_plane.utilization.WatchUtilization(WatchUtilization(scope=scope, from_position=1))
            async with subscribed(call) as watch:
                await watch.live()
                received = watch.of("utilization")
                assert {each.uid for each in received} == {found.second.uid}
                held = [each.position for each in received if each.running_vms]
                assert held
                assert min(held) > found.ended
