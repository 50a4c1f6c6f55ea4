"""What checks of the totals have found: alarms, raised and over. Repairs nothing, and forgets with the process."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from controlplane.consistency.discrepancy import Discrepancy, TotalsSource
from controlplane.domain.time import Micros
from controlplane.domain.totals import FLEET

# Of alarms that are over.
MOST_KEPT = 100


class Comparison(NamedTuple):
    """What one comparison found: `differences` are the first of `found`."""

    position: int
    events: int
    scopes: int
    differences: Sequence[Discrepancy]
    found: int


class CompletedCheck(NamedTuple):
    """A check that was carried to its end, whatever it found."""

    compared: Comparison
    began: Micros
    took: Micros


class FailedCheck(NamedTuple):
    """A check that was not: nothing is known from it."""

    at: Micros
    reason: str


class Alarm(NamedTuple):
    """A difference as it was last seen: the positions at which it was first and last, and when it was and was not."""

    difference: Discrepancy
    first_position: int
    last_position: int
    raised: Micros
    ended: Micros | None = None


class Alarms:
    """All alarms, and how the last check went. `every_s` of 0: no checks are made."""

    def __init__(self, every_s: float) -> None:
        self.every_s = every_s
        self.last: CompletedCheck | None = None
        # Of the last check, when it was not carried to its end.
        self.failure: FailedCheck | None = None
        self._open: dict[object, Alarm] = {}
        self._over: deque[Alarm] = deque(maxlen=MOST_KEPT)

    @property
    def open(self) -> list[Alarm]:
        return list(self._open.values())

    @property
    def over(self) -> list[Alarm]:
        """The last ones, newest first."""
        return list(reversed(self._over))

    def take(self, passed: CompletedCheck) -> tuple[list[Alarm], list[Alarm]]:
        """The alarms that a check raises, and those that it ends."""
        self.last, self.failure = passed, None
        position, now = passed.compared.position, Micros(passed.began + passed.took)
        raised: list[Alarm] = []
        found = {each.key: each for each in passed.compared.differences}
        for key, difference in found.items():
            before = self._open.get(key)
            if before is None:
                raised.append(Alarm(difference, position, position, now))
            self._open[key] = (before or raised[-1])._replace(difference=difference, last_position=position)
        # What is not among the first of very many may be among the others.
        gone = self._open.keys() - found.keys() if passed.compared.found == len(found) else set[object]()
        ended = [self._open[key]._replace(ended=now) for key in self._open if key in gone]
        for key in gone:
            del self._open[key]
        self._over.extend(ended)
        return raised, ended

    def fail(self, at: Micros, reason: str) -> None:
        """What was found before stays as it is."""
        self.failure = FailedCheck(at, reason)

    def of(self, scope: str) -> int:
        """How many alarms there are on totals of a scope. What the fleet offers is in a project's, too."""
        return sum(_concerns(each.difference, scope) for each in self._open.values())


def _concerns(difference: Discrepancy, scope: str) -> bool:
    if scope.startswith("projects/") and difference.scope == FLEET and difference.measure in ("total", "hosts"):
        return difference.source is not TotalsSource.LEDGER
    return difference.scope == scope
