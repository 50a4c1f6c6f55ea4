"""What is desired of a host's guests, and whether an agent's report is news."""

from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.reports import Report, decide_report
from controlplane.domain.vm.states import POWER_OF, DesiredPower
from controlplane.projections.live.inventory import Inventory


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
