"""The room of machines by what was measured: hosts that a VM's use would bring over a limit. Chooses nothing.

What is held is what may be used at most, and of CPUs more is promised than there are: a host with room by that measure
can be one that is busy.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from controlplane.domain.host.aggregate import Host
from controlplane.domain.measured import NOT_MEASURED, MeasuredUse, Used, UseLimits
from controlplane.domain.vm.aggregate import Vm
from controlplane.placement.group_rules import Effect
from controlplane.placement.host_table import Floats

# The rules' names, as refusals count them.
USED = {"vcpus": "used.vcpus", "memory_mib": "used.memory_mib"}


class MeasuredRoom:
    """Of each row of a table of hosts, what is used and the most that may be. A host that was not measured has room."""

    def __init__(self, use: MeasuredUse, limits: UseLimits, row_of: Mapping[str, int], hosts: Iterable[Host]) -> None:
        self._vms = use.vms
        self._row_of = row_of
        self._used: dict[str, Floats] = {name: np.zeros(len(row_of)) for name in USED}
        self._most: dict[str, Floats] = {name: np.full(len(row_of), np.inf) for name in USED}
        for host in hosts:
            self._put(host, use.hosts.get(host.uid, NOT_MEASURED), limits)

    def _put(self, host: Host, used: Used, limits: UseLimits) -> None:
        row = self._row_of[host.uid]
        for name in USED:
            amount, offered = getattr(used, name), host.inventory.get(name)
            if amount is not None and offered is not None:
                self._used[name][row] = amount
                self._most[name][row] = offered.total * getattr(limits, name)

    def bars(self, vm: Vm) -> list[Effect]:
        """The hosts that would be over a limit with it."""
        bars: list[Effect] = []
        for name, rule in USED.items():
            if amount := self._amount(vm, name):
                bars.append(Effect(rule, self._used[name] + amount > self._most[name]))
        return bars

    def move(self, vm: Vm, target_uid: str) -> None:
        """What the VM uses is used on another host from now on."""
        source, target = self._row_of.get(vm.host_uid), self._row_of[target_uid]
        for name in USED:
            amount = self._amount(vm, name)
            if source is not None:
                self._used[name][source] -= amount
            self._used[name][target] += amount

    def _amount(self, vm: Vm, name: str) -> float:
        """Of memory that was not measured, all that is held may be used; of CPU, nobody knows, and none is counted."""
        amount = getattr(self._vms.get(vm.uid, NOT_MEASURED), name)
        if amount is not None:
            return amount
        return float(vm.held.memory_mib) if name == "memory_mib" else 0.0
