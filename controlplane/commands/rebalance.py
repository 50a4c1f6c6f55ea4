"""Plans of live migrations, on a copy of the fleet as it is. Appends nothing. Takes long: use a thread."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from controlplane.commands.elsewhere import among, migration_terms
from controlplane.domain.fleet import Fleet, FleetState
from controlplane.domain.host.aggregate import Host
from controlplane.domain.measured import MeasuredUse
from controlplane.domain.rebalance.aggregate import Goal
from controlplane.domain.resources import BASE_CLASSES, NOTHING
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.placement.rebalance import Plan, RebalanceScope, free_hosts, obey_rules
from controlplane.placement.use_balance import balance_use

__all__ = ["Goal", "Grounds", "Planned", "RebalanceScope", "planned"]


class InUse(NamedTuple):
    """The hosts that hold something, and eta of them, per class."""

    hosts: int
    eta: dict[str, float]


class Planned(NamedTuple):
    """A plan, and the hosts in use without it and with it."""

    plan: Plan
    before: InUse
    after: InUse


class Grounds(NamedTuple):
    """What a plan goes by, beside the fleet: of each goal, its own.

    `broken`: by VM's uid, the rules that are not obeyed, in words. `resting`: VMs, by uid, that were moved lately.
    """

    broken: Mapping[str, Sequence[str]] = {}
    use: MeasuredUse = MeasuredUse()
    resting: Collection[str] = ()


def planned(state: FleetState, goal: Goal, scope: RebalanceScope, grounds: Grounds) -> Planned:
    """The plan, on a copy of the fleet."""
    state = _movable(state)

    def copy() -> Fleet:
        fleet = Fleet()
        fleet.restore(state)
        return fleet

    match goal:
        case Goal.FREE_HOSTS:
            plan = free_hosts(copy, scope)
        case Goal.VIOLATIONS:
            plan = obey_rules(copy(), scope, grounds.broken)
        case Goal.USED:
            plan = balance_use(copy(), scope, grounds.use, grounds.resting)
    held = {vm.name: vm.host for vm in state.vms if vm.held}
    before = _in_use(state.hosts, set(held.values()))
    held.update({move.vm: move.target for move in plan.moves})
    after = _in_use(state.hosts, set(held.values()))
    # What is allocated does not change, only of how much.
    return Planned(plan, before, after)


def _movable(state: FleetState) -> FleetState:
    """The fleet with what each VM requires of a host that it can be moved to while it runs, where that can be."""
    hosts = {host.uid: host for host in state.hosts}
    terms = {uid: migration_terms(host) for uid, host in hosts.items() if host.migrations}
    known: dict[tuple[Spec, str], Spec] = {}

    def required(vm: Vm) -> Vm:
        if not vm.held or vm.host_uid not in terms:
            return vm
        key = (vm.spec, vm.host_uid)
        if key not in known:
            known[key] = among(vm, terms[vm.host_uid]).spec
        return vm._replace(spec=known[key])

    return replace(state, vms=[required(vm) for vm in state.vms]) if terms else state


def _in_use(hosts: Sequence[Host], names: set[str]) -> InUse:
    used = [host for host in hosts if host.name in names]
    total = sum((host.capacity for host in used), NOTHING)
    allocated = sum((host.allocated for host in hosts), NOTHING)
    classes = [*BASE_CLASSES, *(name for name, _ in total.extended)]
    return InUse(len(used), {name: allocated.of(name) / total.of(name) for name in classes if total.of(name)})
