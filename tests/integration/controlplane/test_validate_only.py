"""validate_only: the answer that a command would have, and nothing to wait for, or that a later command would get."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chronovisor.v1 import vm_pb2
from chronovisor.v1 import vm_service_pb2 as api
from google.longrunning.operations_pb2 import GetOperationRequest, ListOperationsRequest, Operation

from tests.integration.controlplane.fake_agent import FakeAgent, connected
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_vm, metadata_of, refused, vm_name, vm_of
from tests.integration.controlplane.test_agents import started

NAME = vm_name("web")
# Of every method that answers with an operation: its request, what the VM would be, and the method that comes before.
METHODS: dict[str, tuple[Callable[..., Any], vm_pb2.VmState.ValueType, str]] = {
    "StartVm": (api.StartVmRequest, vm_pb2.VM_STATE_STARTING, ""),
    "StopVm": (api.StopVmRequest, vm_pb2.VM_STATE_STOPPING, "run"),
    "RebootVm": (api.RebootVmRequest, vm_pb2.VM_STATE_REBOOTING, "run"),
    "PauseVm": (api.PauseVmRequest, vm_pb2.VM_STATE_RUNNING, "run"),
    "ResumeVm": (api.ResumeVmRequest, vm_pb2.VM_STATE_PAUSED, "pause"),
    "DeleteVm": (api.DeleteVmRequest, vm_pb2.VM_STATE_DELETING, "run"),
}


def test_every_method_with_an_operation_is_here_or_has_a_test_of_its_own() -> None:
    service = api.DESCRIPTOR.services_by_name["VmService"]
    answering = {each.name for each in service.methods if each.output_type.full_name == Operation.DESCRIPTOR.full_name}
    assert answering - METHODS.keys() == {"CreateVm", "UpdateVm", "MigrateVm"}


async def operations(plane: Plane) -> list[str]:
    return [each.name for each in (await plane.operations.ListOperations(ListOperationsRequest())).operations]


async def checked(plane: Plane, call: Awaitable[Operation]) -> vm_pb2.Vm:
    """What a command that was only checked answers: done, without a name, and nothing is recorded."""
    before, events = await operations(plane), await plane.events()
    operation = await call
    assert operation.done
    assert operation.name == ""
    metadata = metadata_of(operation)
    assert (metadata.position, metadata.end_position) == (0, 0)
    assert not metadata.HasField("create_time")
    assert (await operations(plane), await plane.events()) == (before, events)
    return vm_of(operation)


async def paused(plane: Plane, agent: FakeAgent, uid: str) -> None:
    operation = await plane.vms.PauseVm(api.PauseVmRequest(name=NAME))
    await agent.until(lambda: agent.desired[uid].version > 1 and agent.desired[uid].power == 2)
    await agent.obey(uid)
    vm_of(await plane.wait(operation))


@pytest.mark.parametrize("method", METHODS)
async def test_a_checked_command_is_done_and_its_name_is_nobodys(plane: Plane, method: str) -> None:
    request, state, before = METHODS[method]
    async with connected(plane) as agent:
        if before:
            uid = await started(plane, agent)
        else:
            uid = vm_of(await plane.create()).uid
        if before == "pause":
            await paused(plane, agent, uid)
        call: Any = getattr(plane.vms, method)
        for request_id in ("", str(uuid.uuid4())):
            again = request(name=NAME, validate_only=True, request_id=request_id, reason="try")
            vm = await checked(plane, call(again, metadata=ACTOR))
            assert (vm.uid, vm.state) == (uid, state)
        # The real one is as if nothing had been checked, also with the id of the one that was.
        real = await call(request(name=NAME, request_id=request_id), metadata=ACTOR)
        assert not real.done
        assert real.name.startswith(f"operations/{uid}.")
        assert metadata_of(real).verb == method
        assert (await plane.operations.GetOperation(GetOperationRequest(name=real.name))).name == real.name


async def test_a_checked_command_with_nothing_to_do_has_no_name_either(plane: Plane) -> None:
    await plane.create()
    vm = await checked(plane, plane.vms.StopVm(api.StopVmRequest(name=NAME, validate_only=True)))
    assert vm.state == vm_pb2.VM_STATE_STOPPED
    same = vm_pb2.Vm(name=NAME, spec=vm.spec)
    await checked(plane, plane.vms.UpdateVm(api.UpdateVmRequest(vm=same, validate_only=True)))


@pytest.mark.parametrize("start", [False, True])
async def test_checked_creations_and_updates(plane: Plane, start: bool) -> None:
    await plane.register()
    creating = api.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm(), start=start, validate_only=True)
    vm = await checked(plane, plane.vms.CreateVm(creating))
    assert (vm.name, vm.host) == (NAME, "hosts/node-1" if start else "")
    await plane.create()
    labelled = vm_pb2.Vm(name=NAME, labels={"tier": "web"})
    vm = await checked(plane, plane.vms.UpdateVm(api.UpdateVmRequest(vm=labelled, validate_only=True)))
    assert dict(vm.labels) == {"tier": "web"}
    assert not (await plane.get()).labels


async def test_a_checked_command_of_a_request_that_is_under_way_does_not_join_it(plane: Plane) -> None:
    await plane.register()
    await plane.create()
    await plane.start()
    vm = await checked(plane, plane.vms.StartVm(api.StartVmRequest(name=NAME, validate_only=True)))
    assert vm.state == vm_pb2.VM_STATE_STARTING


async def test_items_of_checked_batches_have_no_operations(plane: Plane) -> None:
    await plane.register()
    creating = api.BatchCreateVmsRequest(
        parent=DEFAULT,
        requests=[api.CreateVmRequest(vm_id=f"vm-{number}", vm=a_vm(vcpus=1)) for number in range(2)],
        validate_only=True,
    )
    created = await plane.vms.BatchCreateVms(creating)
    assert [(each.vm.name, each.operation) for each in created.items] == [(vm_name("vm-0"), ""), (vm_name("vm-1"), "")]
    creating.validate_only = False
    assert all(each.operation for each in (await plane.vms.BatchCreateVms(creating)).items)
    names = [vm_name("vm-0"), vm_name("vm-1")]
    batches: list[tuple[Any, Any, Any]] = [
        (plane.vms.BatchStartVms, api.BatchStartVmsRequest, api.StartVmRequest),
        (plane.vms.BatchStopVms, api.BatchStopVmsRequest, api.StopVmRequest),
        (plane.vms.BatchDeleteVms, api.BatchDeleteVmsRequest, api.DeleteVmRequest),
    ]
    before = await operations(plane)
    for call, batch, item in batches:
        found = await call(batch(parent=DEFAULT, requests=[item(name=name) for name in names], validate_only=True))
        assert [(each.vm.name, each.operation) for each in found.items] == [(name, "") for name in names]
    assert await operations(plane) == before


async def test_checked_commands_of_a_stream_have_no_names(plane: Plane) -> None:
    await plane.create()
    call = plane.vms.ExecuteCommands()
    await call.write(api.ExecuteCommandsRequest(stop_vm=api.StopVmRequest(name=NAME, validate_only=True)))
    await call.done_writing()
    response: Any = await asyncio.wait_for(call.read(), 30)
    assert (response.operation.done, response.operation.name) == (True, "")


async def test_a_name_that_is_empty_is_no_operations(plane: Plane) -> None:
    assert (await refused(plane.operations.GetOperation(GetOperationRequest(name="")))).fields == ["name"]
