"""Scopes of utilization: what their names mean, now and at past positions."""

from collections.abc import Mapping
from typing import NamedTuple

from controlplane.domain.errors import Kind, NotFound, invalid
from controlplane.domain.time import Micros
from controlplane.domain.totals import FLEET, Totals
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.projections.metrics.current_usage import UsedAmounts
from controlplane.queries.identity import live_project, project_then

# What scopes begin with, and what kind of resource each is.
KINDS: Mapping[str, Kind] = {"hosts": "host", "zones": "zone", "projects": "project"}


class Scope(NamedTuple):
    """A scope by name, with the uid of the host or project that has the name; empty for others."""

    name: str
    uid: str = ""

    @property
    def is_project(self) -> bool:
        return self.name.startswith("projects/")


class ScopeUtilization(NamedTuple):
    """A scope's totals as of a position and its time, and what was measured in it: None but for the present."""

    scope: Scope
    totals: Totals
    position: int
    time: Micros | None
    used: UsedAmounts | None = None


def scope_now(inventory: Inventory, utilization: Utilization, scope: str) -> Scope:
    """Of `fleet`, `hosts/{host}`, `zones/{zone}` or `projects/{project}`. Raises NotFound, InvalidField."""
    match _kind_of(scope):
        case "hosts" if host := inventory.host_named(scope):
            return Scope(scope, host.uid)
        case "projects" if project := live_project(inventory, scope):
            return Scope(project.name, project.uid)
        case "zones" if scope in utilization.scopes:
            return Scope(scope)
        case "":
            return Scope(FLEET)
        case kind:
            raise NotFound(KINDS[kind], scope)


def scope_then(view: HistoryView, scope: str) -> Scope:
    """`scope_now`, as it was at a position. Raises NotFound, InvalidField. Blocks: use a thread."""
    kind = _kind_of(scope)
    if not kind:
        return Scope(FLEET)
    if kind == "projects":
        project = project_then(view, scope)
        if not project.is_deleted:
            return Scope(project.name, project.uid)
    elif kind == "hosts":
        if uid := view.host_uid(scope):
            return Scope(scope, uid)
    elif (totals := view.totals([scope]).get(scope)) and totals.hosts:
        return Scope(scope)
    raise NotFound(KINDS[kind], scope)


def _kind_of(scope: str) -> str:
    """Empty for the fleet. Raises InvalidField."""
    kind, _, rest = scope.partition("/")
    if kind == FLEET and not rest:
        return ""
    if kind not in KINDS or not rest:
        raise invalid("scope", "must be fleet, hosts/{host}, zones/{zone} or projects/{project}")
    return kind
