"""Plans of live migrations: which VMs to move where, to free hosts or to obey rules again. Moves nothing.

Works on a copy of the fleet, by the events that moves would leave, so that every choice of a host is the engine's own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.errors import NoCapacity
from controlplane.domain.fleet import Fleet
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.placement.policy import parse_policy
from controlplane.domain.resources import Resources, amount_of
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.domain.vm.terms import Placed
from controlplane.placement.engine import Engine

# Hosts that are tried in vain before the rest is left as it is: they come in the order of what it takes to empty them.
MOST_IN_VAIN = 300
PACK = parse_policy("pack")


class Move(NamedTuple):
    """A VM from one host to another, and what for."""

    vm: str
    source: str
    target: str
    held: Resources
    why: str


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


class _Copy:
    """A fleet of its own, on which moves are tried."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self._engine = fleet.index(Engine)

    def apply(self, stream: str, **payload: object) -> None:
        self.fleet.apply(stream, None, ev.Event(**payload))  # pyright: ignore[reportArgumentType]

    def close(self, host: Host) -> None:
        """Takes no VMs."""
        if host.state is HostState.ACTIVE:
            self.apply(f"hosts/{host.uid}", host_cordoned=ev.HostCordoned())

    def is_allowed_where_it_is(self, vm: Vm) -> bool:
        mark = self.fleet.mark()
        off = self._take_off(vm)
        try:
            # As for a VM whose disk is there already, and that therefore can be nowhere else.
            self._place(off._replace(host_uid=vm.host_uid, held=Resources(disk_gib=1)), vm.held)
        except NoCapacity:
            return False
        finally:
            self.fleet.undo(mark)
        return True

    def move(self, vm: Vm) -> str:
        """Moves it to the best other host, and returns that. Raises NoCapacity: then it is nowhere; `undo`."""
        off = self._take_off(vm)
        placed = self._place(off, vm.held)
        target = self.fleet.hosts[placed.host_uid]
        held = hosts.capacity_held(vm.uid, vm.held, placed.parts)
        self.apply(f"hosts/{target.uid}", capacity_held=held)
        started = ev.VmStartRequested(
            incarnation=vm.incarnation + 1, host_uid=target.uid, host=target.name, held=amount_of(vm.held)
        )
        self.apply(f"vms/{vm.uid}", vm_start_requested=started)
        self.apply(f"vms/{vm.uid}", vm_started=ev.VmStarted(incarnation=vm.incarnation + 1))
        return target.name

    def _place(self, vm: Vm, requested: Resources) -> Placed:
        """Whenever VMs are expected to end: a plan counts what it frees now."""
        return self._engine.place(vm._replace(expected_lifetime_us=0), requested, Micros(0))

    def _take_off(self, vm: Vm) -> Vm:
        """Off its host, with all that it holds there."""
        parts = self.fleet.hosts[vm.host_uid].parts.get(vm.uid, ())
        released = ev.CapacityReleased(holdings=[hosts.holding(vm.uid, vm.held, parts)])
        self.apply(f"hosts/{vm.host_uid}", capacity_released=released)
        stopped = ev.VmStopped(incarnation=vm.incarnation, released=amount_of(vm.held))
        self.apply(f"vms/{vm.uid}", vm_stopped=stopped)
        return self.fleet.vms[vm.uid]


def _is_movable(vm: Vm) -> bool:
    """Runs, and nothing else is under way with it."""
    return vm.state is VmState.RUNNING and vm.pending is None


def _vms_on(fleet: Fleet, host: Host) -> list[Vm]:
    """The largest first: they are the hardest to place."""
    vms = [fleet.vms[uid] for uid in host.holdings]
    return sorted(vms, key=lambda vm: (-vm.held.memory_mib, -vm.held.vcpus, vm.name))


def free_hosts(copy: Callable[[], Fleet], scope: RebalanceScope) -> Plan:
    """The better one of two orders in which hosts are emptied: those of fewest VMs first, or those that hold least."""
    by_count = _emptied(copy(), scope, lambda host: (len(host.holdings), host.allocated.memory_mib, host.name))
    by_size = _emptied(copy(), scope, lambda host: (host.allocated.memory_mib, len(host.holdings), host.name))
    return max(by_count, by_size, key=lambda plan: (len(plan.freed), -len(plan.moves)))


def _emptied(fleet: Fleet, scope: RebalanceScope, order: Callable[[Host], tuple[int, int, str]]) -> Plan:
    # However a project spreads its VMs: a host is freed by filling others.
    fleet.projects.update((uid, each.placed_by(PACK)) for uid, each in fleet.projects.items())
    plan, work, vain = Plan(), _Copy(fleet), 0
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


def _empty(work: _Copy, host: Host, left: list[str]) -> list[Move] | None:
    """Moves that empty a host; None when some VM cannot go."""
    vms = _vms_on(work.fleet, host)
    if still := [vm for vm in vms if not _is_movable(vm)]:
        left.append(f"{host.name}: {still[0].name} is {still[0].state.name}, and only what runs is moved")
        return None
    work.close(host)
    moves: list[Move] = []
    for vm in vms:
        try:
            target = work.move(vm)
        except NoCapacity:
            left.append(f"{host.name}: no host in use has room for {vm.name}, by all its rules")
            return None
        moves.append(Move(vm.name, host.name, target, vm.held, f"frees {host.name}"))
    return moves


def obey_rules(fleet: Fleet, scope: RebalanceScope, broken: Mapping[str, Sequence[str]]) -> Plan:
    """Moves VMs, by uid, whose rules are broken, in these words: those alone that still are when their turn comes."""
    plan, work = Plan(), _Copy(fleet)
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
        mark = fleet.mark()
        try:
            target = work.move(vm)
        except NoCapacity:
            fleet.undo(mark)
            plan.left.append(f"no host has room for {vm.name}, by all its rules: {words[0]}")
            continue
        plan.moves.append(Move(vm.name, vm.host, target, vm.held, words[0]))
        plan.removed += words
    return plan
