"""Bytes as they were before zstd, piece by piece. What was not packed is left as it is."""

from collections.abc import Iterator
from typing import Any

import zstandard

from controlplane.images.qcow2_header import Unfit

_MAGIC = b"\x28\xb5\x2f\xfd"
# What a frame may have its reader remember.
_LARGEST_WINDOW = 128 << 20
# So much of what is packed at once: it can be 32,000 times as much unpacked.
_PIECE = 1 << 10


def is_packed(beginning: bytes) -> bool:
    """Whether bytes that begin so were packed."""
    return beginning.startswith(_MAGIC)


class Unpacker:
    """`pieces` gives what a chunk is, in pieces; `finish` after the last. Raises Unfit."""

    def __init__(self) -> None:
        self._begun = False
        # None: nothing is packed.
        self._frame: Any = None
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
        self._beginning = b""

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """In order, none of them large but for those that were not packed."""
        if not self._begun:
            self._beginning += chunk
            if len(self._beginning) < len(_MAGIC):
                return
            chunk, self._beginning, self._begun = self._beginning, b"", True
            if chunk.startswith(_MAGIC):
                self._frame = self._decompressor.decompressobj()
        if self._frame is None:
            yield chunk
            return
        for place in range(0, len(chunk), _PIECE):
            yield from self._unpacked(chunk[place : place + _PIECE])

    def finish(self) -> bytes:
        """What is left of bytes that are too few to say."""
        if self._frame is not None and not self._frame.eof:
            raise Unfit("it was packed by zstd, and is cut off")
        return self._beginning

    def _unpacked(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._frame.eof:
                self._frame = self._decompressor.decompressobj()
            try:
                yield self._frame.decompress(packed)
            except zstandard.ZstdError as error:
                raise Unfit(f"it was packed by zstd, and cannot be unpacked: {error}") from None
            packed = self._frame.unused_data if self._frame.eof else b""
