"""What is checked before a ledger is served: its end, and that its read models are of it. Blocks, and is quick."""

from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.consistency.acceptance import Acceptance, last_acceptance
from controlplane.domain.errors import LedgerUntrusted, NotFound
from controlplane.ledger.seals import STREAM as SEALS
from controlplane.ledger.store import Ledger
from controlplane.projections.projector.lineage import is_foreign, seen
from controlplane.queries.audit import Problem, verify
from controlplane.queries.tree_walk import is_signed

# In positions: hashing so many takes some hundredths of a second. The whole is walked in the background.
TAIL = 5_000


class StartCheck(NamedTuple):
    """The last acceptance, and what is wrong with what follows it.

    `by_read_models` when it is the read models that show it: as they are, they are the evidence.
    """

    acceptance: Acceptance | None
    problem: Problem | None
    by_read_models: bool = False


def check_at_start(ledger: Ledger) -> StartCheck:
    """Raises the library's PersistenceErrors."""
    acceptance = last_acceptance(ledger)
    head, folded = ledger.head(), seen(ledger.url)
    if problem := cut(head, folded, acceptance):
        return StartCheck(acceptance, problem, by_read_models=True)
    # What was seen before a fork may be of the history that it left: rows of that are made anew.
    of_this_history = folded > ledger.lineage().floor
    if of_this_history and is_foreign(ledger.url, ledger.after) and not _is_accepted(acceptance, folded):
        text = f"what the read models had folded up to position {folded} is not in this ledger: it is another one"
        return StartCheck(acceptance, Problem(folded, text), by_read_models=True)
    return StartCheck(acceptance, _tail_problem(ledger, head, acceptance) or _tree_problem(ledger))


def cut(end: int, folded: int, acceptance: Acceptance | None) -> Problem | None:
    """Read models are folded from what is stored: what they have seen was there, unless that it is not was accepted."""
    if folded <= end or _is_accepted(acceptance, folded):
        return None
    return Problem(end + 1, f"the ledger ends before it, and its read models have seen position {folded}: it was cut")


def _is_accepted(acceptance: Acceptance | None, folded: int) -> bool:
    return acceptance is not None and acceptance.event.ledger_accepted.seen_position == folded


def _tail_problem(ledger: Ledger, head: int, acceptance: Acceptance | None) -> Problem | None:
    if head <= 0:
        return None
    if acceptance and acceptance.position > head - TAIL:
        return verify(ledger, start=acceptance.start).problem
    try:
        return verify(ledger, after=max(head - TAIL, 0)).problem
    except NotFound:
        return Problem(head, "this event and what is before it are under no seal")


def _tree_problem(ledger: Ledger) -> Problem | None:
    """A seal vouches for all before it: so the last one must be of this control plane's key, and of these events."""
    found = ledger.stream_end(SEALS)
    if found is None:
        return None
    sealed = ev.Event.FromString(found.state)
    key = sealed.batch_sealed.public_key
    if key and ledger.public_key not in (b"", key):
        text = (
            f"the last seal is signed by another key ({key.hex()}) than this control plane's "
            f"({ledger.public_key.hex()}): give it that key (--signing-key), or accept the ledger with this one"
        )
        return Problem(found.id, text)
    if key and not is_signed(sealed):
        return Problem(found.id, "the signature in the last seal does not hold")
    try:
        ledger.tree_head()
    except LedgerUntrusted as error:
        return Problem(error.position, error.problem)
    return None
