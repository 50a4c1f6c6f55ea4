"""All rows made anew because one cannot be read: beside those in use, in a process of its own where that can be.

The process tells which row it is, in words, and then the position that the new rows have; or in words why it failed.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable

from controlplane.ledger.store import Ledger
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.projector.incremental import UNUSABLE
from controlplane.projections.projector.rebuild import rebuild
from controlplane.projections.projector.unreadable_rows import find
from controlplane.runtime import worker_process


async def remade(ledger: Ledger, database: ReadDatabase, found: Callable[[str], None]) -> int:
    """The position that the new rows have. `found` is called with the row. Raises what is UNUSABLE."""
    if ledger.url.startswith("memory:"):
        found(await asyncio.to_thread(find, database))
        return await asyncio.to_thread(rebuild, ledger, _quiet, database)
    process = await worker_process.start("controlplane.projections.projector.remake_worker")
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
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    parent, url = worker_process.receive_from(sys.stdin.buffer)
    worker_process.begin(parent)
    database = ReadDatabase(url)
    try:
        with Ledger(url, snapshots=False) as ledger:
            worker_process.tell(find(database))
            worker_process.tell(rebuild(ledger, _quiet, database))
    except UNUSABLE as error:
        worker_process.tell(f"{type(error).__name__}: {' '.join(str(error).split())}")
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
