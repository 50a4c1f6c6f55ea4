"""From committed events to the rows of the read database. Writes nothing by itself."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from chronovisor.events.v1 import event_pb2 as ev
from sqlalchemy import Connection, Table, and_, func, select
from sqlalchemy import Row as Stored

from controlplane.domain.fleet import Recorded
from controlplane.domain.host import Host
from controlplane.domain.project import Project
from controlplane.domain.resources import NOTHING
from controlplane.domain.time import micros_of
from controlplane.domain.vm import Spec, Vm, recorded_spec, spec_of
from controlplane.domain.vm_states import VmState
from controlplane.ledger import snapshots
from controlplane.projections import writing
from controlplane.projections.amounts import HeldAmounts, resources_of
from controlplane.projections.figures import Figures
from controlplane.projections.tables import OPEN, Tables
from controlplane.projections.utilization import Totals
from controlplane.projections.vm_rows import rest_of, state_name

Row = Sequence[Any]
# Where a row of a table of spans says how long it held, and a holding until when.
TO_POSITION, TO_US = 2, 4


@lru_cache(maxsize=8192)
def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(dict(labels))


class _Spans:
    """New rows of one table of spans, and the open rows that they end."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.new: list[list[Any]] = []
        self._open: dict[str, list[Any]] = {}
        self._ended: list[tuple[Any, ...]] = []

    def begin(self, uid: str, row: list[Any]) -> None:
        self.new.append(row)
        self._open[uid] = row

    def end(self, uid: str, position: int, time: int | None = None) -> None:
        """With a time, of a holding."""
        row = self._open.pop(uid, None)
        if row is None:
            self._ended.append((uid, position) if time is None else (uid, position, time))
            return
        row[TO_POSITION] = position
        if time is not None:
            row[TO_US] = time

    def write(self, connection: Connection) -> None:
        writing.end(connection, self._table, self._ended)
        writing.insert(connection, self._table, self.new)


class Folder:
    """Folds events that follow each other. What it needs of the past it reads once, from the tables, with `load`."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._held = HeldAmounts()
        self._figures = Figures(self._held)
        self._specs: dict[Spec, int] = {}
        # The same by identity: hashing a spec costs more than all else that is done for it.
        self._known: dict[int, tuple[Spec, int]] = {}

    def load(self, connection: Connection) -> None:
        """Begins from what the tables say."""
        tables = self.tables
        for row in connection.execute(select(tables.specs)):
            self._specs[spec_of(ev.Spec.FromString(row.data))] = row.id
        open_hosts = select(tables.hosts.c.uid, tables.hosts.c.zone).where(tables.hosts.c.to_position == OPEN)
        zones = {row.uid: f"zones/{row.zone}" if row.zone else "" for row in connection.execute(open_hosts)}
        figures = tables.figures
        last = select(figures.c.scope, func.max(figures.c.from_position).label("at")).group_by(figures.c.scope)
        newest = last.subquery()
        found = select(figures).join(
            newest, and_(figures.c.scope == newest.c.scope, figures.c.from_position == newest.c.at)
        )
        # What is as it was is not written again.
        written = {
            row.scope: (totals_of(row), (row.version, row.updated_us, row.numa)) for row in connection.execute(found)
        }
        self._figures.resume(written, zones)

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
                batch.moments.append((recorded.position, micros_of(recorded.event.commit_time)))
        batch.figures = self._figures.take()
        return batch

    def _vm(self, batch: "Batch", recorded: Recorded, vm: Vm) -> None:
        position, was, uid = recorded.position, recorded.before, vm.uid
        if was is not None:
            assert isinstance(was, Vm)
            batch.vms.end(uid, position)
        held, project = self._held.of(vm.held), vm.project
        live, host = vm.state is not VmState.DELETED, vm.host if held.anything else ""
        labels = _labels(vm.labels) if vm.labels else "{}"
        spec = self._spec(batch, vm.spec)
        what = (vm.name, labels, project, state_name(vm.state), live, host, vm.created, spec, rest_of(vm, held))
        batch.vms.begin(uid, [position, uid, OPEN, *what])
        other = was is None or was.held is not vm.held
        if was is None or other or was.labels is not vm.labels or was.host_uid != vm.host_uid:
            self._holding(batch, position, was, vm)
        if other:
            self._figures.vm(position, project, was, vm)

    def _spec(self, batch: "Batch", spec: Spec) -> int:
        """Its number; a new one comes with its own row."""
        known = self._known.get(id(spec))
        if known is not None:
            return known[1]
        number = self._specs.get(spec)
        if number is None:
            number = self._specs[spec] = len(self._specs)
            batch.specs.append((number, recorded_spec(spec).SerializeToString(deterministic=True)))
        if len(self._known) >= HeldAmounts.MOST:
            self._known.clear()
        # It keeps the spec, so that no other can have its identity.
        self._known[id(spec)] = (spec, number)
        return number

    def _holding(self, batch: "Batch", position: int, was: Vm | None, vm: Vm) -> None:
        before, held = self._held.of(was.held if was else NOTHING), self._held.of(vm.held)
        if was is not None and (before.of, was.host_uid, was.labels) == (held.of, vm.host_uid, vm.labels):
            return
        if before.anything:
            batch.holdings.end(vm.uid, position, vm.updated)
        if not held.anything:
            return
        where = (vm.name, vm.project, vm.host_uid, _labels(vm.labels))
        what = (held.vcpus, held.memory_mib, held.disk_gib, held.text, bool(held.extended))
        batch.holdings.begin(vm.uid, [position, vm.uid, OPEN, vm.updated, OPEN, *where, *what])

    def _host(self, batch: "Batch", recorded: Recorded, host: Host) -> None:
        before, position = recorded.before, recorded.position
        assert before is None or isinstance(before, Host)
        self._figures.host(position, before, host)
        if before is None or _defined(before) != _defined(host):
            if before is not None:
                batch.hosts.end(host.uid, position)
            data = snapshots.host_message(host, parts=False).SerializeToString(deterministic=True)
            row = [*_resource(host, position), host.state.name, host.zone, host.created, data]
            batch.hosts.begin(host.uid, row)

    def _project(self, batch: "Batch", recorded: Recorded, project: Project) -> None:
        if recorded.before is not None:
            batch.projects.end(project.uid, recorded.position)
        data = snapshots.project_message(project).SerializeToString(deterministic=True)
        batch.projects.begin(project.uid, [*_resource(project, recorded.position), not project.is_deleted, data])


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


def _resource(of: Host | Project, position: int) -> Row:
    return [position, of.uid, OPEN, of.name, _labels(of.labels)]


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
        writing.insert(connection, tables.figures, self.figures)
        writing.insert(connection, tables.moments, self.moments)
        writing.insert(connection, tables.specs, self.specs)
