"""Somebody who watches the writer at work: what a watch is called with, and when. Changes nothing."""

from collections.abc import Sequence
from typing import Protocol

from controlplane.ledger.writer.queue import QueuedCommand


class BatchWatch(Protocol):
    """One batch after the other, on the event loop: begins, decided if something is appended, committed, ends."""

    def now(self) -> float:
        """A command is queued at this time, in seconds."""
        ...

    def begins(self, batch: Sequence[QueuedCommand]) -> None: ...

    def decided(self) -> None: ...

    def committed(self) -> None: ...

    def ends(self, batch: Sequence[QueuedCommand]) -> None:
        """Each command has its result, but for those that are decided again."""
        ...


class NoWatch:
    """Nobody watches."""

    def now(self) -> float:
        return 0.0

    def begins(self, batch: Sequence[QueuedCommand]) -> None: ...

    def decided(self) -> None: ...

    def committed(self) -> None: ...

    def ends(self, batch: Sequence[QueuedCommand]) -> None: ...


UNWATCHED = NoWatch()
