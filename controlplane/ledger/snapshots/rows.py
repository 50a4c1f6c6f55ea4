"""Where snapshots are kept: a SQLite file beside the ledger's, a table, or nowhere. Blocks: use a thread."""

import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from eventsourcing.persistence import InfrastructureFactory, PersistenceError, StoredEvent
from eventsourcing.sqlite import SQLiteAggregateRecorder, SQLiteDatastore

from controlplane.ledger.snapshots.codec import SnapshotRows
from controlplane.ledger.sqlite.journal import is_broken, remove, with_log

log = logging.getLogger(__name__)


class SQLiteSnapshotRows(SQLiteAggregateRecorder):
    """A file of its own: writing a snapshot never waits for the ledger's writer, nor the writer for it."""

    def __init__(self, path: Path) -> None:
        with_log(path)
        super().__init__(
            SQLiteDatastore(str(path), pool_size=1, originator_id_type="text"), events_table_name="stored_snapshots"
        )
        self.create_table()

    def read(self, stream: str, version: int | None = None) -> Sequence[StoredEvent]:
        after = None if version is None else version - 1
        return self.select_events(stream, gt=after, lte=version, desc=True)

    def put(self, rows: Sequence[StoredEvent], keep: int) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(f"DELETE FROM {self.events_table_name} WHERE originator_version IS NOT ?", (keep,))
            self._insert_events(cursor, rows)

    def close(self) -> None:
        self.datastore.close()


def snapshot_rows(url: str, factory: InfrastructureFactory[Any]) -> SnapshotRows | None:
    """The place that goes with a ledger's URL; None for a ledger that is not kept either."""
    if url.startswith("sqlite:///"):
        return _beside(Path(f"{url.removeprefix('sqlite:///')}.snapshots"))
    if url.startswith("postgresql:"):
        from controlplane.ledger.postgresql.recorder import PostgresSnapshotRows  # noqa: PLC0415 only who uses it loads it

        return PostgresSnapshotRows(cast("Any", factory).datastore)
    return None


def _beside(path: Path) -> SQLiteSnapshotRows | None:
    """None for a file that is whole and cannot be used now: a ledger does without its snapshot."""
    try:
        return SQLiteSnapshotRows(path)
    except (PersistenceError, sqlite3.Error) as error:
        if not is_broken(error):
            log.warning("%s cannot be used (%s): the next start takes longer", path, error)
            return None
        log.warning("%s cannot be used (%s) and is made anew", path, error)
        remove(path)
        return SQLiteSnapshotRows(path)
