"""Imports of images from sources: what is allowed, what comes through failures and restarts, and what is refused."""

import hashlib
import struct
import subprocess
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

import grpc
import pytest
import zstandard
from chronovisor.v1 import image_service_pb2 as api
from chronovisor.v1.image_pb2 import IMAGE_FORMAT_RAW, IMAGE_STATE_FAILED, IMAGE_STATE_PENDING, IMAGE_STATE_READY, Image
from chronovisor.v1.operations_pb2 import OperationProgress
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.project_service_pb2 import UpdateProjectRequest
from chronovisor.v1.resources_pb2 import Resources
from google.longrunning import operations_pb2 as longrunning
from google.rpc import code_pb2

from controlplane.images.settings import ImageSettings
from controlplane.images.sources import NO_SOURCES, SourceSettings
from tests.integration.controlplane.plane import (
    ACTOR,
    DEFAULT,
    Plane,
    metadata_of,
    refusal_in,
    refused,
    running,
    unpacked,
)
from tests.support import images
from tests.support.image_server import ImageServer, serving
from tests.support.images import MIB
from tests.support.waiting import until

WEB = f"{DEFAULT}/images/web"


@pytest.fixture
def qcow2(tmp_path: Path) -> bytes:
    return images.qcow2(tmp_path / "web.qcow2", 4 * MIB)


@pytest.fixture
def server() -> Generator[ImageServer]:
    with serving() as found:
        yield found


@pytest.fixture
async def plane(server: ImageServer, tmp_path: Path) -> AsyncGenerator[Plane]:
    (tmp_path / "allowed").mkdir()
    async with running(image_sources=allowed(server, tmp_path)) as found:
        yield found


def allowed(server: ImageServer, tmp_path: Path) -> SourceSettings:
    return SourceSettings((f"{server.url}/images/", f"file://{tmp_path}/allowed/", "http://localhost/images/"))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def begin(plane: Plane, source_uri: str, digest: str = "", image_id: str = "web", **more: Any) -> Any:
    request = api.ImportImageRequest(parent=DEFAULT, image_id=image_id, source_uri=source_uri, sha256=digest, **more)
    return await plane.images.ImportImage(request, metadata=ACTOR)


async def imported(plane: Plane, source_uri: str, digest: str = "", **more: Any) -> Image:
    done = await plane.wait(await begin(plane, source_uri, digest, **more))
    assert done.done, done
    assert not done.HasField("error"), done.error
    return unpacked(done.response, Image)


async def failed(plane: Plane, source_uri: str, digest: str = "", **more: Any) -> tuple[int, str, str]:
    """Code, reason and message of the operation."""
    done = await plane.wait(await begin(plane, source_uri, digest, **more))
    found = refusal_in(done.error)
    image = await get(plane)
    assert (image.state, image.failure) == (IMAGE_STATE_FAILED, found.message)
    await until_kept(plane, 0)
    return done.error.code, found.reason, found.message


async def get(plane: Plane) -> Image:
    return await plane.images.GetImage(api.GetImageRequest(name=WEB))


def kept(plane: Plane) -> list[str]:
    folder = plane.control_plane.image_store.settings.folder
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.covers("ImageService.ImportImage")
async def test_an_image_is_imported_from_a_url_that_is_allowed(plane: Plane, server: ImageServer, qcow2: bytes) -> None:
    server.files["/images/web.qcow2"] = qcow2
    url = f"{server.url}/images/web.qcow2"
    operation = await begin(plane, url, sha256(qcow2), reason="the shop")
    begun = metadata_of(operation)
    assert (begun.target, begun.verb, begun.actor, begun.reason) == (WEB, "ImportImage", "user:alice", "the shop")
    done = await plane.wait(operation)
    image = unpacked(done.response, Image)
    assert (image.state, image.sha256, image.source_uri) == (IMAGE_STATE_READY, sha256(qcow2), url)
    assert await plane.events(WEB) == ["image_created", "image_import_requested", "image_imported"]
    assert kept(plane) == [image.sha256]
    again = await plane.operations.GetOperation(longrunning.GetOperationRequest(name=operation.name))
    assert again == done
    for name in ("operations", WEB):
        listed = await plane.operations.ListOperations(longrunning.ListOperationsRequest(name=name))
        assert [each.name for each in listed.operations] == [operation.name]
        assert listed.operations[0] == done


