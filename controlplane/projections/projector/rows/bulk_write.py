"""Rows into the read database, many in one statement. Knows nothing of what they say.

Each statement gives up the interpreter's lock once. Beside an event loop that is busy, having it back can take a whole
switch interval: `executemany`, which gives it up at every row, would wait longer than it works.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, Text

from controlplane.projections.history.tables import OPEN
from controlplane.projections.history.validity import AT_END

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
    """Ends open rows, as `Taken.ended` has them: each is found by its keys, however many its resource has had."""
    if not ended:
        return
    columns = ("uid", "to_position", table.columns[AT_END].name, "version")[: len(ended[0])]
    if connection.dialect.name == "postgresql":
        arrays = [list(each) for each in zip(*ended, strict=True)]
        types = tuple("text" if isinstance(table.c[name].type, Text) else "bigint" for name in columns)
        connection.exec_driver_sql(_ending_in_postgresql(table.name, columns, types), tuple(arrays))
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


@lru_cache(maxsize=256)
def _ending(table: str, columns: Sequence[str], rows: int) -> str:
    return _ending_from(table, columns, f"VALUES {_values(rows, len(columns))}")


@lru_cache(maxsize=256)
def _ending_in_postgresql(table: str, columns: Sequence[str], types: Sequence[str]) -> str:
    return _ending_from(table, columns, f"SELECT * FROM unnest({', '.join(f'%s::{each}[]' for each in types)})")


def _ending_from(table: str, columns: Sequence[str], given: str) -> str:
    """The open row of a resource is its newest before: looking for it among all would take longer with every one."""
    before = f"SELECT max(newest.from_position) FROM {table} AS newest"
    newest = f"({before} WHERE newest.uid = given.uid AND newest.from_position < given.to_position)"
    assigned = ", ".join(f"{name} = ended.{name}" for name in columns[1:3])
    if "version" in columns:
        began, found = "0", f"{table}.uid = ended.uid AND {table}.version = ended.version"
    else:
        began, found = newest, f"{table}.from_position = ended.began"
    return (
        f"WITH given ({', '.join(columns)}) AS ({given}), "
        f"ended AS (SELECT given.*, {began} AS began FROM given) "
        f"UPDATE {table} SET {assigned} FROM ended WHERE {found} AND {table}.to_position = {OPEN}"
    )
