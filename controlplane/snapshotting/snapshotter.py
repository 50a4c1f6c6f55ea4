"""Takes snapshots of a running control plane, by count and by time, so that the start after a crash folds little."""

import asyncio
import logging
import os
import time
from collections.abc import Callable

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.commands.snapshot import VouchForSnapshot
from controlplane.domain.errors import DomainError, LedgerUntrusted
from controlplane.ledger.store import Ledger
from controlplane.ledger.writer.snapshotting import snapshot_context
from controlplane.ledger.writer.writer import Writer
from controlplane.queries.audit import Problem
from controlplane.runtime import worker_process
from controlplane.snapshotting.requests import FailedSnapshot, SnapshotRequest, SnapshotResult, WrittenSnapshot

log = logging.getLogger(__name__)

# In events since the last snapshot: at once after MANY, after EVERY_S after SOME. Fewer are folded in no time.
MANY = 20_000
SOME = 5_000
EVERY_S = 15.0
# One that took so long is followed by the next after so many times as long: a tenth of one processor at most.
IDLE_TIMES = 10
LOOK_S = 1.0


class Snapshotter:
    """One snapshot at a time, in a process of its own. A ledger that keeps none is left alone."""

    def __init__(self, ledger: Ledger, writer: Writer, position: Callable[[], int]) -> None:
        self._ledger = ledger
        self._writer = writer
        self._position = position
        self._task: asyncio.Task[None] | None = None
        self.ended = 0.0
        self._rest_s = 0.0

    def start(self) -> None:
        self.ended = time.monotonic()
        if self._ledger.keeps_snapshots:
            self._task = asyncio.create_task(self._run(), name="snapshots")

    async def close(self) -> None:
        """Ends the one that is under way, and takes no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def is_due(self, now: float) -> bool:
        """Whether enough has come since the last one, and enough time has passed."""
        events = self._position() - self._writer.snapshotted
        rested = now - self.ended
        if self._writer.untrusted or rested < self._rest_s:
            return False
        return events >= MANY or (events >= SOME and rested >= EVERY_S)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if self.is_due(time.monotonic()):
                await self.take()

    async def take(self) -> None:
        """Takes one now. Without it, the next start takes longer."""
        began = time.monotonic()
        try:
            await self._settle(await self._written())
        except (DomainError, OSError) as error:
            log.warning("no snapshot was taken: %s", error)
        except Exception:
            log.exception("a fault in taking a snapshot")
        self.ended = time.monotonic()
        self._rest_s = IDLE_TIMES * (self.ended - began)

    async def _settle(self, answer: SnapshotResult) -> None:
        match answer:
            case WrittenSnapshot(event):
                taken = ev.SnapshotTaken.FromString(event)
                # Where this is refused, nobody believes the snapshot.
                await self._writer.submit(VouchForSnapshot(taken), snapshot_context())
                self._writer.vouched(taken.position)
            case Problem(position, text):
                self._writer.distrust(LedgerUntrusted(position, text))
            case FailedSnapshot(reason):
                log.warning("no snapshot was written: %s", reason)

    async def _written(self) -> SnapshotResult:
        process = await worker_process.start("controlplane.snapshotting.worker")
        assert process.stdin is not None
        try:
            process.stdin.write(
                worker_process.framed(SnapshotRequest(self._ledger.url, self._writer.snapshotted, os.getpid()))
            )
            process.stdin.close()
            return await worker_process.receive(process)
        except (asyncio.IncompleteReadError, ConnectionError):
            return FailedSnapshot(f"its process ended with {await process.wait()}")
        finally:
            await worker_process.end(process)
