"""Figures told of a scope beside those that the ledger folds to, and where they differ. Values only."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from controlplane.domain.resources import Resources
from controlplane.projections.live.utilization import Totals


class Source(Enum):
    """Who tells figures."""

    # In memory: by which reads and streams of now are answered.
    ANSWERS = "answers"
    # In memory: by which commands are decided, of hosts and projects.
    DECISIONS = "decisions"
    # The rows of the read database.
    ROWS = "rows"
    # The ledger itself, where it breaks a rule that holds in every fleet.
    LEDGER = "ledger"


class Difference(NamedTuple):
    """`figure` is `total`, `allocated`, `overcommitted`, `hosts` or `running_vms`, and `expected` what the ledger says.

    Of Source.LEDGER it is `capacity`, `holdings` or `held_by_vms`, beside what the host has allocated. No class where
    it is a count.
    """

    source: Source
    scope: str
    figure: str
    resource_class: str
    told: int
    expected: int

    @property
    def key(self) -> tuple[Source, str, str, str]:
        """What it is a difference of, whatever the figures are."""
        return self[:4]

    def __str__(self) -> str:
        what = " ".join(filter(None, (self.figure, self.resource_class)))
        if self.source is Source.LEDGER:
            return f"{self.scope}: {what} is {self.told} by the ledger, and {self.expected} is allocated"
        return f"{self.scope}: {what} is {self.told} in {_WHERE[self.source]}, and {self.expected} by the ledger"


_WHERE = {
    Source.ANSWERS: "the figures in memory",
    Source.DECISIONS: "the fleet that commands are decided by",
    Source.ROWS: "the read database",
}


def differing(
    source: Source, told: Mapping[str, Totals], expected: Mapping[str, Totals], *, counts: bool = True
) -> Iterator[Difference]:
    """In order of scope. A scope that is not there has nothing. Without `counts`, only amounts are compared."""
    for scope in sorted(told.keys() | expected.keys()):
        mine, theirs = told.get(scope) or Totals(), expected.get(scope) or Totals()
        if mine == theirs:
            continue
        yield from of_classes(source, scope, "total", mine.total, theirs.total)
        yield from of_classes(source, scope, "allocated", mine.allocated, theirs.allocated)
        yield from of_classes(source, scope, "overcommitted", mine.overcommitted, theirs.overcommitted)
        if counts and mine.hosts != theirs.hosts:
            yield Difference(source, scope, "hosts", "", mine.hosts, theirs.hosts)
        if counts and mine.running_vms != theirs.running_vms:
            yield Difference(source, scope, "running_vms", "", mine.running_vms, theirs.running_vms)


def of_classes(source: Source, scope: str, figure: str, told: Resources, expected: Resources) -> Iterator[Difference]:
    """The classes of which there is another amount."""
    if told != expected:
        amounts, theirs = dict(told), dict(expected)
        for name in (*theirs, *(amounts.keys() - theirs.keys())):
            if amounts.get(name, 0) != theirs.get(name, 0):
                yield Difference(source, scope, figure, name, amounts.get(name, 0), theirs.get(name, 0))
