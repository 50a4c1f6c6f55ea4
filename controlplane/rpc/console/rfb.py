"""What a viewer sends to a screen, by RFC 6143: which of its messages write. Keeps at most one message's head.

What follows the handshake is messages of known lengths. Those that write are passed on for whoever writes, and left out
for others; so their lengths must be known, and one that is not ends the stream.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

VERSION_BYTES = 12
# The oldest version, in which a viewer does not choose how it proves who it is.
_OLDEST = b"RFB 003.003\n"
_VERSIONS = (_OLDEST, b"RFB 003.007\n", b"RFB 003.008\n")
# Of what is pasted.
MOST_CLIPBOARD = 1 << 20
QEMU, QEMU_KEY, QEMU_AUDIO = 255, 0, 1


class BadViewer(Exception):
    """What was sent is not what a viewer sends."""


class Kind(NamedTuple):
    """A kind of message: the length of its head, of the whole by its head, and whether it writes."""

    head: int
    whole: Callable[[bytes], int]
    writes: bool = False


def _uint(head: bytes, start: int, size: int) -> int:
    return int.from_bytes(head[start : start + size])


def _pasted(head: bytes) -> int:
    # A negative length is an extended clipboard's.
    size = abs(int.from_bytes(head[4:8], signed=True))
    if size > MOST_CLIPBOARD:
        raise BadViewer(f"a clipboard of {size} bytes is more than {MOST_CLIPBOARD}")
    return 8 + size


def _fixed(length: int) -> Callable[[bytes], int]:
    def whole(_head: bytes) -> int:
        return length

    return whole


def _encodings(head: bytes) -> int:
    return 4 + 4 * _uint(head, 2, 2)


def _fence(head: bytes) -> int:
    return 9 + head[8]


def _screens(head: bytes) -> int:
    return 8 + 16 * head[6]


def _audio(head: bytes) -> int:
    return 10 if _uint(head, 2, 2) == _AUDIO_FORMAT else 4


_AUDIO_FORMAT = 2
_KINDS: Mapping[int, Kind] = {
    0: Kind(20, _fixed(20)),  # SetPixelFormat
    2: Kind(4, _encodings),  # SetEncodings
    3: Kind(10, _fixed(10)),  # FramebufferUpdateRequest
    4: Kind(8, _fixed(8), writes=True),  # KeyEvent
    5: Kind(6, _fixed(6), writes=True),  # PointerEvent
    6: Kind(8, _pasted, writes=True),  # ClientCutText
    150: Kind(10, _fixed(10)),  # EnableContinuousUpdates
    248: Kind(9, _fence),  # ClientFence
    250: Kind(4, _fixed(4), writes=True),  # xvp: power off, reset
    251: Kind(8, _screens, writes=True),  # SetDesktopSize
}
_QEMU_KINDS: Mapping[int, Kind] = {
    QEMU_KEY: Kind(12, _fixed(12), writes=True),
    QEMU_AUDIO: Kind(4, _audio),
}


class ViewerStream:
    """`take` gives what is to be sent on, of what a viewer sends in any pieces."""

    def __init__(self) -> None:
        self._pending = bytearray()
        # Of the message that is under way: its bytes that are still to come, and whether they are sent on.
        self._left, self._passes = 0, True
        self._handshake: list[int] = [VERSION_BYTES]

    def take(self, data: bytes, *, writes: bool) -> bytes:
        """Raises BadViewer."""
        self._pending += data
        return b"".join(self._pieces(writes))

    def _pieces(self, writes: bool) -> Iterator[bytes]:
        while self._pending:
            if not self._left and not self._begin(writes):
                return
            piece = bytes(self._pending[: self._left])
            del self._pending[: len(piece)]
            self._left -= len(piece)
            if self._passes:
                yield piece

    def _begin(self, writes: bool) -> bool:
        """Of the next message: False where more of its head must come first."""
        if self._handshake:
            return self._shake_hands()
        kind = self._kind()
        if kind is None or len(self._pending) < kind.head:
            return False
        self._left = kind.whole(bytes(self._pending[: kind.head]))
        self._passes = writes or not kind.writes
        return True

    def _shake_hands(self) -> bool:
        length = self._handshake[0]
        if len(self._pending) < length:
            return False
        if length == VERSION_BYTES:
            version = bytes(self._pending[:length])
            if version not in _VERSIONS:
                raise BadViewer("it speaks no version of RFB that is known: 3.3, 3.7 or 3.8")
            # How it proves who it is, and whether others may stay.
            self._handshake += [1] if version == _OLDEST else [1, 1]
        self._handshake.pop(0)
        self._left, self._passes = length, True
        return True

    def _kind(self) -> Kind | None:
        number = self._pending[0]
        if number != QEMU:
            kinds, what = _KINDS, number
        elif len(self._pending) > 1:
            kinds, what = _QEMU_KINDS, self._pending[1]
        else:
            return None
        if what not in kinds:
            raise BadViewer(f"it sends a message of kind {number} that is not known here")
        return kinds[what]
