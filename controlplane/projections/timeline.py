"""The read database, asked: what was at a position, and what is. The same statements for both. Blocks: use a thread.

A position that the rows do not reflect yet is the caller's to wait for.
"""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar, cast

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2 as pb
from rpds import HashTrieMap
from sqlalchemy import JSON, ColumnElement, Connection, Row, Select, Table, and_, func, or_, select, type_coerce
from sqlalchemy import cast as cast_to

from controlplane.domain.host import Host
from controlplane.domain.numa import NumaCell
from controlplane.domain.project import Project
from controlplane.domain.project_states import ProjectState
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros
from controlplane.domain.vm import Spec, Vm, spec_of
from controlplane.ledger import snapshots
from controlplane.projections.read_database import ReadDatabase
from controlplane.projections.rows import resources_of, totals_of
from controlplane.projections.tables import OPEN, Tables
from controlplane.projections.utilization import Totals

T = TypeVar("T")
PAGE = 5_000


class Comparison(NamedTuple):
    """`field` is a column of the table, or `labels.KEY`, whose value is empty where there is no such label."""

    field: str
    equal: bool
    value: str


class Asked(NamedTuple):
    """A page of resources: those whose name begins with `prefix`, in order, after a key, as they were at a position."""

    prefix: str
    at: int
    # Less than 0: all.
    limit: int
    where: Sequence[Comparison] = ()
    # `name` or `created_us`.
    order: str = "name"
    descending: bool = False
    # What the last resource of the page before had of `order`, and its name and uid. None: the first page.
    after: tuple[str | int, str, str] | None = None
    ended: bool = False


class Moment(NamedTuple):
    """One database transaction: everything read through it is of one generation of tables."""

    connection: Connection
    tables: Tables
    position: int


