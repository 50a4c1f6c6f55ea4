"""Connections to PostgreSQL: none is waited for long, none is used that the server has dropped. Knows no table.

In place of the library's pool, whose threads try to connect at growing intervals: while the server was away each
command waited for the pool to give up, and after it was back, for the pool's next attempt.
"""

import select
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import psycopg
from eventsourcing import persistence
from eventsourcing.postgres import PostgresDatastore
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row
from psycopg.types.composite import register_composite

T = TypeVar("T")
MOST = 8
# In seconds. How long a statement of few rows may take; and how many rows a slow server does in one.
ANSWER_S = 2.0
ROWS_A_S = 2_000
# What an append may take beside: it waits for another server's, and for disks that stall.
APPEND_S = 1.0
# A server that did not answer is not used again for so long: each caller would wait for it.
QUIET_S = 1.0
# A search through the whole ledger, a snapshot of the whole fleet.
LONG_S = 120.0
# A connection that was not used for so long is checked first.
PING_AFTER_S = 1.0
# What a backend without a client gets to end by itself. Most commit just then.
END_S = 0.5

# An acknowledged command is as durable as the commit; all else of synchronous_commit is the operator's choice.
_PREPARE = """
    SELECT set_config('idle_in_transaction_session_timeout', '5s', false),
           CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END,
           (SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS began
"""
_LIVES = "SELECT pid FROM pg_stat_activity WHERE pid = %s AND backend_start::text = %s"
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND backend_start::text = %s"
_ERRORS = (
    (psycopg.InterfaceError, persistence.InterfaceError),
    (psycopg.OperationalError, persistence.OperationalError),
    (psycopg.DataError, persistence.DataError),
    (psycopg.IntegrityError, persistence.IntegrityError),
    (psycopg.InternalError, persistence.InternalError),
    (psycopg.ProgrammingError, persistence.ProgrammingError),
    (psycopg.NotSupportedError, persistence.NotSupportedError),
    (psycopg.DatabaseError, persistence.DatabaseError),
)


def patience_for(rows: int) -> float:
    """Seconds that a statement on so many rows may take."""
    return ANSWER_S + rows / ROWS_A_S


class BoundedConnection(psycopg.Connection[DictRow]):
    """Gives up, and is closed, when an answer takes longer than `patience_s`."""

    patience_s = ANSWER_S
    used_at = 0.0
    # The id and the start of its backend: no other backend has both.
    backend: tuple[int, str] = (0, "")

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        patience_s = self.patience_s if timeout is None else timeout
        try:
            return super().wait(gen, interval, patience_s)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            # Closed here: whoever leaves a transaction on it does not wait for another answer.
            self.close()
            raise psycopg.errors.ConnectionTimeout(f"PostgreSQL did not answer in {patience_s:.1f} s") from None

    def is_usable(self) -> bool:
        """What can be read before a statement is the server's farewell. After a long idle time there may be none.

        Raises ConnectionTimeout when the server does not answer.
        """
        if self.closed:
            return False
        poll = select.poll()
        poll.register(self.pgconn.socket, select.POLLIN)
        if poll.poll(0):
            return False
        if time.monotonic() - self.used_at > PING_AFTER_S:
            try:
                self.execute("")
            except psycopg.errors.ConnectionTimeout:
                raise
            except psycopg.Error:
                return False
        return True


