"""The read database: how fast it follows and is made anew, and how fast it answers for now and then."""

import gc
import random
import sqlite3
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.totals import Totals
from controlplane.domain.vm.aggregate import Vm
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.page_query import Comparison, PageQuery
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.projector.incremental import PAGE
from controlplane.projections.projector.rebuild import rebuild
from controlplane.projections.projector.rows.aggregate_cache import AggregateCache
from controlplane.projections.projector.rows.row_builder import RowBuilder
from controlplane.queries.scopes import Scope
from controlplane.queries.utilization import totals_then
from tests.benchmarks.lives import VMS_A_BATCH, beginning, life
from tests.benchmarks.measure import Row, at_least, at_most, under

NOW_US = 1_750_000_000_000_000
READS = 400


def _histories(vms: int) -> Iterator[list[tuple[str, ev.Event]]]:
    yield list(beginning())
    for first in range(0, vms, VMS_A_BATCH):
        numbers = range(first, min(first + VMS_A_BATCH, vms))
        yield [event for number in numbers for event in life(number, f"projects/p{number % 20}")]


def _filled(ledger: Ledger, vms: int) -> int:
    """Writes the lives of so many VMs; the last position."""
    fleet, link, last = Fleet(), ledger.link(), 0
    for number, batch in enumerate(_histories(vms)):
        recorded: list[RecordedEvent] = []
        for stream, event in batch:
            event.commit_time.FromMicroseconds(NOW_US + number * 1_000_000)
            recorded.append(fleet.apply(stream, None, event))
        appended = ledger.append(recorded, link, "benchmark", NOW_US + number * 1_000_000)  # pyright: ignore
        link, last = appended.link, appended.positions[-1]
        fleet.settle()
    return last


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _read_only(ledger: Ledger) -> None:
    position = 0
    while page := ledger.after(position, PAGE):
        position = page[-1].position


def _p99(run: Callable[[], object], times: int = READS) -> float:
    """In milliseconds."""
    taken = sorted(_seconds(run) for _ in range(times))
    return taken[int(times * 0.99) - 1] * 1000


def _median(run: Callable[[], object], times: int = 60) -> list[float]:
    return [_seconds(run) * 1000 for _ in range(times)]


@contextmanager
def _without_collector() -> Generator[None]:
    """As in the process that follows a server's ledger."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_without_collector()
def _project(database: ReadDatabase, ledger: Ledger) -> tuple[int, float]:
    """Follows the ledger from its start: events, and seconds for folding into rows and writing them."""
    database.open()
    with database.reading() as connection:
        tables, position = database.active(connection)
    states, folder, events, seconds = AggregateCache(), RowBuilder(tables), 0, 0.0
    while page := ledger.after(position, PAGE):
        committed = states.replay(page)
        began = time.perf_counter()
        with database.writing() as connection:
            assert database.advance(connection, tables, position, page[-1].position)
            folder.fold(committed).write(connection)
        seconds += time.perf_counter() - began
        position, events = page[-1].position, events + len(page)
    return events, seconds


def _bare(views: Path, copy: Path) -> float:
    """Seconds for executemany of the same rows into the same tables, in as many transactions as the pages were."""
    source, target = sqlite3.connect(views), sqlite3.connect(copy, isolation_level=None)
    target.execute("PRAGMA journal_mode=WAL")
    target.execute("PRAGMA synchronous=OFF")
    schema = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name LIKE 'read_1_%' ORDER BY type DESC"
    for (statement,) in source.execute(schema).fetchall():
        target.execute(statement)
    seconds = 0.0
    for (name,) in source.execute("SELECT name FROM sqlite_master WHERE type='table' AND name LIKE 'read_1_%'"):
        rows = source.execute(f"SELECT * FROM {name}").fetchall()
        if not rows:
            continue
        insert = f"INSERT INTO {name} VALUES ({','.join('?' * len(rows[0]))})"
        for first in range(0, len(rows), PAGE):
            began = time.perf_counter()
            target.execute("BEGIN")
            target.executemany(insert, rows[first : first + PAGE])
            target.execute("COMMIT")
            seconds += time.perf_counter() - began
    source.close()
    target.close()
    return seconds


# The columns that a VM is made of.
BY_HAND = (
    "SELECT uid, name, labels, created_us, spec, rest FROM read_1_vms"
    " WHERE name >= ? AND name < ? AND state = ? AND live"
)
HAND = f"{BY_HAND} AND from_position <= ? AND to_position > ? ORDER BY name, uid LIMIT 101"
HAND_NOW = f"{BY_HAND} AND to_position = {1 << 62} ORDER BY name, uid LIMIT 101"


def _vms(history_reader: HistoryReader, at: int, query: PageQuery) -> Sequence[Vm]:
    with history_reader.view(at) as view:
        return view.vms(query)


def _fleet(history_reader: HistoryReader, at: int) -> Totals:
    with history_reader.view(at) as view:
        return totals_then(view, Scope("fleet"))


def _lists(history_reader: HistoryReader, views: Path, last: int) -> list[Row]:
    by_hand = sqlite3.connect(views)
    where, rows = [Comparison("state", True, "RUNNING")], list[Row]()
    cases: Sequence[tuple[str, int, Callable[[], object]]] = (
        ("now", last, lambda: by_hand.execute(HAND_NOW, ("projects/", "projects/~", "RUNNING")).fetchall()),
        (
            "then",
            last // 2,
            lambda: by_hand.execute(HAND, ("projects/", "projects/~", "RUNNING", last // 2, last // 2)).fetchall(),
        ),
    )
    for name, at, hand in cases:
        ours = _median(lambda at=at: _vms(history_reader, at, PageQuery("projects/", 101, where)))
        rows.append(at_most(f"a page of 100 VMs by filter, {name}", "ms", _median(hand), ours, 3))
    by_hand.close()
    return rows


async def run(directory: Path, *, quick: bool) -> list[Row]:
    """The rows of the table."""
    url = f"sqlite:///{directory / 'ledger.db'}"
    ledger, database = Ledger(url, snapshots=False), ReadDatabase(url)
    last = _filled(ledger, 1_000 if quick else 190_000)
    events, seconds = _project(database, ledger)
    views = directory / "ledger.db.views"
    bare = _bare(views, directory / "copy.db")
    rows = [at_least(f"projecting {events:,} events", "events/s", [events / bare], [events / seconds], 0.4)]
    reading = _seconds(lambda: _read_only(ledger))
    history_reader, chosen = HistoryReader(database), random.Random(1)
    rows.append(under("fleet eta now, from rows, p99", "ms", _p99(lambda: _fleet(history_reader, last)), 2))
    then = _p99(lambda: _fleet(history_reader, chosen.randint(1, last)))
    rows.append(under("fleet eta at a random position, p99", "ms", then, 50))
    rows += _lists(history_reader, views, last)
    rebuilding = _seconds(lambda: rebuild(ledger, lambda _: None))
    rows.append(at_most("made anew, against reading and decoding", "s", [reading], [rebuilding], 3))
    database.close()
    ledger.close()
    return rows
