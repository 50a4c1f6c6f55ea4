"""The samples of one VM or host: the newest few, in one array. Reads no clock."""

from array import array
from collections.abc import Iterator

from controlplane.domain.samples import Sample
from controlplane.domain.time import Micros

_COLUMNS = len(Sample._fields)


class History:
    """Samples of rising times, the newest at the end. One takes 80 bytes."""

    __slots__ = ("_cells",)

    def __init__(self) -> None:
        self._cells = array("q")

    def __len__(self) -> int:
        return len(self._cells) // _COLUMNS

    def __iter__(self) -> Iterator[Sample]:
        for start in range(0, len(self._cells), _COLUMNS):
            yield self._at(start)

    @property
    def last(self) -> Sample | None:
        return self.from_end(1)

    def from_end(self, place: int) -> Sample | None:
        """The last for 1, the one before for 2; None where there are not so many."""
        start = len(self._cells) - place * _COLUMNS
        return self._at(start) if start >= 0 else None

    def add(self, sample: Sample, most: int) -> None:
        """Keeps the newest `most` samples, at least this one."""
        self._cells.extend(sample)
        surplus = len(self._cells) - max(most, 1) * _COLUMNS
        if surplus > 0:
            del self._cells[:surplus]

    def clear(self) -> None:
        del self._cells[:]

    def _at(self, start: int) -> Sample:
        taken, *rest = self._cells[start : start + _COLUMNS]
        return Sample(Micros(taken), *rest)
