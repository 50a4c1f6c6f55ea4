"""Every error of the design's table that this version has, through gRPC: status, reason, details, fields."""

import asyncio
from typing import Any

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import (
    history_service_pb2,
    host_service_pb2,
    project_pb2,
    project_service_pb2,
    resources_pb2,
    utilization_service_pb2,
    vm_pb2,
    vm_service_pb2,
)
from google.longrunning import operations_pb2 as longrunning
from grpc import StatusCode

from controlplane.domain.errors import LedgerUntrusted
from controlplane.rpc.errors import TABLE
from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.plane import (
    DEFAULT,
    Plane,
    a_host,
    a_vm,
    metadata_of,
    refused,
    running,
    vm_name,
    vm_of,
)
from tests.support.waiting import patient


@pytest.mark.provokes("VM_NOT_FOUND", "HOST_NOT_FOUND", "PROJECT_NOT_FOUND", "ZONE_NOT_FOUND", "OPERATION_NOT_FOUND")
async def test_what_is_not_there_is_not_found_by_its_kind(plane: Plane) -> None:
    get_vm = vm_service_pb2.GetVmRequest(name=vm_name("nobody"))
    start_vm = vm_service_pb2.StartVmRequest(name=vm_name("nobody"))
    nowhere = vm_service_pb2.CreateVmRequest(parent="projects/nowhere", vm_id="web", vm=a_vm())
    calls = {
        "VM_NOT_FOUND": [plane.vms.GetVm(get_vm), plane.vms.StartVm(start_vm), plane.events(vm_name("nobody"))],
        "HOST_NOT_FOUND": [
            plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/nobody")),
            plane.used("hosts/nobody"),
            plane.events("hosts/nobody"),
        ],
        "PROJECT_NOT_FOUND": [
            plane.vms.CreateVm(nowhere),
            plane.vms.ListVms(vm_service_pb2.ListVmsRequest(parent="projects/nowhere")),
            plane.projects.GetProject(project_service_pb2.GetProjectRequest(name="projects/nowhere")),
            plane.used("projects/nowhere"),
            plane.events("projects/nowhere"),
        ],
        "ZONE_NOT_FOUND": [plane.used("zones/nowhere")],
        "OPERATION_NOT_FOUND": [
            plane.operations.GetOperation(longrunning.GetOperationRequest(name=f"operations/{name}"))
            for name in ("nobody", "a.1", "a.b", f"{'x' * 36}.7", "a.99999999999999999999", "")
        ],
    }
    for reason, each_call in calls.items():
        for call in each_call:
            found = await refused(call)
            assert (found.code, found.reason) == (StatusCode.NOT_FOUND, reason)
            assert found.details == ["ResourceInfo"]
            assert found.metadata["name"]


@pytest.mark.provokes("VM_ALREADY_EXISTS", "PROJECT_ALREADY_EXISTS")
async def test_what_is_there_already_already_exists(plane: Plane) -> None:
    await plane.create()
    found = await refused(plane.create())
    assert (found.code, found.reason) == (StatusCode.ALREADY_EXISTS, "VM_ALREADY_EXISTS")
    assert (found.details, found.metadata["name"]) == (["ResourceInfo"], vm_name("web"))
    again = project_service_pb2.CreateProjectRequest(project_id="default")
    assert (await refused(plane.projects.CreateProject(again))).reason == "PROJECT_ALREADY_EXISTS"


@pytest.mark.provokes("HOST_ALREADY_EXISTS")
async def test_a_host_registered_twice_with_other_totals_already_exists(plane: Plane) -> None:
    first = await plane.register(vcpus=4)
    assert await plane.register(vcpus=4) == first
    found = await refused(plane.register(vcpus=8))
    assert (found.code, found.reason) == (StatusCode.ALREADY_EXISTS, "HOST_ALREADY_EXISTS")
    assert "vcpus 4, not 8" in found.message


@pytest.mark.provokes("WRONG_STATE")
async def test_a_state_that_forbids_a_command_is_named_with_what_it_allows(plane: Plane) -> None:
    await plane.create()
    for call, command in (
        (plane.vms.RebootVm(vm_service_pb2.RebootVmRequest(name=vm_name("web"))), "RebootVm"),
        (plane.vms.PauseVm(vm_service_pb2.PauseVmRequest(name=vm_name("web"))), "PauseVm"),
        (plane.vms.ResumeVm(vm_service_pb2.ResumeVmRequest(name=vm_name("web"))), "ResumeVm"),
    ):
        found = await refused(call)
        assert (found.code, found.reason) == (StatusCode.FAILED_PRECONDITION, "WRONG_STATE")
        assert found.details == ["PreconditionFailure"]
        assert found.metadata == {
            "name": vm_name("web"),
            "state": "STOPPED",
            "command": command,
            "allowed_commands": "StartVm,StopVm,DeleteVm,UpdateVm",
        }


