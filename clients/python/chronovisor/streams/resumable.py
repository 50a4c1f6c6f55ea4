"""Streams as iterators that go on: one that ends because the server does is resumed where it was."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Generic, TypeVar

import grpc

from chronovisor.errors import ChronovisorError
from chronovisor.layer import HISTORY_KEY, ClientClosed
from chronovisor.retry import RetryPolicy
from chronovisor.steps import END, Pause, Read, Steps, awaited, blocking

T = TypeVar("T")
# Ends that say something about the request or the caller. After all others the stream goes on: what a killed server
# looks like depends on whose gRPC looks at it.
_FINAL = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.UNIMPLEMENTED,
)
# Between two tries at most, so that a watch goes on within a second of the server's return.
_LONGEST_PAUSE_S = 0.4
# Of a stream's initial metadata: its parent or scope, with uids for ids.
RESOURCE_KEY = "chronovisor-resource"


class Status(StrEnum):
    """What a stream says besides its items."""

    # The past has been sent; what follows is live.
    CAUGHT_UP = "caught_up"
    # The reader was too slow; nothing is lost, and CAUGHT_UP comes again.
    FELL_BEHIND = "fell_behind"
    # The connection was lost, and is tried again until it is there.
    INTERRUPTED = "interrupted"


class _Resuming(Generic[T]):
    """Items of a stream, each once and in order, over every interruption.

    `position` is where to begin another watch that goes on after the item that was given last. Raises ChronovisorError
    when the server refuses, and when it cannot be reached to begin with; OutOfRange with the reason HISTORY_FORKED when
    the ledger was restored to before `position`.
    """

    def __init__(
        self,
        begin: Callable[[int | None, str, str], Any],
        items_of: Callable[[Any], Sequence[tuple[int, T]]],
        retry: RetryPolicy,
        on_status: Callable[[Status], None] | None = None,
    ) -> None:
        """`begin` calls the method, to resume it after a position, or as it was requested when there is none yet.

        It is given the resource of the stream, named by uid by the server, so that a resumed stream is of the same
        resource even when another has its name by then; empty before the first answer, and for a stream of everything.
        And the history that the position is of.
        """
        self._begin = begin
        self._items_of = items_of
        self._retry = retry
        self._on_status = on_status
        self._call: Any = None
        self._ready: deque[tuple[int, T]] = deque()
        # Items without a position: given when all of them are there, since they cannot be resumed in between.
        self._held: list[tuple[int, T]] = []
        self._failures = 0
        self._resource = ""
        self._begun = False
        self._caught_up = False
        self._closed = threading.Event()
        self.position: int | None = None
        # What the call under way was resumed after: it repeats nothing up to there.
        self._after = 0
        # The history that the position is of: a server that was restored since refuses it, with HISTORY_FORKED.
        self.history = ""

    def _more(self, *, past_only: bool = False) -> Steps[bool]:
        """Reads until there is an item. False: there will be none, or, with `past_only`, none of the past."""
        while not self._ready:
            if self._closed.is_set() or (past_only and self._caught_up):
                return False
            try:
                if self._call is None:
                    self._held.clear()
                    self._after = self.position or 0
                    self._call = self._begin(self.position, self._resource, self.history)
                response = yield Read(self._call)
            except ClientClosed:
                if not (self._begun or self._failures):
                    raise
                # That ended the watch, too.
                self._end()
                continue
            except ChronovisorError as error:
                self._call = None
                if not self._closed.is_set():
                    yield Pause(self._pause_after(error), self._closed)
                continue
            if response is END:
                return False
            self._take(response)
        return True

    def _take(self, response: Any) -> None:
        if not self._begun or self._failures:
            self._begun, self._failures = True, 0
        initial: Mapping[str, str] = getattr(self._call, "initial", None) or {}
        self._resource = self._resource or initial.get(RESOURCE_KEY, "")
        self.history = self.history or initial.get(HISTORY_KEY, "")
        kind = response.WhichOneof("message")
        if kind == "checkpoint":
            self._ready.extend(self._held)
            self._held.clear()
            self.position = response.checkpoint.position
            self.history = response.checkpoint.history or self.history
        elif kind in (Status.CAUGHT_UP, Status.FELL_BEHIND):
            self._caught_up = kind == Status.CAUGHT_UP
            self._say(Status(kind))
        elif kind:
            # Without a kind it is of one that came later.
            for position, item in self._items_of(response):
                if not position:
                    self._held.append((position, item))
                elif position > self._after:
                    self._ready.append((position, item))

    def _pause_after(self, error: ChronovisorError) -> float:
        """Seconds until the next try. Raises the error where there is to be none."""
        self._failures += 1
        hopeless = not self._begun and self._failures >= self._retry.attempts
        # The token that it began with has ended: a fresh one is sent with the next try.
        is_ended_token = error.code is grpc.StatusCode.UNAUTHENTICATED and self._begun and self._failures == 1
        if (error.code in _FINAL and not is_ended_token) or hopeless:
            raise error
        if self._failures == 1:
            self._say(Status.INTERRUPTED)
            if self._begun:
                # At once, unless the server requests otherwise.
                return error.retry_after or 0.0
        return max(min(self._retry.pause(self._failures, error), _LONGEST_PAUSE_S), error.retry_after or 0.0)

    def _given(self) -> T:
        position, item = self._ready.popleft()
        if position:
            self.position = position
        return item

    def _say(self, status: Status) -> None:
        if self._on_status:
            self._on_status(status)

    def _end(self) -> None:
        self._closed.set()
        if cancel := getattr(self._call, "cancel", None):
            cancel()


class Watch(_Resuming[T], Iterator[T]):
    """Items of a stream, each once and in order, over every interruption. Use it in a `for`, and `close` it.

    Threads that share one share its items.

    `position` is where to begin another watch that goes on after the item that was given last. Raises ChronovisorError
    when the server refuses, and when it cannot be reached to begin with; OutOfRange with the reason HISTORY_FORKED when
    the ledger was restored to before `position`.
    """

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self._reading = threading.RLock()

    def __next__(self) -> T:
        with self._reading:
            if self._ready or blocking(self._more()):
                return self._given()
        raise StopIteration

    def until_caught_up(self) -> Iterator[T]:
        """The items up to now. The watch itself can be read on from there."""
        while True:
            with self._reading:
                if not (self._ready or blocking(self._more(past_only=True))):
                    return
                item = self._given()
            yield item

    def close(self) -> None:
        """Ends the stream, from any thread: the iterator stops."""
        self._end()

    def __enter__(self) -> "Watch[T]":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncWatch(_Resuming[T], AsyncIterator[T]):
    """As Watch, for `async for` and `async with`. A read that was cancelled loses nothing. Tasks share its items."""

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self._reading = asyncio.Lock()

    async def __anext__(self) -> T:
        async with self._reading:
            if self._ready or await self._any_more():
                return self._given()
        raise StopAsyncIteration

    async def until_caught_up(self) -> AsyncIterator[T]:
        """The items up to now. The watch itself can be read on from there."""
        while True:
            async with self._reading:
                if not (self._ready or await self._any_more(past_only=True)):
                    return
                item = self._given()
            yield item

    async def _any_more(self, *, past_only: bool = False) -> bool:
        try:
            return await awaited(self._more(past_only=past_only))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closed.is_set() and not (task and task.cancelling()):
                # Another task closed it, which cancels the call and not whoever reads from it.
                return False
            # What was read is kept: whoever reads again goes on there.
            if self._call is not None:
                self._call.cancel()
                self._call = None
            raise

    async def close(self) -> None:
        """Ends the stream, from any task: the iterator stops."""
        self._end()

    async def __aenter__(self) -> "AsyncWatch[T]":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._end()
