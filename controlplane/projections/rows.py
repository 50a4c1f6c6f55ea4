"""From committed events to the rows of the read database. Writes nothing by itself."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from sqlalchemy import Connection, Table, and_, bindparam, func, select, update
from sqlalchemy import Row as Stored

from controlplane.domain.fleet import Recorded
from controlplane.domain.host import Host
from controlplane.domain.project import Project
from controlplane.domain.resources import BASE_CLASSES, Resources
from controlplane.domain.time import Micros, micros_of
from controlplane.domain.vm import Spec, Vm, recorded_spec, spec_of
from controlplane.domain.vm_states import VmState
from controlplane.ledger import snapshots
from controlplane.projections.tables import OPEN, Tables
from controlplane.projections.utilization import FLEET, Totals, Utilization

Row = list[Any]
# Where a row of a table of spans says how long it held, and a holding until when.
TO_POSITION, TO_US = 2, 4


@lru_cache(maxsize=8192)
def amounts(resources: Resources) -> str:
    """Each class of which there is something, as JSON."""
    return json.dumps({name: amount for name, amount in resources if amount})


@lru_cache(maxsize=8192)
def resources_of(stored: str) -> Resources:
    """The other way."""
    found: dict[str, int] = json.loads(stored)
    extended = tuple(sorted((name, n) for name, n in found.items() if name not in BASE_CLASSES))
    return Resources(found.get("vcpus", 0), found.get("memory_mib", 0), found.get("disk_gib", 0), extended)


@lru_cache(maxsize=8192)
def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(dict(labels))


class HostFigures(NamedTuple):
    """What changes of a host with every event of its own."""

    version: int = 0
    updated: Micros = Micros(0)
    # What is held on each NUMA node, as JSON.
    numa: str = "[]"


NO_HOST = HostFigures()


class _Spans:
    """New rows of one table of spans, and the open rows that they end."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.new: list[Row] = []
        self._open: dict[str, Row] = {}
        self._ended: list[dict[str, object]] = []

    def begin(self, uid: str, row: Row) -> None:
        self.new.append(row)
        self._open[uid] = row

    def end(self, uid: str, position: int, time: int | None = None) -> None:
        """With a time, of a holding."""
        row = self._open.pop(uid, None)
        if row is None:
            ended: dict[str, object] = {"ended": uid, "to_position": position}
            self._ended.append(ended if time is None else ended | {"to_us": time})
            return
        row[TO_POSITION] = position
        if time is not None:
            row[TO_US] = time

    def write(self, connection: Connection) -> None:
        if self._ended:
            columns = self._table.c
            mine = and_(columns.uid == bindparam("ended"), columns.to_position == OPEN)
            values: dict[str, Any] = {name: bindparam(name) for name in self._ended[0] if name != "ended"}
            connection.execute(update(self._table).where(mine).values(values), self._ended)
        insert_rows(connection, self._table, self.new)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """By the driver itself: a row a command is what the writer's processor has to spare."""
    if rows:
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        statement = f"INSERT INTO {table.name} VALUES ({', '.join([mark] * len(table.columns))})"
        connection.exec_driver_sql(statement, [tuple(row) for row in rows])


