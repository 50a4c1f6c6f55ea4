"""A VM's whole life through gRPC, with an agent that does as desired."""

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import history_service_pb2, vm_pb2, vm_service_pb2
from google.longrunning import operations_pb2 as longrunning
from google.protobuf.duration_pb2 import Duration

from tests.integration.controlplane.fake_agent import FakeAgent, connected
from tests.integration.controlplane.plane import ACTOR, Plane, metadata_of, refusal_in, vm_name, vm_of

NAME = vm_name("web")
COMPUTE_AND_DISK = {"vcpus": (4, 2), "memory_mib": (4096, 512), "disk_gib": (100, 5)}
DISK = {"vcpus": (4, 0), "memory_mib": (4096, 0), "disk_gib": (100, 5)}
NOTHING = {"vcpus": (4, 0), "memory_mib": (4096, 0), "disk_gib": (100, 0)}


async def done(
    plane: Plane, agent: FakeAgent, operation: longrunning.Operation, power: agents.DesiredPower.ValueType
) -> vm_pb2.Vm:
    """The agent brings about what is desired; the operation ends well."""
    assert not operation.done
    uid = operation.name.removeprefix("operations/").partition(".")[0]
    await agent.until_desired(uid, power)
    await agent.obey(uid)
    return vm_of(await plane.wait(operation))


@pytest.mark.covers(
    "VmService.CreateVm",
    "VmService.GetVm",
    "VmService.StartVm",
    "VmService.StopVm",
    "VmService.RebootVm",
    "VmService.PauseVm",
    "VmService.ResumeVm",
    "VmService.DeleteVm",
    "AgentService.OpenSession",
    "UtilizationService.GetUtilization",
    "HistoryService.ListEvents",
    "Operations.WaitOperation",
)
async def test_a_vm_is_created_started_paused_resumed_rebooted_stopped_and_destroyed(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane) as agent:
        created = vm_of(await plane.create())
        assert (created.name, created.state, created.incarnation) == (NAME, vm_pb2.VM_STATE_STOPPED, 0)
        assert await plane.used() == NOTHING

        started = await done(plane, agent, await plane.start(), agents.DESIRED_POWER_RUNNING)
        assert (started.state, started.host, started.incarnation) == (vm_pb2.VM_STATE_RUNNING, "hosts/node-1", 1)
        assert started.observed.guest_state == vm_pb2.GUEST_STATE_RUNNING
        for scope in ("fleet", "hosts/node-1", "projects/default"):
            assert await plane.used(scope) == COMPUTE_AND_DISK

        pause = await plane.vms.PauseVm(vm_service_pb2.PauseVmRequest(name=NAME))
        paused = await done(plane, agent, pause, agents.DESIRED_POWER_PAUSED)
        assert paused.state == vm_pb2.VM_STATE_PAUSED
        assert await plane.used() == COMPUTE_AND_DISK

        resume = await plane.vms.ResumeVm(vm_service_pb2.ResumeVmRequest(name=NAME))
        resumed = await done(plane, agent, resume, agents.DESIRED_POWER_RUNNING)
        assert resumed.state == vm_pb2.VM_STATE_RUNNING

        reboot = await plane.vms.RebootVm(vm_service_pb2.RebootVmRequest(name=NAME, force=True))
        await agent.until(lambda: agent.desired[created.uid].reboots == 1)
        assert agent.desired[created.uid].force_reboot
        assert (await plane.get()).state == vm_pb2.VM_STATE_REBOOTING
        rebooted = await done(plane, agent, reboot, agents.DESIRED_POWER_RUNNING)
        assert rebooted.state == vm_pb2.VM_STATE_RUNNING

        stopped = await done(plane, agent, await plane.stop(reason="night"), agents.DESIRED_POWER_SHUTOFF)
        assert (stopped.state, stopped.held.vcpus, stopped.held.disk_gib) == (vm_pb2.VM_STATE_STOPPED, 0, 5)
        assert await plane.used() == DISK

        deleted = await done(plane, agent, await plane.delete(), agents.DESIRED_POWER_ABSENT)
        assert (deleted.state, deleted.host) == (vm_pb2.VM_STATE_DELETED, "")
        assert await plane.used() == NOTHING
        assert await plane.events(NAME) == [
            "vm_created",
            "vm_start_requested",
            "vm_started",
            "vm_pause_requested",
            "vm_paused",
            "vm_resume_requested",
            "vm_resumed",
            "vm_reboot_requested",
            "vm_rebooted",
            "vm_stop_requested",
            "vm_stopped",
            "vm_delete_requested",
            "vm_deleted",
        ]
        tombstone = await plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=vm_name(created.uid)))
        assert (tombstone.state, tombstone.uid) == (vm_pb2.VM_STATE_DELETED, created.uid)
        assert tombstone.HasField("delete_time")


