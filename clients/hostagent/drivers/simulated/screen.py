"""The screen of a simulated guest: a picture that is its VM's own, and PNG of it."""

import hashlib
import struct
import zlib
from typing import NamedTuple

# The trait of hosts whose guests can have one.
SCREEN = "device.screen"
# In blocks, and of each in pixels.
_COLUMNS, _ROWS, _BLOCK = 20, 15, 16


class Picture(NamedTuple):
    """`pixels` are rows from the top, three bytes a pixel: red, green, blue."""

    width: int
    height: int
    pixels: bytes


def drawn(name: str) -> Picture:
    """Blocks in two colours, left and right alike: as its name has it, always the same."""
    digest = hashlib.sha256(name.encode()).digest()
    colours = (b"\x10\x14\x18", bytes(0x60 | each for each in digest[:3]))
    rows = bytearray()
    for row in range(_ROWS):
        half = [colours[digest[3 + (row * 10 + column) % 29] >> (column % 8) & 1] for column in range(_COLUMNS // 2)]
        line = b"".join(colour * _BLOCK for colour in (*half, *reversed(half)))
        rows += line * _BLOCK
    return Picture(_COLUMNS * _BLOCK, _ROWS * _BLOCK, bytes(rows))


def png_of(picture: Picture) -> bytes:
    """As https://www.w3.org/TR/png/ has it: true colour of 8 bits, no filter."""
    step = picture.width * 3
    lines = (picture.pixels[start : start + step] for start in range(0, len(picture.pixels), step))
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"IDAT", zlib.compress(b"".join(b"\0" + line for line in lines))),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
