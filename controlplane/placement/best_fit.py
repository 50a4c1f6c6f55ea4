"""Best fit: of the ACTIVE hosts with room, the one that is left with the least. Pure."""

from collections.abc import Iterable
from math import inf

from controlplane.domain.errors import NoCapacity
from controlplane.domain.host import Host, HostState
from controlplane.domain.resources import Resources
from controlplane.domain.vm import Vm
from controlplane.domain.vm_decisions import Placed, wanted_to_start

POLICY = "best-fit"


def place(vm: Vm, hosts: Iterable[Host]) -> Placed:
    """Chooses a host for `vm`. Raises NoCapacity, with a count of hosts by the rule that turned them down.

    Ties go to the host whose name sorts first, so that the same fleet gives the same answer.
    """
    wanted = wanted_to_start(vm)
    pinned = vm.host_uid if vm.held else ""
    turned_down: dict[str, int] = {}
    best: Host | None = None
    least = inf
    considered = 0
    for host in hosts:
        considered += 1
        if rule := _turned_down_by(host, vm, wanted, pinned):
            turned_down[rule] = turned_down.get(rule, 0) + 1
            continue
        left = _left(host, wanted)
        if best is None or left < least or (left == least and host.name < best.name):
            best, least = host, left
    if best is None:
        raise NoCapacity(vm.name, considered, turned_down)
    return Placed(best.uid, best.name, POLICY, considered, turned_down)


def _turned_down_by(host: Host, vm: Vm, wanted: Resources, pinned: str) -> str | None:
    # What a VM holds stays where it is: its disk is on that host's storage.
    if pinned and host.uid != pinned:
        return "holds_elsewhere"
    if host.state is not HostState.ACTIVE:
        return "not_active"
    if not host.platform.has(vm.spec.files):
        return "image"
    return wanted.lacking(host.capacity, host.allocated)


def _left(host: Host, wanted: Resources) -> float:
    """The share of the host that is free once `wanted` is held, summed over vCPUs and memory. Lower is a better fit."""
    capacity, allocated = host.capacity, host.allocated
    vcpus = (capacity.vcpus - allocated.vcpus - wanted.vcpus) / (capacity.vcpus or 1)
    memory = (capacity.memory_mib - allocated.memory_mib - wanted.memory_mib) / (capacity.memory_mib or 1)
    return vcpus + memory
