"""Rows that say from which position to which something was so, as they begin and end. Writes nothing by itself."""

from collections.abc import Sequence
from typing import Any

Row = list[Any]
Ended = tuple[Any, ...]
# Where a row says how long it held, and a holding until when.
TO_POSITION, TO_US = 2, 4


class Spans:
    """New rows of one table, and the open rows of before that they end."""

    def __init__(self) -> None:
        self.new: list[Row] = []
        self.ended: list[Ended] = []
        self._open: dict[str, Row] = {}

    def begin(self, uid: str, row: Row) -> None:
        self.new.append(row)
        self._open[uid] = row

    def end(self, uid: str, position: int, time: int | None = None) -> None:
        """With a time, of a holding."""
        row = self._open.pop(uid, None)
        if row is None:
            self.ended.append((uid, position) if time is None else (uid, position, time))
            return
        row[TO_POSITION] = position
        if time is not None:
            row[TO_US] = time


class WholeSpans(Spans):
    """Of a table that is filled from its beginning: each row is told of once it has ended, so none is changed."""

    def begin(self, uid: str, row: Row) -> None:
        self._open[uid] = row

    def end(self, uid: str, position: int, time: int | None = None) -> None:
        row = self._open[uid]
        super().end(uid, position, time)
        self.new.append(row)

    def take(self) -> Sequence[Row]:
        """The rows that have ended since the last time."""
        rows, self.new = self.new, []
        return rows

    def take_open(self) -> Sequence[Row]:
        """The rows that are still so at the end."""
        rows, self._open = list(self._open.values()), {}
        return rows
