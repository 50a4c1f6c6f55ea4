"""What was: a view of the fleet at one position, from the read database. Blocks: use a thread."""

from collections.abc import Sequence

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import FleetState
from controlplane.domain.host.aggregate import Host
from controlplane.domain.placement.selectors import Selector
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resource_kinds import R, ResourceKind
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.live.inventory import Inventory
from controlplane.queries import identity
from controlplane.queries.scopes import ScopeUtilization, scope_then
from controlplane.queries.utilization import selected_then, totals_then
from controlplane.queries.violations.group_rule_violations import MOST_LOOKED_AT, is_wide
from controlplane.queries.violations.report import ViolationsReport
from controlplane.queries.violations.violation import Violation


class AsOf:
    """The fleet as it was at a position. `rows` has what is not of single resources: see `lists`, `utilization`."""

    is_current = False

    def __init__(self, rows: HistoryView, head: int, head_time: Micros) -> None:
        """`head` is the ledger's last position, and `head_time` when that was committed."""
        self.rows = rows
        self._head = head
        self._head_time = head_time

    @property
    def position(self) -> int:
        return self.rows.position

    def time(self) -> Micros | None:
        """When the position was committed; None before the first."""
        if self.position >= self._head:
            return self._head_time
        return (self.rows.time() if self.position else None) or None

    def vm(self, name: str) -> Vm:
        """The VM that had the name then, or by `projects/{project}/vms/{uid}`, destroyed or not. Raises NotFound."""
        found = identity.VMS.then(self.rows, name)
        if found.state is VmState.DELETED and identity.uid_in(name) != found.uid:
            raise NotFound("vm", name)
        return found

    def host(self, name: str) -> Host:
        """Raises NotFound."""
        return identity.host_then(self.rows, name)

    def project(self, name: str) -> Project:
        """The project that had the name then, or by `projects/{uid}`, deleted or not. Raises NotFound."""
        found = identity.project_then(self.rows, name)
        if found.is_deleted and identity.uid_in(name) != found.uid:
            raise NotFound("project", name)
        return found

    def project_with(self, uid: str) -> Project:
        """A project by uid, deleted or not. Raises NotFound."""
        found = self.rows.project(uid)
        if found is None:
            raise NotFound("project", f"projects/{uid}")
        return found

    def resource(self, kind: ResourceKind[R], name: str) -> R:
        """What had the name then, or by a name with its uid, deleted or not. Raises NotFound."""
        found = identity.child_of(kind).then(self.rows, name)
        if found.is_deleted and identity.uid_in(name) != found.uid:
            raise NotFound(kind.name, name)
        return found

    def resource_with(self, kind: ResourceKind[R], uid: str) -> R:
        """A resource by uid, deleted or not. Raises NotFound."""
        found = self.rows.resource(kind, uid)
        if found is None:
            raise NotFound(kind.name, kind.stream(uid))
        return found

    def placed_fleet(self) -> FleetState:
        """The hosts and projects that there were, and the VMs that held something."""
        rows = self.rows
        projects = rows.projects_of([uid for _, uid in rows.names("projects")])
        vms = rows.all_placed_vms()
        return FleetState([*projects.values()], rows.all_hosts(), vms, {}, self.position, self.time() or Micros(0))

    def violations(self, hosts: Sequence[Host]) -> list[list[Violation]]:
        """The rules of its VMs that each host did not obey then."""
        return violations_then(self.rows, hosts)

    def utilization(self, name: str, selector: Selector) -> ScopeUtilization:
        """Of a scope, or of those of its hosts that a selector selects. Raises NotFound, InvalidField."""
        scope = scope_then(self.rows, name)
        totals = selected_then(self.rows, scope, selector) if selector else totals_then(self.rows, scope)
        return ScopeUtilization(scope, totals, self.position, self.time())


def violations_then(rows: HistoryView, hosts: Sequence[Host], most: int = MOST_LOOKED_AT) -> list[list[Violation]]:
    """The rules of its VMs that each host did not obey then. `most` as in ViolationsReport."""
    then = Inventory()
    then.vms.update(rows.vms_of([uid for host in hosts for uid in host.holdings]))
    if any(is_wide(rule) for vm in then.vms.values() for rule in vm.spec.rules.groups):
        _add_neighbours(then, rows, most)
    then.hosts.update((host.uid, host) for host in hosts)
    report = ViolationsReport(then, most=most)
    return [report.of(host) for host in hosts]


def _add_neighbours(then: Inventory, rows: HistoryView, most: int) -> None:
    """All VMs and hosts that rules between VMs may be about; where they are too many, none: some would mislead."""
    hosts = rows.offers(most + 1)
    if len(hosts) > most:
        return
    for host in hosts:
        then.hosts[host.uid] = host
        then.neighbours.put_host(None, host)
    having = {vm.project for vm in then.vms.values() if any(is_wide(rule) for rule in vm.spec.rules.groups)}
    members: dict[str, list[Vm]] = {}
    for vm in rows.placed_vms(sorted(having), most + 1):
        members.setdefault(vm.project, []).append(vm)
    for of_project in members.values():
        if len(of_project) <= most:
            for vm in of_project:
                then.vms[vm.uid] = vm
                then.neighbours.put_vm(None, vm)
