"""Where full subtrees of at least TILE leaves are kept: memory, or a SQLite file beside the ledger's. A cache. Blocks.

They follow from the events, and are believed only as far as the last seal's root agrees. A row for each 128 events.
"""

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

from eventsourcing.persistence import InfrastructureFactory, OperationalError

from controlplane.ledger.sqlite.journal import is_broken, remove, with_log
from controlplane.ledger.tree.compact_range import TILE_LEVEL, Address

log = logging.getLogger(__name__)
SUFFIX = ".tree"


class StoredNode(NamedTuple):
    """A full subtree. `position` is that of its last leaf."""

    address: Address
    hash: bytes
    position: int


class NodeStore(Protocol):
    """Nodes by their addresses. Raises PersistenceErrors."""

    def put(self, nodes: Iterable[StoredNode]) -> None: ...

    def get(self, address: Address) -> StoredNode | None: ...

    def tiles(self) -> int:
        """How many nodes of TILE_LEVEL there are."""
        ...

    def clear(self) -> None: ...

    def close(self) -> None: ...


class MemoryNodes:
    """For ledgers that are not kept either."""

    def __init__(self) -> None:
        self._nodes: dict[Address, StoredNode] = {}
        self._tiles = 0

    def put(self, nodes: Iterable[StoredNode]) -> None:
        for each in nodes:
            self._nodes[each.address] = each
            if each.address.level == TILE_LEVEL:
                self._tiles = max(self._tiles, each.address.number + 1)

    def get(self, address: Address) -> StoredNode | None:
        return self._nodes.get(address)

    def tiles(self) -> int:
        return self._tiles

    def clear(self) -> None:
        self._nodes.clear()
        self._tiles = 0

    def close(self) -> None:
        pass


class SQLiteNodes:
    """A file of its own, so that the writer does not wait for it. What a power failure takes from it is made again."""

    def __init__(self, path: Path) -> None:
        """Raises sqlite3.Error."""
        with_log(path)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS nodes (level INTEGER, number INTEGER, hash BLOB, position INTEGER, "
            "PRIMARY KEY (level, number)) WITHOUT ROWID"
        )

    def put(self, nodes: Iterable[StoredNode]) -> None:
        rows = [(*each.address, each.hash, each.position) for each in nodes]
        with self._locked():
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR REPLACE INTO nodes VALUES (?,?,?,?)", rows)
            self._connection.execute("COMMIT")

    def get(self, address: Address) -> StoredNode | None:
        with self._locked():
            statement = "SELECT hash, position FROM nodes WHERE level=? AND number=?"
            row = self._connection.execute(statement, address).fetchone()
        return StoredNode(address, *row) if row else None

    def tiles(self) -> int:
        with self._locked():
            statement = "SELECT coalesce(max(number), -1) + 1 FROM nodes WHERE level=?"
            return int(self._connection.execute(statement, (TILE_LEVEL,)).fetchone()[0])

    def clear(self) -> None:
        with self._locked():
            self._connection.execute("DELETE FROM nodes")

    @contextlib.contextmanager
    def _locked(self):
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise OperationalError(str(error)) from error

    def close(self) -> None:
        self._connection.close()


def node_store(url: str, factory: InfrastructureFactory[Any]) -> NodeStore:
    """The place that goes with a ledger's URL."""
    if url.startswith("sqlite:///"):
        return _beside(Path(f"{url.removeprefix('sqlite:///')}{SUFFIX}"))
    if url.startswith("postgresql:"):
        from controlplane.ledger.postgresql.nodes import PostgresNodes  # noqa: PLC0415 only who uses it loads it

        return PostgresNodes(cast("Any", factory).datastore)
    return MemoryNodes()


def _beside(path: Path) -> NodeStore:
    """In memory where the file cannot be used: then the next start makes the tree again."""
    try:
        return SQLiteNodes(path)
    except sqlite3.Error as error:
        log.warning("%s cannot be used (%s)", path, error)
        if not is_broken(error):
            return MemoryNodes()
    remove(path)
    return SQLiteNodes(path)
