"""A view of the read database: what was at one position, read in one transaction. Blocks: use a thread.

The statements are the same for the present and the past. No read needs more of them for more resources.
"""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2 as pb
from sqlalchemy import JSON, ColumnElement, Connection, Row, Select, Table, func, select, type_coerce, union_all
from sqlalchemy import cast as cast_to

from controlplane.domain.host.aggregate import Host
from controlplane.domain.operations import Key
from controlplane.domain.project.aggregate import Project
from controlplane.domain.project.states import ProjectState
from controlplane.domain.resource_kinds import R, ResourceKind
from controlplane.domain.time import Micros
from controlplane.domain.totals import Totals
from controlplane.domain.vm.aggregate import Spec, Vm, spec_of
from controlplane.ledger.snapshots import codec
from controlplane.ledger.snapshots.resource_codecs import CODECS
from controlplane.projections.history import host_rows, operation_rows, page_query, vm_rows
from controlplane.projections.history.newest_rows import newest
from controlplane.projections.history.operation_rows import FoundOperation, OperationQuery
from controlplane.projections.history.page_query import Columns, Count, PageQuery, named, valid
from controlplane.projections.history.row_codec import totals_of
from controlplane.projections.history.tables import OPEN, Tables
from controlplane.projections.projector.unreadable_rows import reading_rows

P = ParamSpec("P")
T = TypeVar("T")
# Projects whose VMs are read in one statement: SQLite takes 500 parts of a compound one.
PROJECTS_A_STATEMENT = 200
# SQLite takes 32,766 parameters a statement.
SPECS_A_STATEMENT = 10_000


class Identity(Protocol):
    """A project's uid, and its name."""

    @property
    def uid(self) -> str: ...
    @property
    def name(self) -> str: ...


class ProjectPart(NamedTuple):
    """A collection of one project, such as its VMs: how their names begin, by which rows are found, and its uid.

    Another project had some with names that begin so, if it had this one's name before.
    """

    prefix: str
    project_uid: str

    @classmethod
    def of(cls, project: "Identity", collection: str) -> "ProjectPart":
        return cls(f"{project.name}/{collection}/", project.uid)


def _reading(
    method: "Callable[Concatenate[HistoryView, P], T]",
) -> "Callable[Concatenate[HistoryView, P], T]":
    """Marks what reads and decodes rows: it raises UnreadableRows where a row is not as it was written."""

    @wraps(method)
    def read(view: "HistoryView", *arguments: P.args, **named: P.kwargs) -> T:
        with reading_rows():
            return method(view, *arguments, **named)

    return read


