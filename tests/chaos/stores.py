"""The databases that chaos runs on: where each is, and how its server, if it has one, is killed and started again."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from tests.support.postgresql import Cluster, postgresql_cluster

START_ATTEMPTS = 25


class Store(Protocol):
    """An empty database of its own. One without a server has nothing to kill."""

    url: str
    has_server: bool

    async def kill(self) -> None:
        """Kills the database's server, as kill -9 does."""
        ...

    async def start(self) -> None:
        """Starts the server again, and waits until it answers."""
        ...


class SqliteStore:
    """A file."""

    has_server = False

    def __init__(self, directory: Path) -> None:
        self.url = f"sqlite:///{directory / 'ledger.db'}"

    async def kill(self) -> None:
        """There is no server."""

    async def start(self) -> None:
        """There is no server."""


@asynccontextmanager
async def sqlite(directory: Path) -> AsyncGenerator[Store]:
    yield SqliteStore(directory)


class PostgresStore:
    """A cluster of its own, whose every process is killed at once."""

    has_server = True

    def __init__(self, cluster: Cluster) -> None:
        self.url = cluster.new_database()
        self._cluster = cluster

    async def kill(self) -> None:
        main = int((self._cluster.directory / "data" / "postmaster.pid").read_text().split()[0])
        for pid in (main, *_children(main)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def start(self) -> None:
        """What the killed ones held may take a moment to be let go."""
        for attempt in range(START_ATTEMPTS):
            try:
                await asyncio.to_thread(self._cluster.start)
            except RuntimeError:
                if attempt == START_ATTEMPTS - 1:
                    raise
                await asyncio.sleep(0.2)
            else:
                return


def _children(parent: int) -> list[int]:
    found: list[int] = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        # It may be gone by now.
        with suppress(OSError):
            # The name, in brackets, may have spaces in it.
            ppid = int(status.read_text().rpartition(") ")[2].split()[1])
            if ppid == parent:
                found.append(int(status.parent.name))
    return found


@contextmanager
def _reachable() -> Generator[Path]:
    """A directory that PostgreSQL's own user can reach."""
    with tempfile.TemporaryDirectory(prefix="chronovisor-chaos-") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


@asynccontextmanager
async def postgresql(_directory: Path) -> AsyncGenerator[Store]:
    with _reachable() as directory, postgresql_cluster(directory / "cluster") as cluster:
        yield PostgresStore(cluster)


STORES = {"sqlite": sqlite, "postgresql": postgresql}


def installed() -> list[str]:
    """The stores that this machine has."""
    has_postgresql = shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return [name for name in STORES if name != "postgresql" or has_postgresql]
