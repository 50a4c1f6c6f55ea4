"""What the checks of a ledger have found since this process started. Values; forgets with the process."""

from enum import Enum
from typing import NamedTuple

from controlplane.consistency.acceptance import Acceptance
from controlplane.domain.time import Micros

MOST_KEPT = 100


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
