"""The read database, asked: what was at a position, and what is. The same statements for both. Blocks: use a thread.

A position that the rows do not reflect yet is the caller's to wait for.
"""

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, cast

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2 as pb
from rpds import HashTrieMap
from sqlalchemy import JSON, ColumnElement, Connection, Row, Select, Table, func, select, type_coerce
from sqlalchemy import cast as cast_to

from controlplane.domain.host.aggregate import Host
from controlplane.domain.project.aggregate import Project
from controlplane.domain.project.states import ProjectState
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Spec, Vm, spec_of
from controlplane.ledger.snapshots import codec
from controlplane.projections.history import operation_rows, page_query, vm_rows
from controlplane.projections.history.newest_rows import newest
from controlplane.projections.history.operation_rows import FoundOperation, OperationQuery
from controlplane.projections.history.operations import Key
from controlplane.projections.history.page_query import Columns, PageQuery, named, valid
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.history.row_codec import cells_of, resources_of
from controlplane.projections.history.tables import OPEN, Tables
from controlplane.projections.live.utilization import Totals
from controlplane.projections.projector.row_builder import totals_of
from controlplane.projections.projector.unreadable_rows import UnreadableRows, reading_rows

PAGE = 5_000


class RowsPosition(NamedTuple):
    """One database transaction: everything read through it is of one generation of tables."""

    connection: Connection
    tables: Tables
    position: int

    def is_now(self, at: int) -> bool:
        """Whether what was at a position is still so."""
        return at >= self.position


class ProjectVms(NamedTuple):
    """The VMs of one project: how their names begin, by which rows are found, and the project's uid.

    Another project had VMs with names that begin so, if it had this one's name before.
    """

    prefix: str
    project_uid: str


