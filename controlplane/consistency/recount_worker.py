"""Totals as they are told beside a fold of the whole ledger: the comparison, and the process that makes it.

The process is the server's own, beside it; a ledger in memory is compared on a thread. Changes nothing.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain, islice
from typing import NamedTuple, cast

from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

from controlplane.consistency.alarms import Compared
from controlplane.consistency.discrepancy import Difference, Source, differing
from controlplane.consistency.recount import broken_rules, held_beyond_capacity, summed
from controlplane.consistency.stored_totals import Behind, stored_figures
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import Fleet
from controlplane.domain.resources import Resources
from controlplane.ledger.mapper import ProtobufMapper
from controlplane.ledger.raw_reader import RawRows, opened
from controlplane.ledger.read_only import NoLedger
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.utilization import Totals
from controlplane.runtime import worker_process

PAGE = 1_000
# Of differences. Where there are more, these are enough to see what is wrong.
MOST_TOLD = 1_000
# Of what commands are decided by, the writer knows these in sum.
DECIDED = ("hosts/", "projects/")

Figures = Mapping[str, Totals]
Amounts = tuple[int, int, int, tuple[tuple[str, int], ...]]
# What the process is told, piece by piece, before it begins: scopes with their figures, in the order of Totals. Plain
# tuples: packing objects takes ten times as long, and holds the interpreter's lock meanwhile.
Piece = tuple[Source, Sequence[tuple[str, Amounts, Amounts, int, int, Amounts]]]


class CheckFailed(Exception):
    """A comparison that came to no end; the message says why."""


class RecountRequest(NamedTuple):
    """Of which ledger, at which position, and by which process."""

    url: str
    position: int
    parent: int


# What makes the ledger or the read database unreadable: no figure is known to be wrong then.
UNREADABLE = (NoLedger, PersistenceError, SQLAlchemyError, Behind, DomainError, OSError)


def compared(
    rows: RawRows, views: ReadDatabase, position: int, told: Mapping[Source, Figures], stopped: Callable[[], bool]
) -> Compared:
    """Raises CheckFailed, and what reading raises."""
    fleet, events, beyond = _folded(rows, position, stopped)
    expected = summed(fleet)
    decided = {scope: each for scope, each in expected.items() if scope.startswith(DECIDED)}
    stored = stored_figures(views, position)
    differences = chain(
        beyond,
        broken_rules(fleet),
        differing(Source.ANSWERS, told[Source.ANSWERS], expected),
        differing(Source.DECISIONS, told[Source.DECISIONS], decided, counts=False),
        differing(Source.ROWS, stored, expected),
    )
    first: list[Difference] = list(islice(differences, MOST_TOLD))
    return Compared(position, events, len(expected), first, len(first) + sum(1 for _ in differences))


def _folded(rows: RawRows, to: int, stopped: Callable[[], bool]) -> tuple[Fleet, int, list[Difference]]:
    """The fleet at a position, how many events led there, and where one held more than was free, by host and class."""
    fleet, mapper, at, events = Fleet(), ProtobufMapper(), 0, 0
    beyond: dict[object, Difference] = {}
    while at < to:
        if stopped():
            raise CheckFailed("it was told to stop")
        page = [row for row in rows.rows_after(at, PAGE) if row.id <= to]
        if not page:
            raise CheckFailed(f"the ledger ends at position {at}, and was at {to} before")
        for recorded in fleet.replay([mapper.to_domain_event(row) for row in page]):
            beyond.update((each.key, each) for each in held_beyond_capacity(recorded))
        at, events = page[-1].id, events + len(page)
    return fleet, events, list(beyond.values())


def piece_of(source: Source, figures: Iterable[tuple[str, Totals]]) -> Piece:
    return source, [
        (
            scope,
            _plain(each.total),
            _plain(each.allocated),
            each.hosts,
            each.running_vms,
            _plain(each.overcommitted),
        )
        for scope, each in figures
    ]


def _plain(amount: Resources) -> Amounts:
    return amount.vcpus, amount.memory_mib, amount.disk_gib, amount.extended


def _received() -> Iterator[tuple[Source, dict[str, Totals]]]:
    """What the server tells, up to its last word."""
    while (piece := cast("Piece | None", worker_process.receive_from(sys.stdin.buffer))) is not None:
        source, figures = piece
        yield (
            source,
            {
                scope: Totals(Resources(*total), Resources(*allocated), hosts, running_vms, Resources(*overcommitted))
                for scope, total, allocated, hosts, running_vms, overcommitted in figures
            },
        )


def main() -> int:
    """The process: what is told comes on stdin; what was found, or in words why nothing was, goes to stdout."""
    asked = cast("RecountRequest", worker_process.receive_from(sys.stdin.buffer))
    worker_process.begin(asked.parent)
    told: dict[Source, dict[str, Totals]] = {each: {} for each in Source}
    for source, figures in _received():
        told[source].update(figures)
    worker_process.tell(_found(asked, told))
    return 0


def _found(asked: RecountRequest, told: Mapping[Source, Figures]) -> Compared | str:
    views = ReadDatabase(asked.url)
    try:
        with opened(asked.url) as rows, closing(views):
            return compared(rows, views, asked.position, told, lambda: False)
    except (CheckFailed, *UNREADABLE) as error:
        return in_words(error)


def in_words(error: Exception) -> str:
    """Its first line: in the others, SQLAlchemy tells the whole statement."""
    return str(error).partition("\n")[0] or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
