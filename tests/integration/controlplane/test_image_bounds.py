"""The bounds of imports: how many at once, how long each may take, and how long whoever sends may be silent."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from chronovisor.v1 import image_service_pb2 as api
from chronovisor.v1.image_pb2 import IMAGE_STATE_PENDING, IMAGE_STATE_READY, Image

from controlplane.command_line import parse_at_once, parse_timeout
from controlplane.config import images_at
from controlplane.images.settings import ImageSettings
from controlplane.images.sources import SourceSettings
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, refused, running, unpacked
from tests.support import images
from tests.support.image_server import serving
from tests.support.images import MIB
from tests.support.waiting import until


async def begin(plane: Plane, source_uri: str, image_id: str = "web") -> Any:
    request = api.ImportImageRequest(parent=DEFAULT, image_id=image_id, source_uri=source_uri, sha256="0" * 64)
    return await plane.images.ImportImage(request, metadata=ACTOR)


async def test_a_client_that_is_silent_is_given_up(tmp_path: Path) -> None:
    async with running(images=ImageSettings(tmp_path / "store", silence_s=0.2)) as plane:
        call = plane.images.UploadImage(metadata=ACTOR)
        await call.write(api.UploadImageRequest(open=api.ImageOpening(parent=DEFAULT, image_id="web")))

        async def rest() -> None:
            async for _ in call:
                pass

        refusal = await refused(rest())
        assert refusal.reason == "IMAGE_REJECTED"
        assert refusal.message.endswith("nothing more of it was sent for 0.2 s")


async def test_more_uploads_than_there_may_be_are_refused(tmp_path: Path) -> None:
    async with running(images=ImageSettings(tmp_path / "store", most_uploads=1)) as plane:
        call = plane.images.UploadImage(metadata=ACTOR)
        await call.write(api.UploadImageRequest(open=api.ImageOpening(parent=DEFAULT, image_id="web")))
        await call.read()
        refusal = await refused(images.upload(plane.images, b"", DEFAULT, "other", ACTOR))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
        assert "while 1 are under way" in refusal.message
        call.cancel()


async def test_imports_beyond_the_bound_wait_for_those_before(tmp_path: Path) -> None:
    data = images.qcow2(tmp_path / "web.qcow2", 2 * MIB)
    with serving() as server:
        server.files["/images/web"], server.gate_after = data, MIB
        settings = ImageSettings(tmp_path / "store", most_imports=1)
        allowed = SourceSettings((f"{server.url}/images/", f"file://{tmp_path}/"))
        async with running(images=settings, image_sources=allowed) as plane:
            first = await begin(plane, f"{server.url}/images/web")

            async def is_half() -> bool:
                return server.ranges == [""]

            await until(is_half)
            request = api.ImportImageRequest(
                parent=DEFAULT, image_id="second", source_uri=f"file://{tmp_path}/web.qcow2"
            )
            second = await plane.images.ImportImage(request, metadata=ACTOR)
            waiting = await plane.images.GetImage(api.GetImageRequest(name=f"{DEFAULT}/images/second"))
            assert waiting.state == IMAGE_STATE_PENDING
            server.gate.set()
            await plane.wait(first)
            assert unpacked((await plane.wait(second)).response, Image).state == IMAGE_STATE_READY


async def test_a_source_that_takes_too_long_fails(tmp_path: Path) -> None:
    with serving() as server:
        server.files["/images/web"], server.gate_after = bytes(2 * MIB), MIB
        settings = ImageSettings(tmp_path / "store", longest_import_s=0.5)
        allowed = SourceSettings((f"{server.url}/images/",))
        async with running(images=settings, image_sources=allowed) as plane:
            done = await plane.wait(await begin(plane, f"{server.url}/images/web"))
            assert done.error.message == "it did not come within 0.5 s"
        server.gate.set()


@pytest.mark.parametrize("text", ["0", "0.5", "-1", "8000000", "soon"])
def test_what_is_no_timeout_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="seconds"):
        parse_timeout(text)


@pytest.mark.parametrize("text", ["0", "65", "two"])
def test_what_is_no_number_at_once_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        parse_at_once(text)


def test_bounds_alone_need_a_folder_only_where_they_differ() -> None:
    home = Path("/srv/control")
    assert images_at(ImageSettings(home), None, "memory:", home) is None
    found = images_at(ImageSettings(home, most_imports=2), None, "sqlite:////srv/control/ledger.db", home)
    assert found == ImageSettings(Path("/srv/control/ledger.db.images"), most_imports=2)
