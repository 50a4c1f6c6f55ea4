"""A disk that several hosts share, of a VM that does not run: which of them holds it. Runs inside the writer."""

from dataclasses import dataclass

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.commands.elsewhere import place_beside
from controlplane.domain.command import Answer, Command
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import TRANSITIONS, Desired, Observation


@dataclass(frozen=True, slots=True)
class RehomeVm(Command[Answer | None]):
    """What a VM that does not run holds on a host is to be held on another that shares the storage."""

    vm_uid: str
    host_uid: str


def rehome(unit: UnitOfWork, command: RehomeVm) -> Answer | None:
    """None where it is not there any more, or runs, or is to. Raises NoCapacity."""
    vm = unit.fleet.vms.get(command.vm_uid)
    if vm is None or vm.host_uid != command.host_uid or not can_be_rehomed(vm):
        return None
    before = unit.fleet.hosts[vm.host_uid]
    placed = place_beside(unit, vm, vm.held, before)
    moved = ev.VmRehomed(host_uid=placed.host_uid, host=placed.host, from_host_uid=before.uid, from_host=before.name)
    unit.record(f"vms/{vm.uid}", [moved])
    unit.record(f"hosts/{before.uid}", hosts.decide_release(before, vm.uid, vm.held))
    unit.hold(unit.fleet.hosts[placed.host_uid], vm.uid, vm.held)
    after = unit.fleet.vms[vm.uid]
    return Answer(after, after.version)


def can_be_rehomed(vm: Vm) -> bool:
    """Whether nothing of it is under way."""
    is_idle = (vm.state, Observation.REHOMED) in TRANSITIONS and vm.pending is None and vm.restart is None
    return is_idle and bool(vm.held) and not vm.holds_compute and vm.desired is not Desired.DELETED
