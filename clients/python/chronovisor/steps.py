"""What a call does next, written once for both worlds: a step blocks, or is awaited. Decides nothing.

A rule of calls (when to try again, how to wait, where to resume) is a generator of steps. `blocking` carries one out in
the caller's thread, `awaited` in the event loop.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from threading import Event
from typing import Any, Final, Protocol, TypeAlias, TypeVar, cast

from chronovisor.tokens import BadToken

T = TypeVar("T")


class Step(Protocol):
    """One thing to do."""

    def block(self) -> Any: ...

    async def wait(self) -> Any: ...


Steps: TypeAlias = Generator[Step, Any, T]


def blocking(steps: Steps[T]) -> T:
    """What the steps come to. Blocks."""
    try:
        step = next(steps)
        while True:
            try:
                answer = step.block()
            except BaseException as error:  # noqa: BLE001 - it is the steps' to handle or to let pass
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        return cast("T", end.value)


async def awaited(steps: Steps[T]) -> T:
    """What the steps come to."""
    try:
        step = next(steps)
        while True:
            try:
                answer = await step.wait()
            except BaseException as error:  # noqa: BLE001 - it is the steps' to handle or to let pass
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        return cast("T", end.value)


class Ended:
    """What reading a stream gives at its end."""


END: Final = Ended()


@dataclass(slots=True)
class Pause:
    """Some seconds of nothing. `unless`: an event that ends a blocking pause early."""

    seconds: float
    unless: Event | None = None

    def block(self) -> None:
        if self.unless is None:
            time.sleep(self.seconds)
        else:
            self.unless.wait(self.seconds)

    async def wait(self) -> None:
        await asyncio.sleep(self.seconds)


@dataclass(slots=True)
class Call:
    """A unary call of a client's stub, with all that the client adds."""

    method: Any
    request: Any
    timeout_s: float | None

    def block(self) -> Any:
        return self.method(self.request, timeout=self.timeout_s)

    async def wait(self) -> Any:
        return await self.method(self.request, timeout=self.timeout_s)


@dataclass(slots=True)
class Read:
    """The next message of a stream, or END."""

    stream: Any

    def block(self) -> Any:
        return next(self.stream, END)

    async def wait(self) -> Any:
        return await anext(self.stream, END)


@dataclass(slots=True)
class Provide:
    """A token, of a function that returns it or, in an event loop, is awaited for it."""

    provider: Callable[[], str | Awaitable[str]]

    def block(self) -> str:
        token = self.provider()
        if inspect.isawaitable(token):
            if inspect.iscoroutine(token):
                token.close()
            raise TypeError("a token provider that is awaited needs chronovisor.aio")
        return sendable(token)

    async def wait(self) -> str:
        token = self.provider()
        return sendable(await token if inspect.isawaitable(token) else token)


def sendable(token: object) -> str:
    """The token, where it is one. Raises TypeError, BadToken."""
    if not isinstance(token, str):
        raise TypeError(f"a token must be a str, not {type(token).__name__}")
    if not (token.isascii() and token.isprintable()):
        # As of a file that ends with a new line.
        raise BadToken("the token must be printable ASCII")
    return token
