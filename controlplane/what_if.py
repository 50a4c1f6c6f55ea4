"""What-ifs, each in a process of its own: the server's interpreter lock is not theirs. Opens ledgers, changes none.

A ledger in memory is in this process alone: there it runs on a thread.
"""

import asyncio
import contextlib
import os
import pickle
import struct
import sys
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import aclosing, closing
from typing import cast

from eventsourcing.persistence import PersistenceError

from controlplane.domain.errors import Unavailable
from controlplane.domain.fleet import Fleet, Recorded
from controlplane.domain.time import Micros, micros_of
from controlplane.domain.what_if import Asked, Progress, Summary, Told
from controlplane.ledger.backup import sqlite_path
from controlplane.ledger.evidence import Evidence, NoLedger
from controlplane.ledger.mapper import ProtobufMapper
from controlplane.ledger.seals import STREAM
from controlplane.ledger.store import Ledger
from controlplane.processes.what_if import Replay
from controlplane.queries.audit import Rows

PAGE = 1_000
RETRY_BUSY_S = 5.0
# How long the end of the server waits for the end of a replay that it has killed.
CLOSE_S = 2.0
# The exit code that says that the ledger could not be read.
UNREADABLE = 3
# A replay takes the processor only while nobody else wants it.
NICENESS = 10
_LENGTH = struct.Struct("!I")


def replayed(rows: Rows, asked: Asked) -> Iterator[Told]:
    """Progress after each page, points as they are passed, and at last the summary."""
    was, position, time = Fleet(), 0, Micros(0)
    end_time = _time_of(rows, asked.end)
    replay: Replay | None = None
    told = 0
    for batch in _batches(rows):
        if position >= asked.end:
            break
        if replay is None and position >= asked.start:
            replay = Replay(was, asked, position, time or micros_of(batch[0].event.commit_time), end_time)
        if replay is not None:
            yield from replay.take(batch)
        else:
            for each in batch:
                was.apply(each.stream, each.version, each.event)
            was.settle()
        position, time = batch[-1].position, micros_of(batch[-1].event.commit_time)
        if not told or position - told >= PAGE:
            told = position
            yield Progress(position, asked.start, asked.end)
    yield from (replay or Replay(was, asked, position, time, end_time)).end()


def _time_of(rows: Rows, position: int) -> Micros:
    found = rows.rows_after(position - 1, 1)
    return micros_of(ProtobufMapper().to_domain_event(found[0]).event.commit_time) if found else Micros(0)


def _batches(rows: Rows) -> Iterator[list[Recorded]]:
    """Every batch with its seal, read page by page."""
    mapper, position, batch = ProtobufMapper(), 0, list[Recorded]()
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

    async def tell(self, asked: Asked) -> AsyncGenerator[Told, None]:
        """Raises Unavailable while another is under way. Ends its process when it is closed before its end."""
        if not self._idle.is_set():
            raise Unavailable("WHAT_IF_BUSY", "another what-if is being replayed; one runs at a time", RETRY_BUSY_S)
        self._idle.clear()
        try:
            in_memory = self._ledger.url.startswith("memory:")
            async with aclosing(self._on_thread(asked) if in_memory else self._in_process(asked)) as told:
                async for each in told:
                    yield each
        finally:
            self._idle.set()

    async def _on_thread(self, asked: Asked) -> AsyncGenerator[Told, None]:
        told = replayed(self._ledger, asked)
        while (each := await asyncio.to_thread(next, told, None)) is not None:
            yield each

    async def _in_process(self, asked: Asked) -> AsyncGenerator[Told, None]:
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "controlplane.what_if"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # One thread is enough: the fleet's arrays are small, and the server needs the other processors.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "GRPC_ENABLE_FORK_SUPPORT": "0"},
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(pickle.dumps((self._ledger.url, asked)))
            process.stdin.close()
            while True:
                (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
                each = cast("Told", pickle.loads(await process.stdout.readexactly(length)))
                yield each
                if isinstance(each, Summary):
                    return
        except asyncio.IncompleteReadError:
            if await process.wait() == UNREADABLE:
                raise Unavailable("LEDGER_UNAVAILABLE", "the ledger cannot be read now; try again") from None
            raise RuntimeError(f"the what-if's process ended with {process.returncode}") from None
        finally:
            await _end(process)

    async def close(self) -> None:
        """Ends the one that is under way."""
        if self._process:
            _kill(self._process)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), CLOSE_S)


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Reads what it has said and nobody will hear: a pipe that is not read to its end is never closed."""
    _kill(process)
    await process.communicate()


@contextlib.contextmanager
def _opened(url: str) -> Generator[Rows]:
    """The ledger at a URL, to be read alone."""
    if url.startswith("sqlite:///"):
        with Evidence(sqlite_path(url)) as evidence:
            yield evidence
    else:
        with closing(Ledger(url, snapshots=False)) as ledger:
            yield ledger


def main() -> int:
    """The process: what is asked comes on stdin, what is told goes to stdout. The exit code."""
    os.nice(NICENESS)
    url, asked = pickle.load(sys.stdin.buffer)
    out = sys.stdout.buffer
    try:
        with _opened(url) as rows:
            for each in replayed(rows, asked):
                frame = pickle.dumps(each)
                out.write(_LENGTH.pack(len(frame)) + frame)
                out.flush()
    except BrokenPipeError:
        # Nobody waits for it any more.
        sys.stderr.close()
    except (NoLedger, PersistenceError, OSError) as error:
        print(f"what-if: {error}", file=sys.stderr)
        return UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