class Timeline:
    """What was, at any position that is written."""

    def __init__(self, database: ReadDatabase) -> None:
        self._database = database
        self._specs: dict[tuple[int, int], Spec] = {}

    @contextmanager
    def moment(self) -> "Generator[Moment]":
        with self._database.reading() as connection:
            tables, position = self._database.active(connection)
            yield Moment(connection, tables, position)

    # One resource.

    def vm(self, uid: str, at: int) -> Vm | None:
        """A VM by uid; a destroyed one is DELETED."""
        with self.moment() as moment:
            found = _one(moment, moment.tables.vms, uid, at)
            return self._vms(moment, [found])[0] if found else None

    def vms_of(self, uids: Sequence[str], at: int) -> dict[str, Vm]:
        """Those VMs of these uids that there were, destroyed ones too, by uid. For some hundreds of uids at a time."""
        with self.moment() as moment:
            vms = moment.tables.vms
            asked = select(vms).where(vms.c.uid.in_(uids), _valid(moment, vms, at))
            return {vm.uid: vm for vm in self._vms(moment, moment.connection.execute(asked).all())}

    def vm_named(self, name: str, at: int) -> Vm | None:
        """The VM that had the name: the one that lived, or else the last that was destroyed."""
        with self.moment() as moment:
            found = _last_named(moment, moment.tables.vms, name, at)
            return self._vms(moment, [found])[0] if found else None

    def host(self, uid: str, at: int, *, holdings: bool = True) -> Host | None:
        """Without `holdings`, what it holds is told only in sum, and not for whom."""
        with self.moment() as moment:
            found = _one(moment, moment.tables.hosts, uid, at)
            return _hosts(moment, [found], at, holdings=holdings)[0] if found else None

    def host_named(self, name: str, at: int) -> Host | None:
        with self.moment() as moment:
            found = _last_named(moment, moment.tables.hosts, name, at)
            return _hosts(moment, [found], at)[0] if found else None

    def has(self, kind: str, name: str, at: int) -> bool:
        """Whether one of the `hosts` or `projects` had the name."""
        with self.moment() as moment:
            table: Table = getattr(moment.tables, kind)
            found = _last_named(moment, table, name, at)
            return found is not None and ("live" not in table.c or found.live)

    def project(self, uid: str, at: int) -> Project | None:
        with self.moment() as moment:
            found = _one(moment, moment.tables.projects, uid, at)
            return _project(found) if found else None

    def project_named(self, name: str, at: int) -> Project | None:
        with self.moment() as moment:
            found = _last_named(moment, moment.tables.projects, name, at)
            return _project(found) if found else None

    # Many.

    def vms(self, asked: Asked) -> list[Vm]:
        with self.moment() as moment:
            return self._vms(moment, _page(moment, moment.tables.vms, asked))

    def hosts(self, asked: Asked) -> list[Host]:
        with self.moment() as moment:
            return _hosts(moment, _page(moment, moment.tables.hosts, asked), asked.at)

    def offers(self, at: int, limit: int) -> list[Host]:
        """The first hosts by name, without what they held."""
        with self.moment() as moment:
            hosts = moment.tables.hosts
            asked = select(hosts.c.data).where(_valid(moment, hosts, at)).order_by(hosts.c.name).limit(limit)
            return [snapshots.host_of(pb.HostState.FromString(data)) for data in moment.connection.scalars(asked)]

    def projects(self, asked: Asked) -> list[Project]:
        with self.moment() as moment:
            return [_project(row) for row in _page(moment, moment.tables.projects, asked)]

    def vms_on(self, host: str, at: int) -> list[Vm]:
        """The VMs that hold something on a host."""
        with self.moment() as moment:
            vms = moment.tables.vms
            found = moment.connection.execute(select(vms).where(vms.c.host == host, _valid(moment, vms, at)))
            return self._vms(moment, found.all())

    def names(self, kind: str, at: int) -> list[str]:
        """The names of the `hosts` or `projects` that there were, in order."""
        with self.moment() as moment:
            table: Table = getattr(moment.tables, kind)
            asked = select(table.c.name).where(_valid(moment, table, at))
            if "live" in table.c:
                asked = asked.where(table.c.live)
            return sorted(moment.connection.scalars(asked))

    def zones(self, at: int) -> list[str]:
        """The zones that hosts are in, in order."""
        with self.moment() as moment:
            hosts = moment.tables.hosts
            asked = select(hosts.c.zone).where(hosts.c.zone != "", _valid(moment, hosts, at)).distinct()
            return sorted(moment.connection.scalars(asked))

    def changed(self, kind: str, after: int, to: int, prefix: str = "") -> list[str]:
        """The uids of the `vms`, `hosts` or `projects` that changed after one position and not after another.

        Of hosts: what they offer. What they hold changes with their VMs: see `holders_changed`.
        """
        with self.moment() as moment:
            table: Table = getattr(moment.tables, kind)
            # Of a name's beginning there are fewer than of a window: without the sum, the window's index would be used.
            began = table.c.from_position + 0 if prefix else table.c.from_position
            within = [began > after, began <= to, *(_named(table, prefix) if prefix else ())]
            return sorted(moment.connection.scalars(select(table.c.uid).where(*within).distinct()))

    def holders_changed(self, after: int, to: int) -> list[str]:
        """The uids of the hosts that held something for a VM while it changed: all whose holdings did, and others."""
        with self.moment() as moment:
            vms, held = moment.tables.vms.c, moment.tables.holdings.c
            asked = (
                select(held.host_uid)
                .join_from(moment.tables.vms, moment.tables.holdings, held.uid == vms.uid)
                .where(vms.from_position > after, vms.from_position <= to)
                .where(held.from_position <= to, held.to_position >= after)
            )
            return sorted(moment.connection.scalars(asked.distinct()))

    def vm_uids(self, prefix: str, limit: int) -> list[str]:
        """The uids of up to so many VMs whose name begins so, destroyed ones too."""
        with self.moment() as moment:
            vms = moment.tables.vms
            asked = select(vms.c.uid).where(*_named(vms, prefix)).distinct().limit(limit)
            return list(moment.connection.scalars(asked))

    # Figures.

    def figures(self, scope: str, at: int) -> Totals | None:
        """R_total and what is allocated of it; None where there is no such scope."""
        with self.moment() as moment:
            row = _figures(moment, scope, at)
            return totals_of(row) if row else None

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

    def _vms(self, moment: Moment, rows: Sequence[Row[Any]]) -> list[Vm]:
        reader = snapshots.Reader()
        vms: list[Vm] = []
        for row in rows:
            message = pb.VmState.FromString(row.data)
            vm = reader.vm(message, self._spec(moment, row.spec))
            vms.append(vm if row.live else vm._replace(deleted=vm.updated))
        return vms

    def _spec(self, moment: Moment, number: int) -> Spec:
        key = (moment.tables.generation, number)
        found = self._specs.get(key)
        if found is None:
            specs = moment.tables.specs
            data = moment.connection.scalar(select(specs.c.data).where(specs.c.id == number))
            found = self._specs[key] = spec_of(ev.Spec.FromString(cast("bytes", data)))
        return found


