"""Counts and distributions of what happens often, for whoever reads them. On one thread, without locks."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

# In seconds: of what takes microseconds to seconds.
TIMES_S = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)


class Histogram:
    """How many values there were up to each of `bounds`, and their sum: a tenth of what the library's own costs."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float] = TIMES_S) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float, times: int = 1) -> None:
        self.counts[bisect_left(self.bounds, value)] += times
        self.total += value * times

    def cumulative(self) -> Iterator[tuple[str, float]]:
        """As Prometheus has buckets: each with all below it, the last one `+Inf`."""
        reached = 0
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            reached += count
            yield bound, reached
