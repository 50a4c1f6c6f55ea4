"""Checks of a ledger as values: requests, results, and all that was found since the process started.

Requests and results pass between the server and its worker process, which both unpack them from this module.
"""

from enum import Enum
from typing import NamedTuple

from controlplane.consistency.acceptance import Acceptance
from controlplane.consistency.history_rules import RulesChecked
from controlplane.domain.time import Micros
from controlplane.queries.audit import Checked, Expected, Problem
from controlplane.queries.tree_walk import NOTHING_KNOWN, Known

MOST_KEPT = 100


class CheckRequest(NamedTuple):
    """What is walked: after a position and to another (0: all); what must be there; and how.

    From the first event on, what an operator has accepted is not held against the ledger.
    """

    after: int = 0
    to: int = 0
    expected: Expected | None = None
    # How much of one processor is taken, 0 to 1.
    share: float = 1.0
    # Whether the file as a whole, and the rows of the read database, are looked at, too.
    looks_beside: bool = False
    # A head that somebody kept, and the keys that may have sealed.
    known: Known = NOTHING_KNOWN


class CheckResult(NamedTuple):
    """What a check of a ledger has found. No `rules` where it did not begin with the first event."""

    checked: Checked
    rules: RulesChecked | None
    acceptance: Acceptance | None = None
    # What is wrong with the file as a whole; rows of the read database that are not as the ledger folds to.
    fault: str = ""
    rows: tuple[str, ...] = ()

    @property
    def first_problem(self) -> Problem | None:
        """The first position that does not hold, by seals, rules or the file itself. None when all holds."""
        problems: list[Problem] = []
        if problem := self.checked.problem:
            problems.append(problem)
        if self.rules and self.rules.found:
            position, rule, subject, text = self.rules.violations[0]
            more = f" (and {self.rules.found - 1} more)" if self.rules.found > 1 else ""
            problems.append(Problem(position, f"it breaks the rule {rule}: {subject}: {text}{more}"))
        if self.fault:
            problems.append(Problem(0, self.fault))
        return min(problems, key=lambda each: each.position or 1 << 62, default=None)


class FindingSource(Enum):
    """What is not as it must be."""

    SEALS = "seals"
    RULES = "rules"
    SNAPSHOT = "snapshot"
    ROWS = "rows"
    STORE = "store"


class Finding(NamedTuple):
    """Something that is not as it must be; `position` is 0 when it is about none."""

    source: FindingSource
    position: int
    text: str
    at: Micros

    def __str__(self) -> str:
        return f"position {self.position}: {self.text}" if self.position else self.text


class Findings:
    """All of them, and how far the last check of the whole came."""

    def __init__(self) -> None:
        self.found: list[Finding] = []
        # Up to where the whole was checked, and when that ended; None before the first time.
        self.position = 0
        self.checked: Micros | None = None
        # Why the last check came to no end.
        self.failure = ""
        # The last acceptance by an operator: what it covers is not held against the ledger.
        self.acceptance: Acceptance | None = None

    def add(self, finding: Finding) -> bool:
        """False when the same was found before."""
        if any(each[:3] == finding[:3] for each in self.found) or len(self.found) >= MOST_KEPT:
            return False
        self.found.append(finding)
        return True
