"""Answers that wait for their readers: how many bytes of them there may be. No I/O."""

import contextlib
from collections.abc import Callable, Generator

# Of a part of an answer that is smaller, nothing is noted: a connection's buffers have as much anyway.
LEAST_NOTED = 64 << 10


class Unread:
    """Parts of answers that are being sent. Where they have more than `most` bytes, the connections of those that wait
    longest are ended: whoever reads does not wait long, and is never one of them.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: dict[object, tuple[int, Callable[[], None]]] = {}
        self.held = 0

    @contextlib.contextmanager
    def part(self, size: int, abort: Callable[[], None]) -> Generator[None]:
        """For as long as it takes to send it. `abort` ends its connection."""
        if size < LEAST_NOTED:
            yield
            return
        key = object()
        self._parts[key] = size, abort
        self.held += size
        self._make_room()
        try:
            yield
        finally:
            del self._parts[key]
            self.held -= size

    def _make_room(self) -> None:
        excess = self.held - self._most
        for size, abort in list(self._parts.values()):
            if excess <= 0:
                return
            abort()
            excess -= size
