"""Keeps the read database up with the ledger, in batches that follow the ledger's, and never before the writer."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

from controlplane.domain.errors import Unavailable
from controlplane.domain.fleet import Fleet, FleetState, Recorded
from controlplane.ledger.feed import Waiters
from controlplane.projections.provenance import ReadAfter, is_of_ledger
from controlplane.projections.read_database import Active, ReadDatabase
from controlplane.projections.rows import Folder

log = logging.getLogger(__name__)

# Events that wait for the database. More, and they are read from the ledger again, later.
MOST_WAITING = 200_000
# Events in one transaction.
MOST_AT_ONCE = 10_000
# For how long events wait for more, unless somebody asks for their rows: a transaction costs as much as twenty rows.
PACE_S = 0.1
ENOUGH = 2_000
PAGE = 5_000
RETRY_S = 1.0


class Projector:
    """Follows the feed. What the feed did not bring (a cold start from a snapshot, a jam) is folded from the ledger."""

    def __init__(self, database: ReadDatabase, after: ReadAfter) -> None:
        self._database = database
        self._after = after
        self._waiting: deque[Sequence[Recorded]] = deque()
        self._events = 0
        # The feed brings what comes after it, and nothing before.
        self._floor = 0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        # Set when rows are wanted now.
        self._hurry = asyncio.Event()
        self._folder: Folder | None = None
        self.position = 0
        self._waiters = Waiters()

    def follow(self, batch: Sequence[Recorded]) -> None:
        if self._events > MOST_WAITING:
            log.warning("the read database is behind by %d events: they are read again from the ledger", self._events)
            self._waiting.clear()
            self._events = 0
            self._floor = batch[0].position - 1
        self._waiting.append(batch)
        self._events += len(batch)
        self._idle.clear()
        self._wake.set()
        if self._events >= ENOUGH:
            self._hurry.set()

    def restore(self, state: FleetState) -> None:
        self._floor = state.position

    async def reach(self, position: int, timeout_s: float) -> None:
        """Waits until the rows reflect `position`. Raises Unavailable when that takes longer."""
        if position <= self.position:
            return
        self._hurry.set()
        try:
            await self._waiters.wait(position, timeout_s)
        except TimeoutError:
            behind = f"what was at position {position} is not read yet: the read database is at {self.position}"
            raise Unavailable("PROJECTION_BEHIND", behind, RETRY_S) from None

    async def run(self) -> None:
        """Runs until it is cancelled. A database that cannot be used is tried again, for ever."""
        while True:
            try:
                if self._folder is None:
                    self._folder = await asyncio.to_thread(self._open)
                    # Who came before it was open may wait for what is written already, and nothing more may come.
                    self._waiters.wake(self.position)
                await self._fill_up_to_the_feed()
                await self._write_what_waits()
            except (SQLAlchemyError, OSError, PersistenceError) as error:
                # What was folded and not written is folded again, from what is written.
                self._folder = None
                log.error("the read database could not be written: %s", error)
                await asyncio.sleep(RETRY_S)

    async def drained(self, timeout_s: float) -> None:
        """Waits until all that the feed has brought is written, or the time is up."""
        self._hurry.set()
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_s)
        except TimeoutError:
            log.warning("the read database is left at position %d: the next start goes on from there", self.position)

    def _open(self) -> Folder:
        self._database.open()
        with self._database.writing() as connection:
            active = self._database.active(connection)
            if not is_of_ledger(connection, active, self._after):
                log.error(
                    "the read database is at position %d of another ledger, or of what was cut off this one: made anew",
                    active.position,
                )
                active = Active(self._database.begin(connection), 0)
                self._database.switch(connection, active.tables)
            folder = Folder(active.tables)
            folder.load(connection)
        self.position = active.position
        return folder

    async def _fill_up_to_the_feed(self) -> None:
        if self.position >= self._floor:
            return
        log.info("the read database is at position %d of %d: it is filled from the ledger", self.position, self._floor)
        fleet, at = Fleet(), 0
        while at < self._floor:
            page = await asyncio.to_thread(self._after, at, PAGE)
            if not page:
                break
            at = page[-1].position
            await self._write(await asyncio.to_thread(fleet.replay, page))

    async def _write_what_waits(self) -> None:
        if not self._waiting:
            self._idle.set()
            self._wake.clear()
            await self._wake.wait()
        await self._gather()
        events: list[Recorded] = []
        for batch in self._waiting:
            if events and len(events) + len(batch) > MOST_AT_ONCE:
                break
            events += batch
        await self._write(events)
        # Only now: had it failed, they would be there to be tried again.
        while self._waiting and self._waiting[0][-1].position <= self.position:
            self._events -= len(self._waiting.popleft())

    async def _gather(self) -> None:
        """Lets more events join those that wait, for as long as nobody waits for their rows."""
        if not self._waiters.anybody:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), PACE_S)
        self._hurry.clear()

    async def _write(self, events: Sequence[Recorded]) -> None:
        new = [each for each in events if each.position > self.position]
        if new and await asyncio.to_thread(self._store, new):
            self.position = new[-1].position
        elif new:
            # Another control plane on the same database was quicker, or a new generation is in use.
            self._folder = await asyncio.to_thread(self._open)
            await self._write(new)
        self._waiters.wake(self.position)

    def _store(self, events: Sequence[Recorded]) -> bool:
        folder = self._folder
        assert folder is not None
        with self._database.writing() as connection:
            if not self._database.advance(connection, folder.tables, self.position, events[-1].position):
                return False
            if self._database.active(connection).tables is not folder.tables:
                connection.rollback()
                return False
            folder.fold(events).write(connection)
        return True
