"""A timeline's rows: positions of many times, counts at many positions, marks. Blocks.

One statement finds many by key: what is read grows with what is requested, and not with the history.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select, true, union_all

from controlplane.domain.event_categories import LAST_RANK
from controlplane.domain.time import Micros
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.history.row_codec import counts_of

# SQLite takes 32,766 parameters a statement; a row has at most two.
MOST = 10_000
Counts = tuple[int, ...]


class MarkRow(NamedTuple):
    """An event that is marked, and how much it matters: 0 for most."""

    position: int
    rank: int
    category: int


class TimelineReader:
    """Of one view: what had been committed by its position."""

    def __init__(self, view: HistoryView) -> None:
        self._view = view
        self._moments, self._counts, self._marks = view.tables.moments, view.tables.counts, view.tables.marks

    def positions_at(self, times: Sequence[Micros]) -> list[int]:
        """The last position that was committed by each of these times; 0 before the first."""
        found = f"SELECT position FROM {self._moments.name} WHERE time_us <= given.value"
        rows = self._each(f"({found} ORDER BY time_us DESC, position DESC LIMIT 1)", [("", each) for each in times])
        return [min(each or 0, self._view.position) for each in rows]

    def times_of(self, positions: Sequence[int]) -> list[Micros]:
        """When each of these positions was committed; 0 for one that is not written."""
        found = f"SELECT time_us FROM {self._moments.name} WHERE position >= given.value"
        rows = self._each(f"({found} ORDER BY position LIMIT 1)", [("", each) for each in positions])
        return [Micros(each or 0) for each in rows]

    def batches_before(self, positions: Sequence[int]) -> list[int]:
        """Where the last batch ends that ends by each of these positions; 0 before the first."""
        found = f"SELECT max(position) FROM {self._moments.name} WHERE position <= given.value"
        return [each or 0 for each in self._each(f"({found})", [("", each) for each in positions])]

    def counts_at(self, places: Sequence[tuple[str, int]]) -> list[Counts]:
        """How many events of each category scopes had had by positions at which batches end."""
        rows = self._each(self._newest("counts"), places)
        with self._view.reading():
            return [counts_of(each) if each else () for each in rows]

    def last_of(self, scopes: Sequence[str]) -> int:
        """The last position that a row of one of these scopes is of; 0 for none."""
        rows = self._each(self._newest("from_position"), [(each, self._view.position) for each in scopes])
        return max((each or 0 for each in rows), default=0)

    def _newest(self, column: str) -> str:
        rows = f"SELECT {column} FROM {self._counts.name} WHERE scope = given.scope AND from_position <= given.value"
        return f"({rows} ORDER BY from_position DESC LIMIT 1)"

    def marks(
        self, after: int, to: int, limit: int, *, stream: str = "", projects: Collection[str] | None = None
    ) -> list[MarkRow]:
        """Up to so many marks between two positions: what matters most first, of that the newest.

        Of one stream, or of these projects by uid, or of all, where there are neither.
        """
        marks = self._marks.c
        of: ColumnElement[bool] = true()
        if stream:
            of = marks.stream == stream
        elif projects is not None:
            of = marks.project_uid.in_(sorted(projects)[:MOST])
        within = select(marks.position, marks.rank, marks.category).where(
            of, marks.position > after, marks.position <= to
        )
        newest = within.order_by(marks.position.desc()).limit(limit)
        ranks = [newest.where(marks.rank == rank).subquery() for rank in range(LAST_RANK + 1)]
        with self._view.reading() as connection:
            found = [MarkRow(*row) for row in connection.execute(union_all(*(select(rank) for rank in ranks)))]
        return sorted(found, key=lambda mark: (mark.rank, -mark.position))[:limit]

    def _each(self, found: str, given: Sequence[tuple[str, int]]) -> list[Any]:
        """What a part of a statement finds for each `given.scope` and `given.value`, in their order."""
        rows: list[Any] = []
        with self._view.reading() as connection:
            in_postgresql = connection.dialect.name == "postgresql"
            for start in range(0, len(given), MOST):
                some = given[start : start + MOST]
                if in_postgresql:
                    values = "SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[])"
                    scopes, numbers = zip(*some, strict=True)
                    parameters: tuple[Any, ...] = (list(range(len(some))), list(scopes), list(numbers))
                else:
                    values = f"VALUES {','.join(['(?,?,?)'] * len(some))}"
                    parameters = tuple(each for place, pair in enumerate(some) for each in (place, *pair))
                statement = f"WITH given (place, scope, value) AS ({values}) SELECT place, {found} AS found FROM given"
                answers = {row.place: row.found for row in connection.exec_driver_sql(statement, parameters)}
                rows += [answers[place] for place in range(len(some))]
        return rows
