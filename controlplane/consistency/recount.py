"""The totals of every scope summed anew from a fleet as it is, and what must hold in every fleet. Keeps nothing."""

from collections import defaultdict
from collections.abc import Iterator

from controlplane.consistency.discrepancy import Discrepancy, TotalsSource, by_class
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.resource_kinds import IMAGES
from controlplane.domain.resources import ADDRESSES, NOTHING, Resources, resources_of, some_of
from controlplane.domain.totals import FLEET, Totals
from controlplane.domain.vm.interfaces import address_count
from controlplane.projections.live.utilization import scopes_of


def recounted(fleet: Fleet) -> dict[str, Totals]:
    """What `Utilization.scopes` must say, where it says anything. By no difference: from every host and VM."""
    scopes: defaultdict[str, Totals] = defaultdict(Totals)
    for host in fleet.hosts.values():
        if host.state is HostState.DECOMMISSIONED:
            continue
        for scope in scopes_of(host.name, host.zone):
            totals = scopes[scope]
            totals.total = totals.total + host.capacity
            totals.allocated = totals.allocated + host.allocated
            totals.overcommitted = totals.overcommitted + host.overcommitted
            totals.hosts += 1
    _add_owned(fleet, scopes)
    for vm in fleet.vms.values():
        if not vm.held:
            continue
        project = scopes[vm.project]
        project.allocated = project.allocated + sum((held for _, _, held in vm.holdings()), NOTHING)
        if vm.holds_compute:
            host = fleet.hosts.get(vm.host_uid)
            for scope in (vm.project, *(scopes_of(host.name, host.zone) if host else (FLEET,))):
                scopes[scope].running_vms += 1
    return dict(scopes)


def _add_owned(fleet: Fleet, scopes: defaultdict[str, Totals]) -> None:
    """What projects hold that no host offers: the addresses of their VMs, and their images."""
    for vm in fleet.vms.values():
        if vm.cards:
            scopes[vm.project].allocated += some_of(ADDRESSES, address_count(vm.cards))
    for image in fleet.of(IMAGES).values():
        if image.held:
            scopes[image.project].allocated += image.held


def decided_by(fleet: Fleet, expected: dict[str, Totals]) -> dict[str, Totals]:
    """What commands are decided by, of what is `expected`: of a project, what its quota counts, each VM once."""
    totals: defaultdict[str, Totals] = defaultdict(Totals)
    totals.update((scope, each) for scope, each in expected.items() if scope.startswith("hosts/"))
    _add_owned(fleet, totals)
    for vm in fleet.vms.values():
        if vm.held:
            totals[vm.project].allocated = totals[vm.project].allocated + vm.held
    return dict(totals)


def broken_rules(fleet: Fleet) -> Iterator[Discrepancy]:
    """Where a host holds other than it says, or other than its VMs say."""
    held: defaultdict[str, Resources] = defaultdict(Resources)
    for vm in fleet.vms.values():
        for host_uid, _, amount in vm.holdings():
            held[host_uid] = held[host_uid] + amount
    for uid, host in fleet.hosts.items():
        holdings = sum(host.holdings.values(), start=NOTHING)
        yield from by_class(TotalsSource.LEDGER, host.name, "holdings", holdings, host.allocated)
        yield from by_class(TotalsSource.LEDGER, host.name, "held_by_vms", held.pop(uid, NOTHING), host.allocated)
    for uid, amount in held.items():
        yield from by_class(TotalsSource.LEDGER, f"hosts/{uid}", "held_by_vms", amount, NOTHING)


def held_beyond_capacity(recorded: RecordedEvent) -> Iterator[Discrepancy]:
    """Where an event holds more for VMs than was free on the host.

    A host may hold more than its machine has left; nothing makes it hold more, or more still, than it has.
    """
    host = recorded.after
    if not recorded.event.HasField("capacity_held") or not isinstance(host, Host):
        return
    if over := host.overcommitted:
        more = sum((resources_of(each.amount) for each in recorded.event.capacity_held.holdings), NOTHING)
        for name, amount in over:
            if amount and more.of(name):
                yield Discrepancy(
                    TotalsSource.LEDGER, host.name, "capacity", name, host.capacity.of(name), host.allocated.of(name)
                )
