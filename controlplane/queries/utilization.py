"""Utilization of one scope: R_total, allocated and eta per class."""

from bisect import bisect_right
from typing import NamedTuple

from controlplane.domain.errors import invalid
from controlplane.domain.host.states import HostState
from controlplane.domain.placement.selectors import Selector
from controlplane.domain.resources import BASE_CLASSES
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.page_query import Comparison, PageQuery
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import FLEET, Totals, Utilization, of_project
from controlplane.queries import page_tokens
from controlplane.queries.scopes import Scope
from controlplane.queries.utilization_as_of import figures_of

# Of extended classes, told of one scope.
MOST_CLASSES = 10_000


class ListPage(NamedTuple):
    """Some scopes with their figures, where the rest begins, and the position that it is all of."""

    items: list[tuple[Scope, Totals]]
    next_page_token: str
    position: int


def totals(inventory: Inventory, utilization: Utilization, scope: Scope) -> Totals:
    """The figures of a scope; nothing where it is no more. A project's total is the fleet's."""
    scopes = utilization.scopes
    if scope.is_project:
        # Another may have its name by now.
        own = scopes.get(scope.name) if scope.uid in inventory.projects else None
        return of_project(own or Totals(), scopes[FLEET])
    return scopes.get(scope.name) or Totals()


def selected_at(history_reader: HistoryReader, scope: Scope, selector: Selector, at: int) -> Totals:
    """The sum over those of the scope's hosts that a selector selects. Raises InvalidField. Blocks: use a thread."""
    if scope.is_project:
        raise invalid("selector", "selects hosts: not those of a project")
    kind, _, rest = scope.name.partition("/")
    found = Totals()
    where = [Comparison("zone", True, rest)] if kind == "zones" else []
    for host in history_reader.hosts(PageQuery(scope.name if kind == "hosts" else "hosts/", at, -1, where)):
        if selector.matches(host.words) and host.state is not HostState.DECOMMISSIONED:
            found.total = found.total + host.capacity
            found.allocated = found.allocated + host.allocated
            found.overcommitted = found.overcommitted + host.overcommitted
            found.hosts += 1
            found.running_vms += sum(each.has_compute for each in host.holdings.values())
    return found


def scopes_at(history_reader: HistoryReader, group_by: str, at: int) -> list[Scope]:
    """The scopes that there were, in order. Raises InvalidField. Blocks: use a thread."""
    match group_by:
        case "hosts" | "projects":
            return [Scope(name, uid) for name, uid in history_reader.names(group_by, at)]
        case "zones":
            return [Scope(f"zones/{zone}") for zone in history_reader.zones(at)]
        case _:
            raise invalid("group_by", "must be hosts, zones or projects")


def list_at(history_reader: HistoryReader, group_by: str, at: int, size: int, token: str, read: str) -> ListPage:
    """A page of scopes with their figures. Raises InvalidField. Blocks: use a thread."""
    bound_to = f"utilization\n{group_by}\n{read}"
    pinned, _, last = page_tokens.last_of(token, bound_to).partition("\n")
    at = int(pinned) if pinned else at
    size = page_tokens.size_of(size)
    scopes = scopes_at(history_reader, group_by, at)
    start = bisect_right(scopes, last, key=lambda scope: scope.name)
    page = figures_of(history_reader, scopes[start : start + size], at)
    more = start + size < len(scopes)
    return ListPage(page, page_tokens.token_for(f"{at}\n{page[-1][0].name}", bound_to) if more else "", at)


class ClassFigures(NamedTuple):
    """One class of a scope. `eta` is above 1 where more is held than there is; of a total of 0, 1 if any is held."""

    name: str
    total: int
    allocated: int
    overcommitted: int
    free: int
    eta: float


def per_class(totals: Totals) -> list[ClassFigures]:
    """Each class that is offered or held. What one host holds too much of is not free on another, nor taken from it."""
    extended = {name for name, _ in (*totals.total.extended, *totals.allocated.extended)}
    names = [*BASE_CLASSES, *sorted(extended)[:MOST_CLASSES]]
    rows: list[ClassFigures] = []
    for name in names:
        total, allocated, beyond = totals.total.of(name), totals.allocated.of(name), totals.overcommitted.of(name)
        eta = allocated / total if total else float(allocated > 0)
        rows.append(ClassFigures(name, total, allocated, beyond, total - allocated + beyond, eta))
    return rows
