"""What is desired of a host's guests, and whether an agent's report is news."""

from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.reports import Report, decide_report
from controlplane.domain.vm.states import POWER_OF, DesiredPower
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import Ledger
from controlplane.projections.live.inventory import Inventory

# By which an incarnation of a VM begins.
_BEGINNINGS = [TOPICS["vm_start_requested"], TOPICS["vm_guest_adopted"]]


def power_of(vm: Vm) -> DesiredPower:
    """What the VM's agent is to bring about."""
    power = POWER_OF[vm.desired]
    return DesiredPower.PAUSED if vm.paused and power is DesiredPower.RUNNING else power


def guests_of(inventory: Inventory, host_uid: str) -> list[Vm]:
    """The VMs that this host runs, or keeps the disk or the definition of."""
    return [inventory.vms[uid] for uid in inventory.placed.get(host_uid, ())]


def is_news(vm: Vm, report: Report) -> bool:
    """True when the report would change the VM."""
    return bool(decide_report(vm, report))


def was_on_host(ledger: Ledger, vm_uid: str, incarnation: int, host_uid: str) -> bool:
    """Whether the ledger itself had an incarnation of a VM on a host once. Blocks."""
    for recorded in ledger.whole_stream(f"vms/{vm_uid}", _BEGINNINGS):
        event = recorded.event
        began = event.vm_start_requested if event.HasField("vm_start_requested") else event.vm_guest_adopted
        if began.host_uid == host_uid and began.incarnation == incarnation:
            return True
    return False
