"""How far a drain is, and how long it takes yet, by what has been moved so far. Performs no I/O."""

from dataclasses import dataclass, field
from typing import NamedTuple

from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.drain_steps import DrainStep
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm

# A VM takes a while to move however little memory it has: as long as so much more.
_EACH_MIB = 256


class DrainProgress(NamedTuple):
    """VMs in all, and those that are left; how long it takes yet, if that is known.

    In all: since this server first looked at the drain.
    """

    vms: int = 0
    left: int = 0
    remaining_s: float | None = None


class Looked(NamedTuple):
    """One VM of a host, and what is to be done with it."""

    vm: Vm
    step: DrainStep


@dataclass(slots=True)
class DrainMeasure:
    """What is left of one drain, each time that it is looked at."""

    began: Micros
    # How much was there first, and is left, by size; and the VMs that were there at any time.
    first: int = 0
    left: int = 0
    seen: set[str] = field(default_factory=set[str])
    current: set[str] = field(default_factory=set[str])

    def look(self, host: Host, looked: list[Looked]) -> None:
        vms = [each.vm for each in looked]
        arrived = sum(_size(host, vm) for vm in vms if vm.uid not in self.seen)
        self.first += arrived
        self.left = sum(_size(host, vm) for vm in vms)
        self.current = {vm.uid for vm in vms}
        self.seen |= self.current

    def progress(self, now: Micros) -> DrainProgress:
        moved = self.first - self.left
        remaining_s = (now - self.began) / SECOND * self.left / moved if moved > 0 else None
        return DrainProgress(len(self.seen), len(self.current), remaining_s)


def _size(host: Host, vm: Vm) -> int:
    held = host.holdings.get(vm.uid)
    return _EACH_MIB + (held.memory_mib if held else 0)
