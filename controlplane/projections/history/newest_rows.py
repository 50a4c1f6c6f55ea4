"""The rows that were the newest of their resources at a position, found by key: one statement for many. Blocks.

Of a resource's rows, one begins where the one before ends, so the newest that had begun is the one that was valid. To
compare the ends of all of them would take longer with each row that the resource has had.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Table

# SQLite takes 32,766 parameters a statement.
MOST = 10_000


def newest(
    connection: Connection, table: Table, keys: Sequence[str], at: int, columns: Sequence[str] = (), by: str = "uid"
) -> list[Row[Any]]:
    """Those of these keys that had begun by a position, in no order. `by` and `from_position` must have an index."""
    found: list[Row[Any]] = []
    chosen = tuple(columns or table.c.keys())
    in_postgresql = connection.dialect.name == "postgresql"
    for start in range(0, len(keys), MOST):
        some = list(keys[start : start + MOST])
        if in_postgresql:
            statement, parameters = _statement(table.name, chosen, by, "%s", _UNNESTED), (some, at)
        else:
            given = f"VALUES {','.join(['(?)'] * len(some))}"
            statement, parameters = _statement(table.name, chosen, by, "?", given), (*some, at)
        found += connection.exec_driver_sql(statement, parameters).all()
    return found


_UNNESTED = "SELECT * FROM unnest(%s::text[])"


@lru_cache(maxsize=1024)
def _statement(table: str, columns: Sequence[str], by: str, mark: str, given: str) -> str:
    last = f"SELECT max(newest.from_position) FROM {table} AS newest WHERE newest.{by} = given.{by}"
    selected = ", ".join(f"{table}.{name}" for name in columns)
    return (
        f"WITH given ({by}) AS ({given}) SELECT {selected} FROM given JOIN {table} ON {table}.{by} = given.{by} "
        f"AND {table}.from_position = ({last} AND newest.from_position <= {mark})"
    )
