"""What-ifs, each in a process of its own: the server's interpreter lock is not theirs. Opens ledgers, changes none.

A ledger in memory is in this process alone: there it runs on a thread.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import cast

from eventsourcing.persistence import PersistenceError

from controlplane.domain.errors import Unavailable
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.reasons import Reason
from controlplane.domain.time import Micros, micros_of
from controlplane.ledger.mapper import ProtobufMapper
from controlplane.ledger.raw_reader import RawRows, opened
from controlplane.ledger.read_only import NoLedger
from controlplane.ledger.seals import STREAM
from controlplane.ledger.store import Ledger
from controlplane.runtime import worker_process
from controlplane.runtime.waiting import wait_for_event
from controlplane.what_if.replay import Replay
from controlplane.what_if.scenario import Progress, ReplayMessage, Scenario, Summary

PAGE = 1_000
RETRY_BUSY_S = 5.0
# How long the end of the server waits for the end of a replay that it has killed.
CLOSE_S = 2.0
# The exit code that says that the ledger could not be read.
UNREADABLE = 3


def replayed(rows: RawRows, scenario: Scenario) -> Iterator[ReplayMessage]:
    """Progress after each page, points as they are passed, and at last the summary."""
    was, position, time = Fleet(), 0, Micros(0)
    end_time = _time_of(rows, scenario.end)
    replay: Replay | None = None
    reported = 0
    for batch in _batches(rows):
        if position >= scenario.end:
            break
        if replay is None and position >= scenario.start:
            replay = Replay(was, scenario, position, time or micros_of(batch[0].event.commit_time), end_time)
        if replay is not None:
            yield from replay.take(batch)
        else:
            for each in batch:
                was.apply(each.stream, each.version, each.event)
            was.settle()
        position, time = batch[-1].position, micros_of(batch[-1].event.commit_time)
        if not reported or position - reported >= PAGE:
            reported = position
            yield Progress(position, scenario.start, scenario.end)
    yield from (replay or Replay(was, scenario, position, time, end_time)).end()


def _time_of(rows: RawRows, position: int) -> Micros:
    found = rows.rows_after(position - 1, 1)
    return micros_of(ProtobufMapper().to_domain_event(found[0]).event.commit_time) if found else Micros(0)


def _batches(rows: RawRows) -> Iterator[list[RecordedEvent]]:
    """Every batch with its seal, read page by page."""
    mapper, position, batch = ProtobufMapper(), 0, list[RecordedEvent]()
    while page := rows.rows_after(position, PAGE):
        for row in page:
            batch.append(mapper.to_domain_event(row))
            if batch[-1].stream == STREAM:
                yield batch
                batch = []
        position = page[-1].id


class WhatIfs:
    """Carries out one what-if at a time, over the ledger of a running control plane."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._idle = asyncio.Event()
        self._idle.set()
        self._process: asyncio.subprocess.Process | None = None

    async def replay(self, scenario: Scenario) -> AsyncGenerator[ReplayMessage, None]:
        """Raises Unavailable while another is under way. Ends its process when it is closed before its end."""
        if not self._idle.is_set():
            raise Unavailable(
                Reason.WHAT_IF_BUSY, "another what-if is being replayed; one runs at a time", RETRY_BUSY_S
            )
        self._idle.clear()
        try:
            in_memory = self._ledger.url.startswith("memory:")
            async with aclosing(self._on_thread(scenario) if in_memory else self._in_process(scenario)) as messages:
                async for each in messages:
                    yield each
        finally:
            self._idle.set()

    async def _on_thread(self, scenario: Scenario) -> AsyncGenerator[ReplayMessage, None]:
        messages = replayed(self._ledger, scenario)
        while (each := await asyncio.to_thread(next, messages, None)) is not None:
            yield each

    async def _in_process(self, scenario: Scenario) -> AsyncGenerator[ReplayMessage, None]:
        process = self._process = await worker_process.start("controlplane.what_if.worker")
        assert process.stdin is not None
        try:
            process.stdin.write(worker_process.framed((os.getpid(), self._ledger.url, scenario)))
            process.stdin.close()
            while True:
                each = cast("ReplayMessage", await worker_process.receive(process))
                yield each
                if isinstance(each, Summary):
                    return
        except asyncio.IncompleteReadError:
            if await process.wait() == UNREADABLE:
                raise Unavailable(Reason.LEDGER_UNAVAILABLE, "the ledger cannot be read now; try again") from None
            raise RuntimeError(f"the what-if's process ended with {process.returncode}") from None
        finally:
            await worker_process.end(process)

    async def close(self) -> None:
        """Ends the one that is under way."""
        if self._process:
            worker_process.kill(self._process)
        await wait_for_event(self._idle, CLOSE_S)


def main() -> int:
    """The worker process: the scenario comes on stdin, messages go to stdout. The exit code."""
    parent, url, scenario = worker_process.receive_from(sys.stdin.buffer)
    worker_process.begin(parent)
    try:
        with opened(url) as rows:
            for each in replayed(rows, scenario):
                worker_process.send(each)
    except BrokenPipeError:
        # Nobody waits for it any more.
        sys.stderr.close()
    except (NoLedger, PersistenceError, OSError) as error:
        print(f"what-if: {error}", file=sys.stderr)
        return UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
