"""A ledger that is not served: `chronovisord verify` judges all of it, `chronovisord accept` takes it as it is. Blocks.

The whole is its seals, its rules, its file, and that its end is there.
"""

import re
from contextlib import closing
from typing import NamedTuple

from controlplane.consistency.acceptance import AcceptedBy, accept, last_seal
from controlplane.consistency.findings import CheckRequest, CheckResult
from controlplane.consistency.start_check import check_at_start, cut
from controlplane.consistency.walk import check_ledger
from controlplane.ledger.raw_reader import opened
from controlplane.ledger.read_only import ReadOnlyLedger
from controlplane.ledger.seals import SealSigner, link_of
from controlplane.ledger.store import Ledger
from controlplane.ledger.store_url import shown
from controlplane.projections.projector.lineage import seen
from controlplane.queries.audit import Expected, Problem
from controlplane.queries.tree_walk import NOTHING_KNOWN, Known, TreeFound
from controlplane.runtime.clock import clock

# Of events that break a rule.
MOST_SHOWN = 20
_ACTOR = re.compile(r"user:[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")


class Verdict(NamedTuple):
    """What was found of a store, and the first of what is held against it."""

    store: str
    walked: CheckResult
    problem: Problem | None

    @property
    def text(self) -> str:
        """For operators: one sentence, then what more there is to know, a line each."""
        checked, accepted = self.walked.checked, self.walked.acceptance
        lines = [f"{shown(self.store)} {self._summary()}"]
        if self.walked.rules:
            lines += [
                f"  position {each.position}: {each.rule}: {each.subject}: {each.text}"
                for each in self.walked.rules.violations[:MOST_SHOWN]
            ]
        if accepted:
            event, recorded = accepted.event, accepted.event.ledger_accepted
            lines.append(
                f"  Accepted up to position {recorded.position} by {event.actor}: {event.reason}. "
                f"It had failed at position {recorded.problem_position}: {recorded.problem}."
            )
        if checked.tree.size and not self.problem:
            lines.append(f"  {_covered(checked.tree)}")
        head = link_of(checked.head) if checked.head else None
        if head and not self.problem:
            lines[0] += f" Note its head elsewhere: {head.batch}:{head.hash.hex()}"
        return "\n".join(lines)

    def _summary(self) -> str:
        checked = self.walked.checked
        if self.problem is None:
            return f"is whole: {checked.events} events in {checked.batches} batches."
        if self.walked.fault and not self.problem.position:
            return f"is NOT WHOLE: {self.problem.text}. Its {checked.events} events hold."
        return f"is NOT WHOLE at position {self.problem.position}: {self.problem.text}."


def _covered(tree: TreeFound) -> str:
    signed = f"{tree.signed} of its seals are signed, by {', '.join(each.hex() for each in tree.keys)}"
    return (
        f"The tree over all events holds for its first {tree.size} rows; {signed if tree.signed else 'none is signed'}."
    )


def verdict_on(store: str, expected: Expected | None = None, known: Known = NOTHING_KNOWN) -> Verdict:
    """Raises NoLedger, CannotCopy, InvalidField, OSError and the library's PersistenceErrors."""
    # Before the walk: a server at work goes on.
    folded = seen(store)
    with opened(store) as rows:
        found = check_ledger(rows, CheckRequest(expected=expected, looks_beside=True, known=known), lambda: False)
        if isinstance(rows, ReadOnlyLedger):
            rows.check_unchanged()
    problem = found.first_problem
    end = found.checked.head.id if found.checked.head else 0
    return Verdict(store, found, problem or cut(end, folded, found.acceptance))


def accept_store(store: str, seal: Expected | None, actor: str, reason: str, signer: SealSigner) -> int:
    """The exit code: 0 accepted, or nothing to accept; 1 not accepted. Raises what opening and reading raise."""
    if not _ACTOR.fullmatch(actor):
        raise ValueError(f"--actor {actor[:140]}: must be user:NAME")
    verdict = verdict_on(store)
    print(verdict.text)
    with closing(Ledger(store, snapshots=False, signer=signer)) as ledger:
        # What a start would find: read models of another ledger are no fault of this one.
        problem = verdict.problem or check_at_start(ledger).problem
        if problem is None:
            print("There is nothing to accept.")
            return 0
        if verdict.problem is None:
            print(f"No server takes commands on it, because of position {problem.position}: {problem.text}.")
        last = last_seal(ledger, ledger.head())
        if last is None:
            print("It has no seal, so nothing can be accepted: restore a backup, or begin a new ledger elsewhere.")
            return 1
        link = link_of(last)
        shown_seal = f"{link.batch}:{link.hash.hex()}"
        if seal is None or (seal.batch, seal.hash) != (link.batch, link.hash) or not reason.strip():
            print(
                f"Nothing was changed. Its last seal is {shown_seal}. To take all up to it as it is: "
                f"chronovisord accept --store {shown(store)} --seal {shown_seal} --reason WHY"
            )
            return 1
        position = accept(ledger, last, problem, AcceptedBy(actor, reason.strip(), seen(store)), clock())
    print(f"Accepted, at position {position}. A server that is running takes commands again once it is restarted.")
    return 0
