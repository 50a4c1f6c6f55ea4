"""Utilization of one scope: R_total, allocated and eta per class."""

from bisect import bisect_right
from typing import NamedTuple

from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.host_states import HostState
from controlplane.domain.resources import BASE_CLASSES
from controlplane.domain.selectors import Selector
from controlplane.projections.inventory import Inventory
from controlplane.projections.timeline import Asked, Comparison, Timeline
from controlplane.projections.utilization import FLEET, Totals, Utilization
from controlplane.queries import pages


class ListPage(NamedTuple):
    """Some scopes with their figures, where the rest begins, and the position that it is all of."""

    items: list[tuple[str, Totals]]
    next_page_token: str
    position: int


def totals(inventory: Inventory, utilization: Utilization, scope: str) -> Totals:
    """The figures of `fleet`, `hosts/{host}`, `zones/{zone}` or `projects/{project}`.

    Raises NotFound, and InvalidField for any other scope. A project's total is the fleet's.
    """
    kind, _, rest = scope.partition("/")
    match kind:
        case "fleet" if not rest:
            return utilization.scopes[FLEET]
        case "hosts" if rest:
            if inventory.host_named(scope) is None:
                raise NotFound("host", scope)
            return utilization.scopes[scope]
        case "zones" if rest:
            if scope not in utilization.scopes:
                raise NotFound("zone", scope)
            return utilization.scopes[scope]
        case "projects" if rest:
            if inventory.project_named(scope) is None:
                raise NotFound("project", scope)
            own, fleet = utilization.scopes[scope], utilization.scopes[FLEET]
            return Totals(fleet.total, own.allocated, fleet.hosts, own.running_vms)
        case _:
            raise invalid("scope", "must be fleet, hosts/{host}, zones/{zone} or projects/{project}")


def totals_at(timeline: Timeline, scope: str, at: int) -> Totals:
    """`totals` as they were at a position. Blocks: use a thread."""
    kind, _, rest = scope.partition("/")
    figures = timeline.figures(scope, at) or Totals()
    match kind:
        case "fleet" if not rest:
            return figures
        case "hosts" if rest:
            if timeline.host_named(scope, at) is None:
                raise NotFound("host", scope)
            return figures
        case "zones" if rest:
            if not figures.hosts:
                raise NotFound("zone", scope)
            return figures
        case "projects" if rest:
            project = timeline.project_named(scope, at)
            if project is None or project.is_deleted:
                raise NotFound("project", scope)
            fleet = timeline.figures(FLEET, at) or Totals()
            return Totals(fleet.total, figures.allocated, fleet.hosts, figures.running_vms)
        case _:
            raise invalid("scope", "must be fleet, hosts/{host}, zones/{zone} or projects/{project}")


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
    page = [(name, totals_at(timeline, name, at)) for name in names[start : start + size]]
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