class HistoryReader:
    """What was, at any position that is written."""

    def __init__(self, database: ReadDatabase, unreadable: Callable[[UnreadableRows], Exception] | None = None) -> None:
        """`unreadable` is called with rows that cannot be read, and gives what is raised then; UnreadableRows if none.

        It is called on the thread that reads.
        """
        self._database = database
        self._unreadable = unreadable
        self._specs: dict[tuple[int, int], Spec] = {}

    @contextmanager
    def moment(self) -> "Generator[RowsPosition]":
        try:
            with reading_rows(), self._database.reading() as connection:
                tables, position = self._database.active(connection)
                yield RowsPosition(connection, tables, position)
        except UnreadableRows as error:
            if self._unreadable is None:
                raise
            raise self._unreadable(error) from error

    # One resource.

    def vm(self, uid: str, at: int) -> Vm | None:
        """A VM by uid; a destroyed one is DELETED."""
        with self.moment() as moment:
            found = _one(moment, moment.tables.vms, uid, at, vm_rows.COLUMNS)
            return self._vms(moment, [found])[0] if found else None

    def vms_of(self, uids: Sequence[str], at: int) -> dict[str, Vm]:
        """Those VMs of these uids that there were, destroyed ones too, by uid. For some hundreds of uids at a time."""
        with self.moment() as moment:
            rows = newest(moment.connection, moment.tables.vms, uids, at, vm_rows.COLUMNS)
            return {vm.uid: vm for vm in self._vms(moment, rows)}

    def vms_from(self, positions: Sequence[int]) -> dict[int, Vm]:
        """VMs as the events at these positions left them, by position."""
        with self.moment() as moment:
            return operation_rows.vms_from(moment.connection, moment.tables, positions, partial(self._spec, moment))

    def vm_named(self, name: str, project_uid: str, at: int) -> Vm | None:
        """The VM of a project that had the name: the one that lived, or else the last that was destroyed."""
        with self.moment() as moment:
            found = _last_named(moment, moment.tables.vms, name, at, vm_rows.COLUMNS, project_uid)
            return self._vms(moment, [found])[0] if found else None

    def host(self, uid: str, at: int, *, holdings: bool = True) -> Host | None:
        """Without `holdings`, what it holds is told only in sum, and not for whom."""
        with self.moment() as moment:
            found = _one(moment, moment.tables.hosts, uid, at)
            return _hosts(moment, [found], at, holdings=holdings)[0] if found else None

    def hosts_of(self, uids: Sequence[str], at: int) -> dict[str, Host]:
        """Those hosts of these uids that there were, by uid, as `host` has them without holdings."""
        with self.moment() as moment:
            rows = newest(moment.connection, moment.tables.hosts, uids, at)
            return {host.uid: host for host in _hosts(moment, rows, at, holdings=False)}

    def host_named(self, name: str, at: int) -> Host | None:
        with self.moment() as moment:
            found = _last_named(moment, moment.tables.hosts, name, at)
            return _hosts(moment, [found], at)[0] if found else None

    def host_uid(self, name: str, at: int) -> str:
        """The uid of the host that had the name; empty when there was none."""
        with self.moment() as moment:
            found = _last_named(moment, moment.tables.hosts, name, at)
            return found.uid if found else ""

    def project(self, uid: str, at: int) -> Project | None:
        with self.moment() as moment:
            found = _one(moment, moment.tables.projects, uid, at)
            return _project(found) if found else None

    def projects_of(self, uids: Sequence[str], at: int) -> dict[str, Project]:
        """Those projects of these uids that there were, by uid, deleted ones too."""
        with self.moment() as moment:
            rows = newest(moment.connection, moment.tables.projects, uids, at)
            return {row.uid: _project(row) for row in rows}

    def project_named(self, name: str, at: int) -> Project | None:
        with self.moment() as moment:
            found = _last_named(moment, moment.tables.projects, name, at)
            return _project(found) if found else None

    # Many.

    def vms(self, asked: PageQuery) -> list[Vm]:
        with self.moment() as moment:
            return self._vms(moment, self._page(moment, moment.tables.vms, asked, vm_rows.COLUMNS))

    def hosts(self, asked: PageQuery) -> list[Host]:
        with self.moment() as moment:
            return _hosts(moment, self._page(moment, moment.tables.hosts, asked), asked.at)

    def offers(self, at: int, limit: int) -> list[Host]:
        """The first hosts by name, without what they held."""
        with self.moment() as moment:
            hosts = moment.tables.hosts
            asked = select(hosts.c.data).where(_valid(moment, hosts, at)).order_by(hosts.c.name).limit(limit)
            return [codec.host_of(pb.HostState.FromString(data)) for data in moment.connection.scalars(asked)]

    def projects(self, asked: PageQuery) -> list[Project]:
        with self.moment() as moment:
            return [_project(row) for row in self._page(moment, moment.tables.projects, asked)]

    def names(self, kind: str, at: int) -> list[tuple[str, str]]:
        """The names of the `hosts` or `projects` that there were, in order, each with its uid."""
        with self.moment() as moment:
            table: Table = getattr(moment.tables, kind)
            asked = select(table.c.name, table.c.uid).where(_valid(moment, table, at))
            if "live" in table.c:
                asked = asked.where(table.c.live)
            return sorted((row.name, row.uid) for row in moment.connection.execute(asked))

    def project_names(self, uids: Collection[str]) -> dict[str, str]:
        """The names of the projects of these uids, deleted ones too."""
        with self.moment() as moment:
            projects = moment.tables.projects.c
            asked = select(projects.uid, projects.name).where(projects.uid.in_(uids)).distinct()
            return {row.uid: row.name for row in moment.connection.execute(asked)}

    def project_lifetime(self, uid: str) -> tuple[int, int]:
        """The positions at which a project was created and deleted; OPEN while it is there, and for none there is."""
        with self.moment() as moment:
            projects = moment.tables.projects.c
            first = select(func.min(projects.from_position)).where(projects.uid == uid)
            last = first.where(projects.live.is_(False))
            began, ended = moment.connection.scalar(first), moment.connection.scalar(last)
            return (OPEN if began is None else began), (OPEN if ended is None else ended)

    def zones(self, at: int) -> list[str]:
        """The zones that hosts are in, in order."""
        with self.moment() as moment:
            hosts = moment.tables.hosts
            asked = select(hosts.c.zone).where(hosts.c.zone != "", _valid(moment, hosts, at)).distinct()
            return sorted(moment.connection.scalars(asked))

    def changed(self, kind: str, after: int, to: int, of: ProjectVms | None = None) -> list[str]:
        """The uids of the `vms`, `hosts` or `projects` that changed after one position and not after another.

        Of VMs, those of one project, if one is given. Of hosts: what they offer. What they hold changes with their VMs:
        see `holders_changed`.
        """
        with self.moment() as moment:
            table: Table = getattr(moment.tables, kind)
            # Of a name's beginning there are fewer than of a window: without the sum, the window's index would be used.
            began = table.c.from_position + 0 if of else table.c.from_position
            within = [began > after, began <= to, *(_of_project(table, of) if of else ())]
            return sorted(moment.connection.scalars(select(table.c.uid).where(*within).distinct()))

    def holders_changed(self, after: int, to: int) -> list[str]:
        """The uids of the hosts that held something for a VM while it changed: all whose holdings did, and others."""
        with self.moment() as moment:
            vms, held = moment.tables.vms.c, moment.tables.holdings.c
            # Each VM once: with every change of each, all that it ever held would be looked at again.
            changed = select(vms.uid).where(vms.from_position > after, vms.from_position <= to).distinct()
            asked = select(held.host_uid).where(
                held.uid.in_(changed), held.from_position <= to, held.to_position >= after
            )
            return sorted(moment.connection.scalars(asked.distinct()))

    def vm_uids(self, of: ProjectVms, limit: int) -> list[str]:
        """The uids of up to so many VMs of a project, destroyed ones too."""
        with self.moment() as moment:
            vms = moment.tables.vms
            asked = select(vms.c.uid).where(*_of_project(vms, of)).distinct().limit(limit)
            return list(moment.connection.scalars(asked))

    # Operations.

    def operations(self, query: OperationQuery) -> list[FoundOperation]:
        with self.moment() as moment:
            return operation_rows.page(moment.connection, moment.tables, query, partial(self._spec, moment))

    def operations_of(self, keys: Sequence[Key], at: int) -> dict[Key, FoundOperation]:
        """Those of these keys that had begun by a position, as they were at it."""
        with self.moment() as moment:
            return operation_rows.of_keys(moment.connection, moment.tables, keys, at, partial(self._spec, moment))

    # Figures.

    def figures(self, scope: str, at: int) -> Totals | None:
        """R_total and what is allocated of it; None where there is no such scope."""
        with self.moment() as moment:
            found = _figures(moment, [scope], at)
            return totals_of(found[scope]) if found else None

    def figures_of(self, scopes: Sequence[str], at: int) -> dict[str, Totals]:
        """Of those of many scopes that there were."""
        with self.moment() as moment:
            return {scope: totals_of(row) for scope, row in _figures(moment, scopes, at).items()}

    def figures_between(self, scope: str, after: int, to: int) -> Iterator[tuple[int, Micros, Totals]]:
        """Each change of a scope's figures after one position and not after another: position, time, figures."""
        while True:
            with self.moment() as moment:
                figures = moment.tables.figures
                asked = (
                    select(figures)
                    .where(figures.c.scope == scope, figures.c.from_position > after, figures.c.from_position <= to)
                    .order_by(figures.c.from_position)
                    .limit(PAGE)
                )
                rows = moment.connection.execute(asked).all()
                page = [(row.from_position, _time(moment, row.from_position), totals_of(row)) for row in rows]
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1][0]

    # Positions and times.

    def position_at(self, time: Micros) -> int:
        """The last position that was committed by then; 0 before the first."""
        with self.moment() as moment:
            moments = moment.tables.moments
            asked = select(moments.c.position).where(moments.c.time_us <= time)
            newest = asked.order_by(moments.c.time_us.desc(), moments.c.position.desc()).limit(1)
            return moment.connection.scalar(newest) or 0

    def time_of(self, position: int) -> Micros:
        """When a position was committed; 0 for one that is not written."""
        with self.moment() as moment:
            return _time(moment, position)

    def _page(self, moment: RowsPosition, table: Table, asked: PageQuery, columns: Columns = ()) -> Sequence[Row[Any]]:
        return page_query.page(moment.connection, table, asked, columns, now=moment.is_now(asked.at))

    def _vms(self, moment: RowsPosition, rows: Sequence[Row[Any]]) -> list[Vm]:
        return vm_rows.vms_of(rows, partial(self._spec, moment))

    def _spec(self, moment: RowsPosition, number: int) -> Spec:
        key = (moment.tables.generation, number)
        found = self._specs.get(key)
        if found is None:
            specs = moment.tables.specs
            data = moment.connection.scalar(select(specs.c.data).where(specs.c.id == number))
            found = self._specs[key] = spec_of(ev.Spec.FromString(cast("bytes", data)))
        return found


