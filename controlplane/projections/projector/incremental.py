"""The rows in use, kept up with the ledger: what an event changes is read back from the rows themselves. Blocks.

So it goes on from wherever they are, however long the history before, and needs memory for what is changing alone.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from eventsourcing.persistence import PersistenceError
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from controlplane.domain.fleet import Aggregate
from controlplane.domain.resource_kinds import IN_PROJECTS, RESOURCE_KINDS
from controlplane.domain.vm.consoles import subject_of
from controlplane.ledger.store import Outline, ReadSome
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.newest_rows import newest
from controlplane.projections.history.read_database import Active, ReadDatabase
from controlplane.projections.projector.lineage import is_of_ledger
from controlplane.projections.projector.rows.aggregate_cache import AggregateCache, OutOfStep
from controlplane.projections.projector.rows.row_builder import RowBuilder, outline_of
from controlplane.projections.projector.unreadable_rows import reading_rows

log = logging.getLogger(__name__)

# What makes the ledger or the read database unusable, perhaps only for now.
UNUSABLE = (SQLAlchemyError, OSError, PersistenceError)
# Events in one transaction.
PAGE = 5_000
# Resources that are kept in memory, about 1 KB each.
MOST_KEPT = 50_000
# How many events before where it goes on may be of a command that the next event is of.
NEAR = 8


class IncrementalFold:
    """Every method raises what is UNUSABLE, and UnreadableRows, and may be called again after that."""

    def __init__(self, database: ReadDatabase, read: ReadSome, page: int = PAGE, most_kept: int = MOST_KEPT) -> None:
        self._database = database
        self._read = read
        self._page = page
        self._most_kept = most_kept
        self._history_reader = HistoryReader(database)
        self._states = AggregateCache()
        self._folder: RowBuilder | None = None
        # Where the ledger itself was out of step with its rows, which were made anew because of it.
        self._out_of_step: int | None = None
        self.position = 0

    def open(self) -> int:
        """Makes what tables are missing. The position that they are at."""
        self._database.open()
        with self._database.writing() as connection:
            active = self._database.active(connection)
            if not is_of_ledger(connection, active, self._read):
                log.error(
                    "the read database is at position %d of another ledger, or of what was cut off this one: made anew",
                    active.position,
                )
                active = self._anew(connection)
            folder = RowBuilder(active.tables)
            with reading_rows():
                folder.load(connection)
            unsealed = self._unsealed(connection, active)
        folder.resume_batch(unsealed)
        folder.resume(self._read(max(active.position - NEAR, 0), NEAR, active.position, ()))
        self._folder, self._states, self.position = folder, AggregateCache(), active.position
        return self.position

    def _unsealed(self, connection: Connection, active: Active) -> list[Outline]:
        """The events of the batch within which the rows end, if they do. All of it is there, so its end is, too."""
        sealed = connection.scalar(select(func.max(active.tables.moments.c.position))) or 0
        if sealed >= active.position:
            return []
        events = self._read(sealed, active.position - sealed, active.position, ())
        uids = [each.stream.partition("/")[2] for each in events]
        projects: dict[str, str] = {}
        for kind in IN_PROJECTS:
            for row in newest(connection, active.tables.of[kind], uids, active.position, ("uid", "project_uid")):
                projects[f"{kind}/{row.uid}"] = row.project_uid
        return [outline_of(each, projects.get(subject_of(each.stream), "")) for each in events]

    def _anew(self, connection: Connection) -> Active:
        active = Active(self._database.begin(connection), 0)
        self._database.switch(connection, active.tables)
        return active

    def go_on(self, to: int) -> int:
        """Writes what comes next, in one transaction, and not after `to`. The position that is reached.

        Raises OSError where new rows would be out of step again: it is the ledger then, and making them anew, over and
        over, would take a processor and mend nothing.
        """
        try:
            reached = self._gone_on(self._folder or self._opened(), to)
            self._out_of_step = None
            return reached
        except OutOfStep as error:
            self._folder = None
            if self.position == self._out_of_step:
                raise OSError(f"the ledger does not follow from itself: {error}") from error
            self._out_of_step = self.position
            log.error("the read database is not of this ledger, and is made anew: %s", error)
            with self._database.writing() as connection:
                self._anew(connection)
            return self.open()
        except BaseException:
            # What was folded and not written is folded again, from what is written.
            self._folder = None
            raise

    def _opened(self) -> RowBuilder:
        self.open()
        assert self._folder is not None
        return self._folder

    def _gone_on(self, folder: RowBuilder, to: int) -> int:
        if self.position >= to:
            return self.position
        page = self._read(self.position, self._page, to, ())
        if not page:
            raise OSError(f"the ledger was at position {to}, and has nothing after {self.position}")
        self._recall(self._states.unknown(page))
        batch, reached = folder.fold(self._states.replay(page)), page[-1].position
        with self._database.writing() as connection:
            moved = self._database.advance(connection, folder.tables, self.position, reached)
            mine = moved and self._database.active(connection).tables is folder.tables
            if mine:
                batch.write(connection)
            else:
                connection.rollback()
        if not mine:
            # Another control plane on the same database was quicker, or a new generation is in use.
            return self.open()
        self._states.keep(self._most_kept)
        self.position = reached
        return reached

    def _recall(self, streams: list[str]) -> None:
        """Reads back what was so at this position."""
        if not streams:
            return
        uids: defaultdict[str, list[str]] = defaultdict(list)
        for kind, _, uid in (stream.partition("/") for stream in streams):
            uids[kind].append(uid)
        with self._history_reader.view(self.position) as view:
            reads: Sequence[tuple[str, Callable[[list[str]], Mapping[str, Aggregate]]]] = (
                ("vms", view.vms_of),
                ("hosts", view.hosts_of),
                ("projects", view.projects_of),
                *((collection, partial(view.resources_of, kind)) for collection, kind in RESOURCE_KINDS.items()),
            )
            for kind, read in reads:
                found = read(uids[kind]) if uids[kind] else {}
                self._states.known.update((f"{kind}/{uid}", each) for uid, each in found.items())
