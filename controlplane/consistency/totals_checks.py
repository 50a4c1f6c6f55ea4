"""Every so often, the totals in memory and in the read database beside a fold of the whole ledger, at one position.

A difference is an alarm, and nothing else: nothing is repaired, and everything goes on.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from controlplane.consistency.alarms import Alarms, Comparison, CompletedCheck
from controlplane.consistency.discrepancy import TotalsSource
from controlplane.consistency.recount_worker import (
    UNREADABLE,
    CheckFailed,
    RecountRequest,
    compared,
    in_words,
    piece_of,
)
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.resources import Resources
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.totals import Totals
from controlplane.ledger.writer.writer import Writer
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.projector.projector import Projector
from controlplane.queries.reads import Reads
from controlplane.runtime import worker_process

log = logging.getLogger(__name__)

# A check that took so long is followed by the next after so many times as long: a tenth of one processor at most.
IDLE_TIMES = 10
# How long a check waits for the rows of its position.
ROWS_S = 60.0
# For how long a capture waits for a commit before it looks again.
SETTLED_S = 1.0
# Scopes that are packed at once: packing holds the interpreter's lock.
PIECE = 2_000
MOST_LOGGED = 20


class CapturedTotals(NamedTuple):
    """The totals in memory at a position: of values that never change, or copied."""

    position: int
    scopes: list[str]
    # Of each scope: total, allocated, hosts, running VMs, overcommitted.
    totals: list[tuple[Resources, Resources, int, int, Resources]]
    hosts: list[Host]
    projects: list[tuple[str, Resources]]

    def reported(self) -> Iterator[tuple[TotalsSource, str, Totals]]:
        for scope, totals in zip(self.scopes, self.totals, strict=True):
            yield TotalsSource.ANSWERS, scope, Totals(*totals)
        for host in self.hosts:
            yield TotalsSource.DECISIONS, host.name, _offered(host)
        for name, held in self.projects:
            yield TotalsSource.DECISIONS, name, Totals(allocated=held)


_totals: Callable[[Totals], tuple[Resources, Resources, int, int, Resources]] = attrgetter(
    "total", "allocated", "hosts", "running_vms", "overcommitted"
)


def _offered(host: Host) -> Totals:
    if host.state is HostState.DECOMMISSIONED:
        return Totals()
    return Totals(host.capacity, host.allocated, overcommitted=host.overcommitted)


def _next_frames(reported: Iterator[tuple[TotalsSource, str, Totals]]) -> bytes:
    """Some more of it, packed; empty at its end."""
    by_source: dict[TotalsSource, list[tuple[str, Totals]]] = {}
    for source, scope, totals in islice(reported, PIECE):
        by_source.setdefault(source, []).append((scope, totals))
    return b"".join(worker_process.framed(piece_of(source, totals)) for source, totals in by_source.items())


class TotalsChecks:
    """Makes the checks of a running control plane, one at a time; what they find is in `alarms`."""

    def __init__(
        self,
        writer: Writer,
        reads: Reads,
        projector: Projector,
        views: ReadDatabase,
        every_s: float,
        clock: Callable[[], Micros],
    ) -> None:
        self._writer = writer
        self._reads = reads
        self._projector = projector
        self._views = views
        self._clock = clock
        self._awaited: asyncio.Future[CapturedTotals] | None = None
        self._task: asyncio.Task[None] | None = None
        self.alarms = Alarms(every_s)

    def start(self) -> None:
        """Makes checks from now on, if any are to be made."""
        if self.alarms.every_s:
            self._task = asyncio.create_task(self._run(), name="checks")

    async def close(self) -> None:
        """Ends the check that is under way, and makes no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        """Follows the dispatcher after all that count totals: while a batch is published, nothing is half done."""
        if self._awaited and not self._awaited.done() and (captured := self._capture(batch[-1].position)):
            self._awaited.set_result(captured)

    async def _run(self) -> None:
        wait_s = self.alarms.every_s
        while True:
            await asyncio.sleep(wait_s)
            began = time.monotonic()
            await self.check()
            wait_s = max(self.alarms.every_s, IDLE_TIMES * (time.monotonic() - began))

    async def check(self) -> None:
        """One check, from its capture to its alarms."""
        began, from_s = self._clock(), time.monotonic()
        try:
            found = await self._compared(await self._captured())
        except (CheckFailed, *UNREADABLE) as error:
            self._fail(in_words(error))
        except Exception as error:
            log.exception("a fault in comparing the totals with the ledger")
            self._fail(f"a fault of ours: {type(error).__name__}")
        else:
            self._take(CompletedCheck(found, began, Micros(int((time.monotonic() - from_s) * SECOND))))

    async def _captured(self) -> CapturedTotals:
        """The totals of now, or as soon as no commit is under way."""
        while (captured := self._capture(self._reads.position)) is None:
            self._awaited = asyncio.get_running_loop().create_future()
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLED_S):
                    return await self._awaited
        return captured

    def _capture(self, position: int) -> CapturedTotals | None:
        decided_by = self._writer.decides_by()
        if decided_by is None:
            return None
        scopes = self._reads.utilization.scopes
        return CapturedTotals(position, list(scopes), list(map(_totals, scopes.values())), *decided_by)

    async def _compared(self, captured: CapturedTotals) -> Comparison:
        await self._projector.reach(captured.position, ROWS_S)
        if self._reads.ledger.url.startswith("memory:"):
            return await self._on_thread(captured)
        return await self._in_process(captured)

    async def _on_thread(self, captured: CapturedTotals) -> Comparison:
        reported: dict[TotalsSource, dict[str, Totals]] = {each: {} for each in TotalsSource}
        for source, scope, totals in captured.reported():
            reported[source][scope] = totals
        stop = threading.Event()
        ledger, position = self._reads.ledger, captured.position
        work = asyncio.create_task(asyncio.to_thread(compared, ledger, self._views, position, reported, stop.is_set))
        try:
            return await asyncio.shield(work)
        finally:
            stop.set()
            # A thread cannot be ended from outside, and what it reads is closed next.
            await asyncio.wait([work])

    async def _in_process(self, captured: CapturedTotals) -> Comparison:
        process = await worker_process.start("controlplane.consistency.recount_worker")
        assert process.stdin is not None
        request = RecountRequest(self._reads.ledger.url, captured.position, os.getpid())
        try:
            process.stdin.write(worker_process.framed(request))
            reported = captured.reported()
            while frames := await asyncio.to_thread(_next_frames, reported):
                process.stdin.write(frames)
                await process.stdin.drain()
            process.stdin.write(worker_process.framed(None))
            process.stdin.close()
            found = await worker_process.receive(process)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise CheckFailed(f"its process ended with {await process.wait()}") from None
        finally:
            await worker_process.end(process)
        if isinstance(found, Comparison):
            return found
        raise CheckFailed(str(found))

    def _fail(self, reason: str) -> None:
        log.warning("the totals could not be compared with the ledger: %s", reason)
        self.alarms.fail(self._clock(), reason)

    def _take(self, passed: CompletedCheck) -> None:
        raised, ended = self.alarms.take(passed)
        position = passed.compared.position
        at = {"position": position}
        for alarm in raised[:MOST_LOGGED]:
            log.error("ALARM at position %d: %s", position, alarm.difference, extra=at)
        if len(raised) > MOST_LOGGED:
            log.error(
                "ALARM at position %d: %d more totals differ", position, passed.compared.found - MOST_LOGGED, extra=at
            )
        for alarm in ended[:MOST_LOGGED]:
            log.warning("no alarm any more at position %d: %s", position, alarm.difference, extra=at)
