"""Images, made and uploaded as clients do."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from chronovisor.v1 import image_service_pb2 as api
from chronovisor.v1.image_pb2 import Image

MIB = 1 << 20


def qcow2(path: Path, size: int = 2 * MIB) -> bytes:
    """A qcow2 image of random bytes."""
    raw = path.with_suffix(".data")
    raw.write_bytes(os.urandom(size))
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, path], check=True, capture_output=True)
    return path.read_bytes()


def chunks(data: bytes, size: int = MIB) -> list[bytes]:
    return [data[place : place + size] for place in range(0, len(data), size)]


async def requests(opening: api.ImageOpening, parts: Iterable[bytes] = ()) -> AsyncIterator[api.UploadImageRequest]:
    yield api.UploadImageRequest(open=opening)
    for part in parts:
        yield api.UploadImageRequest(chunk=part)


async def upload(stub: Any, data: bytes, parent: str, image_id: str = "web", metadata: Any = (), **more: Any) -> Image:
    """The image as it is at the end. Raises AioRpcError."""
    opening = api.ImageOpening(parent=parent, image_id=image_id, **more)
    last = Image()
    async for response in stub.UploadImage(requests(opening, chunks(data)), metadata=metadata):
        last = response.image if response.HasField("image") else last
    return last
