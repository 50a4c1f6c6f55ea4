"""The recorder on PostgreSQL: one statement a batch, no table lock. Imported only when such a store is used."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString, TypeVar, cast

import psycopg
from eventsourcing.persistence import Notification, ProgrammingError, StoredEvent
from eventsourcing.postgres import (
    BasePostgresFactory,
    PostgresAggregateRecorder,
    PostgresApplicationRecorder,
    PostgresFactory,
)
from eventsourcing.utils import Environment, get_topic
from psycopg.sql import SQL, Composed, Identifier

from controlplane.ledger.alterations import StoreAltered
from controlplane.ledger.postgresql.connections import APPEND_S, LONG_S, BoundedDatastore, patience_for
from controlplane.ledger.postgresql.schema import schema_fault
from controlplane.ledger.postgresql.url import parameters_of
from controlplane.ledger.topic_counts import TopicCount, counting_of

URL = "POSTGRES_URL"
# No position is as high.
HIGHEST = (1 << 63) - 1
# Any two numbers: of the ledger's own among all advisory locks of its database.
_TABLES_LOCK, _APPEND_LOCK = 7_460_001, 7_460_002


def environment_of(url: str) -> dict[str, str]:
    """The library's settings for a PostgreSQL store. Raises ValueError for a URL that is none, or not understood."""
    parameters_of(url)
    return {"PERSISTENCE_MODULE": get_topic(PostgresLedgerFactory), URL: url}


class PostgresLedgerFactory(PostgresFactory):
    """The library's factory; it connects as the URL says, to all that libpq can connect to."""

    def __init__(self, env: Environment) -> None:
        # Past the library's own, which would make its datastore of other settings.
        super(BasePostgresFactory, self).__init__(env)
        self.datastore = BoundedDatastore(parameters_of(env.get(URL) or ""))


F = TypeVar("F", bound=Callable[..., Any])


def _once(retried: F) -> F:
    """The library's method without its `@retry`."""
    return cast("Any", retried).__wrapped__


@contextmanager
def alone(datastore: BoundedDatastore) -> Generator[None]:
    """While one makes tables and types, others wait: `IF NOT EXISTS` fails for one of two that come at once."""
    with datastore.patient(LONG_S) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_TABLES_LOCK,))
        yield


