"""Images over gRPC: uploaded, checked, changed and ended; and uploads that end in every other way."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import zstandard
from chronovisor.v1 import agent_service_pb2, history_service_pb2, host_service_pb2, vm_pb2, vm_service_pb2
from chronovisor.v1 import image_service_pb2 as api
from chronovisor.v1.agent_service_pb2_grpc import AgentServiceStub
from chronovisor.v1.image_pb2 import (
    IMAGE_FORMAT_QCOW2,
    IMAGE_FORMAT_RAW,
    IMAGE_STATE_DEPRECATED,
    IMAGE_STATE_FAILED,
    IMAGE_STATE_OBSOLETE,
    IMAGE_STATE_PENDING,
    IMAGE_STATE_READY,
    Image,
    ImageState,
)
from google.protobuf.field_mask_pb2 import FieldMask

from controlplane.domain.image.aggregate import Expected
from controlplane.domain.vm.limits import Limits
from tests.integration.controlplane.plane import (
    ACTOR,
    DEFAULT,
    WAIT_S,
    Plane,
    a_host,
    a_vm,
    refusal_in,
    refused,
    running,
)
from tests.support import images
from tests.support.images import MIB
from tests.support.waiting import until

WEB = f"{DEFAULT}/images/web"
REQUEST_ID = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f02"


@pytest.fixture
def qcow2(tmp_path: Path) -> bytes:
    return images.qcow2(tmp_path / "web.qcow2")


async def upload(plane: Plane, data: bytes, image_id: str = "web", **more: Any) -> Image:
    return await images.upload(plane.images, data, DEFAULT, image_id, ACTOR, **more)


async def get(plane: Plane, name: str = WEB, **read: Any) -> Image:
    return await plane.images.GetImage(api.GetImageRequest(name=name, **read))


async def deprecate(plane: Plane, state: ImageState.ValueType, **more: Any) -> Image:
    return await plane.images.DeprecateImage(api.DeprecateImageRequest(name=WEB, state=state, **more), metadata=ACTOR)


async def delete(plane: Plane, name: str = WEB, **more: Any) -> Image:
    return await plane.images.DeleteImage(api.DeleteImageRequest(name=name, **more), metadata=ACTOR)


def kept(plane: Plane) -> list[str]:
    """The files of the image directory."""
    folder = plane.control_plane.image_store.settings.folder
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def are_kept(plane: Plane, count: int) -> None:
    """Waits until the image directory has so many files."""

    async def hold() -> bool:
        return len(kept(plane)) == count

    await until(hold)


class Sending:
    """An upload whose client sends when it is heard to."""

    def __init__(self, plane: Plane, image_id: str = "web", **more: Any) -> None:
        self._messages: asyncio.Queue[api.UploadImageRequest | None] = asyncio.Queue()
        opening = api.ImageOpening(parent=DEFAULT, image_id=image_id, **more)
        self._messages.put_nowait(api.UploadImageRequest(open=opening))
        self.call: Any = plane.images.UploadImage(self._sent(), metadata=ACTOR)
        self._answers: Any = aiter(self.call)

    async def _sent(self) -> AsyncIterator[api.UploadImageRequest]:
        while message := await self._messages.get():
            yield message

    def send(self, data: bytes) -> None:
        for part in images.chunks(data):
            self._messages.put_nowait(api.UploadImageRequest(chunk=part))

    def end(self) -> None:
        self._messages.put_nowait(None)

    async def answer(self) -> api.UploadImageResponse:
        return await asyncio.wait_for(anext(self._answers), WAIT_S)

    async def rest(self) -> Image:
        image = Image()
        async for response in self._answers:
            image = response.image if response.HasField("image") else image
        return image


@pytest.mark.covers("ImageService.UploadImage", "ImageService.GetImage")
async def test_an_image_is_pending_while_it_is_uploaded_and_then_ready(plane: Plane, qcow2: bytes) -> None:
    sending = Sending(plane, image=Image(description="the shop", family="web", labels={"tier": "front"}))
    pending = (await sending.answer()).image
    assert (pending.name, pending.state, pending.sha256) == (WEB, IMAGE_STATE_PENDING, "")
    assert (await get(plane)).state == IMAGE_STATE_PENDING
    sending.send(qcow2)
    sending.end()
    ready = await sending.rest()
    assert (ready.uid, ready.state, ready.format) == (pending.uid, IMAGE_STATE_READY, IMAGE_FORMAT_QCOW2)
    assert (ready.virtual_size_bytes, ready.size_bytes) == (2 * MIB, len(qcow2))
    assert ready.sha256 == hashlib.sha256(qcow2).hexdigest()
    assert (ready.description, ready.family, dict(ready.labels)) == ("the shop", "web", {"tier": "front"})
    assert ready == await get(plane)
    assert kept(plane) == [ready.sha256]
    events = await plane.history.ListEvents(history_service_pb2.ListEventsRequest(parent=WEB))
    assert [each.WhichOneof("payload") for each in events.events] == ["image_created", "image_imported"]
    then = await get(plane, at_position=events.events[0].position)
    assert then.state == IMAGE_STATE_PENDING


async def test_how_far_an_upload_is_is_reported(plane: Plane) -> None:
    sending = Sending(plane, image=Image(format=IMAGE_FORMAT_RAW))
    await sending.answer()
    sending.send(bytes(9 * MIB))
    assert 8 * MIB <= (await sending.answer()).received_bytes <= 9 * MIB
    sending.end()
    assert (await sending.rest()).size_bytes == 9 * MIB


@pytest.mark.covers(
    "ImageService.ListImages", "ImageService.UpdateImage", "ImageService.DeprecateImage", "ImageService.DeleteImage"
)
@pytest.mark.provokes("IMAGE_NOT_FOUND")
async def test_images_are_listed_changed_deprecated_and_deleted(plane: Plane, qcow2: bytes) -> None:
    ready = await upload(plane, qcow2)
    packed = await upload(plane, zstandard.compress(qcow2), "packed")
    assert packed.sha256 == ready.sha256
    listed = await plane.images.ListImages(api.ListImagesRequest(parent=DEFAULT))
    assert [image.name.rpartition("/")[2] for image in listed.images] == ["packed", "web"]
    changed = await plane.images.UpdateImage(
        api.UpdateImageRequest(
            image=Image(name=WEB, family="web", min_disk_gib=4, etag=ready.etag),
            update_mask=FieldMask(paths=["family", "min_disk_gib"]),
        )
    )
    assert (changed.family, changed.min_disk_gib, changed.sha256) == ("web", 4, ready.sha256)
    assert (await refused(delete(plane, etag=ready.etag))).reason == "ETAG_MISMATCH"
    old = await deprecate(plane, IMAGE_STATE_DEPRECATED, replacement=packed.name)
    assert (old.state, old.replacement) == (IMAGE_STATE_DEPRECATED, packed.name)
    assert await deprecate(plane, IMAGE_STATE_DEPRECATED, replacement=packed.name) == old
    assert (await deprecate(plane, IMAGE_STATE_OBSOLETE)).state == IMAGE_STATE_OBSOLETE
    restored = await deprecate(plane, IMAGE_STATE_READY)
    assert (restored.state, restored.replacement) == (IMAGE_STATE_READY, "")
    gone = await delete(plane)
    assert gone.HasField("delete_time")
    assert (await refused(get(plane))).reason == "IMAGE_NOT_FOUND"
    assert (await get(plane, f"{DEFAULT}/images/{ready.uid}")).HasField("delete_time")
    # The other has the same bytes.
    assert kept(plane) == [ready.sha256]
    await delete(plane, packed.name)
    await are_kept(plane, 0)


@pytest.mark.provokes("IMAGE_REJECTED")
async def test_what_is_no_image_is_refused_and_makes_way_for_the_next(plane: Plane, qcow2: bytes) -> None:
    refusal = await refused(upload(plane, b"#!/bin/sh\n"))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "IMAGE_REJECTED")
    failed = await get(plane)
    assert failed.state == IMAGE_STATE_FAILED
    assert "not a qcow2 image" in failed.failure
    assert kept(plane) == []
    assert (await refused(deprecate(plane, IMAGE_STATE_DEPRECATED))).reason == "WRONG_STATE"
    again = await upload(plane, qcow2)
    assert (again.state, again.uid == failed.uid) == (IMAGE_STATE_READY, False)


async def test_another_hash_than_was_declared_is_refused(plane: Plane, qcow2: bytes) -> None:
    refusal = await refused(upload(plane, qcow2, sha256="00" * 32))
    assert (refusal.reason, kept(plane)) == ("IMAGE_REJECTED", [])
    assert (await upload(plane, qcow2, sha256=hashlib.sha256(qcow2).hexdigest())).state == IMAGE_STATE_READY


@pytest.mark.provokes("IMAGE_STORE_FULL")
async def test_more_than_there_is_room_for_is_refused_before_it_comes(plane: Plane, qcow2: bytes) -> None:
    refusal = await refused(upload(plane, qcow2, upload_size_bytes=1 << 46))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "IMAGE_STORE_FULL")
    assert kept(plane) == []


@pytest.mark.provokes("IMAGE_ALREADY_EXISTS")
async def test_two_uploads_of_one_name_are_one_image(plane: Plane, qcow2: bytes) -> None:
    first = Sending(plane)
    pending = (await first.answer()).image
    refusal = await refused(upload(plane, qcow2))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, "IMAGE_ALREADY_EXISTS")
    first.send(qcow2)
    first.end()
    assert (await first.rest()).uid == pending.uid


async def test_an_upload_that_is_broken_off_leaves_nothing(plane: Plane, qcow2: bytes) -> None:
    sending = Sending(plane)
    await sending.answer()
    sending.send(qcow2[:MIB])
    await are_kept(plane, 1)
    sending.call.cancel()

    async def failed() -> bool:
        return (await get(plane)).state == IMAGE_STATE_FAILED

    await until(failed)
    await are_kept(plane, 0)
    assert (await upload(plane, qcow2)).state == IMAGE_STATE_READY


async def test_the_import_of_an_image_that_is_deleted_ends(plane: Plane, qcow2: bytes) -> None:
    sending = Sending(plane)
    await sending.answer()
    await delete(plane)
    sending.send(qcow2)
    sending.end()
    assert (await refused(sending.rest())).reason == "IMAGE_NOT_FOUND"
    await are_kept(plane, 0)


def resumable(plane: Plane, data: bytes, **more: Any) -> Sending:
    whole: dict[str, Any] = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "upload_size_bytes": len(data),
        "resumable": True,
    }
    return Sending(plane, **(whole | more))


async def resume(plane: Plane, image: Image, data: bytes) -> tuple[Sending, int]:
    """An upload that goes on, and how many bytes had come."""
    sending = Sending(plane, resume_uid=image.uid, upload_size_bytes=len(data))
    assert (await sending.answer()).image.uid == image.uid
    return sending, (await sending.answer()).received_bytes


async def have_come(plane: Plane, image: Image, size: int) -> None:
    store = plane.control_plane.image_store

    async def come() -> bool:
        return store.partial(image.uid, Expected()).size == size

    await until(come)


async def test_a_resumable_upload_goes_on_after_what_has_come(plane: Plane, qcow2: bytes) -> None:
    first = resumable(plane, qcow2)
    pending = (await first.answer()).image
    first.send(qcow2[:MIB])
    await have_come(plane, pending, MIB)
    first.call.cancel()
    second, received = await resume(plane, pending, qcow2)
    assert (received, (await get(plane)).state) == (MIB, IMAGE_STATE_PENDING)
    # A call that is open still makes way; and one that ends too early is no end.
    third, received = await resume(plane, pending, qcow2)
    assert (received, (await refused(second.rest())).reason) == (MIB, "IMAGE_UNAVAILABLE")
    third.end()
    early = await refused(third.rest())
    assert (early.code, early.reason) == (grpc.StatusCode.UNAVAILABLE, "IMAGE_UNAVAILABLE")
    assert f"{MIB} of {len(qcow2)} bytes have come" in early.message
    last, _ = await resume(plane, pending, qcow2)
    last.send(qcow2[MIB:])
    last.end()
    ready = await last.rest()
    assert (ready.uid, ready.state, kept(plane)) == (pending.uid, IMAGE_STATE_READY, [ready.sha256])
    again = Sending(plane, resume_uid=pending.uid, upload_size_bytes=1)
    assert (await refused(again.rest())).reason == "WRONG_STATE"


async def test_a_resumable_upload_goes_on_after_a_restart(tmp_path: Path, qcow2: bytes) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        first = resumable(plane, qcow2)
        pending = (await first.answer()).image
        first.send(qcow2[:MIB])
        await have_come(plane, pending, MIB)
    async with running(store) as plane:
        second, received = await resume(plane, pending, qcow2)
        assert received == MIB
        second.send(qcow2[MIB:])
        second.end()
        assert (await second.rest()).state == IMAGE_STATE_READY


async def test_a_resumable_upload_that_is_no_image_or_is_deleted_leaves_nothing(plane: Plane, qcow2: bytes) -> None:
    other = b"x" * len(qcow2)
    sending = resumable(plane, other)
    await sending.answer()
    sending.send(other)
    sending.end()
    assert (await refused(sending.rest())).reason == "IMAGE_REJECTED"
    await are_kept(plane, 0)
    second = resumable(plane, qcow2)
    pending = (await second.answer()).image
    second.send(qcow2[:MIB])
    await have_come(plane, pending, MIB)
    second.call.cancel()
    await delete(plane)
    await are_kept(plane, 0)
    gone = Sending(plane, resume_uid=pending.uid, upload_size_bytes=1)
    assert (await refused(gone.rest())).reason == "IMAGE_NOT_FOUND"


async def test_what_cannot_go_on_is_refused(plane: Plane, qcow2: bytes) -> None:
    assert (await refused(Sending(plane, resumable=True).rest())).fields == ["open.sha256", "open.upload_size_bytes"]
    plain = Sending(plane)
    pending = (await plain.answer()).image
    refusal = await refused(Sending(plane, resume_uid=pending.uid, upload_size_bytes=1).rest())
    assert refusal.fields == ["open.resume_uid"]
    refusal = await refused(Sending(plane, resume_uid="x" * 65, validate_only=True).rest())
    assert refusal.fields == ["open.resume_uid", "open.upload_size_bytes", "open.validate_only"]


async def test_a_repeat_is_answered_with_the_image(plane: Plane, qcow2: bytes) -> None:
    first = await upload(plane, qcow2, request_id=REQUEST_ID)
    assert await upload(plane, b"", request_id=REQUEST_ID) == first
    refusal = await refused(upload(plane, qcow2, request_id=REQUEST_ID, upload_size_bytes=1))
    assert refusal.reason == "REQUEST_ID_REUSED"


async def test_validating_takes_no_bytes(plane: Plane, qcow2: bytes) -> None:
    assert (await upload(plane, b"", validate_only=True)).state == IMAGE_STATE_PENDING
    assert (await refused(get(plane))).reason == "IMAGE_NOT_FOUND"


async def test_what_does_not_follow_the_rules_of_an_upload_is_refused(plane: Plane) -> None:
    async def two_openings() -> AsyncIterator[api.UploadImageRequest]:
        for _ in range(2):
            yield api.UploadImageRequest(open=api.ImageOpening(parent=DEFAULT, image_id="web"))

    async def all_of(call: Any) -> list[api.UploadImageResponse]:
        return [each async for each in call]

    refusal = await refused(all_of(plane.images.UploadImage(two_openings(), metadata=ACTOR)))
    assert (refusal.reason, refusal.fields) == ("INVALID_FIELD", ["chunk"])
    refusal = await refused(upload(plane, b"", "Web!", sha256="x", upload_size_bytes=-1))
    assert refusal.fields == ["open.image_id", "open.sha256", "open.upload_size_bytes"]
    refusal = await refused(deprecate(plane, IMAGE_STATE_READY, replacement="projects/other/images/x"))
    assert refusal.fields == ["replacement", "replacement"]


async def test_a_server_that_was_killed_in_the_middle_finds_what_it_left(tmp_path: Path, qcow2: bytes) -> None:
    """All that a killed process leaves: an image that is PENDING, and a part of its bytes."""
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        ready = await upload(plane, qcow2, "kept")
        sending = Sending(plane)
        await sending.answer()
        sending.send(qcow2[:MIB])
        await are_kept(plane, 2)
        left = plane.control_plane.image_store.settings.folder
        copied = {path: path.read_bytes() for path in left.rglob("*") if path.is_file()}
        await plane.control_plane.writer.close()
    for path, data in copied.items():
        path.unlink(missing_ok=True)
        path.write_bytes(data)
    assert len([path for path in left.rglob("*") if path.is_file()]) == 2
    async with running(store) as plane:

        async def failed() -> bool:
            return (await get(plane)).state == IMAGE_STATE_FAILED

        await until(failed)
        assert "ended during its import" in (await get(plane)).failure
        assert kept(plane) == [ready.sha256]
        assert (await upload(plane, qcow2)).state == IMAGE_STATE_READY


# What VMs are made of.


async def create_vm(plane: Plane, image: str = WEB, disk_gib: int = 0, **more: Any) -> vm_pb2.Vm:
    vm = a_vm()
    vm.spec.boot.image.image, vm.spec.resources.disk_gib = image, disk_gib
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=vm, **more)
    await plane.vms.CreateVm(request, metadata=ACTOR)
    return await plane.get()


async def fetched(plane: Plane, host: str, image: Image, offset: int = 0) -> bytes:
    request = agent_service_pb2.FetchImageRequest(host=host, sha256=image.sha256, offset=offset)
    stub = AgentServiceStub(plane.channel)
    call = stub.FetchImage(request, metadata=(("chronovisor-actor", f"agent:{host.removeprefix('hosts/')}"),))
    return b"".join([each.data async for each in call])


async def hosts_with(plane: Plane, *hosts: str, trait: str = "image.fetch") -> None:
    for host_id in hosts:
        host = a_host()
        host.traits.append(trait)
        await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id=host_id, host=host))


async def test_a_vm_is_made_from_an_image_and_keeps_it(plane: Plane, qcow2: bytes, tmp_path: Path) -> None:
    image = await upload(plane, qcow2)
    await hosts_with(plane, "node-1")
    made = await create_vm(plane, start=True)
    boot = made.spec.boot.image
    assert (boot.image, boot.image_uid, boot.sha256) == (WEB, image.uid, image.sha256)
    assert (boot.size_bytes, boot.virtual_size_bytes, made.spec.resources.disk_gib) == (len(qcow2), 2 * MIB, 1)
    await delete(plane)
    other = await upload(plane, images.qcow2(tmp_path / "other.qcow2"))
    assert other.sha256 != image.sha256
    # The name is another's: the VM's image is what it was.
    changed = vm_pb2.Vm(name=made.name, labels={"tier": "front"})
    await plane.vms.UpdateVm(vm_service_pb2.UpdateVmRequest(vm=changed))
    assert (await plane.get()).spec.boot.image == boot
    assert await fetched(plane, "hosts/node-1", image, 1000) == qcow2[1000:]


@pytest.mark.covers("AgentService.FetchImage")
async def test_an_agent_gets_the_images_of_its_own_guests_alone(plane: Plane, qcow2: bytes) -> None:
    image = await upload(plane, qcow2)
    await hosts_with(plane, "node-1")
    assert (await refused(fetched(plane, "hosts/node-1", image))).reason == "NOT_YOURS"
    await create_vm(plane, start=True)
    assert await fetched(plane, "hosts/node-1", image) == qcow2
    await hosts_with(plane, "node-2")
    assert (await refused(fetched(plane, "hosts/node-2", image))).reason == "NOT_YOURS"
    assert (await refused(fetched(plane, "hosts/node-9", image))).reason == "HOST_NOT_FOUND"
    request = agent_service_pb2.FetchImageRequest(host="hosts/node-1", sha256="x", offset=-1)
    other = AgentServiceStub(plane.channel).FetchImage(request)
    assert (await refused(anext(aiter(other)))).fields == ["sha256", "offset"]


async def test_a_start_whose_image_is_being_copied_is_given_more_time(qcow2: bytes) -> None:
    async with running(limits=Limits(start=1.0)) as plane:
        image = await upload(plane, qcow2)
        await hosts_with(plane, "node-1")
        await create_vm(plane, start=True)
        assert await fetched(plane, "hosts/node-1", image) == qcow2
        # One that waits for nothing.
        later = await plane.wait(await plane.create("later", start=False))
        assert later.done
        started = await plane.wait(await plane.start("later"))
        assert refusal_in(started.error).reason == "DEADLINE_PASSED"
        assert (await plane.get()).state == vm_pb2.VM_STATE_STARTING


@pytest.mark.provokes("IMAGE_UNAVAILABLE")
async def test_bytes_that_are_gone_are_unavailable(plane: Plane, qcow2: bytes) -> None:
    image = await upload(plane, qcow2)
    await hosts_with(plane, "node-1")
    await create_vm(plane, start=True)
    plane.control_plane.image_store.path(bytes.fromhex(image.sha256)).unlink()
    assert (await refused(fetched(plane, "hosts/node-1", image))).reason == "IMAGE_UNAVAILABLE"


async def test_a_vm_of_an_image_that_cannot_be_is_refused(plane: Plane, qcow2: bytes) -> None:
    await upload(plane, qcow2)
    await plane.begin_image("broken")
    for image, words in (("none", "does not exist"), ("broken", "is FAILED")):
        refusal = await refused(create_vm(plane, f"{DEFAULT}/images/{image}"))
        assert refusal.fields == ["vm.spec.boot.image.image"]
        assert words in refusal.message
    assert (await refused(create_vm(plane, "projects/other/images/web"))).fields == ["vm.spec.boot.image.image"]
    assert (await refused(create_vm(plane, f"{DEFAULT}/images/../web"))).fields == ["vm.spec.boot.image.image"]
    await deprecate(plane, IMAGE_STATE_OBSOLETE)
    assert "is OBSOLETE" in (await refused(create_vm(plane))).message


async def test_hosts_that_fetch_no_images_are_turned_down(plane: Plane, qcow2: bytes) -> None:
    await upload(plane, qcow2)
    await plane.register()
    refusal = await refused(create_vm(plane))
    assert refusal.fields == ["vm.spec.boot.image"]
    await hosts_with(plane, "node-2")
    assert (await create_vm(plane, start=True)).host == "hosts/node-2"


async def test_bytes_stay_for_as_long_as_a_vm_needs_them(plane: Plane, qcow2: bytes) -> None:
    image = await upload(plane, qcow2)
    vm = await create_vm(plane)
    await delete(plane)
    await plane.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=vm.name, validate_only=True))
    assert kept(plane) == [image.sha256]
    await plane.wait(await plane.delete())
    await are_kept(plane, 0)
