"""A log of rows that changed, for caches that catch up when they are used. Forgets when nobody reads it."""

from collections.abc import Sequence

LONGEST = 4096


class ChangeLog:
    """Numbers of rows, oldest first. `end` is a place to read on from."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._start = 0

    @property
    def end(self) -> int:
        return self._start + len(self._rows)

    def add(self, row: int) -> None:
        if len(self._rows) >= LONGEST:
            self._start += len(self._rows)
            self._rows.clear()
        self._rows.append(row)

    def since(self, place: int) -> Sequence[int] | None:
        """The rows after `place`; None when they are forgotten: then any may have changed."""
        if place < self._start:
            return None
        return self._rows[place - self._start :]
