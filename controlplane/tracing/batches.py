"""Spans of what becomes of a command: decided, committed, and in the rows of the read database."""

import time
from collections.abc import Sequence

from chronovisor.tracing import Span, TraceContext, Tracer, sampled

from controlplane.domain.command import Outcome
from controlplane.ledger.writer.batch_watch import BatchWatch
from controlplane.ledger.writer.queue import QueuedCommand


class BatchSpans:
    """Watches the writer, and how far the rows are. On the event loop."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        # Of the batch under way: each traced command's part of it.
        self._open: list[tuple[TraceContext, Span]] = []
        # What is committed and in no row yet: until which position, in whose trace, and since when.
        self._waiting: list[tuple[int, TraceContext, int]] = []

    def now(self) -> float:
        return 0.0

    def begins(self, batch: Sequence[QueuedCommand]) -> None:
        traced = ((sampled(each.context.trace), each) for each in batch if each.context.trace)
        self._open = [
            (context, self._tracer.begin("decide", context, {"chronovisor.command": type(each.command).__name__}))
            for context, each in traced
            if context
        ]

    def decided(self) -> None:
        self._next("commit")

    def committed(self) -> None:
        self._next("")

    def ends(self, batch: Sequence[QueuedCommand]) -> None:
        self._next("")
        for each in batch:
            context = sampled(each.context.trace) if each.context.trace else None
            if context and isinstance(each.result, Outcome) and each.result.end_position:
                self._waiting.append((each.result.end_position, context, time.time_ns()))

    def _next(self, name: str) -> None:
        """Ends what is open, and begins the next; of what comes last, nothing."""
        for _, span in self._open:
            span.end()
        contexts = [context for context, _ in self._open] if name else []
        self._open = [(context, self._tracer.begin(name, context)) for context in contexts]

    def rows_reached(self, position: int) -> None:
        """The read database's rows are at a position."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            until, context, since = each
            if until <= position:
                self._tracer.begin("project", context, {"chronovisor.position": until}, at_ns=since).end()
            else:
                self._waiting.append(each)


class Watches:
    """Two that watch the writer. The clock is the first one's."""

    def __init__(self, first: BatchWatch, second: BatchWatch) -> None:
        self._both = first, second
        self.now = first.now

    def begins(self, batch: Sequence[QueuedCommand]) -> None:
        for each in self._both:
            each.begins(batch)

    def decided(self) -> None:
        for each in self._both:
            each.decided()

    def committed(self) -> None:
        for each in self._both:
            each.committed()

    def ends(self, batch: Sequence[QueuedCommand]) -> None:
        for each in self._both:
            each.ends(batch)
