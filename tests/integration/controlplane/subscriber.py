"""A subscriber of a stream: reads as far as a test requires, and keeps what it received, by kind."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from grpc import aio

from tests.integration.controlplane.plane import WAIT_S, Refusal, refusal_of


class Subscriber:
    """One call. `received` has every message as (kind, message), batches taken apart."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.received: list[tuple[str, Any]] = []
        # The same by kind, as many tests ask for it after each message of thousands.
        self._by_kind: defaultdict[str, list[Any]] = defaultdict(list)
        self._messages: AsyncIterator[Any] = aiter(call)

    async def read(self) -> list[tuple[str, Any]]:
        """The next message."""
        response: Any = await asyncio.wait_for(anext(self._messages), WAIT_S)
        kind: str = response.WhichOneof("message")
        message = getattr(response, kind)
        match kind:
            case "events":
                read = [("event", each) for each in message.events]
            case "changes":
                read = [("change", each) for each in message.changes]
            case _:
                read = [(kind, message)]
        self.received += read
        for each, its_message in read:
            self._by_kind[each].append(its_message)
        return read

    async def read_some(self, most: int, ended: "asyncio.Task[None]") -> None:
        """Reads messages, fewer once the task has ended: then nothing more may come."""
        for _ in range(most):
            reading = asyncio.create_task(self.read())
            await asyncio.wait([reading, ended], return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                reading.cancel()
                await asyncio.wait([reading])
                return
            await reading

    async def until(self, holds: Callable[[], object]) -> "Subscriber":
        async with asyncio.timeout(WAIT_S):
            while not holds():
                await self.read()
        return self

    async def live(self) -> "Subscriber":
        """Reads until it has caught up, once more than it had."""
        before = len(self.of("caught_up"))
        return await self.until(lambda: len(self.of("caught_up")) > before)

    async def at(self, position: int) -> "Subscriber":
        """Reads until it received this position or a later one."""
        return await self.until(lambda: self.position >= position)

    def of(self, kind: str) -> list[Any]:
        """The messages of a kind up to now and from now on: not to be changed."""
        return self._by_kind[kind]

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.received]

    @property
    def events(self) -> list[int]:
        """Positions of the events."""
        return [each.position for each in self.of("event")]

    @property
    def payloads(self) -> list[str]:
        return [each.WhichOneof("payload") for each in self.of("event")]

    @property
    def position(self) -> int:
        """The last that it received."""
        return next((each.position for _, each in reversed(self.received) if each.position), 0)

    async def refusal(self) -> Refusal:
        """Reads until the stream ends, with an error."""
        try:
            while True:
                await self.read()
        except aio.AioRpcError as error:
            return refusal_of(error)


@asynccontextmanager
async def subscribed(call: Any) -> AsyncGenerator[Subscriber]:
    """Ends the call with the block."""
    try:
        yield Subscriber(call)
    finally:
        call.cancel()
