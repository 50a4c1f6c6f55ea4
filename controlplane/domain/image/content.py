"""What an image's bytes are: what a VM that is made from it keeps, whatever becomes of the image. Pure."""

from enum import IntEnum
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

GIB = 1 << 30
MIB = 1 << 20


class ImageFormat(IntEnum):
    """How the bytes are a disk. The numbers are those of chronovisor.v1.ImageFormat; UNKNOWN: not yet."""

    UNKNOWN = 0
    QCOW2 = 1
    RAW = 2


class ImageContent(NamedTuple):
    """Bytes by their SHA-256, and the image, by uid, whose they were. Sizes are in bytes."""

    image_uid: str
    sha256: bytes
    format: ImageFormat
    virtual_size: int
    size: int

    @property
    def disk_gib(self) -> int:
        """The smallest disk that has room for it."""
        return max(1, -(-self.virtual_size // GIB))

    @property
    def stored_mib(self) -> int:
        """What a quota counts of it, whoever else has the same bytes: MiB, the last one whole."""
        return max(1, -(-self.size // MIB))


def content_of(recorded: ev.ImageContent) -> ImageContent:
    return ImageContent(
        recorded.image_uid,
        recorded.sha256,
        ImageFormat(recorded.format),
        recorded.virtual_size_bytes,
        recorded.size_bytes,
    )


def recorded_content(content: ImageContent) -> ev.ImageContent:
    return ev.ImageContent(
        image_uid=content.image_uid,
        sha256=content.sha256,
        format=ev.ImageFormat.ValueType(content.format),
        virtual_size_bytes=content.virtual_size,
        size_bytes=content.size,
    )
