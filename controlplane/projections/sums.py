"""The totals of every scope summed anew from a fleet as it is, and what must hold in every fleet. Keeps nothing."""

from collections import defaultdict
from collections.abc import Iterator

from controlplane.domain.fleet import Fleet
from controlplane.domain.host import Host
from controlplane.domain.host_states import HostState
from controlplane.domain.resources import NOTHING, Resources
from controlplane.projections.differences import Difference, Source, of_classes
from controlplane.projections.utilization import FLEET, Totals, scopes_of


def summed(fleet: Fleet) -> dict[str, Totals]:
    """What `Utilization.scopes` must say, where it says anything. By no difference: from every host and VM."""
    scopes: defaultdict[str, Totals] = defaultdict(Totals)
    for host in fleet.hosts.values():
        if host.state is HostState.DECOMMISSIONED:
            continue
        for scope in scopes_of(host.name, host.zone):
            totals = scopes[scope]
            totals.total = totals.total + host.capacity
            totals.allocated = totals.allocated + host.allocated
            totals.hosts += 1
    for vm in fleet.vms.values():
        if not vm.held:
            continue
        project = scopes[vm.project]
        project.allocated = project.allocated + vm.held
        if vm.holds_compute:
            host = fleet.hosts.get(vm.host_uid)
            for scope in (vm.project, *(scopes_of(host.name, host.zone) if host else (FLEET,))):
                scopes[scope].running_vms += 1
    return dict(scopes)


def broken_rules(fleet: Fleet) -> Iterator[Difference]:
    """Where a host holds more than it offers, or other than it says, or other than its VMs say."""
    held: defaultdict[str, Resources] = defaultdict(Resources)
    for vm in fleet.vms.values():
        if vm.held:
            held[vm.host_uid] = held[vm.host_uid] + vm.held
    for uid, host in fleet.hosts.items():
        yield from _over(host)
        holdings = sum(host.holdings.values(), start=NOTHING)
        yield from of_classes(Source.LEDGER, host.name, "holdings", holdings, host.allocated)
        yield from of_classes(Source.LEDGER, host.name, "held_by_vms", held.pop(uid, NOTHING), host.allocated)
    for uid, amount in held.items():
        yield from of_classes(Source.LEDGER, f"hosts/{uid}", "held_by_vms", amount, NOTHING)


def _over(host: Host) -> Iterator[Difference]:
    for name, amount in host.allocated:
        if amount > host.capacity.of(name):
            yield Difference(Source.LEDGER, host.name, "capacity", name, host.capacity.of(name), amount)
