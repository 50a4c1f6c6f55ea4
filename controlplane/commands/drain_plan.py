"""Where the VMs of hosts that are drained go, chosen together on a copy of the fleet. Takes long: use a thread.

Appends nothing. Each move is decided once more, by the fleet as it is then, when it begins.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from controlplane.commands.elsewhere import among, migration_terms
from controlplane.commands.evacuation import evacuated
from controlplane.domain.fleet import FleetState
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.drain_steps import Action, drain_step
from controlplane.domain.placement.selectors import Term, has_trait
from controlplane.domain.vm.aggregate import Vm
from controlplane.placement.evacuation import Measured

# Hosts, by name, where a VM is not to go if there is another, by the VM's uid.
Avoided = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Destinations:
    """By the VM's uid: the uid of the host where it goes, in the order of the plan; or why it can go nowhere."""

    chosen: dict[str, str] = field(default_factory=dict[str, str])
    refused: dict[str, str] = field(default_factory=dict[str, str])


def destinations(
    state: FleetState, host_uids: Collection[str], avoided: Avoided, measured: Measured | None = None
) -> Destinations:
    """Of all VMs of these hosts, which are drained, that have to go somewhere."""
    hosts = {host.uid: host for host in state.hosts}
    leaving = _leaving(state, [hosts[uid] for uid in host_uids if uid in hosts])
    found = _planned(state, leaving, lambda vm: _terms(hosts[vm.host_uid], vm), avoided, measured)
    if not found.refused:
        return found
    # What found no place may be moved with its disk, and go where it could not be moved to before.
    hard = found.refused.keys()
    relaxed = {uid: names for uid, names in avoided.items() if uid not in hard}

    def terms(vm: Vm) -> list[Term]:
        host = hosts[vm.host_uid]
        return migration_terms(host) if vm.uid in hard and host.migrations else _terms(host, vm)

    found = _planned(state, leaving, terms, relaxed, measured)
    if not found.refused or measured is None:
        return found
    # Guests on busy CPUs are slow; guests without memory are killed. Only the one is worse than to stay.
    any_cpus = measured._replace(limits=measured.limits._replace(vcpus=math.inf))
    return _planned(state, leaving, terms, relaxed, any_cpus)


def _leaving(state: FleetState, hosts: Collection[Host]) -> dict[str, Vm]:
    """The VMs that need a place elsewhere, by uid."""
    leaving = {uid: host for host in hosts if host.drain for uid in host.holdings}
    return {
        vm.uid: vm
        for vm in state.vms
        if (host := leaving.get(vm.uid)) and host.drain and drain_step(host, host.drain, vm).needs_place
    }


def _terms(host: Host, vm: Vm) -> list[Term]:
    """What the host must be that a VM goes to from this one."""
    assert host.drain is not None
    if drain_step(host, host.drain, vm).action is Action.MIGRATE:
        return migration_terms(host)
    if not vm.held.disk_gib:
        return []
    pools = sorted(vm.pools_beside(host.disk_pools))
    return [has_trait(pools[0])] if pools else migration_terms(host)


def _planned(
    state: FleetState,
    leaving: Mapping[str, Vm],
    terms: Callable[[Vm], list[Term]],
    avoided: Avoided,
    measured: Measured | None,
) -> Destinations:
    vms = [among(vm, terms(vm), avoided.get(vm.uid, ())) if vm.uid in leaving else vm for vm in state.vms]
    hosts = {vm.host_uid for vm in leaving.values()}
    found = evacuated(replace(state, vms=vms), hosts, needs=lambda vm: vm.uid in leaving, measured=measured)
    uids = {host.name: host.uid for host in state.hosts}
    chosen = {move.vm_uid: uids[move.target] for move in found.moves}
    return Destinations(chosen, {each.vm.uid: str(each.refusal) for each in found.unplaced})
