"""The recorder on PostgreSQL: one statement a batch, no table lock. Imported only when such a store is used."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import unquote, urlsplit

from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresApplicationRecorder, PostgresDatastore
from psycopg.sql import SQL, Identifier

# In seconds. A server that is away must not hold up a command for long: the caller can retry, the writer cannot wait.
CONNECT_TIMEOUT = 2


def environment_of(url: str) -> dict[str, str]:
    """The library's settings for `postgresql://user:password@host:port/database`. Raises ValueError for another URL."""
    parts = urlsplit(url)
    if not parts.path.strip("/") or not parts.hostname or not parts.username:
        raise ValueError(f"a PostgreSQL store is postgresql://USER@HOST:PORT/DATABASE, not {url!r}")
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": unquote(parts.path.strip("/")),
        "POSTGRES_HOST": parts.hostname,
        "POSTGRES_PORT": str(parts.port or 5432),
        "POSTGRES_USER": unquote(parts.username),
        "POSTGRES_PASSWORD": unquote(parts.password or ""),
        "POSTGRES_CONNECT_TIMEOUT": str(CONNECT_TIMEOUT),
        "POSTGRES_POOL_SIZE": "2",
        "POSTGRES_MAX_OVERFLOW": "6",
        # A connection that the server has dropped is noticed before it is used.
        "POSTGRES_PRE_PING": "y",
    }


F = TypeVar("F", bound=Callable[..., Any])


def _once(retried: F) -> F:
    """The library's method without its `@retry`."""
    return cast("Any", retried).__wrapped__


class PostgresLedgerRecorder(PostgresApplicationRecorder):
    """The library's recorder, with three changes.

    An insert is one statement, which is one transaction and one round trip, and is tried once: whether a lost one was
    stored is for the writer to find out. It takes no lock: every append ends with a seal whose number is unique, so of
    two that overlap only one can commit, and positions still appear in the order of commits. Reads are tried once too:
    the library's ten attempts would keep every command waiting for half a minute while the server is away.
    """

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        table = {"schema": Identifier(datastore.schema), "table": Identifier(events_table_name)}
        self._insert = SQL(
            "INSERT INTO {schema}.{table} (originator_id, originator_version, topic, state) "
            "SELECT stream, version, topic, state "
            "FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bytea[]) "
            "WITH ORDINALITY AS given (stream, version, topic, state, place) ORDER BY place "
            "RETURNING notification_id"
        ).format(**table)
        self._select_stream = SQL(
            "SELECT * FROM {schema}.{table} WHERE originator_id = %s AND notification_id > %s "
            "ORDER BY originator_version LIMIT %s"
        ).format(**table)

    select_events = _once(PostgresApplicationRecorder.select_events)
    select_notifications = _once(PostgresApplicationRecorder.select_notifications)
    max_notification_id = _once(PostgresApplicationRecorder.max_notification_id)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: object) -> Sequence[int]:
        columns = (
            [each.originator_id for each in stored_events],
            [each.originator_version for each in stored_events],
            [each.topic for each in stored_events],
            [each.state for each in stored_events],
        )
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(self._insert, columns, prepare=True)
            return [row["notification_id"] for row in cursor.fetchall()]

    def select_stream(self, stream: str, after: int, limit: int) -> Sequence[Notification]:
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(self._select_stream, (stream, after, limit), prepare=True)
            return [
                Notification(
                    stream, row["originator_version"], row["topic"], bytes(row["state"]), row["notification_id"]
                )
                for row in cursor.fetchall()
            ]


class PostgresSnapshotRows(PostgresAggregateRecorder):
    """Snapshots in a table of their own, in the ledger's database."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        super().__init__(datastore, events_table_name="stored_snapshots")
        self.create_table()
        self._delete = SQL("DELETE FROM {schema}.{table}").format(
            schema=Identifier(datastore.schema), table=Identifier(self.events_table_name)
        )

    def read(self, stream: str) -> Sequence[StoredEvent]:
        return self.select_events(stream, desc=True)

    def replace(self, rows: Sequence[StoredEvent]) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self._delete)
            self._insert_stored_events(cursor, rows)

    def close(self) -> None:
        """The datastore is the ledger's, which closes it."""
