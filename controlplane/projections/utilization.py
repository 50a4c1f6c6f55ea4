"""Totals and utilization per scope, kept up by difference with every committed event."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from controlplane.domain.fleet import Recorded
from controlplane.domain.host import Host, HostState
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.vm import Vm

FLEET = "fleet"


@dataclass(slots=True)
class Totals:
    """The figures of one scope: R_total, what is allocated of it, hosts counted, VMs that hold compute."""

    total: Resources = NOTHING
    allocated: Resources = NOTHING
    hosts: int = 0
    running_vms: int = 0


class Utilization:
    """Totals of the fleet, each host, each zone and each project, by scope name."""

    def __init__(self) -> None:
        self.scopes: defaultdict[str, Totals] = defaultdict(Totals)
        self._hosts: dict[str, Host] = {}
        self._vms: dict[str, tuple[Resources, tuple[str, ...]]] = {}

    def apply(self, batch: Sequence[Recorded]) -> None:
        for recorded in batch:
            match recorded.after:
                case Vm() as vm:
                    self._apply_vm(vm)
                case Host() as host:
                    self._apply_host(host)
                case _:
                    pass

    def _apply_host(self, host: Host) -> None:
        before = self._hosts.get(host.uid)
        for scope in _scopes_of_host(host):
            totals = self.scopes[scope]
            counted = host.state is not HostState.DECOMMISSIONED
            if before is not None:
                totals.total = totals.total - before.capacity
                totals.allocated = totals.allocated - before.allocated
                totals.hosts -= 1
            if counted:
                totals.total = totals.total + host.capacity
                totals.allocated = totals.allocated + host.allocated
                totals.hosts += 1
        if host.state is HostState.DECOMMISSIONED:
            self._hosts.pop(host.uid, None)
        else:
            self._hosts[host.uid] = host

    def _apply_vm(self, vm: Vm) -> None:
        held_before, scopes_before = self._vms.pop(vm.uid, (NOTHING, ()))
        for scope in scopes_before:
            self.scopes[scope].running_vms -= 1
        if vm.held is not held_before and vm.held != held_before:
            project = self.scopes[vm.project]
            project.allocated = project.allocated - held_before + vm.held
        if not vm.held:
            return
        scopes: tuple[str, ...] = ()
        if vm.holds_compute:
            host = self._hosts.get(vm.host_uid)
            scopes = (FLEET, vm.project, vm.host, *((f"zones/{host.zone}",) if host and host.zone else ()))
        for scope in scopes:
            self.scopes[scope].running_vms += 1
        self._vms[vm.uid] = (vm.held, scopes)


def _scopes_of_host(host: Host) -> tuple[str, ...]:
    return (FLEET, host.name, f"zones/{host.zone}") if host.zone else (FLEET, host.name)
