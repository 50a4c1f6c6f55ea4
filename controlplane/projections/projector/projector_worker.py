"""IncrementalFold in a process of its own: a server with much to write keeps its interpreter's lock for deciding.

The server sends a position, and is answered with the one that is reached, or in words why it cannot be.
"""

import asyncio
import gc
import os
import signal
import sys
from contextlib import closing
from typing import NamedTuple

from chronovisor import logs

from controlplane.ledger.store import Ledger
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.projector.incremental import UNUSABLE, IncrementalFold
from controlplane.projections.projector.unreadable_rows import UnreadableRows
from controlplane.runtime import worker_process


class WorkerTerms(NamedTuple):
    """When a worker process is worth its start and its memory: after so many events written in the server.

    A transaction that takes longer than `longest_s` will not end: its process is ended, and another one goes on.
    """

    after_events: int = 2_000
    longest_s: float = 60.0


DEFAULT_TERMS = WorkerTerms()


class WorkerProjector:
    """In another process, which opens the ledger and the read database of `url`."""

    def __init__(self, url: str, longest_s: float = DEFAULT_TERMS.longest_s) -> None:
        self._url, self._longest_s = url, longest_s
        self._process: asyncio.subprocess.Process | None = None

    async def open(self) -> int:
        self._process = await worker_process.start("controlplane.projections.projector.projector_worker")
        return await self._answered((os.getpid(), self._url))

    async def go_on(self, to: int) -> int:
        try:
            async with asyncio.timeout(self._longest_s):
                return await self._answered(to)
        except TimeoutError:
            raise OSError(f"the process that writes it has not answered for {self._longest_s:g} s") from None

    async def _answered(self, request: object) -> int:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        try:
            process.stdin.write(worker_process.framed(request))
            await process.stdin.drain()
            answer = await worker_process.receive(process)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise OSError(f"the process that writes it has ended with {await process.wait()}") from None
        if isinstance(answer, int):
            return answer
        raise OSError(str(answer))

    async def close(self) -> None:
        if self._process:
            await worker_process.end(self._process)
            self._process = None


def main() -> int:
    """The process. It ends with the server, or when its stdin does."""
    # What ends the server, from a terminal or a service manager, may come here too: the server says when.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    logs.set_up(logs.inherited())
    parent, url = worker_process.receive_from(sys.stdin.buffer)
    worker_process.begin(parent, niceness=0)
    # Nothing here makes cycles, and looking for some takes a tenth of the time.
    gc.disable()
    database = ReadDatabase(url)
    try:
        with Ledger(url, snapshots=False) as ledger, closing(database):
            _answer(IncrementalFold(database, ledger.after))
    except OSError as error:
        worker_process.send(_in_words(error))
    return 0


def _answer(fold: IncrementalFold) -> None:
    try:
        worker_process.send(fold.open())
        while True:
            worker_process.send(fold.go_on(worker_process.receive_from(sys.stdin.buffer)))
    except EOFError:
        return
    except (*UNUSABLE, UnreadableRows) as error:
        # The server begins anew, with another process.
        worker_process.send(_in_words(error))


def _in_words(error: Exception) -> str:
    """In one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


if __name__ == "__main__":
    sys.exit(main())