async def test_every_event_says_who_when_and_why(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        await done(plane, agent, await plane.start(), agents.DESIRED_POWER_RUNNING)
        await plane.stop(reason="maintenance of the web tier")
        listed = await plane.history.ListEvents(history_service_pb2.ListEventsRequest(parent=NAME))
        created, requested, started, stop = listed.events
        assert [each.actor for each in listed.events] == ["user:alice", "user:alice", "agent:node-1", "user:alice"]
        assert [each.version for each in listed.events] == [1, 2, 3, 4]
        assert all(each.stream == f"vms/{uid}" and each.request_id for each in listed.events)
        assert created.position < requested.position < started.position < stop.position <= listed.position
        assert started.causation == f"vms/{uid}@2"
        assert stop.reason == "maintenance of the web tier"
        assert created.commit_time.ToMicroseconds() <= stop.commit_time.ToMicroseconds()


@pytest.mark.covers("Operations.GetOperation", "Operations.ListOperations")
async def test_operations_are_found_listed_and_waited_for(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane) as agent:
        created = await plane.create()
        assert created.done
        started = await plane.start()
        assert metadata_of(started).verb == "StartVm"
        assert metadata_of(started).target == NAME
        assert metadata_of(started).actor == "user:alice"
        assert metadata_of(started).HasField("deadline")
        running = await plane.operations.GetOperation(longrunning.GetOperationRequest(name=started.name))
        assert not running.done
        soon = longrunning.WaitOperationRequest(name=started.name, timeout=Duration(nanos=1_000_000))
        assert not (await plane.operations.WaitOperation(soon)).done
        await done(plane, agent, started, agents.DESIRED_POWER_RUNNING)
        again = await plane.operations.GetOperation(longrunning.GetOperationRequest(name=started.name))
        assert vm_of(again).state == vm_pb2.VM_STATE_RUNNING
        assert metadata_of(again).HasField("end_time")
        listed = await plane.operations.ListOperations(longrunning.ListOperationsRequest())
        assert [each.name for each in listed.operations] == [started.name, created.name]
        first = await plane.operations.ListOperations(longrunning.ListOperationsRequest(page_size=1))
        second = await plane.operations.ListOperations(
            longrunning.ListOperationsRequest(page_size=1, page_token=first.next_page_token)
        )
        assert [each.name for each in (*first.operations, *second.operations)] == [started.name, created.name]


@pytest.mark.provokes("SUPERSEDED")
async def test_an_operation_that_another_command_replaced_says_so(plane: Plane) -> None:
    async with connected(plane):
        await plane.create()
        started = await plane.start()
        await plane.stop()
        ended = await plane.wait(started)
        found = refusal_in(ended.error)
        assert (found.code, found.reason) == (grpc.StatusCode.ABORTED, "SUPERSEDED")
        assert "StopVm" in ended.error.message


async def test_create_with_start_is_one_operation(plane: Plane) -> None:
    async with connected(plane) as agent:
        operation = await plane.create(start=True)
        vm = await done(plane, agent, operation, agents.DESIRED_POWER_RUNNING)
        assert vm.state == vm_pb2.VM_STATE_RUNNING


async def test_stop_of_a_stopped_vm_is_a_success_that_appends_nothing(plane: Plane) -> None:
    await plane.create()
    before = await plane.events()
    operation = await plane.stop()
    assert vm_of(operation).state == vm_pb2.VM_STATE_STOPPED
    assert vm_of(await plane.wait(operation)).state == vm_pb2.VM_STATE_STOPPED
    assert await plane.events() == before


@pytest.mark.provokes("STEP_FAILED", "VM_FAILED")
async def test_a_start_that_the_agent_cannot_do_fails_in_the_hypervisors_words(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        operation = await plane.start()
        await agent.until_desired(uid, agents.DESIRED_POWER_RUNNING)
        await agent.fail(uid, "start", "Cannot access storage file", permanent=True)
        ended = await plane.wait(operation)
        assert (ended.error.message, refusal_in(ended.error).reason) == ("Cannot access storage file", "STEP_FAILED")
        vm = await plane.get()
        assert (vm.state, vm.failure.message) == (vm_pb2.VM_STATE_FAILED, "Cannot access storage file")
        assert refusal_in(vm.failure).reason == "VM_FAILED"
        assert await plane.used() == DISK


@pytest.mark.provokes("STEP_FAILED", "LAST_STEP_FAILED")
async def test_a_pause_that_the_agent_cannot_do_leaves_the_vm_running_and_says_why(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        await done(plane, agent, await plane.start(), agents.DESIRED_POWER_RUNNING)
        operation = await plane.vms.PauseVm(vm_service_pb2.PauseVmRequest(name=NAME), metadata=ACTOR)
        await agent.until_desired(uid, agents.DESIRED_POWER_PAUSED)
        await agent.fail(uid, "pause", "Operation not supported", permanent=True)
        ended = refusal_in((await plane.wait(operation)).error)
        assert (ended.code, ended.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "STEP_FAILED")
        vm = await plane.get()
        assert vm.state == vm_pb2.VM_STATE_RUNNING
        assert (refusal_in(vm.failure).reason, vm.failure.message) == (
            "LAST_STEP_FAILED",
            "pause failed: Operation not supported",
        )


@pytest.mark.provokes("GUEST_ENDED", "VM_FAILED")
async def test_an_operation_whose_guest_crashes_meanwhile_says_so(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        await done(plane, agent, await plane.start(), agents.DESIRED_POWER_RUNNING)
        operation = await plane.vms.PauseVm(vm_service_pb2.PauseVmRequest(name=NAME), metadata=ACTOR)
        await agent.report_state(uid, vm_pb2.GUEST_STATE_CRASHED, detail="killed")
        ended = refusal_in((await plane.wait(operation)).error)
        assert (ended.code, ended.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "GUEST_ENDED")
        assert refusal_in((await plane.get()).failure).reason == "VM_FAILED"


async def test_a_stop_sends_the_agent_how_long_the_guest_has(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        await done(plane, agent, await plane.start(), agents.DESIRED_POWER_RUNNING)
        request = vm_service_pb2.StopVmRequest(name=NAME, grace_period=Duration(seconds=90, nanos=500_000_000))
        await plane.vms.StopVm(request, metadata=ACTOR)
        desired = await agent.until_desired(uid, agents.DESIRED_POWER_SHUTOFF)
        assert (desired.grace_period.seconds, desired.grace_period.nanos) == (90, 500_000_000)
