"""Operations out of the read database: pages of them, and those of some keys. Blocks.

Each read is one statement, however long the histories of their VMs are.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, case, select, tuple_

from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.operations import Key
from controlplane.projections.history import vm_rows
from controlplane.projections.history.tables import Tables
from controlplane.projections.history.vm_rows import Specs


class FoundOperation(NamedTuple):
    """An operation without the event that began it, which is at `position`; the others as Operation has them."""

    position: int
    version: int
    verb: str
    outcome: str
    end_position: int
    vm: Vm


class OperationQuery(NamedTuple):
    """A page of the operations that had begun by a position, the newest first, as they were at it."""

    at: int
    limit: int
    # Less than this position, where the page before ended; 0: the first page.
    before: int = 0
    # Of one VM.
    uid: str = ""
    version: int = 0
    done: bool | None = None
    # Each a value of `verb` or `outcome`, and whether it is to be that, or anything else.
    verbs: Sequence[tuple[str, bool]] = ()
    reasons: Sequence[tuple[str, bool]] = ()


def page(connection: Connection, tables: Tables, query: OperationQuery, specs: Specs) -> list[FoundOperation]:
    operations = tables.operations.c
    statement = _selected(tables, query.at).where(operations.from_position <= query.at)
    if query.before:
        statement = statement.where(operations.from_position < query.before)
    if query.uid:
        statement = statement.where(operations.uid == query.uid)
    if query.version:
        statement = statement.where(operations.version == query.version)
    if query.done is not None:
        ended = operations.to_position <= query.at
        statement = statement.where(ended if query.done else ~ended)
    for verb, equal in query.verbs:
        statement = statement.where(operations.verb == verb if equal else operations.verb != verb)
    for reason, equal in query.reasons:
        # Before its end, it had none.
        has = (operations.to_position <= query.at) & _begins(operations.outcome, reason)
        statement = statement.where(has if equal else ~has)
    # Of one VM, versions are in the order of positions, and there is an index of them.
    order = operations.version if query.uid else operations.from_position
    rows = connection.execute(statement.order_by(order.desc()).limit(query.limit)).all()
    return _found(rows, query.at, specs)


def of_keys(
    connection: Connection, tables: Tables, keys: Sequence[Key], at: int, specs: Specs
) -> dict[Key, FoundOperation]:
    """Those that had begun by a position, as they were at it."""
    operations = tables.operations.c
    mine = tuple_(operations.uid, operations.version).in_([(each.uid, each.version) for each in keys])
    rows = connection.execute(_selected(tables, at).where(mine, operations.from_position <= at)).all()
    return {Key(each.vm.uid, each.version): each for each in _found(rows, at, specs)}


def vms_from(connection: Connection, tables: Tables, positions: Sequence[int], specs: Specs) -> dict[int, Vm]:
    """VMs as the events at these positions left them, by position."""
    vms = tables.vms.c
    columns = [vms[name] for name in vm_rows.COLUMNS]
    rows = connection.execute(select(*columns, vms.from_position).where(vms.from_position.in_(positions))).all()
    return {row.from_position: vm for row, vm in zip(rows, _vms(rows, specs), strict=True)}


def _begins(outcome: Any, reason: str) -> Any:
    """Of an outcome, the reason comes first."""
    return (outcome == reason) | outcome.startswith(f"{reason} ", autoescape=True) if reason else outcome == reason


def _selected(tables: Tables, at: int) -> "Select[Any]":
    """With the VM's row from the operation's last event; of one that ran, from its first."""
    operations, vms = tables.operations.c, tables.vms.c
    last = case((operations.to_position <= at, operations.to_position), else_=operations.from_position)
    columns = [vms[name] for name in vm_rows.COLUMNS]
    mine = (operations.from_position, operations.to_position, operations.version, operations.verb, operations.outcome)
    return select(*columns, *mine).join_from(tables.operations, tables.vms, vms.from_position == last)


def _vms(rows: "Sequence[Row[Any]]", specs: Specs) -> list[Vm]:
    """The VMs that the rows begin with."""
    return vm_rows.vms_of([row[: len(vm_rows.COLUMNS)] for row in rows], specs)


def _found(rows: "Sequence[Row[Any]]", at: int, specs: Specs) -> list[FoundOperation]:
    found: list[FoundOperation] = []
    for row, vm in zip(rows, _vms(rows, specs), strict=True):
        done = row.to_position <= at
        outcome, end = (row.outcome, row.to_position) if done else ("", 0)
        found.append(FoundOperation(row.from_position, row.version, row.verb, outcome, end, vm))
    return found
