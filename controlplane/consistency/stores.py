"""A ledger that is not served, judged as a whole: its seals, its rules, its file, and that its end is there. Blocks."""

from typing import NamedTuple

from controlplane.consistency.at_start import cut
from controlplane.consistency.orders import CheckRequest, Walked
from controlplane.consistency.verdict import first_problem
from controlplane.consistency.walk import walked
from controlplane.ledger.raw_reader import opened
from controlplane.ledger.read_only import ReadOnlyLedger
from controlplane.ledger.seals import link_of
from controlplane.ledger.store_url import shown
from controlplane.projections.projector.lineage import seen
from controlplane.queries.audit import Expected, Problem

# Of events that break a rule.
MOST_SHOWN = 20


class Verdict(NamedTuple):
    """What was found of a store, and the first of what is held against it."""

    store: str
    walked: Walked
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
            event, told = accepted.event, accepted.event.ledger_accepted
            lines.append(
                f"  Accepted up to position {told.position} by {event.actor}: {event.reason}. "
                f"It had failed at position {told.problem_position}: {told.problem}."
            )
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


def judged(store: str, expected: Expected | None = None) -> Verdict:
    """Raises NoLedger, CannotCopy, InvalidField, OSError and the library's PersistenceErrors."""
    # Before the walk: a server at work goes on.
    folded = seen(store)
    with opened(store) as rows:
        found = walked(rows, CheckRequest(expected=expected, looks_beside=True), lambda: False)
        if isinstance(rows, ReadOnlyLedger):
            rows.check_unchanged()
    problem = first_problem(found)
    end = found.checked.head.id if found.checked.head else 0
    return Verdict(store, found, problem or cut(end, folded, found.acceptance))
