"""The library's recorders, with one reading added: the notifications of one stream, with their positions."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from eventsourcing.persistence import Notification, OperationalError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor


class LedgerRecorder(Protocol):
    """What the ledger needs of a recorder beside the library's own interface."""

    def select_stream(self, stream: str, after: int, limit: int) -> Sequence[Notification]:
        """The events of one stream after a position, in order."""
        ...


# SQLite takes 32,766 parameters a statement; a row has four.
ROWS_A_STATEMENT = 8_000


class _File(NamedTuple):
    """What a path led to: which file, and how long it was."""

    device: int
    inode: int
    size: int


class SQLiteLedgerRecorder(SQLiteApplicationRecorder):
    """A file: durable, one machine."""

    _file: _File | None = None

    def create_table(self) -> None:
        super().create_table()
        self._file = self._file_now()

    def _file_now(self) -> _File:
        """Raises OperationalError when there is none."""
        path = self.datastore.pool.db_name
        try:
            found = Path(path).stat()
        except OSError as error:
            raise OperationalError(f"{path} was removed while in use: {error}") from error
        return _File(found.st_dev, found.st_ino, found.st_size)

    def _check_file(self) -> None:
        """SQLite goes on writing to a file that has lost its name: nothing may be acknowledged that nobody can find."""
        before, now = self._file, self._file_now()
        if before is not None and (now.device, now.inode) != (before.device, before.inode):
            raise OperationalError(f"{self.datastore.pool.db_name} was replaced while in use: put it back, or restart")
        if before is not None and now.size < before.size:
            raise OperationalError(f"{self.datastore.pool.db_name} was cut while in use: restore it from a backup")
        self._file = now

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: object
    ) -> Sequence[int] | None:
        """Many rows in one statement: the interpreter's lock is given up once a batch, not once a row."""
        self._check_file()
        positions: list[int] = []
        for start in range(0, len(stored_events), ROWS_A_STATEMENT):
            rows = stored_events[start : start + ROWS_A_STATEMENT]
            parameters: list[object] = []
            for each in rows:
                parameters += (each.originator_id, each.originator_version, each.topic, each.state)
            c.execute(f"INSERT INTO {self.events_table_name} VALUES " + ",".join(["(?,?,?,?)"] * len(rows)), parameters)
            # Within one statement and one transaction, each row's id is one more than the one before.
            last: int = c.lastrowid
            positions += range(last - len(rows) + 1, last + 1)
        return positions

    def select_stream(self, stream: str, after: int, limit: int) -> Sequence[Notification]:
        statement = (
            f"SELECT rowid, * FROM {self.events_table_name} WHERE originator_id=? AND rowid>? "
            "ORDER BY originator_version LIMIT ?"
        )
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, (stream, after, limit))
            return [
                Notification(stream, row["originator_version"], row["topic"], row["state"], row["rowid"])
                for row in cursor.fetchall()
            ]


class MemoryLedgerRecorder(POPOApplicationRecorder):
    """Memory: for tests and for what-if copies."""

    def select_stream(self, stream: str, after: int, limit: int) -> Sequence[Notification]:
        with self._database_lock:
            index = self._stored_events_index[stream]
            found = [(place + 1, self._stored_events[place]) for place in index.values() if place + 1 > after]
        return [
            Notification(stream, each.originator_version, each.topic, each.state, position)
            for position, each in found[:limit]
        ]