async def test_an_import_for_which_a_quota_has_no_room_fails(plane: Plane, server: ImageServer) -> None:
    project = Project(name=DEFAULT, quota=Resources(extended={"image_mib": 1}))
    await plane.projects.UpdateProject(UpdateProjectRequest(project=project), metadata=ACTOR)
    raw = Image(format=IMAGE_FORMAT_RAW)
    server.files["/images/web.raw"] = bytes(2 * MIB)
    url, digest = f"{server.url}/images/web.raw", sha256(bytes(2 * MIB))
    code, reason, message = await failed(plane, url, digest, image=raw)
    assert (code, reason) == (code_pb2.RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED")
    assert "2 more is too much" in message


async def test_a_file_of_the_machine_is_imported_and_what_is_packed_is_unpacked(
    plane: Plane, qcow2: bytes, tmp_path: Path
) -> None:
    (tmp_path / "allowed" / "web.zst").write_bytes(zstandard.compress(qcow2))
    image = await imported(plane, f"file://{tmp_path}/allowed/web.zst")
    assert image.sha256 == sha256(qcow2)
    (tmp_path / "allowed" / "raw.img").write_bytes(bytes(MIB))
    raw = await imported(
        plane, f"file://{tmp_path}/allowed/raw.img", image_id="raw", image=Image(format=IMAGE_FORMAT_RAW)
    )
    assert (raw.virtual_size_bytes, raw.name) == (MIB, f"{DEFAULT}/images/raw")


@pytest.mark.provokes("IMAGE_SOURCE_NOT_ALLOWED")
async def test_what_the_operator_does_not_allow_is_refused(plane: Plane, server: ImageServer, tmp_path: Path) -> None:
    none = sha256(b"")
    for uri in (
        f"{server.url}/other/web",
        f"{server.url}/images-of-others/web",
        "https://example.com/web",
        f"file://{tmp_path}/web",
        "file:///etc/shadow",
    ):
        refusal = await refused(begin(plane, uri, none))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "IMAGE_SOURCE_NOT_ALLOWED")
        assert f"the operator allows {server.url}/images/" in refusal.message
    assert await plane.events(DEFAULT, "ImageCreated") == []
    assert server.ranges == []


async def test_without_a_setting_nothing_is_allowed(tmp_path: Path) -> None:
    async with running(image_sources=NO_SOURCES) as plane:
        refusal = await refused(begin(plane, f"file://{tmp_path}/web"))
        assert refusal.reason == "IMAGE_SOURCE_NOT_ALLOWED"
        assert "the operator allows no sources" in refusal.message


async def test_what_is_no_source_is_refused(plane: Plane, server: ImageServer) -> None:
    for uri in (
        "",
        "ftp://example.com/web",
        "https://user:secret@example.com/web",
        "https:///web",
        "file://example.com/web",
        f"{server.url}/images/../other",
        f"{server.url}/images/%2e%2e/other",
        f"{server.url}/images//web",
        "https://example.com/a b",
        "https://example.com/" + "x" * 2048,
    ):
        assert (await refused(begin(plane, uri, sha256(b"")))).fields == ["source_uri"], uri
    # Over plain HTTP anybody can answer.
    assert (await refused(begin(plane, f"{server.url}/images/web"))).fields == ["sha256"]
    refusal = await refused(begin(plane, "", "x", "Web!", image=Image(min_disk_gib=-1)))
    assert refusal.fields == ["image_id", "image.min_disk_gib", "sha256", "source_uri"]


async def test_redirects_lead_to_what_is_allowed_alone(plane: Plane, server: ImageServer, qcow2: bytes) -> None:
    server.files["/images/web.qcow2"] = qcow2
    server.redirects |= {
        "/images/latest": "web.qcow2",
        "/images/away": "/other/web.qcow2",
        "/images/file": "file:///etc/shadow",
        "/images/circle": "circle",
        "/images/ftp": "ftp://example.com/web",
    }
    assert (await imported(plane, f"{server.url}/images/latest", sha256(qcow2), image_id="latest")).sha256
    await plane.images.DeleteImage(api.DeleteImageRequest(name=f"{DEFAULT}/images/latest"))
    await until_kept(plane, 0)
    for path in ("away", "file", "ftp"):
        code, reason, message = await failed(plane, f"{server.url}/images/{path}", sha256(qcow2))
        assert (code, reason) == (code_pb2.FAILED_PRECONDITION, "IMAGE_SOURCE_NOT_ALLOWED")
        assert "redirects to" in message
    _, reason, message = await failed(plane, f"{server.url}/images/circle", sha256(qcow2))
    assert (reason, message) == ("IMAGE_SOURCE_FAILED", "there are more than 5 redirects")


