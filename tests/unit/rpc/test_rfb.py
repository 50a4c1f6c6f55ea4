"""What a viewer of a screen sends: passed on for whoever writes, and without what writes for others."""

import struct

import pytest

from controlplane.rpc.console.rfb import MOST_CLIPBOARD, BadViewer, ViewerStream

HANDSHAKE = b"RFB 003.008\n\x01\x01"
FORMAT = struct.pack(">B3x16x", 0)
ENCODINGS = struct.pack(">BxHii", 2, 2, 0, -239)
UPDATE = struct.pack(">BBHHHH", 3, 1, 0, 0, 640, 480)
FENCE = struct.pack(">B3xIB", 248, 1, 3) + b"abc"
CONTINUOUS = struct.pack(">BBHHHH", 150, 1, 0, 0, 640, 480)
AUDIO_ON, AUDIO_FORMAT = struct.pack(">BBH", 255, 1, 0), struct.pack(">BBHBBI", 255, 1, 2, 0, 2, 44100)
READS = (FORMAT, ENCODINGS, UPDATE, FENCE, CONTINUOUS, AUDIO_ON, AUDIO_FORMAT)
KEY = struct.pack(">BBxxI", 4, 1, 0x61)
POINTER = struct.pack(">BBHH", 5, 1, 10, 10)
PASTE = struct.pack(">B3xI", 6, 5) + b"hello"
EXTENDED_PASTE = struct.pack(">B3xi", 6, -4) + b"\0\0\0\1"
QEMU_KEY = struct.pack(">BBHII", 255, 0, 1, 0x61, 30)
SIZE = struct.pack(">BxHHBx", 251, 800, 600, 1) + bytes(16)
POWER = struct.pack(">BxBB", 250, 1, 4)
WRITES = (KEY, POINTER, PASTE, EXTENDED_PASTE, QEMU_KEY, SIZE, POWER)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_in_whatever_pieces_it_comes_whoever_watches_writes_nothing(size: int) -> None:
    sent = HANDSHAKE + b"".join(read + write for read, write in zip(READS, WRITES, strict=True))
    pieces = [sent[start : start + size] for start in range(0, len(sent), size)]
    watching, writing = ViewerStream(), ViewerStream()
    assert b"".join(watching.take(each, writes=False) for each in pieces) == HANDSHAKE + b"".join(READS)
    assert b"".join(writing.take(each, writes=True) for each in pieces) == sent


def test_a_viewer_of_an_older_version_chooses_no_security() -> None:
    stream = ViewerStream()
    assert stream.take(b"RFB 003.003\n\x01" + KEY + UPDATE, writes=False) == b"RFB 003.003\n\x01" + UPDATE


def test_what_was_begun_is_ended_as_it_was_begun() -> None:
    stream = ViewerStream()
    stream.take(HANDSHAKE, writes=False)
    assert stream.take(PASTE[:9], writes=False) == b""
    # It was taken over from while it pasted: no part of a message is sent on.
    assert stream.take(PASTE[9:] + KEY, writes=True) == KEY


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n",
        HANDSHAKE + b"\x63",
        HANDSHAKE + b"\xff\x09",
        HANDSHAKE + struct.pack(">B3xI", 6, MOST_CLIPBOARD + 1),
    ],
    ids=["no version", "unknown", "unknown of QEMU", "too long"],
)
def test_what_no_viewer_sends_is_refused(sent: bytes) -> None:
    with pytest.raises(BadViewer):
        ViewerStream().take(sent, writes=True)


def test_what_is_pasted_is_passed_on_as_it_comes() -> None:
    """Not kept until it is whole."""
    stream = ViewerStream()
    stream.take(HANDSHAKE, writes=True)
    head = struct.pack(">B3xI", 6, 300 << 10)
    assert stream.take(head, writes=True) == head
    for _ in range(300):
        assert stream.take(bytes(1 << 10), writes=True) == bytes(1 << 10)
    assert stream.take(KEY, writes=True) == KEY
