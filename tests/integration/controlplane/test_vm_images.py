"""Images that are made of VMs: when, by whom, and what is left where somebody is killed in the middle."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from chronovisor.v1 import access_service_pb2 as access
from chronovisor.v1 import image_service_pb2 as api
from chronovisor.v1.image_pb2 import IMAGE_STATE_FAILED, IMAGE_STATE_PENDING, IMAGE_STATE_READY, Image
from chronovisor.v1.vm_pb2 import VM_STATE_RUNNING
from google.longrunning import operations_pb2 as longrunning
from google.rpc import code_pb2
from hostagent.drivers.simulated.behaviour import Fault

from controlplane.images.settings import ImageSettings
from tests.integration.controlplane.plane import (
    ACTOR,
    DEFAULT,
    Plane,
    metadata_of,
    refusal_in,
    refused,
    running,
    unpacked,
    vm_name,
    vm_of,
)
from tests.integration.controlplane.simulated_hosts import SimulatedHosts, simulated_hosts
from tests.integration.controlplane.tenants import by, two_tenants
from tests.support.waiting import until

GOLDEN = f"{DEFAULT}/images/golden"
WEB = vm_name("web")
GIB = 1 << 30


def kept(plane: Plane) -> list[str]:
    folder = plane.control_plane.image_store.settings.folder
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def begin(plane: Plane, source_vm: str = WEB, image_id: str = "golden", **more: Any) -> longrunning.Operation:
    request = api.CreateImageRequest(parent=DEFAULT, image_id=image_id, source_vm=source_vm, **more)
    return await plane.images.CreateImage(request, metadata=ACTOR)


async def get(plane: Plane) -> Image:
    return await plane.images.GetImage(api.GetImageRequest(name=GOLDEN))


async def until_connected(plane: Plane) -> None:
    async def is_so() -> bool:
        host = plane.control_plane.reads.inventory.host_named("hosts/node-1")
        return host is not None and plane.control_plane._agents.is_connected(host.uid)  # pyright: ignore[reportPrivateUsage]

    await until(is_so)


@asynccontextmanager
async def a_stopped_vm(plane: Plane) -> AsyncGenerator[SimulatedHosts]:
    """The VM `web` has run on a simulated host, and is stopped."""
    async with simulated_hosts(plane, "node-1") as hosts:
        await until_connected(plane)
        await plane.create()
        await plane.wait(await plane.start())
        await plane.wait(await plane.stop())
        yield hosts


def slow(hosts: SimulatedHosts, seconds: float = 3600.0) -> None:
    """Its host's agent does not get ready with the disk."""
    hosts.drivers["node-1"].behaviour.delay_s["flatten_disk"] = seconds


async def until_reading(plane: Plane) -> None:
    async def is_so() -> bool:
        found = await plane.operations.ListOperations(longrunning.ListOperationsRequest(name=GOLDEN))
        return any("reads the disk" in metadata_of(each).progress.detail for each in found.operations)

    await until(is_so)


@pytest.mark.covers("ImageService.CreateImage")
async def test_an_image_is_made_of_a_vm_that_is_stopped(plane: Plane) -> None:
    async with a_stopped_vm(plane):
        web = await plane.get()
        operation = await begin(plane, image=Image(family="golden", labels={"tier": "web"}), reason="release 7")
        begun = metadata_of(operation)
        assert (begun.target, begun.verb, begun.actor, begun.reason) == (
            GOLDEN,
            "CreateImage",
            "user:alice",
            "release 7",
        )
        done = await plane.wait(operation)
        image = unpacked(done.response, Image)
        assert (image.state, image.source_vm, image.source_vm_uid) == (IMAGE_STATE_READY, WEB, web.uid)
        assert (image.virtual_size_bytes, image.family, image.labels) == (5 * GIB, "golden", {"tier": "web"})
        assert await plane.events(GOLDEN) == ["image_created", "image_capture_requested", "image_imported"]
        assert kept(plane) == [image.sha256]
        again = await plane.operations.GetOperation(longrunning.GetOperationRequest(name=operation.name))
        assert again == done
        # The VM is as it was, and another is made of the image.
        assert await plane.get() == web
        assert vm_of(await plane.wait(await plane.start())).state == VM_STATE_RUNNING


async def test_a_vm_that_runs_is_refused_with_what_to_do(plane: Plane) -> None:
    async with a_stopped_vm(plane):
        await plane.wait(await plane.start())
        refusal = await refused(begin(plane))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE")
        assert refusal.metadata["allowed_commands"] == "StopVm"
        assert refusal.message == f"{WEB} is RUNNING, which does not allow CreateImage; allowed: StopVm"
        assert await plane.events(DEFAULT, "ImageCreated") == []


@pytest.mark.provokes("VM_HAS_NO_DISK")
async def test_a_vm_without_a_disk_is_refused(plane: Plane) -> None:
    await plane.create()
    refusal = await refused(begin(plane))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "VM_HAS_NO_DISK")


async def test_bad_requests_are_refused(plane: Plane) -> None:
    assert (await refused(begin(plane, vm_name("none")))).reason == "VM_NOT_FOUND"
    assert (await refused(begin(plane, "projects/other/vms/web"))).fields == ["source_vm"]
    assert (await refused(begin(plane, "", "Golden!"))).fields == ["image_id", "source_vm"]
    await plane.begin_image("golden")
    assert (await refused(begin(plane))).reason == "VM_NOT_FOUND"


