"""A name whose owner is gone is taken again: nothing of the first one's is the second one's."""

from typing import Any

import grpc
from chronovisor.v1 import project_pb2, project_service_pb2, vm_pb2, vm_service_pb2

from tests.integration.controlplane.plane import ACTOR, Plane, refused, vm_of

SHOP = "projects/shop"


async def create_shop(plane: Plane, **fields: Any) -> project_pb2.Project:
    request = project_service_pb2.CreateProjectRequest(project_id="shop", project=project_pb2.Project(**fields))
    return await plane.projects.CreateProject(request, metadata=ACTOR)


async def delete_shop(plane: Plane) -> project_pb2.Project:
    return await plane.projects.DeleteProject(project_service_pb2.DeleteProjectRequest(name=SHOP), metadata=ACTOR)


VM_COMMANDS = {
    "StartVm": vm_service_pb2.StartVmRequest,
    "StopVm": vm_service_pb2.StopVmRequest,
    "RebootVm": vm_service_pb2.RebootVmRequest,
    "PauseVm": vm_service_pb2.PauseVmRequest,
    "ResumeVm": vm_service_pb2.ResumeVmRequest,
    "DeleteVm": vm_service_pb2.DeleteVmRequest,
}


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
    update = project_service_pb2.UpdateProjectRequest(
        project=project_pb2.Project(name=SHOP, etag=first.etag, display_name="Mine")
    )
    delete = project_service_pb2.DeleteProjectRequest(name=SHOP, etag=first.etag)
    for call in (plane.projects.UpdateProject(update), plane.projects.DeleteProject(delete)):
        assert (await refused(call)).reason == "ETAG_MISMATCH"
    assert await plane.projects.GetProject(project_service_pb2.GetProjectRequest(name=SHOP)) == second
