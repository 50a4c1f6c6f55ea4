"""Whether the read database is of its ledger: one that was cut, or is another, has not what was folded. Blocks."""

import sqlite3
from contextlib import closing
from pathlib import Path

from google.protobuf.message import DecodeError
from sqlalchemy import Connection, desc, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from controlplane.domain.time import micros_of
from controlplane.ledger.store import ReadSome
from controlplane.projections.history.read_database import Active, ReadDatabase, path_of
from controlplane.projections.history.tables import generations


def is_of_ledger(connection: Connection, active: Active, read: ReadSome) -> bool:
    """Whether the ledger has the last event that was folded, and committed the last append when it was folded to be."""
    if not active.position:
        return True
    if _committed(read, active.position) is None:
        return False
    moments = active.tables.moments
    last = connection.execute(select(moments).order_by(desc(moments.c.position)).limit(1)).first()
    return last is None or _committed(read, last.position) == last.time_us


def _committed(read: ReadSome, position: int) -> int | None:
    found = read(position - 1, 1, position, ())
    return micros_of(found[0].event.commit_time) if found and found[0].position == position else None


def is_foreign(url: str, read: ReadSome) -> bool:
    """Whether there is a read database, and it was folded from another ledger than this one. Makes nothing."""
    path = path_of(url)
    if url.startswith("memory:") or (path and not path.is_file()):
        return False
    database = ReadDatabase(url)
    try:
        with database.reading() as connection:
            if not inspect(connection).has_table(generations.name):
                return False
            return not is_of_ledger(connection, database.active(connection), read)
    except (SQLAlchemyError, DecodeError, TypeError):
        # A cache that cannot be read proves nothing; an event that is none is found by who walks.
        return False
    finally:
        database.close()


def seen(url: str) -> int:
    """The last position that the read database beside a ledger has seen; 0 where there is none. Makes nothing."""
    path = path_of(url)
    if path:
        return _seen_beside(path)
    database = ReadDatabase(url)
    try:
        with database.reading() as connection:
            if not inspect(connection).has_table(generations.name):
                return 0
            return max(connection.scalars(select(generations.c.position)).all(), default=0)
    except SQLAlchemyError:
        return 0
    finally:
        database.close()


def _seen_beside(path: Path) -> int:
    if not path.is_file():
        return 0
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (found,) = connection.execute(f"SELECT max(position) FROM {generations.name}").fetchone()
    except sqlite3.Error:
        # A cache that cannot be read proves nothing.
        return 0
    return found if isinstance(found, int) else 0
