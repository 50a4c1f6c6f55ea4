"""Where and when an operation began and ended, and how far it is: at once, later, after a restart, from new rows."""

from pathlib import Path

from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import vm_pb2
from chronovisor.v1 import vm_service_pb2 as api
from chronovisor.v1.operations_pb2 import OperationMetadata, OperationProgress
from google.longrunning.operations_pb2 import GetOperationRequest, ListOperationsRequest, Operation

from controlplane.domain.vm.limits import Limits
from controlplane.maintenance import rebuild_rows
from tests.integration.controlplane.fake_agent import FakeAgent, connected
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_vm, metadata_of, running, vm_name, vm_of
from tests.integration.controlplane.test_agents import until_state

NAME = vm_name("web")
AGENT = OperationProgress.WAITING_FOR_AGENT


async def read(plane: Plane, name: str) -> Operation:
    return await plane.operations.GetOperation(GetOperationRequest(name=name))


async def vm_at(plane: Plane, vm: vm_pb2.Vm, position: int) -> vm_pb2.Vm:
    request = api.GetVmRequest(name=vm_name(vm.uid), at_position=position, min_position=position)
    return await plane.vms.GetVm(request)


async def check_end(plane: Plane, operation: Operation) -> None:
    """As of its end position, the VM is as it left it."""
    metadata = metadata_of(operation)
    assert operation.done
    assert metadata.end_position >= metadata.position > 0
    assert metadata.start_time == metadata.create_time
    assert metadata.start_time.ToMicroseconds() <= metadata.end_time.ToMicroseconds()
    progress = metadata.progress
    assert progress.waiting_for == OperationProgress.WAITING_UNSPECIFIED
    assert progress.host == progress.detail == ""
    if operation.HasField("response"):
        assert progress.steps_done == progress.steps_total
        vm = vm_of(operation)
        assert await vm_at(plane, vm, metadata.end_position) == vm
        if metadata.end_position > metadata.position:
            assert await vm_at(plane, vm, metadata.end_position - 1) != vm
    else:
        assert progress.steps_done == progress.steps_total - 1


async def live(plane: Plane, agent: FakeAgent) -> list[Operation]:
    """One operation of every kind, as they were answered at once where they ended at once, else as a wait answered."""
    done = [await plane.create()]
    uid = vm_of(done[0]).uid
    life = (
        ("StartVm", api.StartVmRequest, agents.DESIRED_POWER_RUNNING),
        ("PauseVm", api.PauseVmRequest, agents.DESIRED_POWER_PAUSED),
        ("ResumeVm", api.ResumeVmRequest, agents.DESIRED_POWER_RUNNING),
        ("StopVm", api.StopVmRequest, agents.DESIRED_POWER_SHUTOFF),
    )
    for method, request, power in life:
        begun = await getattr(plane.vms, method)(request(name=NAME), metadata=ACTOR)
        await check_running(begun, 1, 2)
        await agent.until_desired(uid, power)
        await agent.obey(uid)
        done.append(await plane.wait(begun))
        # And once more, when there is nothing to do.
        again = await getattr(plane.vms, method)(request(name=NAME), metadata=ACTOR)
        assert metadata_of(again).verb == method
        assert metadata_of(again).end_position == metadata_of(again).position == metadata_of(done[-1]).end_position
        done.append(again)
    labelled = vm_pb2.Vm(name=NAME, labels={"tier": "web"})
    done.append(await plane.vms.UpdateVm(api.UpdateVmRequest(vm=labelled)))
    # Of two that are together one operation: created, placed, running.
    both = await plane.create("both", start=True)
    await check_running(both, 2, 3)
    uid = metadata_of(both).target_uid
    await agent.until_desired(uid, agents.DESIRED_POWER_RUNNING)
    await agent.obey(uid)
    done.append(await plane.wait(both))
    # One that another takes the place of.
    first = await plane.start()
    second = await plane.stop()
    done.append(await plane.wait(first))
    assert metadata_of(done[-1]).end_position == metadata_of(second).position
    uid = metadata_of(second).target_uid
    await agent.until_desired(uid, agents.DESIRED_POWER_SHUTOFF)
    await agent.obey(uid)
    done.append(await plane.wait(second))
    # One that ends at once, by two events.
    await plane.create("unplaced")
    done.append(await plane.delete("unplaced"))
    assert metadata_of(done[-1]).end_position == metadata_of(done[-1]).position + 1
    return done


async def check_running(operation: Operation, steps_done: int, steps_total: int) -> None:
    metadata = metadata_of(operation)
    assert not operation.done
    assert (metadata.end_position, metadata.HasField("end_time")) == (0, False)
    assert metadata.start_time == metadata.create_time
    progress = metadata.progress
    assert (progress.steps_done, progress.steps_total, progress.waiting_for) == (steps_done, steps_total, AGENT)
    assert (progress.host, progress.update_time) == ("hosts/node-1", metadata.create_time)


