"""request_id, validate_only and etag, through gRPC."""

import asyncio
import uuid
from pathlib import Path

import pytest
from chronovisor.v1 import host_pb2, host_service_pb2, project_pb2, project_service_pb2, vm_pb2, vm_service_pb2

from tests.integration.controlplane.plane import (
    DEFAULT,
    Plane,
    a_host,
    a_vm,
    metadata_of,
    refusal_in,
    refused,
    running,
    vm_name,
    vm_of,
)

CreateVm, StartVm = vm_service_pb2.CreateVmRequest, vm_service_pb2.StartVmRequest
StopVm = vm_service_pb2.StopVmRequest
ID = "6f1c1f0e-1f0a-4c57-9b3c-1f6f8f6d0a01"


def create(request_id: str = "", vm_id: str = "web", *, validate_only: bool = False) -> vm_service_pb2.CreateVmRequest:
    return CreateVm(parent=DEFAULT, vm_id=vm_id, vm=a_vm(), request_id=request_id, validate_only=validate_only)


async def test_the_same_request_again_gets_the_first_operation(any_plane: Plane) -> None:
    plane = any_plane
    first = await plane.vms.CreateVm(create(ID))
    again = await plane.vms.CreateVm(create(ID))
    assert (again.name, vm_of(again)) == (first.name, vm_of(first))
    assert metadata_of(again).request_id == ID
    assert metadata_of(again).verb == "CreateVm"
    assert (await plane.events(vm_name("web"))) == ["vm_created"]


async def test_a_uuid_is_the_same_in_capitals(plane: Plane) -> None:
    first = await plane.vms.CreateVm(create(ID))
    again = await plane.vms.CreateVm(create(ID.upper()))
    assert again.name == first.name


async def test_the_same_request_at_once_from_many_is_carried_out_once(plane: Plane) -> None:
    operations = await asyncio.gather(*(plane.vms.CreateVm(create(ID)) for _ in range(20)))
    assert len({each.name for each in operations}) == 1
    assert await plane.events(vm_name("web")) == ["vm_created"]


async def test_a_start_that_is_requested_again_after_a_stop_does_not_start_the_vm_again(plane: Plane) -> None:
    await plane.register()
    await plane.create()
    first = await plane.vms.StartVm(StartVm(name=vm_name("web"), request_id=ID))
    await plane.stop()
    again = await plane.vms.StartVm(StartVm(name=vm_name("web"), request_id=ID))
    assert again.name == first.name
    assert (await plane.get()).state == vm_pb2.VM_STATE_STOPPING


async def test_the_same_request_after_a_restart_gets_the_first_operation(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        first = await plane.vms.CreateVm(create(ID))
    async with running(store) as plane:
        assert (await plane.vms.CreateVm(create(ID))).name == first.name


@pytest.mark.provokes("REQUEST_ID_REUSED")
async def test_the_same_request_id_with_another_payload_or_method_is_refused(plane: Plane) -> None:
    await plane.register()
    await plane.vms.CreateVm(create(ID))
    for call in (
        plane.vms.CreateVm(create(ID, "other")),
        plane.vms.StartVm(StartVm(name=vm_name("web"), request_id=ID)),
        plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="p", request_id=ID)),
        plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="node-2", host=a_host(), request_id=ID)),
    ):
        found = await refused(call)
        assert (found.reason, found.fields) == ("REQUEST_ID_REUSED", ["request_id"])
    assert "projects/p" not in plane.control_plane.reads.inventory.project_names.uids


async def test_a_stop_of_a_stopped_vm_that_comes_again_after_a_start_does_not_stop_it(any_plane: Plane) -> None:
    plane = any_plane
    await plane.register()
    await plane.create()
    stop = StopVm(name=vm_name("web"), request_id=ID)
    first = await plane.vms.StopVm(stop)
    assert await plane.vms.StopVm(stop) == first
    assert await plane.events(vm_name("web")) == ["vm_created"]
    await plane.start()
    assert await plane.vms.StopVm(stop) == first
    assert (await plane.get()).state == vm_pb2.VM_STATE_STARTING
    for call in (
        plane.vms.StopVm(StopVm(name=vm_name("web"), request_id=ID, reason="another")),
        plane.vms.StartVm(StartVm(name=vm_name("web"), request_id=ID)),
    ):
        assert (await refused(call)).reason == "REQUEST_ID_REUSED"


async def test_a_batch_with_nothing_to_do_is_remembered_and_so_is_one_that_was_all_refused(plane: Plane) -> None:
    await plane.create()
    stops = [StopVm(name=vm_name("web"))]
    stop = vm_service_pb2.BatchStopVmsRequest(parent=DEFAULT, requests=stops, request_id=ID)
    first = await plane.vms.BatchStopVms(stop)
    starts = [StartVm(name=vm_name("web"))]
    start = vm_service_pb2.BatchStartVmsRequest(
        parent=DEFAULT, requests=starts, request_id=str(uuid.uuid4()), allow_partial=True
    )
    refusals = await plane.vms.BatchStartVms(start)
    assert refusal_in(refusals.items[0].status).reason == "NO_CAPACITY"
    # By now it would be accepted, and stays what was answered.
    await plane.register()
    assert await plane.vms.BatchStartVms(start) == refusals
    assert (await plane.get()).state == vm_pb2.VM_STATE_STOPPED
    await plane.start()
    assert (await plane.vms.BatchStopVms(stop)).items[0].operation == first.items[0].operation
    assert (await plane.get()).state == vm_pb2.VM_STATE_STARTING


