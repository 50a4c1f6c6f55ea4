"""From committed events to the rows of the read database. Writes nothing by itself."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, cast

from chronovisor.events.v1 import event_pb2 as ev
from sqlalchemy import Connection, Table, select

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.image.aggregate import Image
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resource_kinds import ProjectResource
from controlplane.domain.resources import IMAGE_MIB, NOTHING
from controlplane.domain.time import micros_of
from controlplane.domain.vm.aggregate import Vm, spec_of
from controlplane.domain.vm.consoles import project_in
from controlplane.ledger.snapshots import codec
from controlplane.ledger.snapshots.resource_codecs import CODECS
from controlplane.ledger.store import Outline
from controlplane.projections.history.newest_totals import newest_totals
from controlplane.projections.history.row_codec import counts_of, totals_of
from controlplane.projections.history.tables import OPEN, Tables
from controlplane.projections.history.validity import Spans, Taken
from controlplane.projections.history.vm_rows import labels_text
from controlplane.projections.projector.rows import bulk_write
from controlplane.projections.projector.rows.operation_fold import fold_operations
from controlplane.projections.projector.rows.timeline_rows import TimelineRows
from controlplane.projections.projector.rows.totals_rows import Change, TotalsRows
from controlplane.projections.projector.rows.vm_fold import VmRowBuilder, VmRows, add_owned

Row = Sequence[Any]


def outline_of(recorded: RecordedEvent, project_uid: str) -> Outline:
    """`project_uid` is of what is in a project."""
    event = recorded.event
    return Outline(recorded.position, recorded.stream, event.WhichOneof("payload") or "", project_uid, event.trace_id)


def _project_uid(recorded: RecordedEvent) -> str:
    after = recorded.after
    if after is None:
        return project_in(recorded.event)
    return "" if isinstance(after, Host | Project) else after.project_uid


class RowBuilder:
    """Folds events that follow each other. What it needs of the past it reads once, from the tables, with `load`."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._vms = VmRowBuilder()
        self._totals = TotalsRows()
        self._timeline = TimelineRows()

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
        newest = connection.execute(newest_totals(tables.counts))
        self._timeline.resume({row.scope: list(counts_of(row.counts)) for row in newest})

    def resume(self, last: Sequence[RecordedEvent]) -> None:
        """Begins after events that were folded before: the last ones, up to where the tables are."""
        self._vms.resume(last)

    def resume_batch(self, events: Sequence[Outline]) -> None:
        """Begins within a batch: with those of its events that were folded before."""
        for each in events:
            self._timeline.add(each, marks=False)

    def fold(self, events: Sequence[RecordedEvent]) -> "RowBatch":
        """The rows of events that come next."""
        batch = RowBatch(self.tables)
        rows = VmRows(batch.vms, batch.holdings, batch.other_sides, batch.owned, batch.operations, batch.specs)
        for recorded in events:
            after = recorded.after
            self._event(batch, outline_of(recorded, _project_uid(recorded)))
            if isinstance(after, Vm):
                if change := self._vms.fold(rows, recorded, after):
                    self._totals.vm(change)
            else:
                self._other(batch, recorded)
        batch.totals = self._totals.take()
        batch.counts, batch.marks = self._timeline.take()
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

    def fold_outlines(self, batch: "RowBatch", events: Iterable[Outline]) -> None:
        """Adds the rows of traces, and of a timeline of all events, whatever they are of."""
        for each in events:
            self._event(batch, each)
        batch.counts, batch.marks = self._timeline.take()

    def _event(self, batch: "RowBatch", event: Outline) -> None:
        self._timeline.add(event)
        if event.trace_id:
            batch.traces.append((event.trace_id, event.position))

    def _other(self, batch: "RowBatch", recorded: RecordedEvent) -> None:
        after = recorded.after
        if isinstance(after, Host):
            self._host(batch, recorded, after)
        elif isinstance(after, Project):
            self._project(batch, recorded, after)
        elif after is not None:
            self._resource(batch, recorded, cast("ProjectResource", after))
        elif recorded.event.HasField("batch_sealed"):
            batch.moments.append((recorded.position, micros_of(recorded.event.commit_time)))

    def _host(self, batch: "RowBatch", recorded: RecordedEvent, host: Host) -> None:
        before, position = recorded.before, recorded.position
        assert before is None or isinstance(before, Host)
        self._totals.host(position, before, host)
        if before is None or not _is_alike(before, host):
            # Nor does an operation of a host begin or end without a change of these.
            fold_operations(batch.operations, recorded, host)
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

    def _resource(self, batch: "RowBatch", recorded: RecordedEvent, resource: ProjectResource) -> None:
        collection = recorded.stream.partition("/")[0]
        rows = batch.resources[collection]
        if isinstance(resource, Image):
            fold_operations(batch.operations, recorded, resource)
            self._stored(batch, recorded, resource)
        if recorded.before is not None:
            rows.end(resource.uid, recorded.position)
        row = [*_resource(resource, recorded.position), resource.project_uid, not resource.is_deleted]
        rows.begin(resource.uid, [*row, CODECS[collection].encoded(resource)])

    def _stored(self, batch: "RowBatch", recorded: RecordedEvent, image: Image) -> None:
        was, position = recorded.before, recorded.position
        before, after = was.held if isinstance(was, Image) else NOTHING, image.held
        if before or after:
            had, has = before.of(IMAGE_MIB), after.of(IMAGE_MIB)
            add_owned(batch.owned, position, (cast("Image | None", was), had), (image, has), IMAGE_MIB)
        if before != after:
            self._totals.image(position, image.project, before, after)