class BoundedDatastore(PostgresDatastore):
    """The library's datastore with connections of its own instead of the pool."""

    def __init__(self, parameters: dict[str, str | int]) -> None:
        # The library's pool is never opened: it starts no thread and connects to nothing.
        super().__init__("", "", "", "", "", originator_id_type="text")
        self._parameters = parameters
        self._idle: list[BoundedConnection] = []
        self._room = threading.BoundedSemaphore(MOST)
        self._doubtful: set[tuple[int, str]] = set()
        self._allowed = threading.local()
        self._quiet_until = 0.0

    @contextmanager
    def get_connection(self) -> Generator[psycopg.Connection[Any]]:
        with self.patient(getattr(self._allowed, "patience_s", ANSWER_S)) as connection:
            yield connection

    @contextmanager
    def allowing(self, patience_s: float) -> Generator[None]:
        """The library's own methods, called within and on this thread, wait for answers so long."""
        self._allowed.patience_s = patience_s
        try:
            yield
        finally:
            del self._allowed.patience_s

    @contextmanager
    def patient(self, patience_s: float = ANSWER_S, *, writes: bool = False) -> Generator[BoundedConnection]:
        """A connection whose every answer is waited for so long. Raises the library's errors.

        When it ends in an error that leaves open whether what it `writes` was stored, nothing more is sent to this
        server before the backend that may still store it has ended.
        """
        if not self._room.acquire(timeout=ANSWER_S):
            raise persistence.OperationalError(f"all {MOST} connections to PostgreSQL are in use")
        try:
            with self._lent(writes=writes) as connection:
                connection.patience_s = patience_s
                yield connection
        except psycopg.Error as error:
            if isinstance(error, psycopg.errors.ConnectionTimeout) and patience_s < LONG_S:
                self._quiet_until = time.monotonic() + QUIET_S
                self.close()
            kind = next((ours for theirs, ours in _ERRORS if isinstance(error, theirs)), persistence.PersistenceError)
            raise kind(str(error)) from error
        finally:
            self._room.release()

    @contextmanager
    def _lent(self, *, writes: bool) -> Generator[BoundedConnection]:
        connection = self._usable()
        try:
            yield connection
        except psycopg.IntegrityError:
            self._return(connection)
            raise
        except BaseException:
            # Whatever is wrong with it: another may be to another server, which has taken over.
            if writes and connection.pgconn.transaction_status != TransactionStatus.IDLE:
                self._doubtful.add(connection.backend)
            connection.close()
            raise
        self._return(connection)

    def _usable(self) -> BoundedConnection:
        if time.monotonic() < self._quiet_until:
            raise psycopg.OperationalError("PostgreSQL did not answer just now")
        while self._idle:
            connection = self._idle.pop()
            connection.patience_s = ANSWER_S
            if connection.is_usable():
                break
            connection.close()
        else:
            connection = self._connect()
        try:
            self._settle_doubts(connection)
            for info in self.psycopg_type_adapters.values():
                if not connection.adapters.types.get(info.oid):
                    register_composite(info, connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect(self) -> BoundedConnection:
        connect = cast("Any", BoundedConnection.connect)
        connection: BoundedConnection = connect(**self._parameters, autocommit=True, row_factory=dict_row)
        try:
            row = connection.execute(_PREPARE).fetchone()
        except BaseException:
            connection.close()
            raise
        assert row is not None
        connection.backend = (connection.info.backend_pid, row["began"])
        return connection

    def _settle_doubts(self, connection: BoundedConnection) -> None:
        """A statement that was given up may be carried out yet, and what is read before that says nothing."""
        began = time.monotonic()
        for doubt in tuple(self._doubtful):
            while connection.execute(_LIVES, doubt).fetchone():
                waited = time.monotonic() - began
                if waited > ANSWER_S:
                    raise psycopg.OperationalError("an earlier statement on PostgreSQL has not ended yet")
                if waited > END_S:
                    connection.execute(_END, doubt)
                time.sleep(0.01)
            self._doubtful.discard(doubt)

    def _return(self, connection: BoundedConnection) -> None:
        if connection.closed or connection.pgconn.transaction_status != TransactionStatus.IDLE:
            connection.close()
            return
        connection.used_at = time.monotonic()
        self._idle.append(connection)

    def close(self) -> None:
        # The library closes what it may not have finished to make.
        idle: list[BoundedConnection] = self.__dict__.get("_idle", [])
        while idle:
            idle.pop().close()
