"""Rows that cannot be read are made anew, once; if that does not last, an alarm is raised and nothing more is tried.

They are made beside those in use, in a worker process where the store can be opened twice. The process sends which row
it is, in words, and then the position that the new rows have; or in words why it failed.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

from chronovisor import logs

from controlplane.domain.errors import Unavailable
from controlplane.domain.reasons import Reason
from controlplane.ledger.store import Ledger
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.projector.incremental import UNUSABLE
from controlplane.projections.projector.rebuild import rebuild
from controlplane.projections.projector.unreadable_rows import UnreadableRows, find
from controlplane.runtime import worker_process
from controlplane.runtime.system_alarms import SystemAlarms

log = logging.getLogger(__name__)

Remake: TypeAlias = Callable[[Callable[[str], None]], Awaitable[int]]
ALARM = "unreadable_rows"
# Rows that were made anew and cannot be read again within so long will not get better by being made anew.
LASTS_S = 3600.0
RETRY_S = 2.0
# How often it is looked whether somebody else has made them anew.
LOOK_S = 30.0


class Repair:
    """Of one read database. All but `begin_from_thread` and `refusal` is for the event loop."""

    def __init__(self, remake: Remake | None) -> None:
        self._remake = remake
        self._task: asyncio.Task[None] | None = None
        self._made_at: float | None = None
        self._given_up = False
        self.loop: asyncio.AbstractEventLoop | None = None
        self.alarms: SystemAlarms | None = None
        # Whether rows are not followed until others are in use: then none is worth waiting for.
        self.follower_waits = False

    def refusal(self) -> Unavailable:
        """The error for a reader."""
        if self._given_up:
            again = "rows of the read database cannot be read, again: run `chronovisord projections rebuild`"
            return Unavailable(Reason.PROJECTION_UNREADABLE, again, LOOK_S)
        return Unavailable(
            Reason.PROJECTION_REBUILDING, "rows that could not be read are made anew; try again", RETRY_S
        )

    def begin_from_thread(self, error: UnreadableRows) -> None:
        if self.loop:
            self.loop.call_soon_threadsafe(self._begin, error)

    async def wait(self, error: UnreadableRows) -> None:
        """Of who follows and cannot go on: until it is worth another try."""
        self.follower_waits = True
        try:
            self._begin(error)
            if self._task:
                await asyncio.wait([self._task])
            if self._given_up:
                await asyncio.sleep(LOOK_S)
        finally:
            # What is tried next finds that it cannot go on, or that it can: see `recovered`.
            self.follower_waits = self._given_up

    def _begin(self, error: UnreadableRows) -> None:
        if self._given_up or (self._task and not self._task.done()) or self._remake is None:
            return
        if self._made_at is not None and error.since < self._made_at:
            # Of the rows that were in use before.
            return
        if self._made_at is not None and time.monotonic() - self._made_at < LASTS_S:
            self._given_up = True
            log.error("ALARM: rows of the read database that were made anew cannot be read again: %s", error)
            if self.alarms:
                self.alarms.begin(ALARM, f"made anew, and unreadable again: {error}")
            return
        self._task = asyncio.create_task(self._make_anew(self._remake, error), name="making rows anew")

    async def _make_anew(self, remake: Remake, error: UnreadableRows) -> None:
        def found(row: str) -> None:
            log.error("the read database has a row that cannot be read, in %s; all are made anew", row or error)

        try:
            position = await remake(found)
        except UNUSABLE as failed:
            log.error("rows could not be made anew: %s", failed)
            await asyncio.sleep(RETRY_S)
            return
        self._made_at = time.monotonic()
        log.warning("the rows of the read database were made anew, up to position %d, and are in use", position)

    def recovered(self) -> None:
        """Who follows goes on: somebody has made the rows anew."""
        self.follower_waits = self._given_up = False
        if self.alarms:
            self.alarms.end(ALARM)

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task


async def remake(ledger: Ledger, database: ReadDatabase, found: Callable[[str], None]) -> int:
    """The position that the new rows have. `found` is called with the row. Raises what is UNUSABLE."""
    if ledger.url.startswith("memory:"):
        found(await asyncio.to_thread(find, database))
        return await asyncio.to_thread(rebuild, ledger, _quiet, database)
    process = await worker_process.start("controlplane.projections.projector.repair")
    try:
        assert process.stdin is not None
        process.stdin.write(worker_process.framed((os.getpid(), ledger.url)))
        await process.stdin.drain()
        found(str(await worker_process.receive(process)))
        answer = await worker_process.receive(process)
    except (asyncio.IncompleteReadError, ConnectionError):
        raise OSError(f"the process that makes rows anew has ended with {await process.wait()}") from None
    finally:
        await worker_process.end(process)
    if isinstance(answer, int):
        return answer
    raise OSError(str(answer))


def _quiet(_position: int) -> None:
    pass


def main() -> int:
    """The process. It ends with the server."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    logs.set_up(logs.inherited())
    parent, url = worker_process.receive_from(sys.stdin.buffer)
    worker_process.begin(parent)
    database = ReadDatabase(url)
    try:
        with Ledger(url, snapshots=False) as ledger:
            worker_process.send(find(database))
            worker_process.send(rebuild(ledger, _quiet, database))
    except UNUSABLE as error:
        worker_process.send(f"{type(error).__name__}: {' '.join(str(error).split())}")
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
