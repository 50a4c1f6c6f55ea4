"""What is desired of a host's guests, and whether an agent's report is news."""

from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.decisions import Report, decide_report
from controlplane.domain.vm.states import Desired
from controlplane.projections.live.inventory import Inventory

RUNNING, PAUSED, SHUTOFF, ABSENT = 1, 2, 3, 4  # chronovisor.v1.DesiredPower


def power_of(vm: Vm) -> int:
    """The chronovisor.v1.DesiredPower that the agent is to bring about."""
    match vm.desired:
        case Desired.RUNNING:
            return PAUSED if vm.paused else RUNNING
        case Desired.STOPPED:
            return SHUTOFF
        case Desired.DELETED:
            return ABSENT


def guests_of(inventory: Inventory, host_uid: str) -> list[Vm]:
    """The VMs that this host runs, or keeps the disk or the definition of."""
    return [inventory.vms[uid] for uid in inventory.placed.get(host_uid, ())]


def is_news(vm: Vm, report: Report) -> bool:
    """True when the report would change the VM."""
    return bool(decide_report(vm, report))
