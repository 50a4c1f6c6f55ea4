"""Uploads of images: the messages that a file makes."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path

from chronovisor.v1.image_pb2 import Image
from chronovisor.v1.image_service_pb2 import ImageOpening, UploadImageRequest, UploadImageResponse

CHUNK_BYTES = 1 << 20


def opening_of(name: str, image: Image, path: Path, sha256: str = "") -> ImageOpening:
    """The first message, of an image's whole name and its file. Raises OSError."""
    parent, _, image_id = name.partition("/images/")
    return ImageOpening(
        parent=parent,
        image_id=image_id,
        image=image,
        sha256=sha256,
        upload_size_bytes=path.stat().st_size,
        request_id=str(uuid.uuid4()),
    )


def sha256_of(path: Path) -> str:
    """64 hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class ResumedUpload:
    """An upload that goes on after what has come: the server says how much that is, in its second response."""

    def __init__(self, opening: ImageOpening, path: Path) -> None:
        self._opening, self._path = opening, path
        self._offset: Future[int] = Future()

    def requests(self) -> Iterator[UploadImageRequest]:
        """All messages. Raises OSError."""
        yield UploadImageRequest(open=self._opening)
        try:
            offset = self._offset.result()
        except CancelledError:
            return
        with self._path.open("rb") as file:
            file.seek(offset)
            while chunk := file.read(CHUNK_BYTES):
                yield UploadImageRequest(chunk=chunk)

    def heard(self, responses: Iterable[UploadImageResponse]) -> Iterator[UploadImageResponse]:
        """The responses, as they come."""
        try:
            for response in responses:
                if response.HasField("received_bytes") and not self._offset.done():
                    self._offset.set_result(response.received_bytes)
                yield response
        finally:
            self._offset.cancel()


def requests_of(opening: ImageOpening, path: Path) -> Iterator[UploadImageRequest]:
    """All messages, which are read as they are sent. Raises OSError."""
    yield UploadImageRequest(open=opening)
    if opening.validate_only:
        return
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield UploadImageRequest(chunk=chunk)
