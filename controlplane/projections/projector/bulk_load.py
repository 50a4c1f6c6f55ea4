"""One generation of tables filled from the ledger's beginning, as fast as can be. Blocks.

Rows are written once they have ended, on a thread of its own, and indexes are made over all of them at the end.
"""

import gc
import os
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from queue import Queue

from sqlalchemy import Table

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.vm.consoles import subject_of
from controlplane.ledger.store import Ledger, Outline, ReadOutlines, ReadSome
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.history.tables import Tables
from controlplane.projections.history.validity import Taken, WholeSpans
from controlplane.projections.projector.rows.aggregate_cache import AggregateCache
from controlplane.projections.projector.rows.parallel_fold import (
    OF_OTHERS,
    PAGE,
    FoldedVms,
    InlineVmFold,
    VmFold,
    WorkerVmFold,
)
from controlplane.projections.projector.rows.row_builder import RowBatch, RowBuilder, TableRows

# Of how many events on a second process is worth its start.
MANY = 50_000
# Batches that wait for being written.
MOST_WAITING = 4


def vm_fold_of(ledger: Ledger) -> VmFold:
    """In a process of its own, where that is quicker."""
    alone = ledger.head() < MANY or ledger.url.startswith("memory:") or (os.cpu_count() or 1) < 2
    return InlineVmFold(ledger.after) if alone else WorkerVmFold(ledger.url)


@contextmanager
def bulk_load(
    database: ReadDatabase,
    tables: Tables,
    half: VmFold,
    read: ReadSome,
    outlines: ReadOutlines,
    page: int = PAGE,
) -> "Generator[BulkLoad]":
    """Fills tables that are empty and have no indexes yet. Raises OSError, SQLAlchemyError, PersistenceError."""
    writer = _Writer(database, tables)
    collects = gc.isenabled()
    # Nothing here makes cycles, and looking for some among all that there is would take a quarter of the time.
    gc.disable()
    try:
        yield BulkLoad(writer, tables, half, read, outlines, page)
    finally:
        if collects:
            gc.enable()
        writer.close()
        half.close()


class BulkLoad:
    """Goes on from position to position. `finish` comes once, before the tables are used; more may come after it."""

    def __init__(
        self,
        writer: "_Writer",
        tables: Tables,
        half: VmFold,
        read: ReadSome,
        outlines: ReadOutlines,
        page: int,
    ) -> None:
        self._writer = writer
        self._tables = tables
        self._half = half
        self._read = read
        self._outlines = outlines
        self._page = page
        # Of all that is in a project, by its stream.
        self._projects: dict[str, str] = {}
        self._states, self._folder = AggregateCache(), RowBuilder(tables)
        # Of all but VMs.
        self._batch = RowBatch(tables, WholeSpans)
        self.position = 0

    def fill(self, to: int, progress: Callable[[int], None]) -> None:
        """Up to a position. All is written then."""
        for chunk in self._half.upto(to) if to > self.position else ():
            self._folder.fold_others(self._batch, self._others(chunk.position), chunk.changes)
            self._folder.fold_outlines(self._batch, self._all(chunk.position))
            self._writer.put(self._written(chunk), chunk.position)
            self.position = chunk.position
            progress(self.position)
        self._writer.flush()

    def _others(self, to: int) -> list[RecordedEvent]:
        found: list[RecordedEvent] = []
        position = self.position
        while page := self._read(position, self._page, to, OF_OTHERS):
            found += self._states.replay(page)
            position = page[-1].position
            if len(page) < self._page:
                break
        return found

    def _all(self, to: int) -> Iterator[Outline]:
        """Every event up to a position, with the project that it is of."""
        position, projects = self.position, self._projects
        while page := self._outlines(position, self._page, to):
            for each in page:
                if each.project_uid:
                    projects[each.stream] = each.project_uid
                yield each._replace(project_uid=projects.get(subject_of(each.stream), ""))
            position = page[-1].position
            if len(page) < self._page:
                break

    def finish(self) -> None:
        """Writes what is still so, and makes the indexes."""
        tables, batch, rest = self._tables, self._batch, self._half.open()
        others = (
            (tables.hosts, batch.hosts.take_open()),
            (tables.projects, batch.projects.take_open()),
            *((table, batch.resources[collection].take_open()) for collection, table in tables.resources.items()),
            (tables.operations, batch.operations.take_open()),
            (tables.owned, batch.owned.take_open()),
        )
        still = [*others, *_of_vms(tables, rest)]
        self._writer.put(TableRows(still), self.position)
        self._batch = RowBatch(tables)
        self._writer.index()

    def _written(self, chunk: FoldedVms) -> TableRows:
        self._batch.specs += chunk.specs
        return TableRows([*self._batch.take().tables, *_of_vms(self._tables, chunk)])


def _of_vms(tables: Tables, chunk: FoldedVms) -> list[tuple[Table, Taken]]:
    return [
        (tables.vms, chunk.vms),
        (tables.holdings, chunk.holdings),
        (tables.other_sides, chunk.other_sides),
        (tables.owned, chunk.owned),
        (tables.operations, chunk.operations),
    ]


class _Writer:
    """Writes on a thread: the database's work is done while the next rows are folded."""

    def __init__(self, database: ReadDatabase, tables: Tables) -> None:
        self._database = database
        self._tables = tables
        self._position = 0
        self._queue: Queue[tuple[TableRows, int] | None] = Queue(MOST_WAITING)
        self._failed: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="writing rows", daemon=True)
        self._thread.start()

    def put(self, rows: TableRows, position: int) -> None:
        """Takes rows to be written, and the position that is filled with them. Raises what has failed before."""
        self._check()
        self._queue.put((rows, position))

    def flush(self) -> None:
        """Waits until all is written. Raises what has failed."""
        self._queue.join()
        self._check()

    def index(self) -> None:
        """Makes the indexes, once all is written."""
        self.flush()
        with self._database.writing() as connection:
            self._database.index(connection, self._tables)

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _check(self) -> None:
        if self._failed:
            raise self._failed

    def _run(self) -> None:
        while (each := self._queue.get()) is not None:
            # After a failure, what comes is let go: who puts it hears of it.
            if self._failed is None:
                try:
                    self._write(*each)
                except Exception as error:  # noqa: BLE001 raised again where it is waited for
                    self._failed = error
            self._queue.task_done()

    def _write(self, rows: TableRows, position: int) -> None:
        with self._database.writing() as connection:
            rows.write(connection)
            self._database.advance(connection, self._tables, self._position, position)
        self._position = position
