"""Utilization of one scope: R_total, allocated and eta per class."""

from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.host_states import HostState
from controlplane.domain.resources import BASE_CLASSES
from controlplane.domain.selectors import Selector
from controlplane.projections.inventory import Inventory
from controlplane.projections.listing import Asked, Comparison
from controlplane.projections.timeline import Timeline
from controlplane.projections.utilization import FLEET, Totals, Utilization, of_project
from controlplane.queries import pages
from controlplane.queries.past_figures import figures_at

# What scopes begin with, and what kind of resource each is.
KINDS = {"hosts": "host", "zones": "zone", "projects": "project"}


class ListPage(NamedTuple):
    """Some scopes with their figures, where the rest begins, and the position that it is all of."""

    items: list[tuple[str, Totals]]
    next_page_token: str
    position: int


def totals(inventory: Inventory, utilization: Utilization, scope: str) -> Totals:
    """The figures of `fleet`, `hosts/{host}`, `zones/{zone}` or `projects/{project}`.

    Raises NotFound, and InvalidField for any other scope. A project's total is the fleet's.
    """
    there: dict[str, Callable[[str], object]] = {
        "hosts": inventory.host_named,
        "zones": utilization.scopes.get,
        "projects": inventory.project_named,
    }
    return _totals(scope, lambda of: utilization.scopes[of], lambda kind: there[kind](scope) is not None)


def totals_at(timeline: Timeline, scope: str, at: int) -> Totals:
    """`totals` as they were at a position. Blocks: use a thread."""

    def is_there(kind: str) -> bool:
        return bool(figures(scope).hosts) if kind == "zones" else timeline.has(kind, scope, at)

    def figures(of: str) -> Totals:
        return timeline.figures(of, at) or Totals()

    return _totals(scope, figures, is_there)


def _totals(scope: str, figures: Callable[[str], Totals], is_there: Callable[[str], bool]) -> Totals:
    kind, _, rest = scope.partition("/")
    if kind == FLEET and not rest:
        return figures(FLEET)
    if kind not in KINDS or not rest:
        raise invalid("scope", "must be fleet, hosts/{host}, zones/{zone} or projects/{project}")
    if not is_there(kind):
        raise NotFound(KINDS[kind], scope)
    return of_project(figures(scope), figures(FLEET)) if kind == "projects" else figures(scope)


def selected_at(timeline: Timeline, scope: str, selector: Selector, at: int) -> Totals:
    """The sum over those of the scope's hosts that a selector selects. Blocks: use a thread."""
    totals_at(timeline, scope, at)
    kind, _, rest = scope.partition("/")
    if kind == "projects":
        raise invalid("selector", "selects hosts: not those of a project")
    found = Totals()
    where = [Comparison("zone", True, rest)] if kind == "zones" else []
    for host in timeline.hosts(Asked(scope if kind == "hosts" else "hosts/", at, -1, where)):
        if selector.matches(host.words) and host.state is not HostState.DECOMMISSIONED:
            found.total = found.total + host.capacity
            found.allocated = found.allocated + host.allocated
            found.hosts += 1
            found.running_vms += sum(each.has_compute for each in host.holdings.values())
    return found


def names_at(timeline: Timeline, group_by: str, at: int) -> list[str]:
    """The scopes that there were, in order. Raises InvalidField. Blocks: use a thread."""
    match group_by:
        case "hosts" | "projects":
            return timeline.names(group_by, at)
        case "zones":
            return [f"zones/{zone}" for zone in timeline.zones(at)]
        case _:
            raise invalid("group_by", "must be hosts, zones or projects")


def list_at(timeline: Timeline, group_by: str, at: int, size: int, token: str, read: str) -> ListPage:
    """A page of scopes with their figures. Raises InvalidField. Blocks: use a thread."""
    bound_to = f"utilization\n{group_by}\n{read}"
    pinned, _, last = pages.last_of(token, bound_to).partition("\n")
    at = int(pinned) if pinned else at
    size = pages.size_of(size)
    names = names_at(timeline, group_by, at)
    start = bisect_right(names, last)
    page = [(name, figures_at(timeline, name, at)) for name in names[start : start + size]]
    more = start + size < len(names)
    return ListPage(page, pages.token_for(f"{at}\n{page[-1][0]}", bound_to) if more else "", at)


def per_class(totals: Totals) -> list[tuple[str, int, int, float]]:
    """(class, total, allocated, eta) of each class that is offered or held, eta in [0, 1]; 0 where the total is 0."""
    names = [*BASE_CLASSES, *sorted({name for name, _ in (*totals.total.extended, *totals.allocated.extended)})]
    rows: list[tuple[str, int, int, float]] = []
    for name in names:
        total, allocated = totals.total.of(name), totals.allocated.of(name)
        rows.append((name, total, allocated, allocated / total if total else 0.0))
    return rows