async def until_kept(plane: Plane, count: int) -> None:
    async def hold() -> bool:
        return len(kept(plane)) == count

    await until(hold)


async def test_names_are_not_connected_to_at_private_addresses(plane: Plane) -> None:
    _, reason, message = await failed(plane, "http://localhost/images/web", sha256(b""))
    assert reason == "IMAGE_SOURCE_NOT_ALLOWED"
    assert message.startswith("localhost is at ")
    assert message.endswith("which is not a public address")


@pytest.mark.provokes("IMAGE_SOURCE_FAILED")
async def test_the_servers_own_status_is_reported(plane: Plane, server: ImageServer) -> None:
    code, reason, message = await failed(plane, f"{server.url}/images/none", sha256(b""))
    assert (code, reason, message) == (code_pb2.UNAVAILABLE, "IMAGE_SOURCE_FAILED", "127.0.0.1 answers 404 Not Found")


async def test_another_hash_too_much_and_what_is_no_image_are_refused(
    plane: Plane, server: ImageServer, qcow2: bytes, tmp_path: Path
) -> None:
    server.files["/images/web"] = qcow2
    code, reason, message = await failed(plane, f"{server.url}/images/web", sha256(b""))
    assert (code, reason) == (code_pb2.INVALID_ARGUMENT, "IMAGE_REJECTED")
    assert message == f"its SHA-256 is {sha256(qcow2)}, and not {sha256(b'')}"
    (tmp_path / "allowed" / "web").write_bytes(b"#!/bin/sh\n")
    _, reason, message = await failed(plane, f"file://{tmp_path}/allowed/web")
    assert (reason, message.startswith("it is not a qcow2 image")) == ("IMAGE_REJECTED", True)
    with (tmp_path / "allowed" / "large").open("wb") as file:
        file.truncate((1 << 40) + 1)
    _, reason, message = await failed(plane, f"file://{tmp_path}/allowed/large")
    assert (reason, message) == ("IMAGE_REJECTED", "it has more than 1024 GiB")


def _backed(path: Path) -> bytes:
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", "/etc/shadow", "-F", "raw", path, "1G"]
    subprocess.run(command, check=True, capture_output=True)
    return path.read_bytes()


def _two_tib(path: Path) -> bytes:
    data = images.qcow2(path)
    return data[:24] + struct.pack(">Q", 2 << 40) + data[32:]


def _bomb(path: Path) -> bytes:
    """A qcow2 image that goes on for more than a GiB of nothing, packed to little."""
    packer = zstandard.ZstdCompressor().compressobj()
    packed = packer.compress(images.qcow2(path)) + b"".join(packer.compress(bytes(64 * MIB)) for _ in range(17))
    return packed + packer.flush()


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (_backed, "it has a backing file; make it whole, by qemu-img convert"),
        (_two_tib, "its disk has 2048 GiB; at most 1 are taken"),
        (_bomb, "it has more than 1 GiB"),
    ],
)
async def test_hostile_images_are_refused_as_uploads_are(
    server: ImageServer, tmp_path: Path, made: Callable[[Path], bytes], why: str
) -> None:
    server.files["/images/web"] = data = made(tmp_path / "web.qcow2")
    store = ImageSettings(tmp_path / "store", largest_gib=1)
    async with running(image_sources=allowed(server, tmp_path), images=store) as plane:
        digest = "" if made is _bomb else sha256(data)
        source = f"{server.url}/images/web"
        if not digest:
            (tmp_path / "allowed").mkdir()
            (tmp_path / "allowed" / "web").write_bytes(data)
            source = f"file://{tmp_path}/allowed/web"
        code, reason, message = await failed(plane, source, digest)
        assert (code, reason, message) == (code_pb2.INVALID_ARGUMENT, "IMAGE_REJECTED", why)


async def test_files_that_lead_elsewhere_are_not_read(plane: Plane, tmp_path: Path) -> None:
    folder = tmp_path / "allowed"
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "folder").mkdir()
    for name, words in (("link", "a link to a place outside"), ("folder", "not a file"), ("none", "No such file")):
        assert words in (await failed(plane, f"file://{folder}/{name}"))[2]


async def test_an_import_goes_on_after_the_bytes_that_came(plane: Plane, server: ImageServer, qcow2: bytes) -> None:
    server.files["/images/web"] = qcow2
    server.break_after, server.statuses = [MIB], []
    image = await imported(plane, f"{server.url}/images/web", sha256(qcow2))
    assert image.state == IMAGE_STATE_READY
    assert server.ranges == ["", f"bytes={MIB}-"]


