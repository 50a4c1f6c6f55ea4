"""Hypercorn's HTTP/1.1, without three things of it (0.18.0).

It changes to other protocols where a request says `Upgrade`: to WebSockets, whatever the path (see socket_stream), and
to HTTP/2 in plain text, by which a request passes a proxy that looks at what it lets through. RFC 9110, section 7.8,
lets a server ignore that.

And it reads nothing while a request waits for the answer of the one before it, so that it does not hear that the client
has gone: a watch with a request behind it stays for ever. Here it reads on, up to a limit.

And it takes a client that sends no more for one that has gone. It may read on (RFC 9293, section 3.6): here, an answer
that has a length still comes, if it does soon. A stream does not: nothing else would say that its client has gone.
"""

import asyncio
from typing import Any

import h11
import hypercorn.protocol
from hypercorn.events import Closed
from hypercorn.protocol.events import Event, Response
from hypercorn.protocol.h11 import H11Protocol

from controlplane.gateway import socket_stream
from controlplane.runtime.waiting import wait_for_event

# Of requests that wait.
MOST_AHEAD_BYTES = 64 << 10
# So long an answer may take for which a client waits that sends no more.
HALF_CLOSED_S = 5.0
# What a client's side of a connection is in when its request is there to its end.
_WHOLE = (h11.DONE, h11.MUST_CLOSE, h11.CLOSED)


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
        # No request is under way whose answer ends by itself.
        self._is_answered = asyncio.Event()
        self._is_answered.set()

    async def handle(self, event: Any) -> None:
        await super().handle(event)
        if isinstance(event, Closed):
            self._is_answered.set()
        elif not event.data:
            await self._answers()
        elif self._has_ahead and self._bytes_ahead > MOST_AHEAD_BYTES:
            await self.send(Closed())

    async def stream_send(self, event: Event) -> None:
        await super().stream_send(event)
        if isinstance(event, Response) and all(name != b"content-length" for name, _ in event.headers):
            self._is_answered.set()

    async def _answers(self) -> None:
        """What the client waits for. Over TLS its end is that of the connection; half a request has no answer."""
        if self.ssl or self.connection.their_state not in _WHOLE:
            return
        await wait_for_event(self._is_answered, HALF_CLOSED_S)

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
        else:
            self._is_answered.set()

    async def _check_protocol(self, event: h11.Request) -> None:
        await super()._check_protocol(socket_stream.as_served(event))

    async def _create_stream(self, request: h11.Request) -> None:
        self._is_answered.clear()
        await super()._create_stream(socket_stream.as_served(request))


def install() -> None:
    """For all connections of this process."""
    socket_stream.install()
    hypercorn.protocol.H11Protocol = StrictH11Protocol  # pyright: ignore[reportPrivateImportUsage]