# Neighbours among a host's fields. Its capacity, and that of its nodes, follow from its inventory.
_INVENTORY, _TRAITS, _MACHINE = (
    slice(Host._fields.index(first), Host._fields.index(last) + 1)
    for first, last in (("inventory", "labels"), ("traits", "numa_reported"), ("machine_ids", "fence"))
)


def _is_alike(host: Host, other: Host) -> bool:
    """Whether all of both is the same but what changes with their holdings. Mostly it is, and the same objects."""
    return (
        host.state is other.state
        and host[_MACHINE] == other[_MACHINE]
        and host[_INVENTORY] == other[_INVENTORY]
        and host[_TRAITS] == other[_TRAITS]
    )


def _resource(of: Host | Project | ProjectResource, position: int) -> Row:
    return [position, of.uid, OPEN, of.name, labels_text(of.labels)]


class RowBatch:
    """Rows to be written together."""

    def __init__(self, tables: Tables, spans: Callable[[], Spans] = Spans) -> None:
        self._tables = tables
        self.vms, self.hosts, self.projects, self.holdings = spans(), spans(), spans(), spans()
        self.other_sides, self.operations, self.owned = spans(), spans(), spans()
        self.resources = {collection: spans() for collection in tables.resources}
        self.totals: list[Row] = []
        self.counts: list[Row] = []
        self.marks: list[Row] = []
        self.traces: list[Row] = []
        self.moments: list[Row] = []
        self.specs: list[Row] = []

    def take(self) -> "TableRows":
        """What is to be written since the last time."""
        tables = self._tables
        spans = [
            (tables.vms, self.vms.take()),
            (tables.hosts, self.hosts.take()),
            (tables.projects, self.projects.take()),
            *((table, self.resources[collection].take()) for collection, table in tables.resources.items()),
            (tables.holdings, self.holdings.take()),
            (tables.other_sides, self.other_sides.take()),
            (tables.owned, self.owned.take()),
            (tables.operations, self.operations.take()),
        ]
        rows = [
            (tables.totals, self.totals),
            (tables.counts, self.counts),
            (tables.marks, self.marks),
            (tables.traces, self.traces),
            (tables.moments, self.moments),
            (tables.specs, self.specs),
        ]
        self.totals, self.counts, self.marks, self.traces, self.moments, self.specs = [], [], [], [], [], []
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
