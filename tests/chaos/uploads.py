"""Uploads of images that a kill may break off, and what they promise. Seeded."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from chronovisor.v1 import image_service_pb2 as api
from chronovisor.v1 import image_service_pb2_grpc
from chronovisor.v1.image_pb2 import IMAGE_FORMAT_RAW, IMAGE_STATE_FAILED, IMAGE_STATE_READY, Image
from grpc import aio

from tests.chaos.callers import CALL_S, PARENT

ACTOR = (("chronovisor-actor", "user:uploader"),)
PIECES, PIECE_BYTES = 8, 16 << 10
# Of every upload that was acknowledged, one in so many is deleted.
DELETED = 2
SETTLED_S = 30.0


class Uploader:
    """One client. It uploads images, each under a name of its own, and deletes some."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._made = 0
        # SHA-256 by name of those that were acknowledged; and of those, whose deletion was sent.
        self.ready: dict[str, str] = {}
        self._deleting: set[str] = set()
        self.faults: list[str] = []

    async def work(self, channel: aio.Channel, until: asyncio.Event) -> None:
        stub = image_service_pb2_grpc.ImageServiceStub(channel)
        while not until.is_set():
            with suppress(aio.AioRpcError, TimeoutError, asyncio.InvalidStateError):
                async with asyncio.timeout(CALL_S):
                    await self._upload(stub)
                    await self._delete(stub)
            await asyncio.sleep(0.01)

    async def _upload(self, stub: "image_service_pb2_grpc.ImageServiceAsyncStub") -> None:
        self._made += 1
        name, data = f"image-{self._made}", self._random.randbytes(self._random.randint(1, PIECES) * PIECE_BYTES)
        answers = stub.UploadImage(self._requests(name, data), metadata=ACTOR)
        last = Image()
        async for answer in answers:
            last = answer.image if answer.HasField("image") else last
        if last.state == IMAGE_STATE_READY:
            self.ready[last.name] = hashlib.sha256(data).hexdigest()

    async def _requests(self, name: str, data: bytes) -> AsyncIterator[api.UploadImageRequest]:
        opening = api.ImageOpening(parent=PARENT, image_id=name, image=Image(format=IMAGE_FORMAT_RAW))
        yield api.UploadImageRequest(open=opening)
        for start in range(0, len(data), PIECE_BYTES):
            # So that a kill finds some in the middle.
            await asyncio.sleep(self._random.uniform(0.0, 0.02))
            yield api.UploadImageRequest(chunk=data[start : start + PIECE_BYTES])

    async def _delete(self, stub: "image_service_pb2_grpc.ImageServiceAsyncStub") -> None:
        kept = sorted(self.ready.keys() - self._deleting)
        if kept and self._random.randrange(DELETED) == 0:
            name = self._random.choice(kept)
            self._deleting.add(name)
            await stub.DeleteImage(api.DeleteImageRequest(name=name), metadata=ACTOR)

    async def problems(self, channel: aio.Channel, image_dir: Path) -> list[str]:
        """Once nothing is under way any more: what was acknowledged is there, and nothing else is kept."""
        stub = image_service_pb2_grpc.ImageServiceStub(channel)
        loop = asyncio.get_running_loop()
        until = loop.time() + SETTLED_S
        # What a killed server left is cleared up in the background.
        while (found := await self._found(stub, image_dir)) and loop.time() < until:  # noqa: ASYNC110 - nobody notifies
            await asyncio.sleep(0.2)
        return found

    async def _found(self, stub: "image_service_pb2_grpc.ImageServiceAsyncStub", image_dir: Path) -> list[str]:
        listed = [image async for image in _listed(stub)]
        by_name = {image.name: image for image in listed}
        ended = (IMAGE_STATE_READY, IMAGE_STATE_FAILED)
        found = [f"{image.name} is left in state {image.state}" for image in listed if image.state not in ended]
        for name, sha256 in self.ready.items():
            image = by_name.get(name)
            if name not in self._deleting and (image is None or image.sha256 != sha256):
                found.append(f"{name} was acknowledged and is lost")
        needed = {image.sha256 for image in listed if image.state == IMAGE_STATE_READY}
        return found + await asyncio.to_thread(_flaws_of_bytes, needed, image_dir)


def _flaws_of_bytes(needed: set[str], image_dir: Path) -> list[str]:
    kept = {path.name for path in image_dir.glob("sha256/*")}
    left = [path.name for folder in ("incoming", "partial") for path in image_dir.glob(f"{folder}/*")]
    return [
        *(f"the bytes of {each[:12]} are not there, and it is lost" for each in sorted(needed - kept)),
        *(f"the bytes of {each[:12]} are kept for no image" for each in sorted(kept - needed)),
        *(f"{each} is left of an upload" for each in left),
    ]


async def _listed(stub: "image_service_pb2_grpc.ImageServiceAsyncStub") -> AsyncIterator[Image]:
    request = api.ListImagesRequest(parent=PARENT, page_size=100)
    while True:
        page = await stub.ListImages(request)
        for image in page.images:
            yield image
        request.page_token = page.next_page_token
        if not request.page_token:
            return
