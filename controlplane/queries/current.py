"""What is: a view of the fleet as of the last committed event, from memory. Does not block."""

from collections.abc import Sequence
from typing import Protocol

from controlplane.domain.errors import NotFound
from controlplane.domain.host.aggregate import Host
from controlplane.domain.placement.selectors import Selector
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resource_kinds import R, ResourceKind
from controlplane.domain.samples import Sample
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.projections.metrics.metrics_store import MetricsStore
from controlplane.queries import identity
from controlplane.queries.scopes import ScopeUtilization, scope_now
from controlplane.queries.utilization import totals_now
from controlplane.queries.violations.report import ViolationsReport
from controlplane.queries.violations.violation import Violation


class Head(Protocol):
    """Where the ledger is: its last position, and when that was committed."""

    @property
    def position(self) -> int: ...

    @property
    def time(self) -> Micros: ...


class NotInMemory(Exception):
    """Memory does not have it; the rows of the same position do, if anything does."""


class Current:
    """The fleet as it is. Whatever it does not have, it raises NotInMemory for: what is destroyed, and selections."""

    is_current = True

    def __init__(self, inventory: Inventory, utilization: Utilization, metrics: MetricsStore, head: Head) -> None:
        self._inventory = inventory
        self._utilization = utilization
        self._metrics = metrics
        self._head = head

    @property
    def position(self) -> int:
        return self._head.position

    def time(self) -> Micros | None:
        """When the position was committed."""
        return self._head.time

    def vm(self, name: str) -> Vm:
        """A VM that there is, by name or uid."""
        if found := identity.VMS.live(self._inventory, name):
            return found
        raise NotInMemory

    def host(self, name: str) -> Host:
        """Raises NotFound: hosts are never forgotten."""
        return identity.live_host(self._inventory, name)

    def project(self, name: str) -> Project:
        """A project that there is, by name or uid."""
        if found := identity.live_project(self._inventory, name):
            return found
        raise NotInMemory

    def project_with(self, uid: str) -> Project:
        """A project that there is, by uid."""
        if found := self._inventory.projects.get(uid):
            return found
        raise NotInMemory

    def resource(self, kind: ResourceKind[R], name: str) -> R:
        """A resource that there is, by name or uid."""
        if found := identity.child_of(kind).live(self._inventory, name):
            return found
        raise NotInMemory

    def resource_with(self, kind: ResourceKind[R], uid: str) -> R:
        """A resource that there is, by uid."""
        if found := self._inventory.of(kind).get(uid):
            return found
        raise NotInMemory

    def violations(self, hosts: Sequence[Host]) -> list[list[Violation]]:
        """The rules of its VMs that each host does not obey."""
        return [ViolationsReport(self._inventory, host).of(host) for host in hosts]

    def utilization(self, name: str, selector: Selector) -> ScopeUtilization:
        """Of a scope, with what is used in it as agents measured it. Raises NotFound, InvalidField."""
        if selector:
            raise NotInMemory
        scope = scope_now(self._inventory, self._utilization, name)
        totals = totals_now(self._inventory, self._utilization, scope)
        return ScopeUtilization(scope, totals, self.position, self._head.time, self._metrics.used(scope.name))

    def samples(self, name: str) -> Sequence[Sample]:
        """Of a VM or host by name, the newest last; of a VM that was destroyed none are kept. Raises NotFound."""
        if name.startswith("hosts/"):
            return self._metrics.history(self.host(name).uid)
        vm = identity.VMS.live(self._inventory, name)
        if vm is None:
            raise NotFound("vm", name)
        return self._metrics.history(vm.uid)
