"""Reading the past, among many others' events: a small project's events, what changed of it, and those of one trace.

All against the same rows by hand: SQL that knows the VMs' uids already, and nothing more than decoding.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import history_service_pb2 as api

from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.time import Micros, timestamp_of
from controlplane.ledger.events.dispatcher import EventDispatcher, Phase
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.projections.metrics.metrics_store import MetricsStore
from controlplane.projections.projector.projector import projector_of
from controlplane.projections.projector.rows.row_builder import RowBuilder
from controlplane.queries import page_tokens
from controlplane.queries.as_of import AsOf
from controlplane.queries.events import reader
from controlplane.queries.events.names import streams_of
from controlplane.queries.events.scan import Window
from controlplane.queries.identity import ProjectIdentity, project_now
from controlplane.queries.reads import Models, Reads
from controlplane.rpc.history.state_diff import diff_state
from tests.benchmarks.lives import LARGE, SMALL, VMS_A_BATCH, beginning, life
from tests.benchmarks.measure import Row, Run, at_most, interleave

NOW = 1_750_000_000_000_000
SMALL_VMS = 25
# Of the first VM's events.
TRACE = "0af7651916cd43dd8448eb211c80319c"


class History:
    """A ledger of so many VMs, a few of them the small project's, and its read database."""

    def __init__(self, directory: Path, vms: int) -> None:
        self.path = directory / "past.db"
        url = f"sqlite:///{self.path}"
        self.ledger, self.dispatcher, self.database = Ledger(url), EventDispatcher(), ReadDatabase(url)
        models = Models(Inventory(), Utilization(), MetricsStore(), self.ledger, HistoryReader(self.database))
        self.reads = Reads(models, self.dispatcher, projector_of(self.database, self.ledger))
        self.dispatcher.register(Phase.READ_MODELS, self.reads.inventory.apply)
        self._fleet = Fleet()
        self.database.open()
        with self.database.writing() as connection:
            self._folder = RowBuilder(self.database.active(connection).tables)
        self._append(list(beginning()))
        step = max(vms // SMALL_VMS, 1)
        for first in range(0, vms, VMS_A_BATCH):
            numbers = range(first, min(first + VMS_A_BATCH, vms))
            lives = [list(life(number, LARGE if number % step else SMALL)) for number in numbers]
            for _, event in lives[0] if first == 0 else ():
                event.trace_id = TRACE
            self._append([event for life in lives for event in life])

    def _append(self, payloads: Sequence[tuple[str, ev.Event]]) -> None:
        now, before = Micros(NOW + self.dispatcher.position), self.dispatcher.position
        events: list[RecordedEvent] = []
        for stream, event in payloads:
            event.commit_time.CopyFrom(timestamp_of(now))
            events.append(self._fleet.apply(stream, None, event))
        self._fleet.settle()
        appended = self.ledger.append(events, self.ledger.link(), "leader", now)
        batch = [*events, appended.sealed]
        batch = [each._replace(position=at) for each, at in zip(batch, appended.positions, strict=True)]
        self.dispatcher.publish(batch)
        with self.database.writing() as connection:
            self.database.advance(connection, self._folder.tables, before, batch[-1].position)
            self._folder.fold(batch).write(connection)

    def events(self) -> int:
        """How many a page of the small project's has."""
        head = self.dispatcher.position
        page = page_tokens.PageRequest(100, "", "this")
        query = reader.EventQuery(SMALL, Window(0, head), page, streams_of=self.streams_of)
        return len(reader.list_events(self.reads.inventory, self.ledger, head, query).items)

    def streams_of(self, project: ProjectIdentity) -> Sequence[str]:
        with self.reads.history_reader.view(self.reads.position) as view:
            return streams_of(view, project)

    def traced(self) -> int:
        """How many events the trace has."""
        head = self.dispatcher.position
        page = page_tokens.PageRequest(100, "", "this")
        query = reader.EventQuery("", Window(0, head), page, trace_id=TRACE, traced=self._traced)
        return len(reader.list_events(self.reads.inventory, self.ledger, head, query).items)

    def _traced(self, after: int, limit: int, to: int) -> tuple[Sequence[int], int]:
        with self.reads.history_reader.view(to) as view:
            return view.traced(TRACE, after, limit), view.written

    def changes(self) -> int:
        """How many there are of the small project between the beginning and the end."""
        window = Window(0, self.dispatcher.position)
        request = api.DiffStateRequest(scope=SMALL, page_size=1000)
        with self.reads.history_reader.view(window.to) as view:
            return len(diff_state(AsOf(view, window.to, Micros(NOW)), request, window).changes)

    def close(self) -> None:
        self.database.close()
        self.ledger.close()


def by_hand(connection: sqlite3.Connection, streams: Sequence[str]) -> int:
    """The same events, decoded."""
    marks = ",".join("?" * len(streams))
    statement = f"SELECT state FROM stored_events WHERE originator_id IN ({marks}) ORDER BY rowid LIMIT 100"
    return len([ev.Event.FromString(state) for (state,) in connection.execute(statement, streams)])


def timed(read: Callable[[], int]) -> Run:
    """In milliseconds, of a reading that finds something."""

    async def measured() -> float:
        began = time.perf_counter()
        assert read()
        return (time.perf_counter() - began) * 1000

    return measured


async def run(directory: Path, *, quick: bool) -> list[Row]:
    made = History(directory, 200 if quick else 100_000)
    connection = sqlite3.connect(made.path)
    streams = made.streams_of(project_now(made.reads.inventory, made.ledger, SMALL))
    try:
        rounds = 2 if quick else 20
        row, events, changes, traced = await interleave(
            rounds,
            timed(lambda: by_hand(connection, streams)),
            timed(made.events),
            timed(made.changes),
            timed(made.traced),
        )
    finally:
        connection.close()
        made.close()
    return [
        at_most("events of a project of 25 VMs among 500,000 others'", "ms", row, events, 20),
        at_most("what changed of that project, field by field", "ms", row, changes, 20),
        at_most("events of a trace among 500,000 others'", "ms", row, traced, 20),
    ]
