"""Hosts out of the read database: what each offers, with what it held, or with its totals. Blocks.

A host's own rows have only what it offers. What it held changes with its VMs, and has rows of its own.
"""

from collections.abc import Callable, Sequence
from typing import Any

from chronovisor.snapshots.v1 import snapshot_pb2 as pb
from rpds import HashTrieMap
from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, select

from controlplane.domain.host.aggregate import Host
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros
from controlplane.domain.totals import Totals
from controlplane.ledger.snapshots import codec
from controlplane.projections.history.newest_rows import newest
from controlplane.projections.history.row_codec import cells_of, resources_of, totals_of
from controlplane.projections.history.tables import Tables

# Chooses the rows of a table that held at the position.
Then = Callable[[Table], ColumnElement[bool]]

# Hosts whose holdings are read in one statement.
HOSTS_A_STATEMENT = 10_000


def offered(data: bytes) -> Host:
    """The host of a row's `data`, which holds nothing."""
    return codec.host_of(pb.HostState.FromString(data))


def hosts_of(
    connection: Connection, tables: Tables, rows: Sequence[Row[Any]], at: int, held_then: Then | None
) -> list[Host]:
    """The hosts of rows. `held_then` chooses holdings; None: what is held is there in sum alone."""
    hosts: list[Host] = []
    totals = newest(connection, tables.totals, [row.name for row in rows], at, by="scope")
    by_name = {each.scope: each for each in totals}
    held = {} if held_then is None else _holdings(connection, tables, [row.uid for row in rows], held_then)
    for row in rows:
        host = offered(row.data)
        if found := by_name.get(row.name):
            host = _holding(host, found)._replace(holdings=HashTrieMap(held.get(row.uid, {})))
        hosts.append(host)
    return hosts


def hosts_from(connection: Connection, tables: Tables, positions: Sequence[int]) -> dict[int, Host]:
    """Hosts as the events at these positions left what they offer, by position. What each held is there in sum."""
    hosts, totals = tables.hosts, tables.totals
    mine = and_(totals.c.scope == hosts.c.name, totals.c.from_position == hosts.c.from_position)
    statement = (
        select(hosts.c.from_position.label("position"), hosts.c.data, totals)
        .select_from(hosts.outerjoin(totals, mine))
        .where(hosts.c.from_position.in_(positions))
    )
    found: dict[int, Host] = {}
    for row in connection.execute(statement):
        host = offered(row.data)
        found[row.position] = _holding(host, row) if row.scope else host
    return found


def _holding(host: Host, totals: Row[Any]) -> Host:
    """The host with its totals, which change with every event of its own."""
    return host._replace(
        version=totals.version,
        updated=Micros(totals.updated_us),
        allocated=totals_of(totals).allocated,
        numa_allocated=cells_of(totals.numa),
    )


def _holdings(
    connection: Connection, tables: Tables, host_uids: Sequence[str], held_then: Then
) -> dict[str, dict[str, Resources]]:
    """What each host held, by VM. Of a migration, both hosts do, and each in a table of its own."""
    found: dict[str, dict[str, Resources]] = {}
    for table in (tables.holdings, tables.other_sides):
        held, then = table.c, held_then(table)
        for start in range(0, len(host_uids), HOSTS_A_STATEMENT):
            of_hosts = held.host_uid.in_(host_uids[start : start + HOSTS_A_STATEMENT])
            statement = select(held.host_uid, held.uid, held.amounts).where(of_hosts, then)
            for host_uid, uid, amounts in connection.execute(statement):
                found.setdefault(host_uid, {})[uid] = resources_of(amounts)
    return found


def with_totals(
    connection: Connection, tables: Tables, chosen: Sequence[ColumnElement[bool]], at: int
) -> list[tuple[Host, Totals]]:
    """The hosts of rows that are chosen, without what they held, each with its totals: one statement for all."""
    hosts, totals = tables.hosts, tables.totals
    rows = totals.alias("newest")
    begun = (rows.c.scope == hosts.c.name, rows.c.from_position <= at)
    last = select(func.max(rows.c.from_position)).where(*begun).correlate(hosts).scalar_subquery()
    mine = and_(totals.c.scope == hosts.c.name, totals.c.from_position == last)
    statement = select(hosts.c.data, totals).select_from(hosts.outerjoin(totals, mine)).where(*chosen)
    found: list[tuple[Host, Totals]] = []
    for row in connection.execute(statement):
        host = offered(row.data)
        found.append((host, totals_of(row) if row.scope else Totals(host.capacity, hosts=1)))
    return found