def _valid(moment: Moment, table: Table, at: int) -> ColumnElement[bool]:
    """Which rows say what was at a position. Of what is still so, there is an index."""
    if at >= moment.position:
        return table.c.to_position == OPEN
    return and_(table.c.from_position <= at, table.c.to_position > at)


def _one(moment: Moment, table: Table, uid: str, at: int) -> Row[Any] | None:
    return moment.connection.execute(select(table).where(table.c.uid == uid, _valid(moment, table, at))).first()


def _last_named(moment: Moment, table: Table, name: str, at: int) -> Row[Any] | None:
    """The resource that has the name, before those that had it."""
    asked = select(table).where(table.c.name == name, _valid(moment, table, at))
    order = [table.c[column].desc() for column in ("live", "from_position") if column in table.c]
    return moment.connection.execute(asked.order_by(*order).limit(1)).first()


def _named(table: Table, prefix: str) -> list[ColumnElement[bool]]:
    # Names are ASCII, and `~` is after all that they have.
    return [table.c.name >= prefix, table.c.name < f"{prefix}~"]


def _page(moment: Moment, table: Table, asked: Asked) -> Sequence[Row[Any]]:
    columns = table.c
    named = _named(table, asked.prefix)
    statement: Select[Any] = select(table).where(*named, _valid(moment, table, asked.at))
    if "live" in columns and not asked.ended:
        statement = statement.where(columns.live)
    for each in asked.where:
        if each.field.startswith("labels."):
            value = label(moment, columns.labels, each.field.removeprefix("labels."))
        else:
            value = columns[each.field]
        statement = statement.where(value == each.value if each.equal else value != each.value)
    keys = (columns[asked.order], columns.name, columns.uid)
    if asked.after is not None:
        statement = statement.where(_beyond(keys, asked.after, asked.descending))
    order = [key.desc() if asked.descending else key for key in keys]
    statement = statement.order_by(*order)
    return moment.connection.execute(statement if asked.limit < 0 else statement.limit(asked.limit)).all()


def _beyond(
    keys: "tuple[ColumnElement[Any], ...]", last: "tuple[str | int, str, str]", descending: bool
) -> ColumnElement[bool]:
    """Comes after the last one in the order of the keys."""
    first, name, uid = (key < value if descending else key > value for key, value in zip(keys, last, strict=True))
    return or_(first, and_(keys[0] == last[0], or_(name, and_(keys[1] == last[1], uid))))


def label(moment: Moment, labels: ColumnElement[str], key: str) -> ColumnElement[str]:
    """A label's value, out of a column of labels; empty where there is none."""
    as_json = cast_to(labels, JSON) if moment.connection.dialect.name == "postgresql" else type_coerce(labels, JSON)
    return func.coalesce(as_json[key].as_string(), "")


def _figures(moment: Moment, scope: str, at: int) -> Row[Any] | None:
    figures = moment.tables.figures
    asked = select(figures).where(figures.c.scope == scope, figures.c.from_position <= at)
    return moment.connection.execute(asked.order_by(figures.c.from_position.desc()).limit(1)).first()


def _time(moment: Moment, position: int) -> Micros:
    moments = moment.tables.moments
    asked = select(moments.c.time_us).where(moments.c.position >= position).order_by(moments.c.position).limit(1)
    return Micros(moment.connection.scalar(asked) or 0)


def _hosts(moment: Moment, rows: Sequence[Row[Any]], at: int, *, holdings: bool = True) -> list[Host]:
    """Hosts with what they held by then: their own rows say only what they offer."""
    hosts: list[Host] = []
    for row in rows:
        host = snapshots.host_of(pb.HostState.FromString(row.data))
        if figures := _figures(moment, row.name, at):
            host = host._replace(
                version=figures.version,
                updated=Micros(figures.updated_us),
                allocated=totals_of(figures).allocated,
                numa_allocated=tuple(NumaCell(*cell) for cell in json.loads(figures.numa)),
                holdings=HashTrieMap(_holdings(moment, row.uid, at) if holdings else {}),
            )
        hosts.append(host)
    return hosts


def _holdings(moment: Moment, host_uid: str, at: int) -> dict[str, Resources]:
    held = moment.tables.holdings
    asked = select(held).where(held.c.host_uid == host_uid, _valid(moment, held, at))
    return {row.uid: resources_of(row.amounts) for row in moment.connection.execute(asked)}


def _project(row: Row[Any]) -> Project:
    project = snapshots.Reader().project(pb.ProjectState.FromString(row.data))
    return project if row.live else project._replace(state=ProjectState.DELETED)