def ends(operation: Operation) -> OperationMetadata:
    """What no later look can see otherwise."""
    metadata = metadata_of(operation)
    # Of a command that found its VM so, only its own answer knows whose it was.
    for field in ("actor", "reason", "request_id") if not metadata.progress.steps_total else ():
        metadata.ClearField(field)  # pyright: ignore[reportArgumentType]
    return metadata


async def check_all(plane: Plane, done: list[Operation]) -> None:
    listed = (await plane.operations.ListOperations(ListOperationsRequest(page_size=1000))).operations
    by_name = {each.name: each for each in listed}
    for operation in done:
        await check_end(plane, operation)
        found = await read(plane, operation.name)
        assert ends(found) == ends(operation)
        if metadata_of(operation).progress.steps_total:
            assert by_name[operation.name] == found


async def test_ends_are_the_same_at_once_later_after_a_restart_and_from_rows_made_anew(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane, connected(plane) as agent:
        done = await live(plane, agent)
        await check_all(plane, done)
    async with running(store) as plane:
        await check_all(plane, done)
    rebuild_rows(store)
    async with running(store) as plane:
        await check_all(plane, done)


async def test_the_end_of_what_failed_is_the_event_that_says_so(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store, Limits(start=0.2)) as plane, connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        late = await plane.start()
        await agent.until_desired(uid, agents.DESIRED_POWER_RUNNING)
        late = await plane.wait(late)
        await until_state(plane, vm_pb2.VM_STATE_FAILED)
        vm = await vm_at(plane, (await plane.get()), metadata_of(late).end_position)
        assert (vm.state, late.error.code) == (vm_pb2.VM_STATE_FAILED, 4)
        await check_end(plane, late)
    async with running(store) as plane:
        assert await read(plane, late.name) == late


async def test_progress_says_what_is_waited_for_and_what_the_agent_reported(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        operation = await plane.start()
        await agent.until_desired(uid, agents.DESIRED_POWER_RUNNING)
        await agent.fail(uid, "start", "no space left on device", permanent=False)
        while not (progress := metadata_of(await read(plane, operation.name)).progress).detail:
            continue
        assert (progress.waiting_for, progress.detail) == (AGENT, "no space left on device")
    while (progress := metadata_of(await read(plane, operation.name)).progress).waiting_for == AGENT:
        continue
    assert progress.waiting_for == OperationProgress.WAITING_FOR_AGENT_CONNECTION
    assert (progress.host, progress.detail) == ("hosts/node-1", "")


async def test_a_resume_of_a_running_vm_is_an_operation_of_its_own(plane: Plane) -> None:
    async with connected(plane) as agent:
        created = await plane.create(start=True)
        uid = metadata_of(created).target_uid
        await agent.until_desired(uid, agents.DESIRED_POWER_RUNNING)
        await agent.obey(uid)
        await plane.wait(created)
        resumed = await plane.vms.ResumeVm(api.ResumeVmRequest(name=NAME))
        assert (metadata_of(resumed).verb, vm_of(resumed).state) == ("ResumeVm", vm_pb2.VM_STATE_RUNNING)
        assert resumed.name.endswith(".resume")
        assert await read(plane, resumed.name) == resumed


async def test_a_destroyed_vm_is_observed_no_more(plane: Plane) -> None:
    async with connected(plane) as agent:
        created = await plane.create(start=True)
        uid = metadata_of(created).target_uid
        await agent.until_desired(uid, agents.DESIRED_POWER_RUNNING)
        await agent.obey(uid)
        await plane.wait(created)
        stopped = await plane.stop()
        await agent.until_desired(uid, agents.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        await plane.wait(stopped)
        assert (await plane.get()).observed.guest_state == vm_pb2.GUEST_STATE_SHUTOFF
        deleted = await plane.delete()
        await agent.until_desired(uid, agents.DESIRED_POWER_ABSENT)
        await agent.obey(uid)
        assert not vm_of(await plane.wait(deleted)).HasField("observed")
        tombstone = await plane.vms.GetVm(api.GetVmRequest(name=vm_name(uid)))
        assert (tombstone.state, tombstone.HasField("observed")) == (vm_pb2.VM_STATE_DELETED, False)


async def test_a_listed_operation_that_runs_says_how_far_it_is(plane: Plane) -> None:
    await plane.register()
    creating = api.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm(), start=True)
    begun = await plane.vms.CreateVm(creating)
    listed = (await plane.operations.ListOperations(ListOperationsRequest())).operations
    assert listed[0] == begun
