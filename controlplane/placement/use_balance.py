"""Plans by what is used: VMs from the busiest machines to those that would be less busy with them. Moves nothing.

How busy a machine is: the larger of the shares of its CPUs and of its memory that were measured to be in use. What a VM
uses is expected of it wherever it is.
"""

from collections.abc import Collection, Mapping

import numpy as np

from controlplane.domain.errors import NoCapacity
from controlplane.domain.fleet import Fleet
from controlplane.domain.host.aggregate import Host
from controlplane.domain.measured import MeasuredUse, Used
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.placement.engine import Engine
from controlplane.placement.group_rules import Effect
from controlplane.placement.host_table import Floats
from controlplane.placement.rebalance import Plan, RebalanceScope
from controlplane.placement.trial import SPREAD, Trial, vms_on

# A machine that is busier than the mean by less is left as it is.
TOLERANCE = 0.15
# So much less busy than the source was, a destination is with the VM: less is not worth a move.
GAIN = 0.1
MOST_MOVES = 200
# What counts more than any policy: the least busy machine.
WEIGHT = 100.0
LESS_BUSY = "used"


class _Busy:
    """How busy each measured host is, by its row; what was not measured is as busy as can be."""

    def __init__(self, use: MeasuredUse, row_of: Mapping[str, int], hosts: Collection[Host]) -> None:
        self._vms = use.vms
        self._row_of = row_of
        self.vcpus: Floats = np.full(len(row_of), np.inf)
        self.memory_mib: Floats = np.full(len(row_of), np.inf)
        self._total: dict[str, tuple[int, int]] = {}
        for host in hosts:
            used = use.hosts.get(host.uid)
            total = tuple(each.total if (each := host.inventory.get(name)) else 0 for name in ("vcpus", "memory_mib"))
            if used is not None and used.vcpus is not None and used.memory_mib is not None and all(total):
                row = row_of[host.uid]
                self._total[host.uid] = (total[0], total[1])
                self.vcpus[row], self.memory_mib[row] = used.vcpus / total[0], used.memory_mib / total[1]

    def of(self, host: Host) -> float:
        row = self._row_of[host.uid]
        return float(max(self.vcpus[row], self.memory_mib[row]))

    def is_measured(self, host: Host) -> bool:
        return host.uid in self._total

    def used_by(self, vm: Vm) -> Used | None:
        used = self._vms.get(vm.uid)
        return used if used and used.vcpus is not None and used.memory_mib is not None else None

    def with_vm(self, vm: Vm, hosts: Mapping[str, Host]) -> Floats:
        """How busy each host would be with the VM."""
        used = self.used_by(vm)
        assert used is not None
        vcpus, memory = np.zeros(len(self.vcpus)), np.zeros(len(self.vcpus))
        for uid, (cpus, mib) in self._total.items():
            if uid in hosts:
                row = self._row_of[uid]
                vcpus[row], memory[row] = (used.vcpus or 0.0) / cpus, (used.memory_mib or 0.0) / mib
        return np.maximum(self.vcpus + vcpus, self.memory_mib + memory)

    def move(self, vm: Vm, target_uid: str) -> None:
        used = self.used_by(vm)
        assert used is not None
        for uid, sign in ((vm.host_uid, -1), (target_uid, 1)):
            row, (cpus, mib) = self._row_of[uid], self._total[uid]
            self.vcpus[row] += sign * (used.vcpus or 0.0) / cpus
            self.memory_mib[row] += sign * (used.memory_mib or 0.0) / mib


def balance_use(fleet: Fleet, scope: RebalanceScope, use: MeasuredUse, resting: Collection[str]) -> Plan:
    """Moves off the busiest hosts of the scope, of VMs that are not `resting`, until none is much busier than others.

    `fleet` is a copy of the fleet, which the plan changes.
    """
    table = fleet.index(Engine).table
    busy = _Busy(use, table.row_of, fleet.hosts.values())
    work, plan = Trial(fleet, policy=SPREAD), Plan()
    moved = set(resting)
    most = min(scope.most or MOST_MOVES, MOST_MOVES)
    while len(plan.moves) < most and _relieve(work, scope, busy, plan, moved):
        pass
    return plan


def _relieve(work: Trial, scope: RebalanceScope, busy: _Busy, plan: Plan, moved: set[str]) -> bool:
    """One move off the busiest host that one helps; False where none does."""
    measured = [host for host in work.fleet.hosts.values() if busy.is_measured(host)]
    if not measured:
        return False
    mean = sum(map(busy.of, measured)) / len(measured)
    sources = [host for host in measured if scope.has(host) and busy.of(host) > mean + TOLERANCE]
    for source in sorted(sources, key=lambda host: (-busy.of(host), host.name)):
        for vm in vms_on(work.fleet, source):
            if vm.uid not in moved and _is_movable(vm) and busy.used_by(vm) and _moved(work, busy, plan, vm, source):
                moved.add(vm.uid)
                return True
    return False


def _is_movable(vm: Vm) -> bool:
    return vm.state is VmState.RUNNING and vm.pending is None


def _moved(work: Trial, busy: _Busy, plan: Plan, vm: Vm, source: Host) -> bool:
    before = busy.of(source)
    after = busy.with_vm(vm, work.fleet.hosts)
    barred = after > before - GAIN
    least = Effect(LESS_BUSY, bonus=-WEIGHT * np.where(np.isfinite(after), after, 0.0))
    why = f"{source.name} uses {before:.0%}"
    try:
        move = work.move(vm, why, (Effect(LESS_BUSY, barred), least))
    except NoCapacity:
        return False
    target = work.fleet.host_named(move.target)
    assert target is not None
    busy.move(vm, target.uid)
    plan.moves.append(move._replace(why=f"{why}, {target.name} would use {busy.of(target):.0%}"))
    return True