def _of_project(vms: Table, of: ProjectVms) -> list[ColumnElement[bool]]:
    return [*named(vms, of.prefix), vms.c.project_uid == of.project_uid]


def _valid(moment: RowsPosition, table: Table, at: int) -> ColumnElement[bool]:
    return valid(table, at, now=moment.is_now(at))


def _selected(table: Table, columns: Columns) -> "Select[Any]":
    """These columns, or all."""
    return select(*(table.c[name] for name in columns)) if columns else select(table)


def _one(moment: RowsPosition, table: Table, uid: str, at: int, columns: Columns = ()) -> Row[Any] | None:
    newest_first = table.c.from_position.desc()
    asked = _selected(table, columns).where(table.c.uid == uid, table.c.from_position <= at)
    return moment.connection.execute(asked.order_by(newest_first).limit(1)).first()


def _last_named(
    moment: RowsPosition, table: Table, name: str, at: int, columns: Columns = (), project_uid: str = ""
) -> Row[Any] | None:
    """The resource that has the name, or had it last; of a project, if one is given.

    A name is taken again once its owner is gone.
    """
    newest_first = table.c.from_position.desc()
    asked = _selected(table, columns).where(table.c.name == name, table.c.from_position <= at)
    if project_uid:
        asked = asked.where(table.c.project_uid == project_uid)
    return moment.connection.execute(asked.order_by(newest_first).limit(1)).first()