async def test_a_source_that_changed_meanwhile_is_read_anew(plane: Plane, server: ImageServer, qcow2: bytes) -> None:
    server.files["/images/web"] = bytes(3 * MIB)
    server.break_after = [MIB]
    operation = await begin(plane, f"{server.url}/images/web", sha256(qcow2))

    async def broken() -> bool:
        return not server.break_after

    await until(broken)
    server.files["/images/web"] = qcow2
    assert unpacked((await plane.wait(operation)).response, Image).sha256 == sha256(qcow2)


async def test_an_import_is_watched_and_given_up(plane: Plane, server: ImageServer, qcow2: bytes) -> None:
    server.files["/images/web"], server.gate_after = qcow2, MIB
    operation = await begin(plane, f"{server.url}/images/web", sha256(qcow2))

    async def progress() -> OperationProgress:
        found = await plane.operations.GetOperation(longrunning.GetOperationRequest(name=operation.name))
        return metadata_of(found).progress

    async def half() -> bool:
        return (await progress()).bytes_done == MIB

    await until(half)
    found = await progress()
    assert (found.bytes_total, found.waiting_for) == (len(qcow2), OperationProgress.WAITING_FOR_BYTES)
    assert (await get(plane)).state == IMAGE_STATE_PENDING
    await plane.operations.CancelOperation(longrunning.CancelOperationRequest(name=operation.name), metadata=ACTOR)
    done = await plane.wait(operation)
    assert (done.error.code, refusal_in(done.error).reason) == (code_pb2.CANCELLED, "CANCELLED")
    await until_kept(plane, 0)
    server.gate.set()
    assert (await imported(plane, f"{server.url}/images/web", sha256(qcow2))).state == IMAGE_STATE_READY


async def test_an_import_ends_with_its_image(plane: Plane, server: ImageServer, qcow2: bytes) -> None:
    server.files["/images/web"], server.gate_after = qcow2, MIB
    operation = await begin(plane, f"{server.url}/images/web", sha256(qcow2))
    await until_kept(plane, 2)
    await plane.images.DeleteImage(api.DeleteImageRequest(name=WEB), metadata=ACTOR)
    done = await plane.wait(operation)
    assert (refusal_in(done.error).reason, done.error.message) == ("SUPERSEDED", "superseded by DeleteImage")
    await until_kept(plane, 0)


async def test_an_import_goes_on_after_a_restart(tmp_path: Path, server: ImageServer, qcow2: bytes) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    server.files["/images/web"], server.gate_after = qcow2, MIB
    async with running(store, image_sources=allowed(server, tmp_path)) as plane:
        operation = await begin(plane, f"{server.url}/images/web", sha256(qcow2))

        async def half() -> bool:
            found = plane.control_plane.image_imports.progress(metadata_of(operation).target_uid)
            return found is not None and found.done == MIB

        await until(half)
    server.gate.set()
    async with running(store, image_sources=allowed(server, tmp_path)) as plane:
        image = unpacked((await plane.wait(operation)).response, Image)
        assert (image.state, image.sha256) == (IMAGE_STATE_READY, sha256(qcow2))
        assert kept(plane) == [image.sha256]
    assert server.ranges == ["", f"bytes={MIB}-"]


async def test_more_than_there_is_room_for_is_refused_in_the_middle(
    tmp_path: Path, server: ImageServer, qcow2: bytes
) -> None:
    server.files["/images/web"] = qcow2
    store = ImageSettings(tmp_path / "store", least_free=1 << 60)
    async with running(image_sources=allowed(server, tmp_path), images=store) as plane:
        code, reason, _ = await failed(plane, f"{server.url}/images/web", sha256(qcow2))
        assert (code, reason) == (code_pb2.RESOURCE_EXHAUSTED, "IMAGE_STORE_FULL")


async def test_a_repeat_joins_and_validating_begins_nothing(plane: Plane, server: ImageServer, qcow2: bytes) -> None:
    server.files["/images/web"] = qcow2
    url, digest = f"{server.url}/images/web", sha256(qcow2)
    checked = await begin(plane, url, digest, validate_only=True)
    assert (checked.name, unpacked(checked.response, Image).state) == ("", IMAGE_STATE_PENDING)
    request_id = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f02"
    first = await begin(plane, url, digest, request_id=request_id)
    assert (await begin(plane, url, digest, request_id=request_id)).name == first.name
    assert (await refused(begin(plane, url, digest))).reason == "IMAGE_ALREADY_EXISTS"
    await plane.wait(first)
