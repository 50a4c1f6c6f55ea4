"""Plans of live migrations: which VMs to move where, to free hosts or to obey rules again. Moves nothing.

Works on a copy of the fleet: see `placement.trial`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from controlplane.domain.errors import NoCapacity
from controlplane.domain.fleet import Fleet
from controlplane.domain.host.aggregate import Host
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.placement.trial import PACK, Move, Trial, vms_on

# Hosts that are tried in vain before the rest is left as it is: they come in the order of what it takes to empty them.
MOST_IN_VAIN = 300


@dataclass(slots=True)
class Plan:
    """Moves in order, and what comes of them."""

    moves: list[Move] = field(default_factory=list[Move])
    freed: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])


class RebalanceScope(NamedTuple):
    """Which hosts are looked at, and how many moves there may be; 0 is no limit."""

    zone: str = ""
    most: int = 0

    def has(self, host: Host) -> bool:
        return not self.zone or host.zone == self.zone


def _is_movable(vm: Vm) -> bool:
    """Runs, and nothing else is under way with it."""
    return vm.state is VmState.RUNNING and vm.pending is None


def free_hosts(copy: Callable[[], Fleet], scope: RebalanceScope) -> Plan:
    """The better one of two orders in which hosts are emptied: those of fewest VMs first, or those that hold least."""
    by_count = _emptied(copy(), scope, lambda host: (len(host.holdings), host.allocated.memory_mib, host.name))
    by_size = _emptied(copy(), scope, lambda host: (host.allocated.memory_mib, len(host.holdings), host.name))
    return max(by_count, by_size, key=lambda plan: (len(plan.freed), -len(plan.moves)))


def _emptied(fleet: Fleet, scope: RebalanceScope, order: Callable[[Host], tuple[int, int, str]]) -> Plan:
    # However a project spreads its VMs: a host is freed by filling others.
    plan, work, vain = Plan(), Trial(fleet, policy=PACK), 0
    for host in [each for each in fleet.hosts.values() if not each.holdings]:
        # What is empty stays so.
        work.close(host)
    received: set[str] = set()
    for host in sorted((each for each in fleet.hosts.values() if each.holdings and scope.has(each)), key=order):
        # What came there would move twice.
        if host.name in received:
            continue
        if vain >= MOST_IN_VAIN:
            plan.left.append(f"{host.name} and what comes after it: {MOST_IN_VAIN} hosts could not be emptied")
            break
        mark = fleet.mark()
        moves = _empty(work, host, plan.left)
        if moves is None or (scope.most and len(plan.moves) + len(moves) > scope.most):
            fleet.undo(mark)
            vain += moves is None
            continue
        plan.moves += moves
        plan.freed.append(host.name)
        received.update(each.target for each in moves)
    return plan


def _empty(work: Trial, host: Host, left: list[str]) -> list[Move] | None:
    """Moves that empty a host; None when some VM cannot go."""
    vms = vms_on(work.fleet, host)
    if still := [vm for vm in vms if not _is_movable(vm)]:
        left.append(f"{host.name}: {still[0].name} is {still[0].state.name}, and only what runs is moved")
        return None
    work.close(host)
    moves: list[Move] = []
    for vm in vms:
        try:
            moves.append(work.move(vm, f"frees {host.name}"))
        except NoCapacity:
            left.append(f"{host.name}: no host in use has room for {vm.name}, by all its rules")
            return None
    return moves


def obey_rules(fleet: Fleet, scope: RebalanceScope, broken: Mapping[str, Sequence[str]]) -> Plan:
    """Moves VMs, by uid, whose rules are broken, in these words: those alone that still are when their turn comes."""
    plan, work = Plan(), Trial(fleet)
    for uid, words in broken.items():
        vm = fleet.vms[uid]
        if not scope.has(fleet.hosts[vm.host_uid]):
            continue
        if work.is_allowed_where_it_is(vm):
            # Another's move has helped.
            plan.removed += words
            continue
        if not _is_movable(vm):
            plan.left.append(f"{vm.name} is {vm.state.name}, and only what runs is moved: {words[0]}")
            continue
        if scope.most and len(plan.moves) >= scope.most:
            plan.left.append(f"{vm.name} would be one move more: {words[0]}")
            continue
        try:
            plan.moves.append(work.move(vm, words[0]))
        except NoCapacity:
            plan.left.append(f"no host has room for {vm.name}, by all its rules: {words[0]}")
            continue
        plan.removed += words
    return plan
