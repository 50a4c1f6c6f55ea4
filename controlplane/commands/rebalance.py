"""Plans of live migrations, on a copy of the fleet as it is. Appends nothing. Takes long: use a thread."""

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import NamedTuple

from controlplane.domain.fleet import Fleet, FleetState
from controlplane.domain.host.aggregate import Host
from controlplane.domain.resources import BASE_CLASSES, NOTHING
from controlplane.placement.rebalance import Plan, RebalanceScope, free_hosts, obey_rules


class Goal(Enum):
    """What migrations are for."""

    FREE_HOSTS = auto()
    VIOLATIONS = auto()


class InUse(NamedTuple):
    """The hosts that hold something, and eta of them, per class."""

    hosts: int
    eta: dict[str, float]


class Planned(NamedTuple):
    """A plan, and the hosts in use without it and with it."""

    plan: Plan
    before: InUse
    after: InUse


def planned(state: FleetState, goal: Goal, scope: RebalanceScope, broken: Mapping[str, Sequence[str]]) -> Planned:
    """`broken`: by VM's uid, the rules that are not obeyed, in words."""

    def copy() -> Fleet:
        fleet = Fleet()
        fleet.restore(state)
        return fleet

    plan = free_hosts(copy, scope) if goal is Goal.FREE_HOSTS else obey_rules(copy(), scope, broken)
    held = {vm.name: vm.host for vm in state.vms if vm.held}
    before = _in_use(state.hosts, set(held.values()))
    held.update({move.vm: move.target for move in plan.moves})
    after = _in_use(state.hosts, set(held.values()))
    # What is allocated does not change, only of how much.
    return Planned(plan, before, after)


def _in_use(hosts: Sequence[Host], names: set[str]) -> InUse:
    used = [host for host in hosts if host.name in names]
    total = sum((host.capacity for host in used), NOTHING)
    allocated = sum((host.allocated for host in hosts), NOTHING)
    classes = [*BASE_CLASSES, *(name for name, _ in total.extended)]
    return InUse(len(used), {name: allocated.of(name) / total.of(name) for name in classes if total.of(name)})
