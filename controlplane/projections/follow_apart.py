"""Following in a process of its own: a server with much to write keeps its interpreter's lock for deciding.

The server tells a position in a line, and is answered with the one that is reached, until that is the one it told.
"""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import NamedTuple, Protocol

from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

from controlplane import aside
from controlplane.ledger.store import Ledger
from controlplane.projections.following import Following
from controlplane.projections.read_database import ReadDatabase

# What makes the ledger or the read database unusable, perhaps only for now.
UNUSABLE = (SQLAlchemyError, OSError, PersistenceError)


# A transaction that takes longer will not end: its process is ended, and another one goes on.
LONGEST_S = 60.0


class Place(Protocol):
    """Where the rows are kept up with the ledger. Every method but `close` raises what is UNUSABLE."""

    async def open(self) -> int:
        """The position that the rows are at."""
        ...

    async def go_on(self, to: int) -> int:
        """Writes some of what comes next, and not after `to`. The position that is reached."""
        ...

    async def close(self) -> None: ...


class Here:
    """On a thread of this process."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._running: asyncio.Future[int] | None = None

    async def open(self) -> int:
        return await self._on_thread(self._following.open)

    async def go_on(self, to: int) -> int:
        return await self._on_thread(self._following.go_on, to)

    async def _on_thread(self, work: Callable[..., int], *arguments: int) -> int:
        self._running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
        return await asyncio.shield(self._running)

    async def close(self) -> None:
        """A thread cannot be ended from outside: what it uses stays open until it has ended."""
        if self._running:
            await asyncio.wait([self._running])


class Asked(NamedTuple):
    """Of which ledger the rows are, and whose process this is."""

    url: str
    parent: int


class Apart:
    """In another process, which opens the ledger and the read database of `url`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._process: asyncio.subprocess.Process | None = None

    async def open(self) -> int:
        self._process = await aside.start("controlplane.projections.follow_apart")
        return await self._asked(json.dumps(Asked(self._url, os.getpid())))

    async def go_on(self, to: int) -> int:
        try:
            return await asyncio.wait_for(self._asked(str(to)), LONGEST_S)
        except TimeoutError:
            raise OSError(f"the process that writes it has not answered for {LONGEST_S:g} s") from None

    async def _asked(self, line: str) -> int:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(f"{line}\n".encode())
            await process.stdin.drain()
            answer = (await process.stdout.readline()).decode()
        except ConnectionError:
            answer = ""
        if answer.strip().isdigit():
            return int(answer)
        raise OSError(answer.strip() or f"the process that writes it has ended with {await process.wait()}")

    async def close(self) -> None:
        if self._process:
            await aside.end(self._process)
            self._process = None


def main() -> int:
    """The process. It ends with the server, or when its stdin does."""
    # What ends the server, from a terminal or a service manager, may come here too: the server says when.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    asked = Asked(*json.loads(sys.stdin.readline()))
    aside.begin(asked.parent, niceness=0)
    # Nothing here makes cycles, and looking for some takes a tenth of the time.
    gc.disable()
    database = ReadDatabase(asked.url)
    try:
        with Ledger(asked.url, snapshots=False) as ledger, closing(database):
            _answer(Following(database, ledger.after), sys.stdin)
    except OSError as error:
        _say(error)
    return 0


def _answer(following: Following, lines: Iterable[str]) -> None:
    try:
        print(following.open(), flush=True)
        for line in lines:
            print(following.go_on(int(line)), flush=True)
    except UNUSABLE as error:
        # The server begins anew, with another process.
        _say(error)


def _say(error: Exception) -> None:
    """In one line, which is no number."""
    print(f"{type(error).__name__}: {' '.join(str(error).split())}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
