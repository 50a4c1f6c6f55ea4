"""Spare capacity: what starts may take of it, and whether it is there. Checks take long: use a thread."""

from controlplane.domain.errors import NoSpareCapacity
from controlplane.domain.fleet import Fleet, FleetState
from controlplane.domain.placement.spare_capacity import SpareRule
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Vm
from controlplane.placement import spare_capacity
from controlplane.placement.evacuation import Unplaced
from controlplane.placement.spare_admission import Guard, SpareAdmission
from controlplane.placement.spare_capacity import SpareCheck

__all__ = ["SpareCheck", "SpareRule", "Unplaced", "admission_of", "checked", "require_spare_capacity"]

# What the control plane starts by itself is what spare capacity is for.
SYSTEM = "system:"


def admission_of(unit: UnitOfWork) -> SpareAdmission | None:
    """What knows of each failure where its VMs would go, as it is before a start; None where no rule is about it."""
    of_server, of_projects = unit.limits.spare_capacity, unit.fleet.spare_rules
    if not (of_server or of_projects) or unit.context.actor.startswith(SYSTEM):
        return None
    guards = [Guard(rule) for rule in of_server]
    guards += [Guard(rule, uid) for uid, rules in of_projects.items() for rule in rules]
    admission = unit.fleet.index(SpareAdmission)
    # The same rule twice is one.
    admission.catch_up(tuple(dict.fromkeys(guards)))
    return admission


def require_spare_capacity(unit: UnitOfWork, vm: Vm, admission: SpareAdmission) -> None:
    """Raises NoSpareCapacity where after the start of a VM, which is recorded, more VMs than before have no place."""
    lack = admission.cost()
    if lack is None:
        return
    fleet, guard = unit.fleet, lack.guard
    project = fleet.projects[guard.project_uid].name if guard.project_uid else ""
    unplaced = fleet.vms[lack.vm_uid].name
    raise NoSpareCapacity(vm.name, str(guard.rule), project, lack.domains, unplaced, lack.refusal)


def checked(state: FleetState, rule: SpareRule) -> SpareCheck:
    """Tries every failure of a rule on a copy of the fleet."""
    fleet = Fleet()
    fleet.restore(state)
    return spare_capacity.check(fleet, rule)
