"""Operations out of the read database: pages of them, and those of some keys. Blocks.

Each read is a few statements, however many they are, and however long the histories of their targets.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, or_, select, tuple_

from controlplane.domain.image.aggregate import Image
from controlplane.domain.operations import BY_COLLECTION, Key, Target
from controlplane.domain.resource_kinds import IMAGES
from controlplane.domain.vm.aggregate import Vm
from controlplane.ledger.snapshots.resource_codecs import CODECS
from controlplane.projections.history import host_rows, vm_rows
from controlplane.projections.history.newest_rows import newest
from controlplane.projections.history.page_query import valid
from controlplane.projections.history.tables import Tables
from controlplane.projections.history.vm_rows import Specs

_COLUMNS = ("from_position", "to_position", "uid", "version", "verb", "outcome")


class FoundOperation(NamedTuple):
    """An operation without the event that began it, which is at `position`; the others as Operation has them."""

    position: int
    version: int
    verb: str
    outcome: str
    end_position: int
    target: Target


class OperationQuery(NamedTuple):
    """A page of the operations that had begun by a position, the newest first, as they were at it."""

    at: int
    limit: int
    # Less than this position, where the page before ended; 0: the first page.
    before: int = 0
    # Of one target, and of one kind of them.
    uid: str = ""
    version: int = 0
    collection: str = ""
    done: bool | None = None
    # Each a value of `verb` or `outcome`, and whether it is to be that, or anything else.
    verbs: Sequence[tuple[str, bool]] = ()
    reasons: Sequence[tuple[str, bool]] = ()
    # Of VMs and images of these projects, by uid; None: of everything.
    projects: frozenset[str] | None = None


def page(connection: Connection, tables: Tables, query: OperationQuery, specs: Specs) -> list[FoundOperation]:
    operations = tables.operations.c
    statement = _selected(tables).where(operations.from_position <= query.at)
    if query.before:
        statement = statement.where(operations.from_position < query.before)
    if query.uid:
        statement = statement.where(operations.uid == query.uid)
    if query.version:
        statement = statement.where(operations.version == query.version)
    if query.collection:
        statement = statement.where(operations.verb.in_([*BY_COLLECTION[query.collection].methods.values()]))
    if query.projects is not None:
        # A VM, or an image, is of one project for ever: its first row says of which.
        of_projects = [tables.vms.c, tables.resources[IMAGES.collection].c]
        mine = [select(each.uid).where(each.project_uid.in_(sorted(query.projects))) for each in of_projects]
        statement = statement.where(or_(*(operations.uid.in_(each) for each in mine)))
    if query.done is not None:
        ended = operations.to_position <= query.at
        statement = statement.where(ended if query.done else ~ended)
    for verb, equal in query.verbs:
        statement = statement.where(operations.verb == verb if equal else operations.verb != verb)
    for reason, equal in query.reasons:
        # Before its end, it had none.
        has = (operations.to_position <= query.at) & _begins(operations.outcome, reason)
        statement = statement.where(has if equal else ~has)
    # Of one target, versions are in the order of positions, and there is an index of them.
    order = operations.version if query.uid else operations.from_position
    rows = connection.execute(statement.order_by(order.desc()).limit(query.limit)).all()
    return _found(connection, tables, rows, query.at, specs)


def of_keys(
    connection: Connection, tables: Tables, keys: Sequence[Key], at: int, specs: Specs
) -> dict[Key, FoundOperation]:
    """Those that had begun by a position, as they were at it."""
    operations = tables.operations.c
    mine = tuple_(operations.uid, operations.version).in_([(each.uid, each.version) for each in keys])
    rows = connection.execute(_selected(tables).where(mine, operations.from_position <= at)).all()
    collections = {(each.uid, each.version): each.collection for each in keys}
    return {
        Key(each.target.uid, each.version, collection=collections[each.target.uid, each.version]): each
        for each in _found(connection, tables, rows, at, specs)
    }


def vms_from(connection: Connection, tables: Tables, positions: Sequence[int], specs: Specs) -> dict[int, Vm]:
    """VMs as the events at these positions left them, by position."""
    vms = tables.vms.c
    columns = [vms[name] for name in vm_rows.COLUMNS]
    rows = connection.execute(select(*columns, vms.from_position).where(vms.from_position.in_(positions))).all()
    return {row.from_position: vm for row, vm in zip(rows, _vms(rows, specs), strict=True)}


def _begins(outcome: Any, reason: str) -> Any:
    """Of an outcome, the reason comes first."""
    return (outcome == reason) | outcome.startswith(f"{reason} ", autoescape=True) if reason else outcome == reason


def _selected(tables: Tables) -> "Select[Any]":
    return select(*(tables.operations.c[name] for name in _COLUMNS))


def _vms(rows: "Sequence[Row[Any]]", specs: Specs) -> list[Vm]:
    """The VMs that the rows begin with."""
    return vm_rows.vms_of([row[: len(vm_rows.COLUMNS)] for row in rows], specs)


def _found(
    connection: Connection, tables: Tables, rows: "Sequence[Row[Any]]", at: int, specs: Specs
) -> list[FoundOperation]:
    """With their targets: from the operation's last event, and of one that ran, as of the position."""
    ends = [row.to_position for row in rows if row.to_position <= at]
    by_end = _targets_from(connection, tables, ends, specs)
    running = list(dict.fromkeys(row.uid for row in rows if row.to_position > at))
    by_uid = _targets_at(connection, tables, running, at, specs)
    found: list[FoundOperation] = []
    for row in rows:
        done = row.to_position <= at
        outcome, end = (row.outcome, row.to_position) if done else ("", 0)
        target = by_end[row.to_position] if done else by_uid[row.uid]
        found.append(FoundOperation(row.from_position, row.version, row.verb, outcome, end, target))
    return found


def _targets_from(
    connection: Connection, tables: Tables, positions: Sequence[int], specs: Specs
) -> Mapping[int, Target]:
    """Targets as the events at these positions left them. An event is of one of them."""
    found: dict[int, Target] = {}
    for read in (partial(vms_from, specs=specs), host_rows.hosts_from, _images_from):
        if others := [position for position in positions if position not in found]:
            found |= read(connection, tables, others)
    return found


def _images_from(connection: Connection, tables: Tables, positions: Sequence[int]) -> dict[int, Image]:
    images = tables.resources[IMAGES.collection].c
    columns = select(images.from_position, images.live, images.data)
    rows = connection.execute(columns.where(images.from_position.in_(positions)))
    return {row.from_position: _image(row.live, row.data) for row in rows}


def _image(live: bool, data: bytes) -> Image:
    image: Image = CODECS[IMAGES.collection].decoded(data)
    return image if live else IMAGES.deleted(image)


def _targets_at(
    connection: Connection, tables: Tables, uids: Sequence[str], at: int, specs: Specs
) -> Mapping[str, Target]:
    rows = newest(connection, tables.vms, uids, at, vm_rows.COLUMNS)
    found: dict[str, Target] = {vm.uid: vm for vm in vm_rows.vms_of(rows, specs)}
    if others := [uid for uid in uids if uid not in found]:
        rows = newest(connection, tables.hosts, others, at)
        held = partial(valid, at=at, now=False)
        found |= {host.uid: host for host in host_rows.hosts_of(connection, tables, rows, at, held)}
    if others := [uid for uid in uids if uid not in found]:
        images = newest(connection, tables.resources[IMAGES.collection], others, at)
        found |= {row.uid: _image(row.live, row.data) for row in images}
    return found