@pytest.mark.provokes("VM_DISK_IN_USE")
async def test_the_vm_is_neither_started_nor_destroyed_meanwhile(plane: Plane) -> None:
    async with a_stopped_vm(plane) as hosts:
        slow(hosts)
        operation = await begin(plane)
        await until_reading(plane)
        for call, method in ((plane.start, "StartVm"), (plane.delete, "DeleteVm")):
            refusal = await refused(call())
            assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "VM_DISK_IN_USE")
            assert refusal.metadata == {"name": WEB, "image": GOLDEN, "command": method}
        assert (await refused(begin(plane, image_id="other"))).reason == "VM_DISK_IN_USE"
        await plane.operations.CancelOperation(longrunning.CancelOperationRequest(name=operation.name), metadata=ACTOR)
        done = await plane.wait(operation)
        assert (done.error.code, refusal_in(done.error).reason) == (code_pb2.CANCELLED, "CANCELLED")
        assert (await get(plane)).state == IMAGE_STATE_FAILED
        assert kept(plane) == []
        await plane.wait(await plane.start())


async def test_deleting_the_image_ends_the_making_of_it(plane: Plane) -> None:
    async with a_stopped_vm(plane) as hosts:
        slow(hosts)
        operation = await begin(plane)
        await until_reading(plane)
        await plane.images.DeleteImage(api.DeleteImageRequest(name=GOLDEN), metadata=ACTOR)
        assert refusal_in((await plane.wait(operation)).error).reason == "SUPERSEDED"
        await plane.wait(await plane.delete())
        assert kept(plane) == []


async def test_what_the_agent_cannot_do_is_the_operations_error(plane: Plane) -> None:
    async with a_stopped_vm(plane) as hosts:
        hosts.drivers["node-1"].behaviour.faults["flatten_disk"] = Fault(error="no room for a copy of the disk")
        done = await plane.wait(await begin(plane))
        assert (done.error.code, refusal_in(done.error).reason) == (code_pb2.UNAVAILABLE, "IMAGE_SOURCE_FAILED")
        assert done.error.message == "the agent of the VM's host: no room for a copy of the disk"
        # The next of its name takes its place.
        hosts.drivers["node-1"].behaviour.faults.clear()
        assert unpacked((await plane.wait(await begin(plane))).response, Image).state == IMAGE_STATE_READY


async def test_a_disk_that_is_larger_than_images_may_be_is_refused(tmp_path: Path) -> None:
    async with running(images=ImageSettings(tmp_path / "store", largest_gib=4)) as plane, a_stopped_vm(plane):
        done = await plane.wait(await begin(plane))
        assert done.error.message == "the agent of the VM's host: its disk has 5 GiB; at most 4 are taken"


async def test_an_agent_that_is_killed_in_the_middle_begins_anew(plane: Plane) -> None:
    async with a_stopped_vm(plane) as hosts:
        slow(hosts)
        operation = await begin(plane)
        await until_reading(plane)
        await hosts.end("node-1")
        assert kept(plane) == []
        slow(hosts, 0.0)
        hosts.begin("node-1")
        image = unpacked((await plane.wait(operation)).response, Image)
        assert (image.state, kept(plane)) == (IMAGE_STATE_READY, [image.sha256])


async def test_a_control_plane_that_ends_in_the_middle_goes_on(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane, a_stopped_vm(plane) as hosts:
        slow(hosts)
        operation = await begin(plane)
        await until_reading(plane)
        drivers = hosts.drivers
    async with running(store) as plane, simulated_hosts(plane) as hosts:
        assert (await get(plane)).state == IMAGE_STATE_PENDING
        assert (await refused(plane.start())).reason == "VM_DISK_IN_USE"
        assert kept(plane) == []
        hosts.drivers |= drivers
        slow(hosts, 0.0)
        hosts.begin("node-1")
        image = unpacked((await plane.wait(operation)).response, Image)
        assert (image.state, kept(plane)) == (IMAGE_STATE_READY, [image.sha256])
        await plane.wait(await plane.start())


async def test_its_time_is_in_the_ledger_and_ends_it(tmp_path: Path) -> None:
    settings = ImageSettings(tmp_path / "store", longest_import_s=0.5)
    async with running(images=settings) as plane, a_stopped_vm(plane) as hosts:
        slow(hosts)
        done = await plane.wait(await begin(plane))
        assert (done.error.code, refusal_in(done.error).reason) == (code_pb2.DEADLINE_EXCEEDED, "DEADLINE_PASSED")
        assert (await get(plane)).state == IMAGE_STATE_FAILED
        await plane.wait(await plane.start())


async def test_a_repeat_joins_and_validating_begins_nothing(plane: Plane) -> None:
    async with a_stopped_vm(plane):
        checked = await begin(plane, validate_only=True)
        assert (checked.name, unpacked(checked.response, Image).source_vm) == ("", WEB)
        request_id = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f02"
        first = await begin(plane, request_id=request_id)
        assert (await begin(plane, request_id=request_id)).name == first.name
        await plane.wait(first)
        assert (await refused(begin(plane))).reason == "IMAGE_ALREADY_EXISTS"


async def test_it_takes_the_rights_to_make_images_and_to_read_the_vms_disk() -> None:
    async with two_tenants() as tenants:
        request = api.CreateImageRequest(
            parent="projects/red", image_id="golden", source_vm="projects/red/vms/only-red"
        )
        for permissions, missing in (
            (["images.create", "images.get"], "vms.disk.read"),
            (["vms.disk.read", "images.get"], "images.create"),
        ):
            role = access.Role(permissions=permissions)
            role_id = f"lacks-{missing.replace('.', '-')}"
            await tenants.access.CreateRole(access.CreateRoleRequest(role_id=role_id, role=role))
            await tenants.bind("projects/red", (role_id, "user:eve"))
            refusal = await refused(tenants.images.CreateImage(request, metadata=by("eve")))
            assert (refusal.reason, refusal.metadata["permission"]) == ("ACCESS_DENIED", missing)
