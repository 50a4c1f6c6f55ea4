"""The library's recorders, with one reading added: the notifications of one stream, with their positions."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from uuid import UUID

from eventsourcing.persistence import DatabaseError, Notification, OperationalError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from controlplane.ledger.alterations import StoreAltered
from controlplane.ledger.files import LedgerFiles
from controlplane.ledger.sqlite_schema import OBJECTS, VERSION, schema_fault


class LedgerRecorder(Protocol):
    """What the ledger needs of a recorder beside the library's own interface."""

    def select_stream(self, stream: str, after: int, limit: int) -> Sequence[Notification]:
        """The events of one stream after a position, in order."""
        ...


# SQLite takes 32,766 parameters a statement; a row has four.
ROWS_A_STATEMENT = 8_000


class SQLiteLedgerRecorder(SQLiteApplicationRecorder):
    """A file: durable, one machine. Once it is not the file at its path, nothing is taken."""

    _files: LedgerFiles | None = None
    # SQLite's own number for the schema that was checked last: every change of it has another.
    _schema: object = None

    def create_table(self) -> None:
        """Raises DatabaseError for a schema that is not of a ledger."""
        try:
            super().create_table()
            with self.datastore.transaction(commit=False) as cursor:
                self._check_schema(cursor)
        except UnicodeDecodeError as error:
            # SQLite's own messages may quote what is stored.
            raise DatabaseError(str(error)) from error
        except StoreAltered as error:
            raise DatabaseError(str(error)) from error
        self._files = LedgerFiles(Path(self.datastore.pool.db_name))

    def _check_schema(self, cursor: SQLiteCursor) -> None:
        """Raises StoreAltered. It costs a look at the file's head for as long as the schema is the one of before."""
        cursor.execute(VERSION)
        version = tuple(cursor.fetchone())
        if version != self._schema:
            cursor.execute(OBJECTS)
            if fault := schema_fault(tuple(row) for row in cursor.fetchall()):
                raise StoreAltered(fault)
            self._schema = version

    def _check_files(self) -> None:
        if self._files:
            self._files.check()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: object) -> Sequence[int] | None:
        self._check_files()
        try:
            positions = super().insert_events(stored_events, **kwargs)
        except OperationalError as error:
            if "readonly" not in str(error):
                raise
            # Nothing was written. The connection may be older than the permission to write.
            self._reconnect()
            positions = super().insert_events(stored_events, **kwargs)
        # What was written to a file that had just lost its name is found by nobody. Then the writer's look at the
        # chain's end fails, too.
        self._check_files()
        return positions

    def _reconnect(self) -> None:
        """A connection that was opened while the file was read-only stays so: closes those that are not in use."""
        pool = self.datastore.pool
        for _ in range(pool.num_in_pool):
            connection = pool.get_connection(is_writer=False)
            connection.close()
            pool.put_connection(connection)
        if self._files:
            self._files.mend_permissions()

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        self._check_files()
        return super().select_events(originator_id, gt=gt, lte=lte, desc=desc, limit=limit)

    def max_notification_id(self) -> int:
        # Asked for a few times a second: so a file that is gone is told of before a command meets it.
        self._check_files()
        return super().max_notification_id()

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        *,
        after: int | None = None,
        jump: bool = False,
        **_: object,
    ) -> Sequence[int] | None:
        """Many rows in one statement: the interpreter's lock is given up once a batch, not once a row.

        Raises StoreAltered, and keeps nothing, when other rows were written than these, or not right after position
        `after`, or of None, after the last one. With `jump`, the ledger is not at `after` yet.
        """
        cursor = c.sqlite_cursor
        # Of rows that triggers write, this count alone tells.
        changes = cursor.connection.total_changes
        if jump and stored_events:
            self._insert_at(c, stored_events[0], (after or 0) + 1)
        for start in range(1 if jump else 0, len(stored_events), ROWS_A_STATEMENT):
            rows = stored_events[start : start + ROWS_A_STATEMENT]
            parameters: list[object] = []
            for each in rows:
                parameters += (each.originator_id, each.originator_version, each.topic, each.state)
            c.execute(f"INSERT INTO {self.events_table_name} VALUES " + ",".join(["(?,?,?,?)"] * len(rows)), parameters)
        written: int = cursor.connection.total_changes - changes
        last: int = c.lastrowid
        # After the insert, which locks the file: a transaction that began by reading could be refused to write.
        self._check_schema(c)
        first = 1 + (self._last_before(cursor, last - len(stored_events)) if after is None else after)
        if written != len(stored_events):
            raise StoreAltered(f"an append of {len(stored_events)} rows wrote {written}")
        if last != first + len(stored_events) - 1:
            raise StoreAltered(f"an append of {len(stored_events)} rows after position {first - 1} ended at {last}")
        # Within one transaction, each row's position is one more than the one before.
        return range(first, last + 1)

    def _insert_at(self, c: SQLiteCursor, event: StoredEvent, position: int) -> None:
        columns = "rowid, originator_id, originator_version, topic, state"
        row = (position, event.originator_id, event.originator_version, event.topic, event.state)
        c.execute(f"INSERT INTO {self.events_table_name} ({columns}) VALUES (?,?,?,?,?)", row)

    def _last_before(self, cursor: sqlite3.Cursor, position: int) -> int:
        statement = f"SELECT coalesce(max(rowid), 0) FROM {self.events_table_name} WHERE rowid <= ?"
        (last,) = cursor.execute(statement, (position,)).fetchone()
        return last

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
