"""Utilization of scopes: R_total, allocated and eta per class, now and at past positions.

What reads a view or a reader blocks: use a thread. What was at a position must be written already.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from heapq import merge
from typing import NamedTuple

from controlplane.domain.errors import invalid
from controlplane.domain.host.states import HostState
from controlplane.domain.placement.selectors import Selector
from controlplane.domain.resources import BASE_CLASSES, PROJECT_CLASSES
from controlplane.domain.time import Micros
from controlplane.domain.totals import FLEET, Totals, of_project
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.queries import page_tokens, visible
from controlplane.queries.scopes import Scope

# Of extended classes, of one scope.
MOST_CLASSES = 10_000
# Changes of a scope's totals that are read in one transaction.
CHANGES_A_VIEW = 5_000


class TotalsPage(NamedTuple):
    """Some scopes with their totals, and where the rest begins."""

    items: list[tuple[Scope, Totals]]
    next_page_token: str


class TotalsChange(NamedTuple):
    """The totals of a scope from a position on."""

    position: int
    time: Micros
    totals: Totals


def totals_now(inventory: Inventory, utilization: Utilization, scope: Scope) -> Totals:
    """The totals of a scope; nothing where it is no more. A project's total is the fleet's. Does not block."""
    scopes = utilization.scopes
    if scope.is_project:
        # Another may have its name by now.
        own = scopes.get(scope.name) if scope.uid in inventory.projects else None
        return of_project(own or Totals(), scopes[FLEET])
    return scopes.get(scope.name) or Totals()


def totals_then(view: HistoryView, scope: Scope) -> Totals:
    """As of a position; nothing where there was no such scope. A project's total is the fleet's."""
    if not scope.is_project:
        return view.totals([scope.name]).get(scope.name) or Totals()
    own, fleet = _own_and_fleet(view, scope)
    return of_project(own, fleet)


def selected_then(view: HistoryView, scope: Scope, selector: Selector) -> Totals:
    """The sum over those of the scope's hosts that a selector selects, in one statement. Raises InvalidField."""
    if scope.is_project:
        raise invalid("selector", "selects hosts: not those of a project")
    kind, _, rest = scope.name.partition("/")
    found = Totals()
    hosts = view.host_totals(name=scope.name if kind == "hosts" else "", zone=rest if kind == "zones" else "")
    for host, totals in hosts:
        if host.state is not HostState.DECOMMISSIONED and selector.matches(host.words):
            found.total = found.total + totals.total
            found.allocated = found.allocated + totals.allocated
            found.overcommitted = found.overcommitted + totals.overcommitted
            found.hosts += 1
            found.running_vms += totals.running_vms
    return found


def scopes_then(view: HistoryView, group_by: str) -> list[Scope]:
    """The scopes that there were, in order. Raises InvalidField."""
    match group_by:
        case "hosts" | "projects":
            # Hosts are shown to those who may see everything.
            of_projects = group_by == "projects"
            return [Scope(name, uid) for name, uid in view.names(group_by) if visible.shows(uid if of_projects else "")]
        case "zones":
            return [Scope(f"zones/{zone}") for zone in view.zones() if visible.shows("")]
        case _:
            raise invalid("group_by", "must be hosts, zones or projects")


def list_pin(group_by: str, token: str, read: str) -> tuple[int, str]:
    """The position that the token of the page before keeps, and its last scope; 0 without one. Raises InvalidField."""
    pinned, _, last = page_tokens.last_of(token, _bound_to(group_by, read)).partition("\n")
    return int(pinned or 0), last


def list_then(view: HistoryView, group_by: str, size: int, token: str, read: str) -> TotalsPage:
    """A page of scopes with their totals. Raises InvalidField."""
    _, last = list_pin(group_by, token, read)
    size = page_tokens.size_of(size)
    scopes = scopes_then(view, group_by)
    start = bisect_right(scopes, last, key=lambda scope: scope.name)
    page = totals_of_each(view, scopes[start : start + size])
    if start + size >= len(scopes):
        return TotalsPage(page, "")
    token = page_tokens.token_for(f"{view.position}\n{page[-1][0].name}", _bound_to(group_by, read))
    return TotalsPage(page, token)


def _bound_to(group_by: str, read: str) -> str:
    return f"utilization\n{group_by}\n{read}"


def totals_of_each(view: HistoryView, scopes: Sequence[Scope]) -> list[tuple[Scope, Totals]]:
    """`totals_then` of many scopes that there were then."""
    found = view.totals([*(scope.name for scope in scopes), FLEET])
    fleet = found.get(FLEET) or Totals()
    own = [(scope, found.get(scope.name) or Totals()) for scope in scopes]
    return [(scope, of_project(totals, fleet) if scope.is_project else totals) for scope, totals in own]


def totals_between(reader: HistoryReader, scope: Scope, after: int, to: int) -> Iterator[TotalsChange]:
    """Each change of a scope's totals after one position and not after another: read as it is taken."""
    if not scope.is_project:
        yield from _changes(reader, scope.name, after, to)
        return
    with reader.view(after) as view:
        own, fleet = _own_and_fleet(view, scope)
        created, deleted = view.project_lifetime(scope.uid)
    last = of_project(own, fleet)
    of_fleet = ((each, FLEET) for each in _changes(reader, FLEET, after, to))
    of_own = ((each, scope.name) for each in _changes(reader, scope.name, max(after, created), min(to, deleted)))
    for (position, time, totals), name in merge(of_fleet, of_own, key=lambda each: each[0].position):
        own, fleet = (own, totals) if name == FLEET else (totals, fleet)
        # Most of what changes of the fleet is of other projects.
        if (now := of_project(own, fleet)) != last:
            last = now
            yield TotalsChange(position, time, now)


def _changes(reader: HistoryReader, scope: str, after: int, to: int) -> Iterator[TotalsChange]:
    while True:
        with reader.view(to) as view:
            page = view.totals_changes(scope, after, CHANGES_A_VIEW)
        yield from (TotalsChange(*each) for each in page)
        if len(page) < CHANGES_A_VIEW:
            return
        after = page[-1][0]


def _own_and_fleet(view: HistoryView, project: Scope) -> tuple[Totals, Totals]:
    """What a project held, and none that had its name before or after it; and the fleet's totals."""
    then = view.project(project.uid)
    found = view.totals([project.name, FLEET])
    own = None if then is None or then.is_deleted else found.get(project.name)
    return own or Totals(), found.get(FLEET) or Totals()


class ClassTotals(NamedTuple):
    """One class of a scope. `eta` is above 1 where more is held than there is; of a total of 0, 1 if any is held."""

    name: str
    total: int
    allocated: int
    overcommitted: int
    free: int
    eta: float


def per_class(totals: Totals) -> list[ClassTotals]:
    """Each class that is offered or held. What one host holds too much of is not free on another, nor taken from it."""
    extended = {name for name, _ in (*totals.total.extended, *totals.allocated.extended)}
    names = [*BASE_CLASSES, *sorted(extended)[:MOST_CLASSES]]
    rows: list[ClassTotals] = []
    for name in names:
        total, allocated, beyond = totals.total.of(name), totals.allocated.of(name), totals.overcommitted.of(name)
        if name in PROJECT_CLASSES:
            # What no host offers is not short anywhere.
            rows.append(ClassTotals(name, 0, allocated, 0, 0, 0.0))
            continue
        eta = allocated / total if total else float(allocated > 0)
        rows.append(ClassTotals(name, total, allocated, beyond, total - allocated + beyond, eta))
    return rows