class PostgresLedgerRecorder(PostgresApplicationRecorder):
    """The library's recorder, with three changes.

    An insert is one statement, which is one transaction and one round trip, and is tried once: whether a lost one was
    stored is for the writer to find out. It locks no table: every append ends with a seal whose number is unique, so of
    two that overlap only one can commit, and positions still appear in the order of commits. They wait for each other
    before their first row: waiting row by row, two that meet in two streams would wait for ever. Reads are tried once
    too: the library's ten attempts would keep every command waiting for half a minute while the server is away.
    """

    datastore: BoundedDatastore

    def __init__(self, datastore: BoundedDatastore, *, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        table = {"schema": Identifier(datastore.schema), "table": Identifier(events_table_name)}
        self._regclass = f'"{datastore.schema}"."{events_table_name}"'
        self._insert = SQL(
            "WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock({lock})), "
            "written AS (INSERT INTO {schema}.{table} (originator_id, originator_version, topic, state) "
            "SELECT stream, version, topic, state "
            "FROM alone, unnest(%s::text[], %s::bigint[], %s::text[], %s::bytea[]) "
            "WITH ORDINALITY AS given (stream, version, topic, state, place) "
            "WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = {regclass}::regclass "
            "AND (relkind <> 'r' OR relrowsecurity "
            # The two flags outlive what they are of, and spare the searches for as long as there was none.
            "OR relhastriggers AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid) "
            "OR relhasrules AND EXISTS (SELECT FROM pg_rewrite WHERE ev_class = pg_class.oid))) ORDER BY place "
            "RETURNING notification_id) "
            # What is raised here rolls the statement back, and with it all that it wrote.
            "SELECT notification_id, 1 / (count(*) OVER () = %s AND min(notification_id) OVER () > %s "
            "AND max(notification_id) OVER () - min(notification_id) OVER () < %s)::int FROM written"
        ).format(**table, lock=_APPEND_LOCK, regclass=self._regclass)
        # By whether the newest come first.
        self._select_stream = {
            newest_first: SQL(
                "SELECT * FROM {schema}.{table} WHERE originator_id = %s AND notification_id > %s "
                "AND (topic = ANY(%s::text[]) OR %s) AND notification_id < %s "
                "ORDER BY originator_version {order} LIMIT %s"
            ).format(**table, order=SQL("DESC" if newest_first else "ASC"))
            for newest_first in (False, True)
        }
        self._select_streams = SQL(
            "SELECT stored.* FROM unnest(%s::text[], %s::bigint[]) WITH ORDINALITY "
            "AS requested (stream, after, number) CROSS JOIN LATERAL ("
            "SELECT * FROM {schema}.{table} WHERE originator_id = requested.stream "
            "AND notification_id > requested.after AND (topic = ANY(%s::text[]) OR %s) "
            "ORDER BY originator_version LIMIT %s) AS stored ORDER BY number, stored.originator_version"
        ).format(**table)
        events = (
            "SELECT notification_id, topic, NULL FROM {schema}.{table} "
            "WHERE originator_id = %s AND notification_id > %s AND notification_id <= %s"
        )
        self._count_stream = SQL(cast("LiteralString", counting_of("SELECT unnest(%s::bigint[])", events))).format(
            **table
        )
        self._select_addresses = SQL(
            "SELECT stored.* FROM unnest(%s::text[], %s::bigint[]) AS requested (stream, version) "
            "JOIN {schema}.{table} AS stored ON originator_id = stream AND originator_version = version"
        ).format(**table)
        self._select_positions = SQL("SELECT * FROM {schema}.{table} WHERE notification_id = ANY(%s::bigint[])").format(
            **table
        )

    def create_table(self) -> None:
        """Raises ProgrammingError for a table that is not of a ledger."""
        with alone(self.datastore):
            # Before a statement of ours fails at it in other words.
            if fault := self._fault():
                raise ProgrammingError(fault)
            super().create_table()

    def _fault(self) -> str:
        with self.datastore.patient(LONG_S) as connection:
            return schema_fault(connection, self.datastore.schema, self.events_table_name)

    select_events = _once(PostgresApplicationRecorder.select_events)
    max_notification_id = _once(PostgresApplicationRecorder.max_notification_id)
    _select_notifications = _once(PostgresApplicationRecorder.select_notifications)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        # A search for some topics may have to look at all rows.
        with self.datastore.allowing(LONG_S if topics else patience_for(limit)):
            return self._select_notifications(start, limit, stop, topics, inclusive_of_start=inclusive_of_start)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, after: int | None = None, jump: bool = False, **_: object
    ) -> Sequence[int]:
        """Raises StoreAltered, and keeps nothing, when other rows were written than these, or not after `after`.

        With `jump`, the ledger is not at `after` yet.
        """
        count = len(stored_events)
        columns = (
            [each.originator_id for each in stored_events],
            [each.originator_version for each in stored_events],
            [each.topic for each in stored_events],
            [each.state for each in stored_events],
        )
        patience_s = APPEND_S + patience_for(len(stored_events))
        with self.datastore.patient(patience_s, writes=True) as connection, connection.cursor() as cursor:
            try:
                if jump:
                    # A sequence knows no transaction: an append that comes to nothing leaves a gap, as any other does.
                    cursor.execute(
                        "SELECT setval(pg_get_serial_sequence(%s, 'notification_id'), %s)", (self._regclass, after)
                    )
                cursor.execute(self._insert, (*columns, count, after or 0, count), prepare=True)
            except (psycopg.DataError, psycopg.NotSupportedError, psycopg.ProgrammingError) as error:
                fault = self._fault()
                if fault or isinstance(error, psycopg.errors.DivisionByZero):
                    raise StoreAltered(fault or f"an append of {count} rows wrote other rows") from error
                raise
            positions = [row["notification_id"] for row in cursor.fetchall()]
        if len(positions) != count:
            raise StoreAltered(self._fault() or f"an append of {count} rows wrote {len(positions)}")
        return positions

    def select_stream(
        self, stream: str, after: int, limit: int, topics: Sequence[str] = (), newest_before: int = 0
    ) -> Sequence[Notification]:
        parameters = (stream, after, list(topics), not topics, newest_before or HIGHEST, limit)
        # A search for some topics may have to look at the whole stream.
        patience_s = LONG_S if topics else patience_for(limit)
        return self._selected(self._select_stream[newest_before > 0], parameters, patience_s)

    def select_streams(
        self, streams: Sequence[tuple[str, int]], limit: int, topics: Sequence[str] = ()
    ) -> Sequence[Notification]:
        names, positions = [stream for stream, _ in streams], [after for _, after in streams]
        patience_s = LONG_S if topics else patience_for(limit * len(streams))
        return self._selected(self._select_streams, (names, positions, list(topics), not topics, limit), patience_s)

    def count_stream(self, stream: str, bounds: Sequence[int]) -> Sequence[TopicCount]:
        parameters = (list(bounds[:-1]), stream, bounds[0], bounds[-1])
        with self.datastore.patient(LONG_S) as connection, connection.cursor() as cursor:
            cursor.execute(self._count_stream, parameters, prepare=True)
            return [TopicCount(row["place"], row["topic"], row["events"]) for row in cursor.fetchall()]

    def select_addresses(self, addresses: Sequence[tuple[str, int]]) -> Sequence[Notification]:
        parameters = ([stream for stream, _ in addresses], [version for _, version in addresses])
        return self._selected(self._select_addresses, parameters, patience_for(len(addresses)))

    def select_positions(self, positions: Sequence[int]) -> Sequence[Notification]:
        return self._selected(self._select_positions, (list(positions),), patience_for(len(positions)))

    def _selected(self, statement: Composed, parameters: Sequence[object], patience_s: float) -> Sequence[Notification]:
        with self.datastore.patient(patience_s) as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters, prepare=True)
            return [
                Notification(
                    row["originator_id"],
                    row["originator_version"],
                    row["topic"],
                    bytes(row["state"]),
                    row["notification_id"],
                )
                for row in cursor.fetchall()
            ]


class PostgresSnapshotRows(PostgresAggregateRecorder):
    """Snapshots in a table of their own, in the ledger's database."""

    datastore: BoundedDatastore

    def __init__(self, datastore: BoundedDatastore) -> None:
        super().__init__(datastore, events_table_name="stored_snapshots")
        self.create_table()
        self._delete = SQL("DELETE FROM {schema}.{table} WHERE originator_version <> %s").format(
            schema=Identifier(datastore.schema), table=Identifier(self.events_table_name)
        )

    def create_table(self) -> None:
        with alone(self.datastore):
            super().create_table()

    def read(self, stream: str, version: int | None = None) -> Sequence[StoredEvent]:
        with self.datastore.allowing(LONG_S):
            return self.select_events(stream, gt=None if version is None else version - 1, lte=version, desc=True)

    def put(self, rows: Sequence[StoredEvent], keep: int) -> None:
        with self.datastore.allowing(LONG_S), self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self._delete, (keep,))
            self._insert_stored_events(cursor, rows)

    def close(self) -> None:
        """The datastore is the ledger's, which closes it."""
