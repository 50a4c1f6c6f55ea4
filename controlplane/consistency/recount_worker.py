"""Reported totals compared with a fold of the whole ledger: the comparison, and the worker process that makes it.

The process is the server's own, beside it; a ledger in memory is compared on a thread. Changes nothing.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain, islice
from typing import NamedTuple, cast

from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

from controlplane.consistency.alarms import Comparison
from controlplane.consistency.discrepancy import Discrepancy, TotalsSource, discrepancies
from controlplane.consistency.recount import broken_rules, decided_by, held_beyond_capacity, recounted
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import Fleet
from controlplane.domain.resources import Resources
from controlplane.domain.totals import Totals
from controlplane.ledger.mapper import ProtobufMapper
from controlplane.ledger.raw_reader import RawRows, opened
from controlplane.ledger.read_only import NoLedger
from controlplane.projections.history.newest_totals import newest_totals
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.history.row_codec import totals_of
from controlplane.runtime import worker_process

PAGE = 1_000
# Of differences. Where there are more, these are enough to see what is wrong.
MOST_REPORTED = 1_000

ScopeTotals = Mapping[str, Totals]
Amounts = tuple[int, int, int, tuple[tuple[str, int], ...]]
# Part of the worker process's input: scopes with their totals, in the order of Totals. Plain tuples: packing objects
# takes ten times as long, and holds the interpreter's lock meanwhile.
Piece = tuple[TotalsSource, Sequence[tuple[str, Amounts, Amounts, int, int, Amounts]]]


class CheckFailed(Exception):
    """A comparison that came to no end; the message says why."""


class Behind(Exception):
    """The rows of the read database do not reflect a position yet."""


class RecountRequest(NamedTuple):
    """Of which ledger, at which position, and by which process."""

    url: str
    position: int
    parent: int


# What makes the ledger or the read database unreadable: no total is known to be wrong then.
UNREADABLE = (NoLedger, PersistenceError, SQLAlchemyError, Behind, DomainError, OSError)


def compared(
    rows: RawRows,
    views: ReadDatabase,
    position: int,
    reported: Mapping[TotalsSource, ScopeTotals],
    stopped: Callable[[], bool],
) -> Comparison:
    """Raises CheckFailed, and what reading raises."""
    fleet, events, beyond = _folded(rows, position, stopped)
    expected = recounted(fleet)
    decided = decided_by(fleet, expected)
    stored = stored_totals(views, position)
    differences = chain(
        beyond,
        broken_rules(fleet),
        discrepancies(TotalsSource.ANSWERS, reported[TotalsSource.ANSWERS], expected),
        discrepancies(TotalsSource.DECISIONS, reported[TotalsSource.DECISIONS], decided, counts=False),
        discrepancies(TotalsSource.ROWS, stored, expected),
    )
    first: list[Discrepancy] = list(islice(differences, MOST_REPORTED))
    return Comparison(position, events, len(expected), first, len(first) + sum(1 for _ in differences))


def stored_totals(database: ReadDatabase, at: int) -> dict[str, Totals]:
    """The totals of every scope as the read database has them at one position.

    Raises Behind, and SQLAlchemyError where the database cannot be used.
    """
    with database.reading() as connection:
        tables, position = database.active(connection)
        if position < at:
            raise Behind(f"the read database is at position {position}, before {at}")
        return {row.scope: totals_of(row) for row in connection.execute(newest_totals(tables.totals, at))}


def _folded(rows: RawRows, to: int, stopped: Callable[[], bool]) -> tuple[Fleet, int, list[Discrepancy]]:
    """The fleet at a position, how many events led there, and where one held more than was free, by host and class."""
    fleet, mapper, at, events = Fleet(), ProtobufMapper(), 0, 0
    beyond: dict[object, Discrepancy] = {}
    while at < to:
        if stopped():
            raise CheckFailed("it was stopped")
        page = [row for row in rows.rows_after(at, PAGE) if row.id <= to]
        if not page:
            raise CheckFailed(f"the ledger ends at position {at}, and was at {to} before")
        for recorded in fleet.replay([mapper.to_domain_event(row) for row in page]):
            beyond.update((each.key, each) for each in held_beyond_capacity(recorded))
        at, events = page[-1].id, events + len(page)
    return fleet, events, list(beyond.values())


def piece_of(source: TotalsSource, totals: Iterable[tuple[str, Totals]]) -> Piece:
    return source, [
        (
            scope,
            _plain(each.total),
            _plain(each.allocated),
            each.hosts,
            each.running_vms,
            _plain(each.overcommitted),
        )
        for scope, each in totals
    ]


def _plain(amount: Resources) -> Amounts:
    return amount.vcpus, amount.memory_mib, amount.disk_gib, amount.extended


def _received() -> Iterator[tuple[TotalsSource, dict[str, Totals]]]:
    """The input of the worker process, up to its end."""
    while (piece := cast("Piece | None", worker_process.receive_from(sys.stdin.buffer))) is not None:
        source, totals = piece
        yield (
            source,
            {
                scope: Totals(Resources(*total), Resources(*allocated), hosts, running_vms, Resources(*overcommitted))
                for scope, total, allocated, hosts, running_vms, overcommitted in totals
            },
        )


def main() -> int:
    """The worker process: reported totals come on stdin; the comparison, or why there is none, goes to stdout."""
    request = cast("RecountRequest", worker_process.receive_from(sys.stdin.buffer))
    worker_process.begin(request.parent)
    reported: dict[TotalsSource, dict[str, Totals]] = {each: {} for each in TotalsSource}
    for source, totals in _received():
        reported[source].update(totals)
    worker_process.send(_found(request, reported))
    return 0


def _found(request: RecountRequest, reported: Mapping[TotalsSource, ScopeTotals]) -> Comparison | str:
    views = ReadDatabase(request.url)
    try:
        with opened(request.url) as rows, closing(views):
            return compared(rows, views, request.position, reported, lambda: False)
    except (CheckFailed, *UNREADABLE) as error:
        return in_words(error)


def in_words(error: Exception) -> str:
    """Its first line: the others are SQLAlchemy's, with the whole statement."""
    return str(error).partition("\n")[0] or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
