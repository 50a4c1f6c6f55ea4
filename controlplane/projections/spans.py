"""Rows that say from which position to which something was so, as they begin and end. Writes nothing by itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple

Row = list[Any]
Ended = tuple[Any, ...]
# Where a row says how long it held, and a holding until when.
TO_POSITION, TO_US = 2, 4


class Taken(NamedTuple):
    """New rows, and what ends rows that are written already: uid, position, and for a holding the time."""

    new: Sequence[Sequence[Any]]
    ended: Sequence[Ended]


class Spans:
    """New rows of one table, and the open rows of before that they end."""

    def __init__(self) -> None:
        self._new: list[Row] = []
        self._ended: list[Ended] = []
        self._open: dict[str, Row] = {}

    def begin(self, uid: str, row: Row) -> None:
        self._new.append(row)
        self._open[uid] = row

    def end(self, uid: str, position: int, time: int | None = None) -> None:
        """With a time, of a holding."""
        row = self._open.pop(uid, None)
        if row is None:
            self._ended.append((uid, position) if time is None else (uid, position, time))
            return
        row[TO_POSITION] = position
        if time is not None:
            row[TO_US] = time

    def take(self) -> Taken:
        """What is to be written since the last time."""
        taken = Taken(self._new, self._ended)
        self._new, self._ended, self._open = [], [], {}
        return taken

    def take_open(self) -> Taken:
        """What was kept back since it is still so."""
        return Taken((), ())


class WholeSpans(Spans):
    """Of a table that is filled from its beginning: each row is told of once it has ended, so none is changed."""

    def begin(self, uid: str, row: Row) -> None:
        self._open[uid] = row

    def end(self, uid: str, position: int, time: int | None = None) -> None:
        row = self._open[uid]
        super().end(uid, position, time)
        self._new.append(row)

    def take(self) -> Taken:
        taken = Taken(self._new, ())
        self._new = []
        return taken

    def take_open(self) -> Taken:
        taken = Taken(list(self._open.values()), ())
        self._open = {}
        return taken
