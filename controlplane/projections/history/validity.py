"""Rows that say from which position to which something was so, as they begin and end. Writes nothing by itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple

Row = list[Any]
Ended = tuple[Any, ...]
# Where a row says until when it held, and what else is known at its end: a holding's time, an operation's outcome.
TO_POSITION, AT_END = 2, 4


class Taken(NamedTuple):
    """New rows, and what ends rows that are written already: uid, position, and what else the table has of an end.

    A row that is not its uid's newest is identified by its version, last.
    """

    new: Sequence[Sequence[Any]]
    ended: Sequence[Ended]


def _key(uid: str, at_end: tuple[Any, ...]) -> object:
    return (uid, at_end[1]) if len(at_end) > 1 else uid


class Spans:
    """New rows of one table, and the open rows of before that they end."""

    def __init__(self) -> None:
        self._new: list[Row] = []
        self._ended: list[Ended] = []
        self._open: dict[object, Row] = {}

    def begin(self, uid: str, row: Row, version: int = 0) -> None:
        """`version` is of a row that may not be its uid's newest when it ends."""
        self._new.append(row)
        self._open[(uid, version) if version else uid] = row

    def whole(self, row: Row) -> None:
        """A row that began and ended at once."""
        self._new.append(row)

    def end(self, uid: str, position: int, *at_end: Any) -> None:
        """`at_end` is what AT_END has, of a table that has it, and the version of a row that may not be the newest."""
        row = self._open.pop(_key(uid, at_end), None)
        if row is None:
            self._ended.append((uid, position, *at_end))
            return
        row[TO_POSITION] = position
        if at_end:
            row[AT_END] = at_end[0]

    def take(self) -> Taken:
        """What is to be written since the last time."""
        taken = Taken(self._new, self._ended)
        self._new, self._ended, self._open = [], [], {}
        return taken

    def take_open(self) -> Taken:
        """What was kept back since it is still so."""
        return Taken((), ())


class WholeSpans(Spans):
    """Of a table that is filled from its beginning: each row is reported once it has ended, so none is changed."""

    def begin(self, uid: str, row: Row, version: int = 0) -> None:
        self._open[(uid, version) if version else uid] = row

    def end(self, uid: str, position: int, *at_end: Any) -> None:
        row = self._open[_key(uid, at_end)]
        super().end(uid, position, *at_end)
        self._new.append(row)

    def take(self) -> Taken:
        taken = Taken(self._new, ())
        self._new = []
        return taken

    def take_open(self) -> Taken:
        taken = Taken(list(self._open.values()), ())
        self._open = {}
        return taken
