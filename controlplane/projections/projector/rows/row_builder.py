"""From committed events to the rows of the read database. Writes nothing by itself."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from sqlalchemy import Connection, Table, select

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.project.aggregate import Project
from controlplane.domain.time import micros_of
from controlplane.domain.vm.aggregate import Vm, spec_of
from controlplane.ledger.snapshots import codec
from controlplane.projections.history.newest_totals import newest_totals
from controlplane.projections.history.row_codec import totals_of
from controlplane.projections.history.tables import OPEN, Tables
from controlplane.projections.history.validity import Spans, Taken
from controlplane.projections.history.vm_rows import labels_text
from controlplane.projections.projector.rows import bulk_write
from controlplane.projections.projector.rows.totals_rows import Change, TotalsRows
from controlplane.projections.projector.rows.vm_fold import VmRowBuilder, VmRows

Row = Sequence[Any]


class RowBuilder:
    """Folds events that follow each other. What it needs of the past it reads once, from the tables, with `load`."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._vms = VmRowBuilder()
        self._totals = TotalsRows()

    def load(self, connection: Connection) -> None:
        """Begins from what the tables say."""
        tables = self.tables
        for row in connection.execute(select(tables.specs)):
            self._vms.specs[spec_of(ev.Spec.FromString(row.data))] = row.id
        open_hosts = select(tables.hosts.c.uid, tables.hosts.c.zone).where(tables.hosts.c.to_position == OPEN)
        zones = {row.uid: f"zones/{row.zone}" if row.zone else "" for row in connection.execute(open_hosts)}
        # What is as it was is not written again.
        written = {
            row.scope: (totals_of(row), (row.version, row.updated_us, row.numa))
            for row in connection.execute(newest_totals(tables.totals))
        }
        self._totals.resume(written, zones)

    def resume(self, last: Sequence[RecordedEvent]) -> None:
        """Begins after events that were folded before: the last ones, up to where the tables are."""
        self._vms.resume(last)

    def fold(self, events: Sequence[RecordedEvent]) -> "RowBatch":
        """The rows of events that come next."""
        batch = RowBatch(self.tables)
        rows = VmRows(batch.vms, batch.holdings, batch.operations, batch.specs)
        for recorded in events:
            after = recorded.after
            if isinstance(after, Vm):
                if change := self._vms.fold(rows, recorded, after):
                    self._totals.vm(change)
            else:
                self._other(batch, recorded)
        batch.totals = self._totals.take()
        return batch

    def fold_others(self, batch: "RowBatch", others: Sequence[RecordedEvent], changes: Iterable[Change]) -> None:
        """Adds the rows of events that are not of VMs, and the totals of all: those of VMs have made these changes."""
        coming = iter(changes)
        change = next(coming, None)
        for recorded in others:
            while change is not None and change[0] < recorded.position:
                self._totals.vm(change)
                change = next(coming, None)
            self._other(batch, recorded)
        while change is not None:
            self._totals.vm(change)
            change = next(coming, None)
        batch.totals = self._totals.take()

    def _other(self, batch: "RowBatch", recorded: RecordedEvent) -> None:
        after = recorded.after
        if isinstance(after, Host):
            self._host(batch, recorded, after)
        elif isinstance(after, Project):
            self._project(batch, recorded, after)
        elif recorded.event.HasField("batch_sealed"):
            batch.moments.append((recorded.position, micros_of(recorded.event.commit_time)))

    def _host(self, batch: "RowBatch", recorded: RecordedEvent, host: Host) -> None:
        before, position = recorded.before, recorded.position
        assert before is None or isinstance(before, Host)
        self._totals.host(position, before, host)
        if before is None or _defined(before) != _defined(host):
            if before is not None:
                batch.hosts.end(host.uid, position)
            data = codec.host_message(host, parts=False).SerializeToString(deterministic=True)
            row = [*_resource(host, position), host.state.name, host.zone, host.created, data]
            batch.hosts.begin(host.uid, row)

    def _project(self, batch: "RowBatch", recorded: RecordedEvent, project: Project) -> None:
        if recorded.before is not None:
            batch.projects.end(project.uid, recorded.position)
        data = codec.project_message(project).SerializeToString(deterministic=True)
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
        host.numa_reported,
        host.machine_ids,
        host.replaced_machine_ids,
        host.unexpected,
        host.guests_known_in,
        host.reported,
    )


def _resource(of: Host | Project, position: int) -> Row:
    return [position, of.uid, OPEN, of.name, labels_text(of.labels)]


class RowBatch:
    """Rows to be written together."""

    def __init__(self, tables: Tables, spans: Callable[[], Spans] = Spans) -> None:
        self._tables = tables
        self.vms, self.hosts, self.projects, self.holdings = spans(), spans(), spans(), spans()
        self.operations = spans()
        self.totals: list[Row] = []
        self.moments: list[Row] = []
        self.specs: list[Row] = []

    def take(self) -> "TableRows":
        """What is to be written since the last time."""
        tables = self._tables
        spans = [
            (tables.vms, self.vms.take()),
            (tables.hosts, self.hosts.take()),
            (tables.projects, self.projects.take()),
            (tables.holdings, self.holdings.take()),
            (tables.operations, self.operations.take()),
        ]
        rows = [(tables.totals, self.totals), (tables.moments, self.moments), (tables.specs, self.specs)]
        self.totals, self.moments, self.specs = [], [], []
        return TableRows([*spans, *((table, Taken(new, ())) for table, new in rows)])

    def write(self, connection: Connection) -> None:
        self.take().write(connection)


class TableRows(NamedTuple):
    """What comes to each table."""

    tables: Sequence[tuple[Table, Taken]]

    def write(self, connection: Connection) -> None:
        for table, taken in self.tables:
            bulk_write.end(connection, table, taken.ended)
            bulk_write.insert(connection, table, taken.new)
