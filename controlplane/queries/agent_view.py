"""What is desired of a host's guests, and whether an agent's report is news."""

from typing import NamedTuple

from controlplane.domain.vm.aggregate import Migration, MigrationPhase, Vm
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.reports import decide_report
from controlplane.domain.vm.states import POWER_OF, DesiredPower, VmState
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import Ledger
from controlplane.projections.live.inventory import Inventory

# By which an incarnation of a VM begins.
_BEGINNINGS = [TOPICS["vm_start_requested"], TOPICS["vm_guest_adopted"], TOPICS["vm_migrate_requested"]]


def power_of(vm: Vm) -> DesiredPower:
    """What the VM's agent is to bring about. What holds no compute does not run, whatever is desired."""
    power = POWER_OF[vm.desired]
    if power is DesiredPower.RUNNING and not vm.holds_compute:
        return DesiredPower.SHUTOFF
    return DesiredPower.PAUSED if vm.paused and power is DesiredPower.RUNNING else power


def guests_of(inventory: Inventory, host_uid: str) -> list[Vm]:
    """The VMs that this host runs, or keeps the disk or the definition of, or that come from or go to it."""
    return [inventory.vms[uid] for uid in inventory.placed.get(host_uid, ())]


class DesiredOnHost(NamedTuple):
    """What is desired of a VM's guest on one host. `incoming`, `outgoing`: of the migration that is under way."""

    vm: Vm
    incarnation: int
    power: DesiredPower
    incoming: Migration | None = None
    outgoing: Migration | None = None


def desired_on(vm: Vm, host_uid: str) -> DesiredOnHost | None:
    """None where nothing of the VM is to be on the host any more."""
    migration = vm.migration
    is_moving = migration is not None and vm.known_state is VmState.MIGRATING
    if vm.host_uid == host_uid:
        power = power_of(vm)
        if is_moving and migration and migration.departure and not migration.switched:
            # It has left. Begun anew here, it would run beside its copy.
            power = DesiredPower.SHUTOFF
        copies = (
            is_moving
            and migration
            and migration.phase is MigrationPhase.COPYING
            and not (migration.cancelled or migration.departure)
        )
        return DesiredOnHost(vm, vm.incarnation, power, outgoing=migration if copies else None)
    if migration is None or migration.host_uid != host_uid or not is_moving:
        return None
    if migration.switched:
        # What is left of it there: it does not run, and goes once the VM runs where it is now.
        return DesiredOnHost(vm, migration.incarnation, DesiredPower.SHUTOFF)
    return DesiredOnHost(vm, migration.incarnation, power_of(vm), incoming=migration)


def keeps_disk(inventory: Inventory, vm: Vm | None, host_uid: str) -> bool:
    """Whether the disk of a guest that has no place on the host any more is the VM's own: they share its storage."""
    if vm is None or not vm.host_uid or vm.host_uid == host_uid:
        return False
    here, there = inventory.hosts.get(host_uid), inventory.hosts.get(vm.host_uid)
    return bool(here and there and here.disk_pools & there.disk_pools)


def is_news(vm: Vm, report: Report, host_uid: str) -> bool:
    """True when the report of a host's agent would change the VM."""
    return bool(decide_report(vm, report, host_uid, report.observed.at))


def was_on_host(ledger: Ledger, vm_uid: str, incarnation: int, host_uid: str) -> bool:
    """Whether the ledger itself had an incarnation of a VM on a host once. Blocks."""
    for recorded in ledger.whole_stream(f"vms/{vm_uid}", _BEGINNINGS):
        began = getattr(recorded.event, recorded.event.WhichOneof("payload") or "")
        if began.host_uid == host_uid and began.incarnation == incarnation:
            return True
    return False
