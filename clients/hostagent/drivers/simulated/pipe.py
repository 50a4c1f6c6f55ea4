"""Bytes within a simulated host, of which few wait."""

import asyncio

# What is not read yet, in bytes: whoever writes waits for less.
_MOST_WAITING = 64 << 10


class Pipe:
    """Bytes from one who writes to one who reads."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._is_closed = False
        self._moved = asyncio.Event()

    async def write(self, data: bytes) -> None:
        while self._data and len(self._data) + len(data) > _MOST_WAITING and not self._is_closed:
            await self._moved.wait()
        self.put(data)

    def put(self, data: bytes) -> None:
        """At once, however much waits."""
        if not self._is_closed:
            self._data += data
            self._move()

    async def read(self, most: int) -> bytes:
        """Some of it; nothing at its end."""
        while not self._data and not self._is_closed:
            await self._moved.wait()
        data = bytes(self._data[:most])
        del self._data[:most]
        self._move()
        return data

    async def exactly(self, count: int) -> bytes:
        """Raises EOFError at its end."""
        data = b""
        while len(data) < count:
            piece = await self.read(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def close(self) -> None:
        self._is_closed = True
        self._move()

    def _move(self) -> None:
        """All who wait look again."""
        self._moved.set()
        self._moved = asyncio.Event()
