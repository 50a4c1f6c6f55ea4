"""ListOperations: by VM and by filter, as of a position, in pages that stay where they began."""

import pytest
from chronovisor.v1 import vm_pb2
from chronovisor.v1 import vm_service_pb2 as api
from google.longrunning import operations_pb2 as longrunning
from google.protobuf.field_mask_pb2 import FieldMask

from tests.integration.controlplane.plane import Plane, metadata_of, refused, vm_name


async def listed(plane: Plane, filter_: str = "", name: str = "") -> list[str]:
    """Each operation's method and whether it is done, in order."""
    found = await plane.operations.ListOperations(longrunning.ListOperationsRequest(filter=filter_, name=name))
    return [f"{metadata_of(each).verb} {'done' if each.done else 'runs'}" for each in found.operations]


async def update(plane: Plane, vm_id: str, value: str) -> longrunning.Operation:
    vm = vm_pb2.Vm(name=vm_name(vm_id), labels={"n": value})
    return await plane.vms.UpdateVm(api.UpdateVmRequest(vm=vm, update_mask=FieldMask(paths=["labels"])))


async def two_lives(plane: Plane) -> tuple[longrunning.Operation, longrunning.Operation]:
    await plane.register()
    created = await plane.create("a")
    await plane.create("b")
    starting = await plane.start("a")
    await update(plane, "b", "1")
    return created, starting


async def test_operations_are_filtered_by_what_they_are(any_plane: Plane) -> None:
    plane = any_plane
    created, starting = await two_lives(plane)
    assert await listed(plane) == ["UpdateVm done", "StartVm runs", "CreateVm done", "CreateVm done"]
    assert await listed(plane, "done = false") == ["StartVm runs"]
    assert await listed(plane, "verb = CreateVm AND done = true") == ["CreateVm done"] * 2
    assert await listed(plane, "verb != CreateVm") == ["UpdateVm done", "StartVm runs"]
    assert await listed(plane, f'target = "{vm_name("a")}"') == ["StartVm runs", "CreateVm done"]
    assert await listed(plane, name=vm_name("b")) == ["UpdateVm done", "CreateVm done"]
    assert await listed(plane, f'name = "{starting.name}"') == ["StartVm runs"]
    assert await listed(plane, f'name = "{starting.name}" AND name = "{created.name}"') == []


async def test_a_list_as_of_a_position_has_what_had_begun_and_what_had_ended(any_plane: Plane) -> None:
    plane = any_plane
    _, starting = await two_lives(plane)
    await plane.stop("a")
    assert await listed(plane, f'target = "{vm_name("a")}" AND error = "SUPERSEDED"') == ["StartVm done"]
    at = metadata_of(starting).position
    assert await listed(plane, f"at_position = {at}") == ["StartVm runs", "CreateVm done", "CreateVm done"]
    assert await listed(plane, f'at_position = {at} AND error = "SUPERSEDED"') == []


async def test_pages_keep_the_position_of_the_first(any_plane: Plane) -> None:
    plane = any_plane
    await two_lives(plane)
    request = longrunning.ListOperationsRequest(page_size=3)
    first = await plane.operations.ListOperations(request)
    await plane.stop("a")
    request.page_token = first.next_page_token
    second = await plane.operations.ListOperations(request)
    methods = [metadata_of(each).verb for each in (*first.operations, *second.operations)]
    assert methods == ["UpdateVm", "StartVm", "CreateVm", "CreateVm"]
    assert not second.next_page_token


@pytest.mark.parametrize(
    "filter_",
    [
        "verb = Sing",
        "done = perhaps",
        "error = BORED",
        "labels.a = b",
        "at_position = 0",
        "at_position = x",
        "name != a",
        "target = web",
    ],
)
async def test_a_filter_that_can_match_nothing_is_refused(plane: Plane, filter_: str) -> None:
    found = await refused(plane.operations.ListOperations(longrunning.ListOperationsRequest(filter=filter_)))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["filter"])


async def test_the_operations_of_a_vm_that_there_is_not_are_not_found(plane: Plane) -> None:
    found = await refused(plane.operations.ListOperations(longrunning.ListOperationsRequest(name=vm_name("none"))))
    assert found.reason == "VM_NOT_FOUND"
