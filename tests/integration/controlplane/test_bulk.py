"""Batches and the stream of commands."""

from collections.abc import AsyncIterator

import grpc
import pytest
from chronovisor.v1 import vm_pb2, vm_service_pb2

from tests.integration.controlplane.plane import DEFAULT, Plane, a_vm, refusal_in, refused, vm_name, vm_of

CreateVm = vm_service_pb2.CreateVmRequest
ID = "6f1c1f0e-1f0a-4c57-9b3c-1f6f8f6d0a01"


def creates(*vm_ids: str, vcpus: int = 1, start: bool = False) -> list[vm_service_pb2.CreateVmRequest]:
    return [CreateVm(parent=DEFAULT, vm_id=vm_id, vm=a_vm(vcpus=vcpus), start=start) for vm_id in vm_ids]


def batch(
    *requests: vm_service_pb2.CreateVmRequest, allow_partial: bool = False, request_id: str = ""
) -> vm_service_pb2.BatchCreateVmsRequest:
    return vm_service_pb2.BatchCreateVmsRequest(
        parent=DEFAULT, requests=requests, allow_partial=allow_partial, request_id=request_id
    )


@pytest.mark.covers(
    "VmService.BatchCreateVms", "VmService.BatchStartVms", "VmService.BatchStopVms", "VmService.BatchDeleteVms"
)
async def test_a_batch_is_created_started_stopped_and_destroyed(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register(vcpus=8)
    names = [vm_name(vm_id) for vm_id in ("a", "b", "c")]
    created = await plane.vms.BatchCreateVms(batch(*creates("a", "b", "c")))
    assert [item.vm.name for item in created.items] == names
    assert all(item.status.code == 0 and item.operation for item in created.items)
    started = await plane.vms.BatchStartVms(
        vm_service_pb2.BatchStartVmsRequest(
            parent=DEFAULT, requests=[vm_service_pb2.StartVmRequest(name=name) for name in names]
        )
    )
    assert [item.vm.state for item in started.items] == [vm_pb2.VM_STATE_STARTING] * 3
    assert (await plane.used())["vcpus"] == (8, 3)
    assert (await plane.events("hosts/node-1")).count("capacity_held") == 1
    stopped = await plane.vms.BatchStopVms(
        vm_service_pb2.BatchStopVmsRequest(
            parent=DEFAULT, requests=[vm_service_pb2.StopVmRequest(name=name) for name in names]
        )
    )
    assert [item.vm.state for item in stopped.items] == [vm_pb2.VM_STATE_STOPPING] * 3
    deleted = await plane.vms.BatchDeleteVms(
        vm_service_pb2.BatchDeleteVmsRequest(
            parent="projects/-", requests=[vm_service_pb2.DeleteVmRequest(name=name) for name in names]
        )
    )
    assert [item.vm.state for item in deleted.items] == [vm_pb2.VM_STATE_DELETING] * 3


async def test_what_a_batch_says_once_is_refused_in_its_items(plane: Plane) -> None:
    """An item that requested a check alone must not be carried out."""
    await plane.register(vcpus=8)
    for field, value in (("validate_only", True), ("request_id", ID), ("reason", "why not")):
        requests = creates("a", "b")
        setattr(requests[1], field, value)
        found = await refused(plane.vms.BatchCreateVms(batch(*requests)))
        assert (found.reason, found.fields) == ("INVALID_FIELD", [f"requests[1].{field}"])
    start = vm_service_pb2.StartVmRequest(name=vm_name("a"), validate_only=True)
    starting = vm_service_pb2.BatchStartVmsRequest(parent=DEFAULT, requests=[start])
    assert (await refused(plane.vms.BatchStartVms(starting))).fields == ["requests[0].validate_only"]


async def test_a_batch_is_all_or_nothing_and_says_which_item_ended_it(plane: Plane) -> None:
    await plane.register(vcpus=2)
    before = await plane.events()
    found = await refused(plane.vms.BatchCreateVms(batch(*creates("a", "b", "c", start=True))))
    assert (found.code, found.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "NO_CAPACITY")
    assert found.metadata["item"] == "2"
    assert await plane.events() == before


async def test_a_partial_batch_does_what_can_be_done(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register(vcpus=2)
    request = batch(*creates("a", "b", "c", start=True), *creates("a"), allow_partial=True, request_id=ID)
    done = await plane.vms.BatchCreateVms(request)
    assert [item.status.code for item in done.items] == [0, 0, 8, 6]
    assert refusal_in(done.items[2].status).reason == "NO_CAPACITY"
    assert refusal_in(done.items[3].status).reason == "VM_ALREADY_EXISTS"
    assert (await plane.used())["vcpus"] == (2, 2)
    again = await plane.vms.BatchCreateVms(request)
    assert [item.operation for item in again.items] == [item.operation for item in done.items]
    assert [item.status.code for item in again.items] == [0, 0, 8, 6]


async def test_a_batch_names_the_bad_field_of_the_item(plane: Plane) -> None:
    bad = creates("a", "B")
    found = await refused(plane.vms.BatchCreateVms(batch(*bad)))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["requests[1].vm_id"])
    assert (await refused(plane.vms.BatchCreateVms(batch()))).fields == ["requests"]
    elsewhere = CreateVm(parent="projects/other", vm_id="a", vm=a_vm())
    assert (await refused(plane.vms.BatchCreateVms(batch(elsewhere)))).fields == ["requests[0]"]


@pytest.mark.covers("VmService.ExecuteCommands")
async def test_a_stream_of_commands_answers_each_by_its_tag(any_plane: Plane) -> None:
    async def commands() -> AsyncIterator[vm_service_pb2.ExecuteCommandsRequest]:
        for tag, create in enumerate(creates("a", "b", "a", "Bad")):
            yield vm_service_pb2.ExecuteCommandsRequest(tag=tag, create_vm=create)
        yield vm_service_pb2.ExecuteCommandsRequest(tag=4)

    answers = {each.tag: each async for each in any_plane.vms.ExecuteCommands(commands())}
    assert sorted(answers) == [0, 1, 2, 3, 4]
    assert vm_of(answers[1].operation).name == vm_name("b")
    outcomes = sorted(answers[tag].WhichOneof("outcome") or "" for tag in (0, 2))
    assert outcomes == ["error", "operation"]
    assert refusal_in(answers[3].error).fields == ["vm_id"]
    assert refusal_in(answers[4].error).fields == ["command"]