@pytest.mark.parametrize("method", ["BatchCreateVms", "BatchStartVms", "BatchStopVms", "BatchDeleteVms"])
async def test_the_refusals_of_a_batch_are_its_answer_for_ever(any_plane: Plane, method: str) -> None:
    plane = any_plane
    parent = "projects/shop"
    name, kind = f"{parent}/vms/web", method.removeprefix("Batch").removesuffix("s")
    item = (
        vm_service_pb2.CreateVmRequest(parent=parent, vm_id="web", vm=a_vm())
        if kind == "CreateVm"
        else getattr(vm_service_pb2, f"{kind}Request")(name=name)
    )
    request = getattr(vm_service_pb2, f"{method}Request")(
        parent=parent, requests=[item] * 2, request_id=ID, allow_partial=True
    )
    call = getattr(plane.vms, method)
    refusals = await call(request)
    assert [each.HasField("status") for each in refusals.items] == [True, True]
    project = project_service_pb2.CreateProjectRequest(project_id="shop", project=project_pb2.Project())
    await plane.projects.CreateProject(project)
    await plane.register(vcpus=8)
    if kind != "CreateVm":
        await plane.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=parent, vm_id="web", vm=a_vm()))
    before = await plane.events(parent)
    assert await call(request) == refusals
    assert await plane.events(parent) == before
    request.reason = "another"
    assert (await refused(call(request))).reason == "REQUEST_ID_REUSED"


async def test_a_host_that_is_cordoned_already_is_not_cordoned_by_a_late_repeat(plane: Plane) -> None:
    await plane.register()
    await plane.hosts.CordonHost(host_service_pb2.CordonHostRequest(name="hosts/node-1"))
    again = host_service_pb2.CordonHostRequest(name="hosts/node-1", request_id=ID)
    await plane.hosts.CordonHost(again)
    await plane.hosts.UncordonHost(host_service_pb2.UncordonHostRequest(name="hosts/node-1"))
    await plane.hosts.CordonHost(again)
    host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
    assert host.state == host_pb2.HOST_STATE_ACTIVE


async def test_a_refused_request_may_come_again(plane: Plane) -> None:
    await plane.create()
    start = StartVm(name=vm_name("web"), request_id=ID)
    assert (await refused(plane.vms.StartVm(start))).reason == "NO_CAPACITY"
    await plane.register()
    assert metadata_of(await plane.vms.StartVm(start)).verb == "StartVm"


async def test_projects_and_hosts_are_made_once_too(plane: Plane) -> None:
    project = project_service_pb2.CreateProjectRequest(project_id="p", request_id=ID)
    assert await plane.projects.CreateProject(project) == await plane.projects.CreateProject(project)
    host = host_service_pb2.RegisterHostRequest(host_id="h", host=a_host(), request_id=str(uuid.uuid4()))
    assert await plane.hosts.RegisterHost(host) == await plane.hosts.RegisterHost(host)


async def test_validate_only_checks_everything_and_changes_nothing(any_plane: Plane) -> None:
    plane = any_plane
    before = await plane.events()
    validated = await plane.vms.CreateVm(create(validate_only=True))
    assert vm_of(validated).name == vm_name("web")
    host = host_service_pb2.RegisterHostRequest(host_id="h", host=a_host(), validate_only=True)
    assert (await plane.hosts.RegisterHost(host)).name == "hosts/h"
    project = project_service_pb2.CreateProjectRequest(project_id="p", validate_only=True)
    assert (await plane.projects.CreateProject(project)).name == "projects/p"
    assert await plane.events() == before
    await plane.create()
    assert (await refused(plane.vms.CreateVm(create(validate_only=True)))).reason == "VM_ALREADY_EXISTS"
    start = StartVm(name=vm_name("web"), validate_only=True)
    assert (await refused(plane.vms.StartVm(start))).reason == "NO_CAPACITY"
    await plane.register()
    await plane.vms.StartVm(start)
    assert (await plane.get()).state == vm_pb2.VM_STATE_STOPPED


async def test_an_etag_that_is_current_lets_the_command_through_and_then_is_stale(plane: Plane) -> None:
    await plane.register()
    vm = vm_of(await plane.create())
    await plane.vms.StartVm(StartVm(name=vm.name, etag=vm.etag))
    stop = vm_service_pb2.StopVmRequest(name=vm.name, etag=vm.etag)
    assert (await refused(plane.vms.StopVm(stop))).reason == "ETAG_MISMATCH"


async def test_of_two_commands_with_the_same_etag_one_loses(plane: Plane) -> None:
    await plane.register()
    vm = vm_of(await plane.create())
    calls = (
        plane.vms.StartVm(StartVm(name=vm.name, etag=vm.etag)),
        plane.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=vm.name, etag=vm.etag)),
    )
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(each, BaseException) for each in outcomes) == 1