class Folder:
    """Folds events that follow each other. What it needs of the past it reads once, from the tables, with `load`."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._utilization = Utilization()
        self._hosts: dict[str, HostFigures] = {}
        self._written: dict[str, Row] = {}
        self._specs: dict[Spec, int] = {}

    def load(self, connection: Connection) -> None:
        """Begins from what the tables say."""
        tables = self.tables
        for row in connection.execute(select(tables.specs)):
            self._specs[spec_of(ev.Spec.FromString(row.data))] = row.id
        open_hosts = select(tables.hosts.c.uid, tables.hosts.c.zone).where(tables.hosts.c.to_position == OPEN)
        zones = {row.uid: row.zone for row in connection.execute(open_hosts)}
        figures = tables.figures
        last = select(figures.c.scope, func.max(figures.c.from_position).label("at")).group_by(figures.c.scope)
        newest = last.subquery()
        found = select(figures).join(
            newest, and_(figures.c.scope == newest.c.scope, figures.c.from_position == newest.c.at)
        )
        totals: dict[str, Totals] = {}
        for row in connection.execute(found):
            totals[row.scope] = totals_of(row)
            host = HostFigures(row.version, Micros(row.updated_us), row.numa)
            if row.scope.startswith("hosts/"):
                self._hosts[row.scope] = host
            # What is as it was is not written again.
            self._written[row.scope] = _figures(totals[row.scope], host)
        self._utilization.resume(totals, zones)

    def fold(self, events: Sequence[Recorded]) -> "Batch":
        """The rows of events that come next."""
        batch = Batch(self.tables)
        for recorded in events:
            after = recorded.after
            if isinstance(after, Vm):
                self._vm(batch, recorded, after)
            elif isinstance(after, Host):
                self._host(batch, recorded, after)
            elif isinstance(after, Project):
                self._project(batch, recorded, after)
            elif recorded.event.HasField("batch_sealed"):
                batch.moments.append([recorded.position, micros_of(recorded.event.commit_time)])
        return batch

    def _vm(self, batch: "Batch", recorded: Recorded, vm: Vm) -> None:
        position, before = recorded.position, recorded.before
        spec = self._specs.get(vm.spec)
        if spec is None:
            spec = self._specs[vm.spec] = len(self._specs)
            batch.specs.append([spec, recorded_spec(vm.spec).SerializeToString(deterministic=True)])
        if before is not None:
            batch.vms.end(vm.uid, position)
        data = snapshots.vm_message(vm, spec).SerializeToString(deterministic=bool(vm.labels))
        live, host = vm.state is not VmState.DELETED, vm.host if vm.held else ""
        row = [*_resource(vm, position), vm.project, vm.state.name, live, host, vm.created, spec, data]
        batch.vms.begin(vm.uid, row)
        was = before if isinstance(before, Vm) else None
        self._holding(batch, recorded, was, vm)
        if was is not None and was.held is vm.held:
            return
        self._utilization.apply((recorded,))
        host, zone = vm.host or (was.host if was else ""), self._utilization.zone_of(vm.host_uid)
        self._figures(batch, position, (vm.project, FLEET, host, f"zones/{zone}" if zone else ""))

    def _holding(self, batch: "Batch", recorded: Recorded, was: Vm | None, vm: Vm) -> None:
        if was is not None and (was.held, was.host_uid, was.labels) == (vm.held, vm.host_uid, vm.labels):
            return
        time = micros_of(recorded.event.commit_time)
        if was is not None and was.held:
            batch.holdings.end(vm.uid, recorded.position, time)
        if not vm.held:
            return
        held = vm.held
        where = (vm.name, vm.project, vm.host_uid, _labels(vm.labels))
        what = (held.vcpus, held.memory_mib, held.disk_gib, amounts(held), bool(held.extended))
        row = [vm.uid, recorded.position, OPEN, time, OPEN, *where, *what]
        batch.holdings.begin(vm.uid, row)

    def _host(self, batch: "Batch", recorded: Recorded, host: Host) -> None:
        before = recorded.before if isinstance(recorded.before, Host) else None
        self._utilization.apply((recorded,))
        numa = json.dumps(host.numa_allocated) if host.numa_allocated else "[]"
        self._hosts[host.name] = HostFigures(host.version, host.updated, numa)
        zones = {before.zone if before else "", host.zone} - {""}
        scopes = (FLEET, host.name, *(f"zones/{zone}" for zone in sorted(zones)))
        self._figures(batch, recorded.position, scopes)
        if before is None or _defined(before) != _defined(host):
            if before is not None:
                batch.hosts.end(host.uid, recorded.position)
            data = snapshots.host_message(host, parts=False).SerializeToString(deterministic=True)
            row = [*_resource(host, recorded.position), host.state.name, host.zone, host.created, data]
            batch.hosts.begin(host.uid, row)

    def _project(self, batch: "Batch", recorded: Recorded, project: Project) -> None:
        if recorded.before is not None:
            batch.projects.end(project.uid, recorded.position)
        data = snapshots.project_message(project).SerializeToString(deterministic=True)
        batch.projects.begin(project.uid, [*_resource(project, recorded.position), not project.is_deleted, data])

    def _figures(self, batch: "Batch", position: int, scopes: Sequence[str]) -> None:
        for scope in scopes:
            if not scope:
                continue
            # A zone without hosts is no more.
            totals = self._utilization.scopes.get(scope) or Totals()
            host = self._hosts.get(scope, NO_HOST)
            row = _figures(totals, host)
            if self._written.get(scope) != row:
                self._written[scope] = row
                batch.figures.append([scope, position, *row])


def _defined(host: Host) -> tuple[object, ...]:
    """All of a host but what changes with its holdings."""
    return (
        host.inventory,
        host.platform,
        host.zone,
        host.labels,
        host.state,
        host.traits,
        host.dedicated,
        host.numa_told,
    )


def _figures(totals: Totals, host: HostFigures) -> Row:
    return [amounts(totals.total), amounts(totals.allocated), totals.hosts, totals.running_vms, *host]


def _resource(of: Vm | Host | Project, position: int) -> Row:
    return [of.uid, position, OPEN, of.name, _labels(of.labels)]


def totals_of(row: "Stored[Any]") -> Totals:
    """The figures that a row of that table has."""
    return Totals(resources_of(row.total), resources_of(row.allocated), row.hosts, row.running_vms)


class Batch:
    """Rows to be written together."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.vms = _Spans(tables.vms)
        self.hosts = _Spans(tables.hosts)
        self.projects = _Spans(tables.projects)
        self.holdings = _Spans(tables.holdings)
        self.figures: list[Row] = []
        self.moments: list[Row] = []
        self.specs: list[Row] = []

    def write(self, connection: Connection) -> None:
        for spans in (self.vms, self.hosts, self.projects, self.holdings):
            spans.write(connection)
        tables = self._tables
        insert_rows(connection, tables.figures, self.figures)
        insert_rows(connection, tables.moments, self.moments)
        insert_rows(connection, tables.specs, self.specs)
