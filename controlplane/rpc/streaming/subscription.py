"""One subscriber of a stream of items: a position, and nothing that grows. Knows no particular stream."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, Protocol

from chronovisor import tracing

from controlplane.queries.events.live_tail import LiveTail, TailBatch
from controlplane.queries.visible import ContextThreads
from controlplane.rpc.streaming import stream_encoding

# A subscriber whose filter drops everything hears so often how far it is.
CHECKPOINT_S = 5.0
# And also after so many positions of the past, which pass quickly.
CHECKPOINT_EVERY = 10_000
# Reading the past is work for the interpreter, too: more threads would take the writer's turns, and gain nothing.
READERS = ContextThreads(2, "streams")


class Items(NamedTuple):
    """Encoded items, the position of the last of them, and the position up to which these are all."""

    items: Sequence[bytes]
    last: int
    position: int


# Attributes of a stream's span: items that were sent, and how often it was behind the live tail.
ITEMS, FELL_BEHIND = "chronovisor.items", "chronovisor.fell_behind"
NOTHING = Items((), 0, 0)


class Source(Protocol):
    """The items of one subscriber, found in a batch of the live tail or in the ledger."""

    @property
    def keys(self) -> Sequence[str]:
        """What to wait for at the head."""
        ...

    def live(self, batch: TailBatch, after: int) -> Items:
        """The items of a batch after a position."""
        ...

    async def prepare(self, after: int) -> None:
        """Waits until `past` can read what was at a position. Raises Unavailable."""
        ...

    def past(self, after: int, stop: int) -> Items:
        """Some of the items after a position and not after `stop`. Blocks."""
        ...


class Subscription:
    """Follows from `position` on: from the ledger, and from the live tail once it is there."""

    def __init__(
        self,
        tail: LiveTail,
        source: Source,
        response: stream_encoding.Response,
        write: Callable[[Any], Awaitable[None]],
        most: int,
    ) -> None:
        self._tail = tail
        self._source = source
        self._response = response
        self._write = write
        self._most = most
        self._position = 0
        # The last position that was sent to the client.
        self._sent = 0
        self._sent_at = 0.0
        self._live = False
        # The call's, where it is traced.
        self._span = tracing.current()
        # Where the head was when this one came into the live tail's reach. None: it is not there.
        self._goal: int | None = None
        self._waits = False

    @property
    def position(self) -> int:
        """Up to where it has gone on: of one that waits, everywhere."""
        return self._tail.position if self._waits else self._position

    async def run(self, position: int) -> None:
        """Ends only by an error: Unavailable when the control plane shuts down, or what the ledger raises."""
        self._position = self._sent = position
        self._tail.subscribers.add(self)
        try:
            await self._follow()
        finally:
            self._tail.subscribers.discard(self)

    async def _follow(self) -> None:
        self._sent_at = asyncio.get_running_loop().time()
        while True:
            self._tail.check()
            if self._position < self._tail.oldest:
                await self._read_past()
                continue
            if self._goal is None:
                self._goal = self._tail.position
            await self._send(self._gathered())
            if not self._live and self._position >= self._goal:
                await self._send_caught_up()
            if self._position >= self._tail.position:
                # It is not sent what its filter drops, and not woken by it.
                self._waits = True
                reached = await self._tail.wait(self._source.keys, CHECKPOINT_S)
                self._waits = False
                self._position = max(self._position, reached)

    def _gathered(self) -> Items:
        """Items of the next batch, or of the next few when they go into one message."""
        batch = self._tail.after(self._position)
        if batch is None:
            return NOTHING
        found = self._source.live(batch, self._position)
        while 1 < self._most > len(found.items) and (batch := self._tail.after(found.position)):
            more = self._source.live(batch, found.position)
            found = Items([*found.items, *more.items], more.last or found.last, more.position)
        return found

    async def _read_past(self) -> None:
        if self._live:
            self._live = False
            self._count(FELL_BEHIND, 1)
            await self._write(stream_encoding.fell_behind(self._response, self._position))
        self._goal = None
        await self._source.prepare(self._position)
        loop = asyncio.get_running_loop()
        past = await loop.run_in_executor(READERS, self._source.past, self._position, self._tail.position)
        await self._send(past)

    async def _send(self, found: Items) -> None:
        now = asyncio.get_running_loop().time()
        self._position = max(self._position, found.position)
        if found.items:
            for message in stream_encoding.in_messages(found.items, self._most):
                await self._write(message)
            self._count(ITEMS, len(found.items))
            self._sent, self._sent_at = found.last, now
        elif self._position > self._sent and (
            now - self._sent_at >= CHECKPOINT_S or self._position - self._sent >= CHECKPOINT_EVERY
        ):
            await self._checkpoint()

    def _count(self, name: str, amount: int) -> None:
        if self._span:
            self._span.count(name, amount)

    async def _checkpoint(self) -> None:
        time = self._tail.time if self._position == self._tail.position else None
        self._sent, self._sent_at = self._position, asyncio.get_running_loop().time()
        await self._write(stream_encoding.checkpoint(self._response, self._position, time, self._tail.history))

    async def _send_caught_up(self) -> None:
        self._live = True
        await self._checkpoint()
        await self._write(stream_encoding.caught_up(self._response, self._position))
