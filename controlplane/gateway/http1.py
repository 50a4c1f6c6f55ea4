"""Hypercorn's HTTP/1.1, without two things of it (0.18.0).

It changes to other protocols where a request says `Upgrade`: to WebSockets, which nothing here speaks, and to HTTP/2 in
plain text, by which a request passes a proxy that looks at what it lets through. RFC 9110, section 7.8, lets a server
ignore that.

And it reads nothing while a request waits for the answer of the one before it, so that it does not hear that the client
has gone: a watch with a request behind it stays for ever. Here it reads on, up to a limit.
"""

import asyncio
from typing import Any

import h11
import hypercorn.protocol
from hypercorn.events import Closed, RawData
from hypercorn.protocol.h11 import H11Protocol

# Of requests that wait.
MOST_AHEAD_BYTES = 64 << 10


class _OneAhead(Exception):
    """The next request is there before the answer of this one."""


class _NeverWaits:
    """In the place of the event that the connection's reader would wait for."""

    async def clear(self) -> None:
        """There is nothing to wait for."""

    async def set(self) -> None:
        """Nobody waits."""

    async def wait(self) -> None:
        raise _OneAhead


class StrictH11Protocol(H11Protocol):
    """Requests of one connection, one after the other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.can_read: Any = _NeverWaits()
        self._handling = asyncio.Lock()
        self._has_ahead = False

    async def handle(self, event: Any) -> None:
        await super().handle(event)
        if self._has_ahead and isinstance(event, RawData) and self._bytes_ahead > MOST_AHEAD_BYTES:
            await self.send(Closed())

    @property
    def _bytes_ahead(self) -> int:
        return len(self.connection.trailing_data[0])

    async def _handle_events(self) -> None:
        # By its reader, and by the end of an answer that a request waited for.
        async with self._handling:
            try:
                self._has_ahead = False
                await super()._handle_events()
            except _OneAhead:
                self._has_ahead = True

    async def _maybe_recycle(self) -> None:
        await super()._maybe_recycle()
        if self._has_ahead and self.connection.our_state is h11.IDLE:
            group: Any = self.task_group
            group.spawn(self._handle_events)

    async def _check_protocol(self, event: h11.Request) -> None:
        await super()._check_protocol(_without_upgrade(event))

    async def _create_stream(self, request: h11.Request) -> None:
        await super()._create_stream(_without_upgrade(request))


def _without_upgrade(request: h11.Request) -> h11.Request:
    headers = list(request.headers)
    kept = [each for each in headers if each[0] != b"upgrade"]
    if len(kept) == len(headers):
        return request
    return h11.Request(method=request.method, target=request.target, headers=kept, http_version=request.http_version)


def install() -> None:
    """For all connections of this process."""
    hypercorn.protocol.H11Protocol = StrictH11Protocol  # pyright: ignore[reportPrivateImportUsage]
