"""Exact integrals of what was held, over a window of time: resource units x microseconds. Blocks: use a thread."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Select, Table, case, func, literal, select, text

from controlplane.domain.errors import invalid
from controlplane.domain.resources import ADDRESSES, BASE_CLASSES
from controlplane.domain.time import SECOND, Micros
from controlplane.projections.history import row_text
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.history.row_codec import resources_of
from controlplane.queries import page_tokens
from controlplane.queries.events.clock_steps import ClockStep, elapsed_parts
from controlplane.queries.identity import VMS, project_then
from controlplane.queries.page_tokens import Page


class UsageWindow(NamedTuple):
    """From a time, included, to a time, excluded."""

    start: Micros
    end: Micros
    # What was skipped in it did not elapse.
    steps: Sequence[ClockStep] = ()


class HeldAmount(NamedTuple):
    """What one group used, per class; `uid` is set where the group is a VM or a project.

    `other_sides`: what was held beside that, on the other host of each migration.
    """

    group: str
    uid: str
    unit_micros: dict[str, int]
    other_sides: dict[str, int]


class _Of(NamedTuple):
    """Holdings of one VM or project: the column that has its uid, and the uid."""

    column: str
    uid: str


# None: the fleet.
_Scope: TypeAlias = _Of | None


class UsageQuery(NamedTuple):
    """`scope` is `fleet`, `projects/{project}` or `projects/{project}/vms/{vm}`; `group_by` as in GetUsageRequest.

    A name means the project or VM that has it at the window's position, or had it last.
    """

    scope: str
    group_by: str
    size: int
    token: str


def usage(view: HistoryView, query: UsageQuery, window: UsageWindow) -> Page[HeldAmount]:
    """A page of groups in order. Raises NotFound, InvalidField."""
    bound_to = f"usage\n{query.scope}\n{query.group_by}\n{window.start}\n{window.end}"
    last = page_tokens.last_of(query.token, bound_to)
    position, _, after = last.partition("\n")
    if position:
        view = view.at(int(position))
    of = _scope_of(view, query.scope)
    with view.reading():
        groups = _elapsed(view, of, query.group_by, window)
    if query.group_by == "projects":
        groups = _named(view, groups)
    groups.sort(key=_key)
    size = page_tokens.size_of(query.size)
    rest = [each for each in groups if _key(each) > after] if last else groups
    if len(rest) <= size:
        return Page(rest, "")
    token = page_tokens.token_for(f"{view.position}\n{_key(rest[size - 1])}", bound_to)
    return Page(rest[:size], token)


def _key(used: HeldAmount) -> str:
    return f"{used.group} {used.uid}"


def _named(view: HistoryView, projects: list[HeldAmount]) -> list[HeldAmount]:
    """Projects by name: several may have had the same one."""
    names = view.project_names([each.uid for each in projects])
    return [each._replace(group=names[each.uid]) for each in projects]


def _elapsed(view: HistoryView, of: _Scope, group_by: str, window: UsageWindow) -> list[HeldAmount]:
    """The groups of a window, summed over the parts of it that elapsed."""
    if not window.steps:
        return _groups(view, of, group_by, window)
    sums: defaultdict[tuple[str, str], tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    for start, end in elapsed_parts(window.start, window.end, window.steps):
        for used in _groups(view, of, group_by, window._replace(start=start, end=end)):
            amounts, other_sides = sums[used.group, used.uid]
            amounts.update(used.unit_micros)
            other_sides.update(used.other_sides)
    return [HeldAmount(*key, dict(amounts), dict(other_sides)) for key, (amounts, other_sides) in sums.items()]


def _groups(view: HistoryView, of: _Scope, group_by: str, window: UsageWindow) -> list[HeldAmount]:
    tables = view.tables
    own, others = (_sums(view, each, of, group_by, window) for each in (tables.holdings, tables.other_sides))
    for (group, uid), name, unit_micros in _owned(view, of, group_by, window):
        own[group, uid][name] += unit_micros
    return [
        HeldAmount(row_text.original(group), uid, _some(own[group, uid]), _some(others[group, uid]))
        for group, uid in [*own, *(others.keys() - own.keys())]
    ]


def _some(amounts: Mapping[str, int]) -> dict[str, int]:
    return {name: amount for name, amount in amounts.items() if amount}


def _owned(
    view: HistoryView, of: _Scope, group_by: str, window: UsageWindow
) -> Iterator[tuple[tuple[str, str], str, int]]:
    """What each group held of the classes that no host offers. Images are of no VM."""
    table = view.tables.owned
    held, lasted = table.c, _lasted(view, table, window)
    columns = _group_columns(view, table, group_by)
    seconds, micros = func.sum(held.amount * (lasted // SECOND)), func.sum(held.amount * (lasted % SECOND))
    statement = (
        select(*columns, held.resource_class, seconds.label("seconds"), micros.label("micros"))
        .where(*_within(view, table, of, window))
        .group_by(text("1"), text("2"), held.resource_class)
    )
    if group_by == "vms":
        statement = statement.where(held.resource_class == ADDRESSES)
    for row in view.connection.execute(statement):
        yield (row.group, row.uid), row.resource_class, int(row.seconds or 0) * SECOND + int(row.micros or 0)


def _within(view: HistoryView, table: Table, of: _Scope, window: UsageWindow) -> tuple[ColumnElement[bool], ...]:
    """What was held in the window, of the scope."""
    held = table.c
    return (
        held.from_position <= view.position,
        held.from_us < window.end,
        held.to_us > window.start,
        *([] if of is None else [held[of.column] == of.uid]),
    )


def _sums(
    view: HistoryView, table: Table, of: _Scope, group_by: str, window: UsageWindow
) -> defaultdict[tuple[str, str], defaultdict[str, int]]:
    """What each group held of each class, by one of the tables of holdings."""
    columns = _group_columns(view, table, group_by)
    lasted, within = _lasted(view, table, window), _within(view, table, of, window)
    sums: defaultdict[tuple[str, str], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in view.connection.execute(
        _base_sums(table, columns, lasted).where(*within).group_by(text("1"), text("2"))
    ):
        amounts = sums[row.group, row.uid]
        for name in BASE_CLASSES:
            # A sum of units x microseconds may not fit in 64 bits.
            amounts[name] += int(getattr(row, f"{name}_s") or 0) * SECOND + int(getattr(row, f"{name}_us") or 0)
    for key, amounts in _extended(view, table, columns, lasted, within):
        for name, amount in amounts.items():
            sums[key][name] += amount
    return sums


def _scope_of(view: HistoryView, scope: str) -> _Scope:
    """Raises NotFound."""
    if scope in ("", "fleet"):
        return None
    if "/vms/" in scope:
        return _Of("uid", VMS.then(view, scope).uid)
    return _Of("project_uid", project_then(view, scope).uid)


def _group_columns(view: HistoryView, table: Table, group_by: str) -> tuple[ColumnElement[str], ColumnElement[str]]:
    held, nobody = table.c, literal("")
    match group_by:
        case "":
            return nobody.label("group"), nobody.label("uid")
        case "projects":
            return nobody.label("group"), held.project_uid.label("uid")
        case "vms":
            return held.name.label("group"), held.uid.label("uid")
        case _ if group_by.startswith("labels.") and len(group_by) > len("labels."):
            value = view.label(held.labels, group_by.removeprefix("labels."))
            return value.label("group"), nobody.label("uid")
        case _:
            raise invalid("group_by", "must be projects, vms, labels.KEY or empty")


def _lasted(view: HistoryView, table: Table, window: UsageWindow) -> ColumnElement[int]:
    """For how many microseconds of the window a holding was held."""
    held = table.c
    # What ended after the position had not ended by then.
    ended = (held.to_us < window.end) & (held.to_position <= view.position)
    end = case((ended, held.to_us), else_=window.end)
    start = case((held.from_us > window.start, held.from_us), else_=window.start)
    return end - start


def _base_sums(
    table: Table, columns: tuple[ColumnElement[str], ColumnElement[str]], lasted: ColumnElement[int]
) -> Select[Any]:
    """Whole seconds and the microseconds beside them are summed apart, so that each fits."""
    held = table.c
    sums: list[ColumnElement[Any]] = []
    for name in BASE_CLASSES:
        sums.append(func.sum(held[name] * (lasted // SECOND)).label(f"{name}_s"))
        sums.append(func.sum(held[name] * (lasted % SECOND)).label(f"{name}_us"))
    return select(*columns, *sums)


def _extended(
    view: HistoryView,
    table: Table,
    columns: tuple[ColumnElement[str], ColumnElement[str]],
    lasted: ColumnElement[int],
    within: tuple[ColumnElement[bool], ...],
) -> Iterator[tuple[tuple[str, str], dict[str, int]]]:
    """Holdings of extended classes, and for how long each was held. Few VMs have any."""
    held = table.c
    some = select(*columns, held.amounts, lasted.label("micros")).where(*within, held.has_extended)
    for row in view.connection.execute(some):
        yield (row.group, row.uid), {name: amount * row.micros for name, amount in resources_of(row.amounts).extended}