@pytest.mark.provokes("ETAG_MISMATCH")
async def test_a_stale_etag_is_a_mismatch(plane: Plane) -> None:
    vm = vm_of(await plane.create())
    for make in (
        vm_service_pb2.StartVmRequest,
        vm_service_pb2.StopVmRequest,
        vm_service_pb2.RebootVmRequest,
        vm_service_pb2.PauseVmRequest,
        vm_service_pb2.ResumeVmRequest,
        vm_service_pb2.DeleteVmRequest,
    ):
        method = make.DESCRIPTOR.name.removesuffix("Request")
        found = await refused(getattr(plane.vms, method)(make(name=vm.name, etag='"old"')))
        assert (found.code, found.reason) == (StatusCode.ABORTED, "ETAG_MISMATCH")
        assert (found.metadata["given"], found.metadata["current"]) == ('"old"', vm.etag)
    await plane.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=vm.name, etag=vm.etag))


@pytest.mark.provokes("NO_CAPACITY")
async def test_no_capacity_counts_the_hosts_that_each_rule_turned_down(plane: Plane) -> None:
    await plane.register("few-vcpus", vcpus=1)
    await plane.register("also-few", vcpus=1)
    await plane.register("little-memory", memory_mib=256)
    await plane.create()
    found = await refused(plane.start())
    assert (found.code, found.reason) == (StatusCode.RESOURCE_EXHAUSTED, "NO_CAPACITY")
    assert found.metadata == {
        "name": vm_name("web"),
        "hosts_considered": "3",
        "turned_down.vcpus": "2",
        "turned_down.memory_mib": "1",
        "nearest.1": "hosts/few-vcpus lacks 1 vcpus",
        "nearest.2": "hosts/also-few lacks 1 vcpus",
        "nearest.3": "hosts/little-memory lacks 256 memory_mib",
    }


async def test_stop_makes_room_for_a_start_that_was_refused(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane, host=a_host(vcpus=2)) as agent:
        uid = vm_of(await plane.create("first")).uid
        await plane.create("second")
        started = await plane.start("first")
        await agent.until_desired(uid, agents.DESIRED_POWER_RUNNING)
        await agent.obey(uid)
        await plane.wait(started)
        found = await refused(plane.start("second"))
        assert (found.reason, found.metadata["turned_down.vcpus"]) == ("NO_CAPACITY", "1")
        stopped = await plane.stop("first")
        assert (await refused(plane.start("second"))).reason == "NO_CAPACITY"
        await agent.until_desired(uid, agents.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        await plane.wait(stopped)
        await plane.start("second")
        assert (await plane.get("second")).state == vm_pb2.VM_STATE_STARTING


@pytest.mark.provokes("QUOTA_EXCEEDED")
@pytest.mark.covers("ProjectService.CreateProject", "ProjectService.GetProject", "ProjectService.ListProjects")
async def test_a_quota_says_what_it_is_and_what_is_held(plane: Plane) -> None:
    await plane.register()
    project = project_pb2.Project(display_name="Team A", quota=resources_pb2.Resources(vcpus=3))
    request = project_service_pb2.CreateProjectRequest(project_id="team-a", project=project)
    made = await plane.projects.CreateProject(request)
    got = await plane.projects.GetProject(project_service_pb2.GetProjectRequest(name="projects/team-a"))
    assert got == made
    listed = await plane.projects.ListProjects(project_service_pb2.ListProjectsRequest())
    assert [each.name for each in listed.projects] == [DEFAULT, "projects/team-a"]
    for vm_id in ("one", "two"):
        create = vm_service_pb2.CreateVmRequest(parent="projects/team-a", vm_id=vm_id, vm=a_vm())
        await plane.vms.CreateVm(create)
    await plane.vms.StartVm(vm_service_pb2.StartVmRequest(name="projects/team-a/vms/one"))
    found = await refused(plane.vms.StartVm(vm_service_pb2.StartVmRequest(name="projects/team-a/vms/two")))
    assert (found.code, found.reason) == (StatusCode.RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED")
    assert found.details == ["QuotaFailure"]
    assert (found.metadata["quota"], found.metadata["held"], found.metadata["requested"]) == ("3", "2", "2")


@pytest.mark.provokes("INVALID_ACTOR")
async def test_an_actor_that_cannot_be_recorded_is_unauthenticated(plane: Plane) -> None:
    for actor in ("alice", "system:writer", "user:", "user:a b", "root:x", "user:" + "x" * 300):
        request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm())
        found = await refused(plane.vms.CreateVm(request, metadata=(("chronovisor-actor", actor),)))
        assert (found.code, found.reason) == (StatusCode.UNAUTHENTICATED, "INVALID_ACTOR")


async def test_a_caller_that_does_not_say_who_it_is_is_anonymous(plane: Plane) -> None:
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm())
    assert metadata_of(await plane.vms.CreateVm(request)).actor == "user:anonymous"


