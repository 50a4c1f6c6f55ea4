"""Rows into the read database, many in one statement. Knows nothing of what they say.

Each statement gives up the interpreter's lock once. Beside an event loop that is busy, having it back can take a whole
switch interval: `executemany`, which gives it up at every row, would wait longer than it works.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table

from controlplane.projections.tables import OPEN

# SQLite takes 32,766 parameters a statement. Statements of so many rows, or of any smaller power of two, stay prepared.
ROWS_A_STATEMENT = 256


def insert(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        columns = ", ".join(column.name for column in table.columns)
        cursor: Any = connection.connection.cursor()
        with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.close()
        return
    for chunk in _chunks(rows):
        _execute(connection, _insertion(table.name, len(table.columns), len(chunk)), chunk)


def end(connection: Connection, table: Table, ended: Sequence[tuple[Any, ...]]) -> None:
    """Ends open rows: each by uid, with the position, and for a holding the time, from which it is so no more."""
    if not ended:
        return
    columns = ("to_position", "to_us")[: len(ended[0]) - 1]
    if connection.dialect.name == "postgresql":
        arrays = [list(each) for each in zip(*ended, strict=True)]
        connection.exec_driver_sql(_ending_in_postgresql(table.name, columns), tuple(arrays))
        return
    for chunk in _chunks(ended):
        _execute(connection, _ending(table.name, columns, len(chunk)), chunk)


def _chunks(rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    start, left = 0, len(rows)
    while left:
        size = min(ROWS_A_STATEMENT, 1 << (left.bit_length() - 1))
        yield rows[start : start + size]
        start, left = start + size, left - size


def _execute(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    parameters: list[Any] = []
    for row in rows:
        parameters += row
    connection.exec_driver_sql(statement, tuple(parameters))


def _values(rows: int, columns: int) -> str:
    row = f"({', '.join(['?'] * columns)})"
    return ", ".join([row] * rows)


@lru_cache(maxsize=256)
def _insertion(table: str, columns: int, rows: int) -> str:
    return f"INSERT INTO {table} VALUES {_values(rows, columns)}"


# Rows that are new may be open for the same resource: those that end began before.
_ENDED = f"to_position = {OPEN} AND from_position < ended.at"


@lru_cache(maxsize=256)
def _ending(table: str, columns: Sequence[str], rows: int) -> str:
    assigned = ", ".join(f"{name} = ended.{new}" for name, new in zip(columns, ("at", "time"), strict=False))
    names = ("uid", "at", "time")[: len(columns) + 1]
    return (
        f"WITH ended ({', '.join(names)}) AS (VALUES {_values(rows, len(names))}) "
        f"UPDATE {table} SET {assigned} FROM ended WHERE {table}.uid = ended.uid AND {_ENDED}"
    )


@lru_cache(maxsize=256)
def _ending_in_postgresql(table: str, columns: Sequence[str]) -> str:
    assigned = ", ".join(f"{name} = ended.{new}" for name, new in zip(columns, ("at", "time"), strict=False))
    arrays = ("%s::text[]", "%s::bigint[]", "%s::bigint[]")[: len(columns) + 1]
    names = ("uid", "at", "time")[: len(columns) + 1]
    return (
        f"UPDATE {table} SET {assigned} FROM unnest({', '.join(arrays)}) AS ended ({', '.join(names)}) "
        f"WHERE {table}.uid = ended.uid AND {_ENDED}"
    )
