"""The library's recorders, with readings added: notifications of one stream, by address, and by position."""

import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from uuid import UUID

from eventsourcing.persistence import DatabaseError, Notification, OperationalError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from controlplane.ledger.alterations import StoreAltered
from controlplane.ledger.sqlite.file_guard import LedgerFiles
from controlplane.ledger.sqlite.schema import OBJECTS, VERSION, schema_fault
from controlplane.ledger.topic_counts import TopicCount, counting_of


class LedgerRecorder(Protocol):
    """What the ledger needs of a recorder beside the library's own interface."""

    def select_stream(
        self, stream: str, after: int, limit: int, topics: Sequence[str] = (), newest_before: int = 0
    ) -> Sequence[Notification]:
        """The events of one stream after a position, in order; only those of `topics`, if any.

        With `newest_before`, those before that position, too, and the newest first.
        """
        ...

    def select_streams(
        self, streams: Sequence[tuple[str, int]], limit: int, topics: Sequence[str] = ()
    ) -> Sequence[Notification]:
        """The first events of each of these streams after its position, up to `limit` of each, stream by stream."""
        ...

    def count_stream(self, stream: str, bounds: Sequence[int]) -> Sequence[TopicCount]:
        """How many events of each topic one stream has between each two neighbours of these positions, in no order."""
        ...

    def select_addresses(self, addresses: Sequence[tuple[str, int]]) -> Sequence[Notification]:
        """The events at these streams and versions, those that there are, in no order."""
        ...

    def select_positions(self, positions: Sequence[int]) -> Sequence[Notification]:
        """The events at these positions, those that there are, in no order."""
        ...


# SQLite takes 32,766 parameters a statement; a row has four.
ROWS_A_STATEMENT = 8_000
# SQLite takes 500 parts of a compound statement.
STREAMS_A_STATEMENT = 250


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
        # Called a few times a second: so a file that is gone is noticed before a command meets it.
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
        # Of rows that triggers write, this count alone shows the number.
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

    def select_stream(
        self, stream: str, after: int, limit: int, topics: Sequence[str] = (), newest_before: int = 0
    ) -> Sequence[Notification]:
        of_topics = f"AND topic IN ({','.join('?' * len(topics))}) " if topics else ""
        before = f"AND rowid<{newest_before:d} " if newest_before else ""
        order = f"ORDER BY originator_version {'DESC' if newest_before else 'ASC'} LIMIT ?"
        condition = f"originator_id=? AND rowid>? {of_topics}{before}{order}"
        return self._selected(condition, (stream, after, *topics, limit))

    def select_streams(
        self, streams: Sequence[tuple[str, int]], limit: int, topics: Sequence[str] = ()
    ) -> Sequence[Notification]:
        of_topics = f"AND topic IN ({','.join('?' * len(topics))}) " if topics else ""
        part = (
            f"SELECT * FROM (SELECT rowid, * FROM {self.events_table_name} WHERE originator_id=? AND rowid>? "
            f"{of_topics}ORDER BY originator_version LIMIT ?)"
        )
        found: list[Notification] = []
        for start in range(0, len(streams), STREAMS_A_STATEMENT):
            some = streams[start : start + STREAMS_A_STATEMENT]
            parameters = [each for stream, after in some for each in (stream, after, *topics, limit)]
            found += self._executed(" UNION ALL ".join([part] * len(some)), parameters)
        return found

    def count_stream(self, stream: str, bounds: Sequence[int]) -> Sequence[TopicCount]:
        values = ",".join(["(?)"] * (len(bounds) - 1))
        events = (
            f"SELECT rowid, topic, NULL FROM {self.events_table_name} WHERE originator_id=? AND rowid>? AND rowid<=?"
        )
        statement = counting_of(f"VALUES {values}", events)
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, (*bounds[:-1], stream, bounds[0], bounds[-1]))
            return [TopicCount(row["place"], row["topic"], row["events"]) for row in cursor.fetchall()]

    def select_addresses(self, addresses: Sequence[tuple[str, int]]) -> Sequence[Notification]:
        found: list[Notification] = []
        for start in range(0, len(addresses), ROWS_A_STATEMENT):
            some = addresses[start : start + ROWS_A_STATEMENT]
            values = ",".join(["(?,?)"] * len(some))
            parameters = [value for address in some for value in address]
            found += self._selected(f"(originator_id, originator_version) IN (VALUES {values})", parameters)
        return found

    def select_positions(self, positions: Sequence[int]) -> Sequence[Notification]:
        found: list[Notification] = []
        for start in range(0, len(positions), ROWS_A_STATEMENT):
            some = positions[start : start + ROWS_A_STATEMENT]
            found += self._selected(f"rowid IN ({','.join('?' * len(some))})", some)
        return found

    def _selected(self, condition: str, parameters: Sequence[object]) -> Sequence[Notification]:
        return self._executed(f"SELECT rowid, * FROM {self.events_table_name} WHERE {condition}", parameters)

    def _executed(self, statement: str, parameters: Sequence[object]) -> Sequence[Notification]:
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, parameters)
            return [
                Notification(row["originator_id"], row["originator_version"], row["topic"], row["state"], row["rowid"])
                for row in cursor.fetchall()
            ]


class MemoryLedgerRecorder(POPOApplicationRecorder):
    """Memory: for tests and for what-if copies."""

    def select_stream(
        self, stream: str, after: int, limit: int, topics: Sequence[str] = (), newest_before: int = 0
    ) -> Sequence[Notification]:
        with self._database_lock:
            # Not by `[]`, which would make room for a stream that there is not.
            places = self._stored_events_index.get(stream, {}).values()
            found = [(place + 1, self._stored_events[place]) for place in places if place + 1 > after]
        found = [each for each in found if not topics or each[1].topic in topics]
        if newest_before:
            found = [each for each in reversed(found) if each[0] < newest_before]
        return [
            Notification(stream, each.originator_version, each.topic, each.state, position)
            for position, each in found[:limit]
        ]

    def select_streams(
        self, streams: Sequence[tuple[str, int]], limit: int, topics: Sequence[str] = ()
    ) -> Sequence[Notification]:
        return [each for stream, after in streams for each in self.select_stream(stream, after, limit, topics)]

    def count_stream(self, stream: str, bounds: Sequence[int]) -> Sequence[TopicCount]:
        with self._database_lock:
            places = self._stored_events_index.get(stream, {}).values()
            found = [(place + 1, self._stored_events[place].topic) for place in places]
        counts = Counter(
            (bisect_left(bounds, position) - 1, topic)
            for position, topic in found
            if bounds[0] < position <= bounds[-1]
        )
        return [TopicCount(place, topic, events) for (place, topic), events in counts.items()]

    def select_addresses(self, addresses: Sequence[tuple[str, int]]) -> Sequence[Notification]:
        with self._database_lock:
            index = self._stored_events_index
            places = [index.get(stream, {}).get(version) for stream, version in addresses]
        return self.select_positions([place + 1 for place in places if place is not None])

    def select_positions(self, positions: Sequence[int]) -> Sequence[Notification]:
        with self._database_lock:
            last = len(self._stored_events)
            found = [(each, self._stored_events[each - 1]) for each in positions if 0 < each <= last]
        return [
            Notification(each.originator_id, each.originator_version, each.topic, each.state, position)
            for position, each in found
        ]