class HistoryView:
    """What was at `position`. It is good for as long as its transaction is open: see HistoryReader.view."""

    def __init__(
        self,
        connection: Connection,
        tables: Tables,
        position: int,
        written: int,
        specs: dict[tuple[int, int], Spec],
    ) -> None:
        """`written` is the position that the rows are at; `specs` the specs that were read before."""
        self.connection = connection
        self.tables = tables
        self.position = position
        self.written = written
        self._known_specs = specs

    def at(self, position: int) -> "HistoryView":
        """The view of another position, in the same transaction."""
        return HistoryView(self.connection, self.tables, position, self.written, self._known_specs)

    @property
    def is_newest(self) -> bool:
        """Whether what was at the position is still so."""
        return self.position >= self.written

    @_reading
    def traced(self, trace_id: str, after: int, limit: int) -> list[int]:
        """Up to so many positions of the events of a trace, after a position and up to the view's, in order."""
        traces = self.tables.traces.c
        found = select(traces.position).where(
            traces.trace_id == trace_id, traces.position > after, traces.position <= self.position
        )
        return list(self.connection.scalars(found.order_by(traces.position).limit(limit)))

    # VMs.

    @_reading
    def vm(self, uid: str) -> Vm | None:
        """A VM by uid; a destroyed one is DELETED."""
        found = self._one(self.tables.vms, uid, vm_rows.COLUMNS)
        return self._vms([found])[0] if found else None

    @_reading
    def vm_named(self, name: str, project_uid: str) -> Vm | None:
        """The VM of a project that had the name: the one that lived, or else the last that was destroyed."""
        found = self._last_named(self.tables.vms, name, vm_rows.COLUMNS, project_uid)
        return self._vms([found])[0] if found else None

    @_reading
    def vms_of(self, uids: Sequence[str]) -> dict[str, Vm]:
        """Those VMs of these uids that there were, destroyed ones too, by uid."""
        rows = newest(self.connection, self.tables.vms, uids, self.position, vm_rows.COLUMNS)
        return {vm.uid: vm for vm in self._vms(rows)}

    @_reading
    def vms_from(self, positions: Sequence[int]) -> dict[int, Vm]:
        """VMs as the events at these positions left them, by position."""
        return operation_rows.vms_from(self.connection, self.tables, positions, self._specs)

    @_reading
    def vms(self, query: PageQuery) -> list[Vm]:
        return self._vms(self._page(self.tables.vms, query, vm_rows.COLUMNS))

    @_reading
    def placed_vms(self, projects: Sequence[str], most_each: int) -> list[Vm]:
        """The VMs that hold something, of projects by name: at most so many of each."""
        found: list[Row[Any]] = []
        vms = self.tables.vms
        for start in range(0, len(projects), PROJECTS_A_STATEMENT):
            parts = [
                _selected(vms, vm_rows.COLUMNS)
                .where(*named(vms, f"{project}/vms/"), self._valid(vms), vms.c.live, vms.c.host != "")
                .limit(most_each)
                .subquery()
                for project in projects[start : start + PROJECTS_A_STATEMENT]
            ]
            found += self.connection.execute(union_all(*(select(part) for part in parts))).all()
        return self._vms(found)

    @_reading
    def all_placed_vms(self) -> list[Vm]:
        """The VMs that hold something, of all projects."""
        vms = self.tables.vms
        statement = _selected(vms, vm_rows.COLUMNS).where(self._valid(vms), vms.c.live, vms.c.host != "")
        return self._vms(self.connection.execute(statement).all())

    @_reading
    def vm_uids(self, of: ProjectPart, limit: int) -> list[str]:
        """The uids of up to so many VMs of a project, destroyed ones too."""
        vms = self.tables.vms
        return list(self.connection.scalars(select(vms.c.uid).where(*_of_project(vms, of)).distinct().limit(limit)))

    # Hosts.

    @_reading
    def host_named(self, name: str) -> Host | None:
        found = self._last_named(self.tables.hosts, name)
        return self._hosts([found])[0] if found else None

    @_reading
    def host_uid(self, name: str) -> str:
        """The uid of the host that had the name; empty when there was none."""
        found = self._last_named(self.tables.hosts, name)
        return found.uid if found else ""

    @_reading
    def hosts_of(self, uids: Sequence[str]) -> dict[str, Host]:
        """Those hosts of these uids that there were, by uid. What each holds is there only in sum, and not for whom."""
        rows = newest(self.connection, self.tables.hosts, uids, self.position)
        return {host.uid: host for host in self._hosts(rows, holdings=False)}

    @_reading
    def hosts(self, query: PageQuery) -> list[Host]:
        return self._hosts(self._page(self.tables.hosts, query))

    @_reading
    def all_hosts(self) -> list[Host]:
        """All hosts, each with what it held for whom."""
        hosts = self.tables.hosts
        return self._hosts(self.connection.execute(select(hosts).where(self._valid(hosts))).all())

    @_reading
    def offers(self, limit: int) -> list[Host]:
        """The first hosts by name, without what they held."""
        hosts = self.tables.hosts
        statement = select(hosts.c.data).where(self._valid(hosts)).order_by(hosts.c.name).limit(limit)
        return [host_rows.offered(data) for data in self.connection.scalars(statement)]

    @_reading
    def host_totals(self, *, name: str = "", zone: str = "") -> list[tuple[Host, Totals]]:
        """All hosts, or one by name, or those of one zone: what each offers, and its totals."""
        hosts = self.tables.hosts
        chosen = [self._valid(hosts)]
        if name:
            chosen.append(hosts.c.name == name)
        if zone:
            chosen.append(hosts.c.zone == zone)
        return host_rows.with_totals(self.connection, self.tables, chosen, self.position)

    @_reading
    def zones(self) -> list[str]:
        """The zones that hosts are in, in order."""
        hosts = self.tables.hosts
        statement = select(hosts.c.zone).where(hosts.c.zone != "", self._valid(hosts)).distinct()
        return sorted(self.connection.scalars(statement))

    # Projects.

    @_reading
    def project(self, uid: str) -> Project | None:
        found = self._one(self.tables.projects, uid)
        return _project(found) if found else None

    @_reading
    def project_named(self, name: str) -> Project | None:
        found = self._last_named(self.tables.projects, name)
        return _project(found) if found else None

    @_reading
    def projects_of(self, uids: Sequence[str]) -> dict[str, Project]:
        """Those projects of these uids that there were, by uid, deleted ones too."""
        rows = newest(self.connection, self.tables.projects, uids, self.position)
        return {row.uid: _project(row) for row in rows}

    @_reading
    def projects(self, query: PageQuery) -> list[Project]:
        return [_project(row) for row in self._page(self.tables.projects, query)]

    @_reading
    def project_names(self, uids: Collection[str]) -> dict[str, str]:
        """The names of the projects of these uids, deleted ones too."""
        projects = self.tables.projects.c
        statement = select(projects.uid, projects.name).where(projects.uid.in_(uids)).distinct()
        return {row.uid: row.name for row in self.connection.execute(statement)}

    @_reading
    def project_lifetime(self, uid: str) -> tuple[int, int]:
        """The positions at which a project was created and deleted; OPEN while it is there, and for none there is."""
        projects = self.tables.projects.c
        first = select(func.min(projects.from_position)).where(projects.uid == uid)
        last = first.where(projects.live.is_(False))
        began, ended = self.connection.scalar(first), self.connection.scalar(last)
        return (OPEN if began is None else began), (OPEN if ended is None else ended)

    # What projects have beside VMs.

    @_reading
    def resource(self, kind: ResourceKind[R], uid: str) -> R | None:
        found = self._one(self.tables.resources[kind.collection], uid)
        return _resource(kind, found) if found else None

    @_reading
    def resource_named(self, kind: ResourceKind[R], name: str, project_uid: str) -> R | None:
        """The resource of a project that had the name: the one that lived, or else the last that was deleted."""
        found = self._last_named(self.tables.resources[kind.collection], name, project_uid=project_uid)
        return _resource(kind, found) if found else None

    @_reading
    def resources_of(self, kind: ResourceKind[R], uids: Sequence[str]) -> dict[str, R]:
        """Those resources of these uids that there were, by uid, deleted ones too."""
        rows = newest(self.connection, self.tables.resources[kind.collection], uids, self.position)
        return {row.uid: _resource(kind, row) for row in rows}

    @_reading
    def resource_uids(self, collection: str, project_uid: str, limit: int) -> list[str]:
        """The uids of up to so many resources of a project, deleted ones too."""
        resources = self.tables.resources[collection].c
        statement = select(resources.uid).where(resources.project_uid == project_uid).distinct().limit(limit)
        return list(self.connection.scalars(statement))

    @_reading
    def resources(self, kind: ResourceKind[R], query: PageQuery) -> list[R]:
        return [_resource(kind, row) for row in self._page(self.tables.resources[kind.collection], query)]

    # Of any kind.

    @_reading
    def names(self, kind: str) -> list[tuple[str, str]]:
        """The names of the `hosts` or `projects` that there were, in order, each with its uid."""
        table = self.tables.of[kind]
        statement = select(table.c.name, table.c.uid).where(self._valid(table))
        if "live" in table.c:
            statement = statement.where(table.c.live)
        return sorted((row.name, row.uid) for row in self.connection.execute(statement))

    @_reading
    def changed(self, kind: str, after: int, of: ProjectPart | None = None) -> list[str]:
        """The uids of the `vms`, `hosts`, `projects` or resources of a collection that changed after a position.

        And not after the view's. Of what is in projects, those of one project, if one is given. Of hosts: what they
        offer. What they hold changes with their VMs: see `holders_changed`.
        """
        table = self.tables.of[kind]
        # Of a name's beginning there are fewer than of a window: without the sum, the window's index would be used.
        began = table.c.from_position + 0 if of else table.c.from_position
        within = [began > after, began <= self.position, *(_of_project(table, of) if of else ())]
        return sorted(self.connection.scalars(select(table.c.uid).where(*within).distinct()))

    @_reading
    def holders_changed(self, after: int) -> list[str]:
        """The uids of the hosts that held something for a VM while it changed: all whose holdings did, and others."""
        vms, to = self.tables.vms.c, self.position
        # Each VM once: with every change of each, all that it ever held would be looked at again.
        changed = select(vms.uid).where(vms.from_position > after, vms.from_position <= to).distinct()
        found: set[str] = set()
        for held in (self.tables.holdings.c, self.tables.other_sides.c):
            statement = select(held.host_uid).where(
                held.uid.in_(changed), held.from_position <= to, held.to_position >= after
            )
            found.update(self.connection.scalars(statement.distinct()))
        return sorted(found)

    # Operations.

    @_reading
    def operations(self, query: OperationQuery) -> list[FoundOperation]:
        return operation_rows.page(self.connection, self.tables, query, self._specs)

    @_reading
    def operations_of(self, keys: Sequence[Key]) -> dict[Key, FoundOperation]:
        """Those of these keys that had begun by the position, as they were at it."""
        return operation_rows.of_keys(self.connection, self.tables, keys, self.position, self._specs)

    # Totals.

    @_reading
    def totals(self, scopes: Sequence[str]) -> dict[str, Totals]:
        """R_total and what is allocated of it: of those of these scopes that there were."""
        rows = newest(self.connection, self.tables.totals, scopes, self.position, by="scope")
        return {row.scope: totals_of(row) for row in rows}

    @_reading
    def totals_changes(self, scope: str, after: int, limit: int) -> list[tuple[int, Micros, Totals]]:
        """The first changes of a scope's totals after a position, and not after the view's: position, time, totals."""
        totals, moments = self.tables.totals, self.tables.moments
        append = select(moments.c.time_us).where(moments.c.position >= totals.c.from_position)
        time = append.order_by(moments.c.position).limit(1).correlate(totals).scalar_subquery()
        statement = (
            select(totals, time.label("time_us"))
            .where(totals.c.scope == scope, totals.c.from_position > after, totals.c.from_position <= self.position)
            .order_by(totals.c.from_position)
            .limit(limit)
        )
        rows = self.connection.execute(statement).all()
        return [(row.from_position, Micros(row.time_us or 0), totals_of(row)) for row in rows]

    @_reading
    def time(self) -> Micros:
        """When the position was committed; 0 for one that is not written."""
        moments = self.tables.moments
        statement = select(moments.c.time_us).where(moments.c.position >= self.position)
        return Micros(self.connection.scalar(statement.order_by(moments.c.position).limit(1)) or 0)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """The transaction's connection, for statements of a query's own. Raises UnreadableRows."""
        with reading_rows():
            yield self.connection

    def label(self, labels: ColumnElement[str], key: str) -> ColumnElement[str]:
        """A label's value, out of a column of labels; empty where there is none."""
        in_postgresql = self.connection.dialect.name == "postgresql"
        as_json = cast_to(labels, JSON) if in_postgresql else type_coerce(labels, JSON)
        return func.coalesce(as_json[key].as_string(), "")

    def _valid(self, table: Table) -> ColumnElement[bool]:
        return valid(table, self.position, now=self.is_newest)

    def count(self, collection: str, query: PageQuery, most: int) -> Count:
        """How many all pages of a query have: see `page_query.count`."""
        table = self.tables.of[collection]
        return page_query.count(self.connection, table, query, most, at=self.position, now=self.is_newest)

    def _page(self, table: Table, query: PageQuery, columns: Columns = ()) -> Sequence[Row[Any]]:
        return page_query.page(self.connection, table, query, columns, at=self.position, now=self.is_newest)

    def _one(self, table: Table, uid: str, columns: Columns = ()) -> Row[Any] | None:
        mine = _selected(table, columns).where(table.c.uid == uid, table.c.from_position <= self.position)
        return self.connection.execute(mine.order_by(table.c.from_position.desc()).limit(1)).first()

    def _last_named(self, table: Table, name: str, columns: Columns = (), project_uid: str = "") -> Row[Any] | None:
        """The resource that has the name, or had it last; of a project, if one is given.

        A name is taken again once its owner is gone.
        """
        mine = _selected(table, columns).where(table.c.name == name, table.c.from_position <= self.position)
        if project_uid:
            mine = mine.where(table.c.project_uid == project_uid)
        return self.connection.execute(mine.order_by(table.c.from_position.desc()).limit(1)).first()

    def _vms(self, rows: Sequence[Row[Any]]) -> list[Vm]:
        return vm_rows.vms_of(rows, self._specs)

    def _specs(self, numbers: Collection[int]) -> Mapping[int, Spec]:
        """Specs by number. Those that were not read before are read together."""
        generation, known = self.tables.generation, self._known_specs
        new = [number for number in numbers if (generation, number) not in known]
        for start in range(0, len(new), SPECS_A_STATEMENT):
            specs = self.tables.specs.c
            some = specs.id.in_(new[start : start + SPECS_A_STATEMENT])
            for row in self.connection.execute(select(specs.id, specs.data).where(some)):
                known[generation, row.id] = spec_of(ev.Spec.FromString(row.data))
        return {number: known[generation, number] for number in numbers}

    def _hosts(self, rows: Sequence[Row[Any]], *, holdings: bool = True) -> list[Host]:
        return host_rows.hosts_of(self.connection, self.tables, rows, self.position, self._valid if holdings else None)


def _of_project(table: Table, of: ProjectPart) -> list[ColumnElement[bool]]:
    return [*named(table, of.prefix), table.c.project_uid == of.project_uid]


def _selected(table: Table, columns: Columns) -> "Select[Any]":
    """These columns, or all."""
    return select(*(table.c[name] for name in columns)) if columns else select(table)


def _project(row: Row[Any]) -> Project:
    project = codec.Reader().project(pb.ProjectState.FromString(row.data))
    return project if row.live else project._replace(state=ProjectState.DELETED)


def _resource(kind: ResourceKind[R], row: Row[Any]) -> R:
    resource: R = CODECS[kind.collection].decoded(row.data)
    return resource if row.live else kind.deleted(resource)
