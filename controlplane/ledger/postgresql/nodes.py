"""Nodes of the tree over all events, in a table of the ledger's database. A cache. Blocks."""

from collections.abc import Iterable
from typing import Any

from psycopg.sql import SQL, Identifier

from controlplane.ledger.postgresql.connections import LONG_S, BoundedDatastore
from controlplane.ledger.postgresql.recorder import alone
from controlplane.ledger.tree.compact_range import TILE_LEVEL, Address
from controlplane.ledger.tree.nodes import StoredNode

TABLE = "stored_nodes"


class PostgresNodes:
    """Several control planes on one ledger write the same rows."""

    def __init__(self, datastore: BoundedDatastore) -> None:
        self._datastore = datastore
        table = {"table": SQL("{}.{}").format(Identifier(datastore.schema), Identifier(TABLE))}
        self._make = SQL(
            "CREATE TABLE IF NOT EXISTS {table} (level int, number bigint, hash bytea NOT NULL, "
            "position bigint NOT NULL, PRIMARY KEY (level, number))"
        ).format(**table)
        self._put = SQL(
            "INSERT INTO {table} SELECT * FROM unnest(%s::int[], %s::bigint[], %s::bytea[], %s::bigint[]) "
            "ON CONFLICT (level, number) DO UPDATE SET hash = EXCLUDED.hash, position = EXCLUDED.position"
        ).format(**table)
        self._get = SQL("SELECT hash, position FROM {table} WHERE level = %s AND number = %s").format(**table)
        self._tiles = SQL("SELECT coalesce(max(number), -1) + 1 AS tiles FROM {table} WHERE level = %s").format(**table)
        self._clear = SQL("DELETE FROM {table}").format(**table)
        with alone(datastore), datastore.patient(LONG_S) as connection:
            connection.execute(self._make)

    def put(self, nodes: Iterable[StoredNode]) -> None:
        rows = list(nodes)
        columns: tuple[list[Any], ...] = (
            [each.address.level for each in rows],
            [each.address.number for each in rows],
            [each.hash for each in rows],
            [each.position for each in rows],
        )
        with self._datastore.patient(LONG_S) as connection:
            connection.execute(self._put, columns)

    def get(self, address: Address) -> StoredNode | None:
        with self._datastore.patient() as connection:
            row = connection.execute(self._get, address, prepare=True).fetchone()
        return StoredNode(address, bytes(row["hash"]), row["position"]) if row else None

    def tiles(self) -> int:
        with self._datastore.patient() as connection:
            row = connection.execute(self._tiles, (TILE_LEVEL,)).fetchone()
        return int(row["tiles"]) if row else 0

    def clear(self) -> None:
        with self._datastore.patient(LONG_S) as connection:
            connection.execute(self._clear)

    def close(self) -> None:
        """The datastore is the ledger's, which closes it."""
