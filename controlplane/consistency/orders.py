"""What the server and the process that walks the ledger say to each other. Values only: both sides unpack them."""

from typing import NamedTuple

from controlplane.consistency.acceptance import Acceptance
from controlplane.consistency.rules import RulesChecked
from controlplane.queries.audit import Checked, Expected


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


class Walked(NamedTuple):
    """What was found. No `rules` where the walk did not begin with the first event."""

    checked: Checked
    rules: RulesChecked | None
    acceptance: Acceptance | None = None
    # What is wrong with the file as a whole; rows of the read database that are not as the ledger folds to.
    fault: str = ""
    rows: tuple[str, ...] = ()
