"""Has the read database follow the ledger: when it is written, and where. On the event loop; writes nothing."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol

from controlplane.domain.errors import Unavailable
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.reasons import Reason
from controlplane.ledger.events.dispatcher import Waiters
from controlplane.ledger.store import Ledger
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.projector.incremental import UNUSABLE, IncrementalFold
from controlplane.projections.projector.projector_worker import DEFAULT_TERMS, WorkerProjector, WorkerTerms
from controlplane.projections.projector.repair import Remake, Repair, remake
from controlplane.projections.projector.unreadable_rows import UnreadableRows
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)

# For how long events wait for more, unless somebody waits for their rows: a transaction costs as much as twenty rows.
PACE_S = 0.1
ENOUGH = 2_000
RETRY_S = 1.0


class ProjectorBackend(Protocol):
    """Where the rows are kept up with the ledger. Every method but `close` raises what is UNUSABLE."""

    async def open(self) -> int:
        """The position that the rows are at."""
        ...

    async def go_on(self, to: int) -> int:
        """Writes some of what comes next, and not after `to`. The position that is reached."""
        ...

    async def close(self) -> None: ...


class InProcessProjector:
    """On a thread of this process."""

    def __init__(self, fold: IncrementalFold) -> None:
        self._fold = fold
        self._running: asyncio.Future[int] | None = None

    async def open(self) -> int:
        return await self._on_thread(self._fold.open)

    async def go_on(self, to: int) -> int:
        return await self._on_thread(self._fold.go_on, to)

    async def _on_thread(self, work: Callable[..., int], *arguments: int) -> int:
        self._running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
        return await asyncio.shield(self._running)

    async def close(self) -> None:
        """A thread cannot be ended from outside: what it uses stays open until it has ended."""
        if self._running:
            await asyncio.wait([self._running])


class Projector:
    """Follows the dispatcher to learn how far the ledger is; a busy ledger is followed in a worker process."""

    def __init__(
        self,
        in_process: ProjectorBackend,
        worker: Callable[[], ProjectorBackend] | None = None,
        remake: Remake | None = None,
        worker_after: int = DEFAULT_TERMS.after_events,
    ) -> None:
        """`worker` makes the backend for a busy ledger: after so many events that were written here.

        `remake` makes all rows anew, and calls its argument with the row that could not be read.
        """
        self._repair = Repair(remake)
        self._in_process = self._backend = in_process
        self._worker, self._worker_after = worker, worker_after
        self._coming: asyncio.Task[ProjectorBackend] | None = None
        # How far the ledger is; and how many events have come since rows were last written.
        self._head = 0
        self._events = 0
        self._written_in_process = 0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        # Set when somebody waits for rows.
        self._hurry = asyncio.Event()
        self.position = 0
        self._waiters = Waiters()
        # Called with each position that the rows reach.
        self.on_reached: Callable[[int], None] | None = None

    @property
    def uses_worker(self) -> bool:
        """Whether rows are written by the worker process now."""
        return self._backend is not self._in_process

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        self._events += len(batch)
        self._go_on_to(batch[-1].position)

    def restore(self, state: FleetState) -> None:
        self._go_on_to(state.position)

    def _go_on_to(self, position: int) -> None:
        self._head = position
        self._idle.clear()
        self._wake.set()
        if self._events >= ENOUGH:
            self._hurry.set()

    async def reach(self, position: int, timeout_s: float) -> None:
        """Waits until the rows reflect `position`. Raises Unavailable when that takes longer."""
        if position <= self.position:
            return
        if self._repair.follower_waits:
            raise self._repair.refusal()
        self._hurry.set()
        try:
            await self._waiters.wait(position, timeout_s)
        except TimeoutError:
            behind = f"what was at position {position} is not read yet: the read database is at {self.position}"
            raise Unavailable(Reason.PROJECTION_BEHIND, behind, RETRY_S) from None

    def unreadable(self, error: UnreadableRows) -> Exception:
        """Has rows made anew that somebody could not read. The error for that reader. From any thread."""
        self._repair.begin_from_thread(error)
        return self._repair.refusal()

    @property
    def repair(self) -> Repair:
        return self._repair

    async def drained(self, timeout_s: float) -> None:
        """Waits until all that the dispatcher has published is written, or the time is up."""
        self._hurry.set()
        if not await wait_for_event(self._idle, timeout_s):
            log.warning("the read database is left at position %d: the next start goes on from there", self.position)

    async def run(self) -> None:
        """Runs until it is cancelled. A database that cannot be used is tried again, for ever."""
        self._repair.loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    await self._follow()
                except UnreadableRows as error:
                    await self._come_back()
                    self._waiters.fail(self._repair.refusal())
                    await self._repair.wait(error)
                except UNUSABLE as error:
                    log.error("the read database could not be written: %s", error)
                except Exception:
                    log.exception("a fault in writing the read database")
                await self._come_back()
                await asyncio.sleep(RETRY_S)
        finally:
            await self._repair.close()
            await self._come_back()
            await self._in_process.close()

    async def _follow(self) -> None:
        # Who came before it was open may wait for what is written already, and nothing more may come.
        self._reached(await self._backend.open())
        while True:
            if self.position >= self._head:
                self._idle.set()
                self._wake.clear()
                await self._wake.wait()
            await self._gather()
            # What comes meanwhile waits for more of it, in its turn.
            self._events, to = 0, self._head
            while self.position < to:
                await self._move_if_much()
                before = self.position
                self._reached(await self._backend.go_on(to))
                self._written_in_process += self.position - before

    def _reached(self, position: int) -> None:
        self.position = position
        if self._repair.follower_waits:
            self._repair.recovered()
        self._waiters.wake(position)
        if self.on_reached:
            self.on_reached(position)

    async def _gather(self) -> None:
        """Lets more events join those that wait, for as long as nobody waits for their rows."""
        if not self._waiters.anybody:
            await wait_for_event(self._hurry, PACE_S)
        self._hurry.clear()

    async def _move_if_much(self) -> None:
        """Goes on in this process until the worker is open."""
        if self._worker is None or self.uses_worker or self._written_in_process < self._worker_after:
            return
        if self._coming is None:
            self._coming = asyncio.create_task(_opened(self._worker()), name="opening the worker")
        elif self._coming.done():
            coming, self._coming = self._coming, None
            self._backend = coming.result()

    async def _come_back(self) -> None:
        """Leaves the worker process, if there is one, and any that is coming."""
        self._written_in_process = 0
        if self._coming:
            coming, self._coming = self._coming, None
            coming.cancel()
            with suppress(asyncio.CancelledError, *UNUSABLE):
                await (await coming).close()
        if self.uses_worker:
            await self._backend.close()
            self._backend = self._in_process


def projector_of(database: ReadDatabase, ledger: Ledger, terms: WorkerTerms = DEFAULT_TERMS) -> Projector:
    """Of the ledger, which is opened once more where that can be done."""
    in_process = InProcessProjector(IncrementalFold(database, ledger.after))
    worker = None if ledger.url.startswith("memory:") else partial(WorkerProjector, ledger.url, terms.longest_s)
    return Projector(in_process, worker, partial(remake, ledger, database), terms.after_events)


async def _opened(backend: ProjectorBackend) -> ProjectorBackend:
    """Raises what is UNUSABLE, and leaves nothing behind then."""
    try:
        await backend.open()
    except BaseException:
        await backend.close()
        raise
    return backend
