"""The read database: SQLite beside the ledger's file, or in its PostgreSQL. A cache of what the ledger says."""

import logging
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Engine, create_engine, delete, event, insert, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateTable

from controlplane.ledger.sqlite.journal import is_broken, remove, with_log
from controlplane.projections.history.tables import SHAPE, Tables, generations, tables_of

log = logging.getLogger(__name__)

SUFFIX = ".views"
# How long a batch of rows waits for another writer of the same file.
LOCK_TIMEOUT_S = 10.0
CACHE_KIB = 32_768
# Of PostgreSQL's advisory locks, the one under which tables are made.
_MAKING = 0x6368726F6E6F


class Active(NamedTuple):
    """The generation in use, and the position up to which it is filled."""

    tables: Tables
    position: int


class ReadDatabase:
    """Transactions on the read database. Every method blocks; all raise SQLAlchemyError when it cannot be used.

    `url` is the ledger's own: `sqlite:///PATH` (the rows are in `PATH.views`), `postgresql://...` or `memory:`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine_of(url)
        self._writing = self._engine.execution_options(writing=True)
        # In memory there is one connection for all threads.
        self._alone = threading.Lock() if url.startswith("memory:") else nullcontext()

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """One transaction: all that it reads is of one moment."""
        with self._alone, self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """One transaction: what it writes is written whole, or not at all."""
        with self._alone, self._writing.begin() as connection:
            yield connection

    def open(self) -> None:
        """Makes the tables if there are none of this shape. A file that is no database is made anew."""
        try:
            self._prepare()
        except DatabaseError as error:
            path = path_of(self.url)
            if path is None or not is_broken(error.orig):
                raise
            log.warning("%s cannot be used and is made anew: %s", path, error.orig)
            self._engine.dispose()
            remove(path)
            self._prepare()

    def _prepare(self) -> None:
        if path := path_of(self.url):
            with_log(path)
        with self.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MAKING})"))
            generations.create(connection, checkfirst=True)
            found = connection.execute(select(generations.c.generation).where(_IN_USE)).first()
            if found is None:
                connection.execute(update(generations).values(active=False))
                self.switch(connection, self.begin(connection))

    def begin(self, connection: Connection, *, bare: bool = False) -> Tables:
        """Makes the tables of the next generation, empty, and `bare` without their indexes. Those not in use go."""
        last = 0
        for number, active in connection.execute(select(generations.c.generation, generations.c.active)).all():
            last = max(last, number)
            if not active:
                tables_of(number).metadata.drop_all(connection)
                connection.execute(delete(generations).where(generations.c.generation == number))
        tables = tables_of(last + 1)
        for table in tables.all():
            connection.execute(CreateTable(table))
        if not bare:
            self.index(connection, tables)
        row = {"generation": tables.generation, "shape": SHAPE, "position": 0, "active": False}
        connection.execute(insert(generations).values(row))
        return tables

    def index(self, connection: Connection, tables: Tables) -> None:
        """Makes the indexes. Over rows that are there already, it takes a fifth of what it takes row by row."""
        for index in tables.indexes():
            index.create(connection)

    def switch(self, connection: Connection, tables: Tables) -> None:
        """From now on, this generation is the one in use. The one before stays until the next is begun."""
        connection.execute(update(generations).values(active=generations.c.generation == tables.generation))

    def active(self, connection: Connection) -> Active:
        """The generation in use."""
        generation, position = connection.exec_driver_sql(_in_use(connection.dialect)).one()
        return Active(tables_of(generation), position)

    def advance(self, connection: Connection, tables: Tables, before: int, after: int) -> bool:
        """Takes a generation from one position to another. False when somebody else has moved it, or it is no more."""
        mine = (generations.c.generation == tables.generation) & (generations.c.position == before)
        return connection.execute(update(generations).where(mine).values(position=after)).rowcount == 1

    def close(self) -> None:
        self._engine.dispose()


_IN_USE = generations.c.active & (generations.c.shape == SHAPE)


@lru_cache(maxsize=8)
def _in_use(dialect: Dialect) -> str:
    """Each read needs it: made once, it costs a third."""
    statement = select(generations.c.generation, generations.c.position).where(_IN_USE)
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def path_of(url: str) -> Path | None:
    """The file that the read database of an SQLite ledger is kept in."""
    return Path(url.removeprefix("sqlite:///") + SUFFIX) if url.startswith("sqlite:///") else None


def _engine_of(url: str) -> Engine:
    if url.startswith("postgresql:"):
        # Only who uses PostgreSQL loads its driver.
        import psycopg  # noqa: PLC0415

        from controlplane.ledger.postgresql.url import parameters_of  # noqa: PLC0415

        parameters: Any = parameters_of(url)
        return create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(**parameters),
            pool_pre_ping=True,
            paramstyle="format",
        )
    path = path_of(url)
    if path is None:
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": LOCK_TIMEOUT_S})
    _transactional(engine)
    return engine


def _transactional(engine: Engine) -> None:
    """Python's sqlite3 begins no transaction to read; here every one is whole."""

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        # What is lost with the machine's power is folded again.
        connection.execute("PRAGMA synchronous=OFF")
        # In KiB: rows come to five indexes, each in an order of its own.
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
