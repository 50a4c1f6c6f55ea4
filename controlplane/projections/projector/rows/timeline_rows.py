"""Rows of a timeline: how many events of each category a scope has had, and which are marked. Writes nothing by itself.

Scopes are the whole ledger, projects and hosts. A row says what a scope has had up to its last event of a batch: what
was between two batches is the difference of two rows, however long the ledger is.
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from controlplane.domain.event_categories import RANKS, category_of
from controlplane.ledger.store import Outline
from controlplane.projections.history.row_codec import counts_text

Row = Sequence[Any]
# The scope of all events; projects' and hosts' are their streams.
EVERYTHING = ""
# Streams that have a project's uid. The root's policy is of no project.
_OF_PROJECTS = ("projects", "policies")
SEAL = "batch_sealed"


class TimelineRows:
    """Folds events in their order. `counts` and `marks` are the rows since they were taken."""

    def __init__(self) -> None:
        self._totals: dict[str, list[int]] = {}
        # Of the batch that is not sealed yet: each scope's last event.
        self._changed: dict[str, int] = {}
        self._counts: list[Row] = []
        self._marks: list[Row] = []

    def resume(self, totals: Mapping[str, list[int]]) -> None:
        """Begins from what is written, by scope."""
        self._totals.update(totals)

    def add(self, event: Outline, *, marks: bool = True) -> None:
        """One event, with the project of a VM or service account. Without `marks`, its mark is written already."""
        position, stream, field, project_uid, _ = event
        kind, _, uid = stream.partition("/")
        project = uid if kind in _OF_PROJECTS else project_uid
        category = category_of(field)
        self._count(EVERYTHING, position, category)
        if project:
            self._count(f"projects/{project}", position, category)
        if kind == "hosts":
            self._count(stream, position, category)
        if marks and (rank := RANKS.get(field)) is not None:
            self._marks.append((position, rank, category, stream, project))
        if field == SEAL:
            self._seal()

    def _count(self, scope: str, position: int, category: int) -> None:
        totals = self._totals.get(scope)
        if totals is None:
            totals = self._totals[scope] = []
        if len(totals) < category:
            totals += [0] * (category - len(totals))
        totals[category - 1] += 1
        self._changed[scope] = position

    def _seal(self) -> None:
        for scope, position in self._changed.items():
            self._counts.append((scope, position, counts_text(self._totals[scope])))
        self._changed = {}

    def take(self) -> tuple[list[Row], list[Row]]:
        """Rows of counts, sorted as their table is, and of marks."""
        counts, marks = self._counts, self._marks
        counts.sort(key=_scope_of)
        self._counts, self._marks = [], []
        return counts, marks


_scope_of = itemgetter(0)
