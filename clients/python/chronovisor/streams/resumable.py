"""Streams as iterators that go on: one that ends because the server does is resumed where it was. Blocks."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from time import sleep
from typing import Any, Generic, TypeVar

import grpc

from chronovisor.call_interceptor import initial_history
from chronovisor.errors import ChronovisorError
from chronovisor.retry import RetryPolicy

T = TypeVar("T")
# An end that says nothing about the request. CANCELLED is what a server's end can look like to a slow reader.
_PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
# Many times faster than one by one, and still within a message's limit.
BATCH = 1_000


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


class Watch(Iterator[T], Generic[T]):
    """Items of a stream, each once and in order, over every interruption. Use it in a `for`, and `close` it.

    `position` is where to begin another watch that goes on after the item that was given last. Raises ChronovisorError
    when the server refuses, and when it cannot be reached to begin with; OutOfRange with the reason HISTORY_FORKED when
    the ledger was restored to before `position`.
    """

    def __init__(
        self,
        begin: Callable[[int | None, str, str], Iterator[Any]],
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
        self._call: Iterator[Any] | None = None
        self._ready: deque[tuple[int, T]] = deque()
        # Items without a position: given when all of them are there, since they cannot be resumed in between.
        self._held: list[tuple[int, T]] = []
        self._failures = 0
        self._resource = ""
        self._begun = False
        self._closed = False
        self.position: int | None = None
        # The history that the position is of: a server that was restored since refuses it, with HISTORY_FORKED.
        self.history = ""

    def __next__(self) -> T:
        while not self._ready:
            if self._closed:
                raise StopIteration
            try:
                if self._call is None:
                    self._held.clear()
                    self._call = self._begin(self.position, self._resource, self.history)
                response = next(self._call)
                self._resource = self._resource or _resource_of(self._call)
            except ChronovisorError as error:
                self._call = None
                if not self._closed:
                    self._pause_after(error)
                continue
            if not self.history:
                self.history = initial_history(self._call)
            self._begun, self._failures = True, 0
            self._take(response)
        position, item = self._ready.popleft()
        if position:
            self.position = position
        return item

    def _take(self, response: Any) -> None:
        kind = response.WhichOneof("message")
        if kind == "checkpoint":
            self._ready.extend(self._held)
            self._held.clear()
            self.position = response.checkpoint.position
            self.history = response.checkpoint.history or self.history
        elif kind in (Status.CAUGHT_UP, Status.FELL_BEHIND):
            self._say(Status(kind))
        else:
            for position, item in self._items_of(response):
                (self._ready if position else self._held).append((position, item))

    def _pause_after(self, error: ChronovisorError) -> None:
        self._failures += 1
        hopeless = not self._begun and self._failures >= self._retry.attempts
        if error.code not in _PASSING or hopeless:
            raise error
        if self._failures == 1:
            self._say(Status.INTERRUPTED)
        sleep(self._retry.pause(self._failures, error))

    def _say(self, status: Status) -> None:
        if self._on_status:
            self._on_status(status)

    def close(self) -> None:
        """Ends the stream, from any thread: the iterator stops."""
        self._closed = True
        cancel: Callable[[], object] | None = getattr(self._call, "cancel", None)
        if cancel:
            cancel()

    def __enter__(self) -> "Watch[T]":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _resource_of(call: Any) -> str:
    """What the stream is of, by the server's initial metadata: it is there once there is a response."""
    metadata: Callable[[], Sequence[tuple[str, str]]] | None = getattr(call, "initial_metadata", None)
    return dict(metadata() or ()).get(RESOURCE_KEY, "") if metadata else ""
