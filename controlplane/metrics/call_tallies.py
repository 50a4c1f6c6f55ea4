"""Calls of methods by code, how long those with one answer took, and refusals by reason. Runs on the event loop."""

from collections import Counter
from collections.abc import Iterator
from time import perf_counter

from prometheus_client.core import Metric

from controlplane.domain.reasons import Reason
from controlplane.metrics.families import by_label, counters, gauges, histograms
from controlplane.runtime.tallies import Histogram

OK = "OK"
BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)


class MethodTally:
    """The calls of one method. `seconds` is of calls with one answer that were answered."""

    __slots__ = ("codes", "open", "seconds")

    def __init__(self) -> None:
        self.codes: Counter[str] = Counter()
        self.seconds = Histogram(BOUNDS_S)
        # Streams that are open.
        self.open = 0

    def now(self) -> float:
        return perf_counter()

    def answered(self, began: float) -> None:
        self.codes[OK] += 1
        self.seconds.add(perf_counter() - began)

    def ended(self, code: str) -> None:
        """With an error; or a stream, with OK."""
        self.codes[code] += 1

    def opened(self, change: int) -> None:
        """A stream began, for 1, or is over, for -1."""
        self.open += change


class CallTallies:
    """By the full name of the method, `/Service/Method`. There are as many as this server has methods."""

    def __init__(self) -> None:
        self._methods: dict[str, MethodTally] = {}
        self._refusals: Counter[str] = Counter(dict.fromkeys(map(str, Reason), 0))

    def of(self, method: str) -> MethodTally:
        """Kept by whoever counts."""
        return self._methods.setdefault(method, MethodTally())

    def refused(self, reason: str) -> None:
        self._refusals[reason] += 1

    def families(self) -> Iterator[Metric]:
        called = [(_labels(method), found) for method, found in sorted(self._methods.items())]
        yield counters(
            "rpc_calls",
            "Calls that are over, by method and status code.",
            ("service", "method", "code"),
            (((*labels, code), count) for labels, found in called for code, count in sorted(found.codes.items())),
        )
        yield counters(
            "rpc_refusals", "Calls that were refused, or failed, by the reason.", ("reason",), by_label(self._refusals)
        )
        yield histograms(
            "rpc_seconds",
            "Time of calls with one answer, until they were answered.",
            ("service", "method"),
            ((labels, found.seconds) for labels, found in called if any(found.seconds.counts)),
        )
        yield gauges(
            "rpc_streams_open",
            "Streams that are open, by method.",
            ("service", "method"),
            ((labels, found.open) for labels, found in called if found.open or not any(found.seconds.counts)),
        )


def _labels(method: str) -> tuple[str, str]:
    service, _, name = method.removeprefix("/").rpartition("/")
    return service, name
