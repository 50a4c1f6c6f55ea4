"""The fleet in memory, which follows the store: by this writer's appends, and by what other writers have stored."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from eventsourcing.persistence import IntegrityError, PersistenceError
from uuid_utils import uuid7

from controlplane.domain.errors import LedgerUntrusted, Unavailable
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.history import Lineage
from controlplane.domain.reasons import Reason
from controlplane.domain.time import Micros, Ticks, micros_of
from controlplane.ledger.alterations import StoreAltered
from controlplane.ledger.events.dispatcher import EventDispatcher
from controlplane.ledger.seals import GENESIS, STREAM, ChainHead, origin_of
from controlplane.ledger.snapshots.codec import Snapshot
from controlplane.ledger.store import PAGE, Appended, Ledger

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
WATCH_EVERY_S = 0.25


class Overtaken(Exception):
    """Another writer has appended first: nothing of this append was stored, and memory has caught up."""


class Replica:
    """The fleet, as of `position`. All calls of the ledger are on one thread of its own."""

    def __init__(
        self,
        ledger: Ledger,
        dispatcher: EventDispatcher,
        follow_time: Callable[[Micros], None] | None,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """`follow_time` gets the time up to which another writer on the same ledger has written, once it is watched.

        `committed` is called when an append is durable, before anybody follows it.
        """
        self._committed = committed
        self._ledger = ledger
        self._dispatcher = dispatcher
        self._follow_time = follow_time
        self._leader = str(uuid7())
        self._thread = ThreadPoolExecutor(1, "ledger")
        self.fleet = Fleet()
        self.link: ChainHead = GENESIS
        self.position = 0
        self.time = Micros(0)
        self._folded_batch = 0
        # True while memory may be behind the store: nothing is decided before it has caught up.
        self._stale = True
        # True when the ledger has an event that cannot be folded: nothing after it is known here.
        self._ends_here = False
        # Why no command is taken, although reads go on.
        self._untrusted: LedgerUntrusted | None = None
        self._watching: asyncio.Task[None] | None = None

    def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        """Calls something that blocks on the ledger's thread."""
        return asyncio.get_running_loop().run_in_executor(self._thread, partial(call, *args, **kwargs))

    async def load(self, snapshot: Snapshot | None) -> None:
        """Becomes what the ledger has, from a snapshot if there is one. Raises PersistenceError."""
        self.fleet.lineage = await self.run(self._ledger.lineage)
        if snapshot:
            self.fleet.restore(snapshot.state)
            self._dispatcher.restore(snapshot.state)
            self.position = snapshot.state.position
            self.time = snapshot.state.time
            self._folded_batch = snapshot.batch
        await self._catch_up()

    def watch(self, wake: Callable[[], None]) -> None:
        """Calls `wake` whenever another writer on the same ledger has written, so that reads here don't fall behind."""
        if self._ledger.is_shared:
            self._watching = asyncio.create_task(self._watch(wake), name="other writers")

    async def _watch(self, wake: Callable[[], None]) -> None:
        while not self._ends_here:
            await asyncio.sleep(WATCH_EVERY_S)
            try:
                behind = await self.run(self._ledger.head) > self.position
            except PersistenceError:
                # The next command will meet it too, and say so.
                continue
            if behind and not self._ends_here:
                self._stale = True
                wake()

    def end_watch(self) -> None:
        if self._watching:
            self._watching.cancel()

    def close(self) -> None:
        self._thread.shutdown()

    @property
    def untrusted(self) -> LedgerUntrusted | None:
        """Why the ledger is read-only; None while it is trusted."""
        return self._untrusted

    def distrust(self, untrusted: LedgerUntrusted) -> LedgerUntrusted:
        """Makes the ledger read-only. Returns the first reason, which stays."""
        if self._untrusted is None:
            self._untrusted = untrusted
            log.critical("%s", untrusted, extra=self._place())
        return self._untrusted

    @property
    def is_stale(self) -> bool:
        """Whether memory may be behind the store."""
        return self._stale

    @property
    def last_commit(self) -> tuple[Micros, Ticks]:
        """The time of the last commit, and when after which boot it was made; 0 before the first."""
        return self.time, self.link.ticks

    def begin(self, now: Micros) -> None:
        """The next append is at this time, or that of the one before it."""
        self.time = max(now, self.time)

    def forget(self) -> None:
        """Takes back what was not stored. Memory may be behind the store now."""
        self.fleet.undo(0)
        self._stale = True

    async def append(self, recorded: Sequence[RecordedEvent]) -> Sequence[RecordedEvent]:
        """Stores events by which the fleet has evolved already, and publishes them as they are stored.

        Returns none where they are stored and the store's answer was lost. Raises Overtaken; Unavailable when they are
        not stored, PersistenceError when the store can't be read; LedgerUntrusted when it would keep something else.
        """
        try:
            appended = await self.run(self._ledger.append, recorded, self.link, self._leader, self.time)
        except PersistenceError as error:
            await self._recover(error)
            return ()
        except StoreAltered as error:
            # Nothing was stored, and nothing will be.
            self.forget()
            raise self.distrust(LedgerUntrusted(self.position + 1, str(error))) from error
        self._committed()
        return self._appended(recorded, appended)

    def _appended(self, recorded: Sequence[RecordedEvent], appended: Appended) -> Sequence[RecordedEvent]:
        self.fleet.settle()
        self.link = appended.link
        self._folded_batch = appended.link.batch
        if appended.link.batch == 1:
            self.fleet.lineage = Lineage(origin_of(appended.link))
        committed = [
            each.at(position) for each, position in zip([*recorded, appended.sealed], appended.positions, strict=True)
        ]
        self.position = committed[-1].position
        log.debug("batch %d of %d events is committed", appended.link.batch, len(recorded), extra=self._place())
        self._dispatcher.publish(committed)
        return committed

    async def _recover(self, error: PersistenceError) -> None:
        """After a failed append, memory goes back to what is stored. The seals show whether the append is in it."""
        mine = self.link.batch + 1
        self.forget()
        await self._catch_up()
        if self.link.batch >= mine and (await self.run(self._ledger.link, mine)) == self._ledger.attempted:
            # It was stored; only the answer was lost.
            return
        if not isinstance(error, IntegrityError):
            log.error("the ledger could not be written: %s", error, extra=self._place())
            raise unwritable() from error
        raise Overtaken from error

    def _place(self) -> dict[str, int]:
        """The fields of a log entry."""
        return {"position": self.position}

    async def refresh(self) -> None:
        """Catches up with the store where memory may be behind it. Raises PersistenceError."""
        if self._stale:
            await self._catch_up()

    async def is_overtaken(self) -> bool:
        """Whether another writer has gone on since: memory is stale then. Raises PersistenceError."""
        self._stale = self._stale or await self.run(self._ledger.head) > self.position
        return self._stale

    async def _catch_up(self) -> None:
        """Folds what is stored and not yet known, whoever wrote it. Raises PersistenceError.

        An event that no rule allows ends it: what is before can be read, and no command is taken any more.
        """
        link = await self.run(self._ledger.link)
        await self._fold_stored()
        # A link that is ahead of what was folded would let the next append skip what lies between.
        while link.batch != self._folded_batch and not self._ends_here:
            link = await self.run(self._ledger.link)
            await self._fold_stored()
        self.link = link
        if link.batch and not self.fleet.lineage.origin:
            self.fleet.lineage = await self.run(self._ledger.lineage)
        self._stale = False

    async def _fold_stored(self) -> None:
        size = PAGE
        while not self._ends_here:
            try:
                page = await self.run(self._ledger.after, self.position, size)
                folded = self.fleet.replay(page)
            except (PersistenceError, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001 stored bytes and events of any kind, whoever altered them
                self.fleet.undo(0)
                # One of the page is at fault: find which.
                if size == 1:
                    self._end_at(error)
                size = 1
                continue
            if not page:
                return
            self._folded(folded)

    def _folded(self, folded: Sequence[RecordedEvent]) -> None:
        self.position = folded[-1].position
        self.time = max(self.time, micros_of(folded[-1].event.commit_time))
        if self._follow_time and self._watching:
            self._follow_time(self.time)
        self._folded_batch = max((each.version for each in folded if each.stream == STREAM), default=self._folded_batch)
        self._dispatcher.publish(folded)

    def _end_at(self, error: Exception) -> None:
        self._ends_here = True
        why = f"the event after position {self.position} cannot be folded ({type(error).__name__}: {error})"
        self.distrust(LedgerUntrusted(self.position + 1, why))


def unwritable() -> Unavailable:
    """For a command that is not stored, since the store can't be read or written."""
    return Unavailable(
        Reason.LEDGER_UNAVAILABLE, "the ledger cannot be written now; try again with the same request_id"
    )