@pytest.mark.provokes("LEDGER_UNTRUSTED")
async def test_an_untrusted_ledger_is_read_and_takes_no_commands(plane: Plane) -> None:
    await plane.create()
    plane.control_plane.writer.distrust(LedgerUntrusted(7, "its bytes are not an event"))
    refusal = await refused(plane.create("next"))
    assert (refusal.code, refusal.reason) == (StatusCode.FAILED_PRECONDITION, "LEDGER_UNTRUSTED")
    assert refusal.metadata == {"position": "7", "problem": "its bytes are not an event"}
    assert "at position 7" in refusal.message
    assert (await plane.get()).name == vm_name("web")


@pytest.mark.provokes("POSITION_AHEAD")
async def test_a_position_that_is_not_there_yet_is_ahead(plane: Plane) -> None:
    ahead = 10_000
    calls = [
        plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=vm_name("web"), min_position=ahead), timeout=patient(0.5)),
        plane.vms.ListVms(vm_service_pb2.ListVmsRequest(parent=DEFAULT, min_position=ahead), timeout=patient(0.5)),
        plane.hosts.ListHosts(host_service_pb2.ListHostsRequest(min_position=ahead), timeout=patient(0.5)),
        plane.utilization.GetUtilization(
            utilization_service_pb2.GetUtilizationRequest(min_position=ahead), timeout=patient(0.5)
        ),
        plane.history.ListEvents(history_service_pb2.ListEventsRequest(after_position=ahead)),
    ]
    for found in await asyncio.gather(*map(refused, calls)):
        assert (found.code, found.reason) == (StatusCode.OUT_OF_RANGE, "POSITION_AHEAD")
        assert found.metadata["position"] == str(ahead)
        assert int(found.metadata["head"]) > 0


@pytest.mark.provokes("NOT_IMPLEMENTED")
async def test_a_method_of_a_later_version_is_not_implemented_in_this_one(plane: Plane) -> None:
    channel: Any = plane.channel
    for kind in (channel.unary_unary, channel.stream_unary):
        call = kind("/chronovisor.v2.MoonService/FillMoon")
        found = await refused(call(b"" if kind == channel.unary_unary else iter([b""])))
        assert (found.code, found.reason) == (StatusCode.UNIMPLEMENTED, "NOT_IMPLEMENTED")
        assert "chronovisor.v2.MoonService/FillMoon" in found.message


@pytest.mark.provokes("PROJECTION_BEHIND")
async def test_a_read_of_the_past_that_is_not_written_yet_says_when_to_try_again() -> None:
    async with running(longest_wait_s=0.05) as plane:
        with plane.control_plane.views.writing():
            await plane.create()
            position = plane.control_plane.dispatcher.position
            request = vm_service_pb2.GetVmRequest(name=vm_name("web"), at_position=position)
            found = await refused(plane.vms.GetVm(request))
    assert (found.code, found.reason, found.details) == (StatusCode.UNAVAILABLE, "PROJECTION_BEHIND", ["RetryInfo"])


async def test_a_control_plane_that_shuts_down_says_when_to_try_again(plane: Plane) -> None:
    await plane.control_plane.writer.close()
    found = await refused(plane.create())
    assert (found.code, found.reason) == (StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    assert found.details == ["RetryInfo"]


def test_every_row_of_the_table_is_a_status_of_its_own_reason() -> None:
    codes = {each.value[0] for each in grpc.StatusCode}  # pyright: ignore[reportUnknownMemberType]
    assert {code for code, _ in TABLE.values()} <= codes
