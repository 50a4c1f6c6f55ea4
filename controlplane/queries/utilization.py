"""Utilization of one scope: R_total, allocated and eta per class."""

from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.resources import BASE_CLASSES
from controlplane.projections.inventory import Inventory
from controlplane.projections.utilization import FLEET, Totals, Utilization


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


def per_class(totals: Totals) -> list[tuple[str, int, int, float]]:
    """(class, total, allocated, eta) of each class that is offered or held, eta in [0, 1]; 0 where the total is 0."""
    names = [*BASE_CLASSES, *sorted({name for name, _ in (*totals.total.extended, *totals.allocated.extended)})]
    rows: list[tuple[str, int, int, float]] = []
    for name in names:
        total, allocated = totals.total.of(name), totals.allocated.of(name)
        rows.append((name, total, allocated, allocated / total if total else 0.0))
    return rows