def _figures(moment: RowsPosition, scopes: Sequence[str], at: int) -> dict[str, Row[Any]]:
    rows = newest(moment.connection, moment.tables.figures, scopes, at, by="scope")
    return {row.scope: row for row in rows}


def _time(moment: RowsPosition, position: int) -> Micros:
    moments = moment.tables.moments
    asked = select(moments.c.time_us).where(moments.c.position >= position).order_by(moments.c.position).limit(1)
    return Micros(moment.connection.scalar(asked) or 0)


def _hosts(moment: RowsPosition, rows: Sequence[Row[Any]], at: int, *, holdings: bool = True) -> list[Host]:
    """Hosts with what they held by then: their own rows say only what they offer."""
    hosts: list[Host] = []
    by_name = _figures(moment, [row.name for row in rows], at)
    held = _holdings(moment, [row.uid for row in rows], at) if holdings else {}
    for row in rows:
        host = codec.host_of(pb.HostState.FromString(row.data))
        if figures := by_name.get(row.name):
            host = host._replace(
                version=figures.version,
                updated=Micros(figures.updated_us),
                allocated=totals_of(figures).allocated,
                numa_allocated=cells_of(figures.numa),
                holdings=HashTrieMap(held.get(row.uid, {})),
            )
        hosts.append(host)
    return hosts


def _holdings(moment: RowsPosition, host_uids: Sequence[str], at: int) -> dict[str, dict[str, Resources]]:
    """What each host held, by VM."""
    held = moment.tables.holdings
    found: dict[str, dict[str, Resources]] = {}
    for start in range(0, len(host_uids), PAGE):
        of_hosts = held.c.host_uid.in_(host_uids[start : start + PAGE])
        asked = select(held.c.host_uid, held.c.uid, held.c.amounts).where(of_hosts, _valid(moment, held, at))
        for host_uid, uid, amounts in moment.connection.execute(asked):
            found.setdefault(host_uid, {})[uid] = resources_of(amounts)
    return found


def _project(row: Row[Any]) -> Project:
    project = codec.Reader().project(pb.ProjectState.FromString(row.data))
    return project if row.live else project._replace(state=ProjectState.DELETED)


def label(moment: RowsPosition, labels: ColumnElement[str], key: str) -> ColumnElement[str]:
    """A label's value, out of a column of labels; empty where there is none."""
    as_json = cast_to(labels, JSON) if moment.connection.dialect.name == "postgresql" else type_coerce(labels, JSON)
    return func.coalesce(as_json[key].as_string(), "")
