"""A simulated guest's disk as an image: a qcow2 file (version 3) of nothing."""

import struct

_CLUSTER_BITS = 16
_CLUSTER = 1 << _CLUSTER_BITS
# What an entry of the table of tables stands for.
_L2_BYTES = _CLUSTER * (_CLUSTER // 8)
_HEADER_BYTES = 104


def empty_qcow2(size: int) -> bytes:
    """Of a disk of so many bytes, at most a TiB: header, table of refcounts, refcounts, and a table of tables."""
    tables = -(-size // _L2_BYTES)
    header = struct.pack(
        ">4sIQIIQIIQQIIQQQQII",
        *(b"QFI\xfb", 3, 0, 0, _CLUSTER_BITS, size, 0),
        *(tables, 3 * _CLUSTER, _CLUSTER, 1, 0, 0),
        *(0, 0, 0, 4, _HEADER_BYTES),
    )
    refcounts = struct.pack(">4H", 1, 1, 1, 1)
    parts = (header, struct.pack(">Q", 2 * _CLUSTER), refcounts, b"")
    return b"".join(part.ljust(_CLUSTER, b"\0") for part in parts)
