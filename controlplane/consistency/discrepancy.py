"""Totals of scopes as a source reports them, compared with those that the ledger folds to. Values only."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from controlplane.domain.resources import Resources
from controlplane.domain.totals import Totals


class TotalsSource(Enum):
    """Who reports totals."""

    # In memory: by which reads and streams of now are answered.
    ANSWERS = "answers"
    # In memory: by which commands are decided, of hosts and projects.
    DECISIONS = "decisions"
    # The rows of the read database.
    ROWS = "rows"
    # The ledger itself, where it breaks a rule that holds in every fleet.
    LEDGER = "ledger"


class Discrepancy(NamedTuple):
    """`measure` is `total`, `allocated`, `overcommitted`, `hosts` or `running_vms`; `expected` is by the ledger.

    Of TotalsSource.LEDGER `measure` is `capacity`, `holdings` or `held_by_vms`, beside what the host has allocated. No
    class where it is a count.
    """

    source: TotalsSource
    scope: str
    measure: str
    resource_class: str
    reported: int
    expected: int

    @property
    def key(self) -> tuple[TotalsSource, str, str, str]:
        """What it is a difference of, whatever the totals are."""
        return self[:4]

    def __str__(self) -> str:
        what = " ".join(filter(None, (self.measure, self.resource_class)))
        if self.source is TotalsSource.LEDGER:
            return f"{self.scope}: {what} is {self.reported} by the ledger, and {self.expected} is allocated"
        return f"{self.scope}: {what} is {self.reported} in {_WHERE[self.source]}, and {self.expected} by the ledger"


_WHERE = {
    TotalsSource.ANSWERS: "the totals in memory",
    TotalsSource.DECISIONS: "the fleet that commands are decided by",
    TotalsSource.ROWS: "the read database",
}


def discrepancies(
    source: TotalsSource, reported: Mapping[str, Totals], expected: Mapping[str, Totals], *, counts: bool = True
) -> Iterator[Discrepancy]:
    """In order of scope. A scope that is not there has nothing. Without `counts`, only amounts are compared."""
    for scope in sorted(reported.keys() | expected.keys()):
        mine, theirs = reported.get(scope) or Totals(), expected.get(scope) or Totals()
        if mine == theirs:
            continue
        yield from by_class(source, scope, "total", mine.total, theirs.total)
        yield from by_class(source, scope, "allocated", mine.allocated, theirs.allocated)
        yield from by_class(source, scope, "overcommitted", mine.overcommitted, theirs.overcommitted)
        if counts and mine.hosts != theirs.hosts:
            yield Discrepancy(source, scope, "hosts", "", mine.hosts, theirs.hosts)
        if counts and mine.running_vms != theirs.running_vms:
            yield Discrepancy(source, scope, "running_vms", "", mine.running_vms, theirs.running_vms)


def by_class(
    source: TotalsSource, scope: str, measure: str, reported: Resources, expected: Resources
) -> Iterator[Discrepancy]:
    """The classes of which there is another amount."""
    if reported != expected:
        amounts, theirs = dict(reported), dict(expected)
        for name in (*theirs, *(amounts.keys() - theirs.keys())):
            if amounts.get(name, 0) != theirs.get(name, 0):
                yield Discrepancy(source, scope, measure, name, amounts.get(name, 0), theirs.get(name, 0))
