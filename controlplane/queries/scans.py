"""Threads of their own for reads that scan: few, so that commands and small reads wait for none of them.

What scans holds the interpreter's lock, and on PostgreSQL one of few connections: more at once would end no sooner.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import ParamSpec, TypeVar

from controlplane.domain.errors import Unavailable
from controlplane.domain.reasons import Reason
from controlplane.queries.visible import ContextThreads

P = ParamSpec("P")
T = TypeVar("T")

RETRY_S = 0.5


class Scans:
    """A bounded pool: reads begin in the order in which they came, and no more than `most_waiting` wait."""

    def __init__(self, threads: int, most_waiting: int, name: str) -> None:
        self._pool = ContextThreads(threads, name)
        self._most = threads + most_waiting
        self._running = 0

    async def run(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Raises Unavailable where too many wait already, and what the work raises."""
        if self._running >= self._most:
            raise Unavailable(Reason.OVERLOADED, f"{self._most} large reads are under way or waiting already", RETRY_S)
        self._running += 1
        submitted = self._pool.submit(work, *arguments, **named)
        loop = asyncio.get_running_loop()

        def ended(_submitted: "Future[T]") -> None:
            # Nobody counts any more where the loop has ended.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._end)

        # One whose caller has gone still has its thread, until it ends; one that waits is let go.
        submitted.add_done_callback(ended)
        return await asyncio.wrap_future(submitted)

    def _end(self) -> None:
        self._running -= 1


# Pages of lists, events, usage, differences: each bounded by its page.
SCANS = Scans(1, 128, "scans")
