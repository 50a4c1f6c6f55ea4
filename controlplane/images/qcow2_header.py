"""What the header of a qcow2 file says, read without QEMU: what it opens by itself, it must not see. Performs no I/O.

See docs/interop/qcow2.txt of QEMU.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

MAGIC = b"QFI\xfb"
# So much of a file has all that is looked at: extensions of the header end with its first cluster.
HEADER_BYTES = 2 << 20
_V2 = struct.Struct(">4sIQIIQIIQQIIQ")
_V3 = struct.Struct(">QQQII")
_EXTENSION = struct.Struct(">II")
_SMALLEST_CLUSTER, _LARGEST_CLUSTER = 9, 21
# QEMU's own limits, in bytes.
_LARGEST_L1, _LARGEST_REFCOUNTS = 32 << 20, 8 << 20
_DIRTY, _CORRUPT, _DATA_FILE, _COMPRESSION, _EXTENDED_L2 = 1, 2, 4, 8, 16
_KNOWN = _COMPRESSION | _EXTENDED_L2
_DATA_FILE_NAME, _ENCRYPTION = 0x44415441, 0x0537BE77


class Unfit(Exception):
    """Bytes from which no VM can be made. The text is a sentence's rest, such as "it is encrypted"."""


class Header(NamedTuple):
    """The fields that are looked at. Places and sizes are in bytes."""

    cluster_bits: int
    virtual_size: int
    incompatible: int

    @property
    def cluster(self) -> int:
        return 1 << self.cluster_bits


def checked_header(data: bytes, file_size: int) -> Header:
    """The header of a file that begins with `data`, and refers to nothing outside of itself. Raises Unfit."""
    if len(data) < _V2.size or not data.startswith(MAGIC):
        raise Unfit("it is not a qcow2 image")
    _, version, backing, _, bits, size, crypt, l1_entries, l1, refcounts, refcount_clusters, snapshots, _ = (
        _V2.unpack_from(data)
    )
    if version not in (2, 3):
        raise Unfit(f"it is qcow2 of version {version}, which is not known")
    if not _SMALLEST_CLUSTER <= bits <= _LARGEST_CLUSTER:
        raise Unfit(f"its clusters are of 2^{bits} bytes, which is no qcow2")
    incompatible, length = _version_3(data) if version == 3 else (0, _V2.size)
    _refuse_others(backing, crypt, snapshots, incompatible)
    for kind in _extensions(data, length, 1 << bits):
        if kind == _DATA_FILE_NAME:
            raise Unfit("it has its data in another file")
        if kind == _ENCRYPTION:
            raise Unfit("it is encrypted")
    _require_inside("its table of clusters", l1, l1_entries * 8, _LARGEST_L1, file_size)
    _require_inside(
        "its table of reference counts", refcounts, refcount_clusters << bits, _LARGEST_REFCOUNTS, file_size
    )
    return Header(bits, size, incompatible)


def _version_3(data: bytes) -> tuple[int, int]:
    """The incompatible features, and the header's length."""
    if len(data) < _V2.size + _V3.size:
        raise Unfit("its header is cut off")
    incompatible, _, _, _, length = _V3.unpack_from(data, _V2.size)
    if not _V2.size + _V3.size <= length <= len(data):
        raise Unfit("its header has no length that could be")
    return incompatible, length


def _refuse_others(backing: int, crypt: int, snapshots: int, incompatible: int) -> None:
    if backing:
        raise Unfit("it has a backing file; make it whole, by qemu-img convert")
    if incompatible & _DATA_FILE:
        raise Unfit("it has its data in another file; make it whole, by qemu-img convert")
    if crypt:
        raise Unfit("it is encrypted")
    if snapshots:
        raise Unfit("it has internal snapshots; leave them out, by qemu-img convert")
    if incompatible & (_DIRTY | _CORRUPT):
        raise Unfit("it was not closed, or is corrupt; mend it, by qemu-img check -r all")
    if unknown := incompatible & ~_KNOWN:
        raise Unfit(f"it has features that are not known: {unknown:#x}")


def _extensions(data: bytes, place: int, end: int) -> Iterator[int]:
    """The types of the header's extensions."""
    end = min(end, len(data))
    while place + _EXTENSION.size <= end:
        kind, length = _EXTENSION.unpack_from(data, place)
        if not kind:
            return
        if place + _EXTENSION.size + length > end:
            raise Unfit("an extension of its header is cut off")
        yield kind
        place += _EXTENSION.size + (length + 7) // 8 * 8


def _require_inside(what: str, place: int, size: int, largest: int, file_size: int) -> None:
    if size > largest or place + size > file_size:
        raise Unfit(f"{what} is declared to have {size} bytes, which are not there")
