"""What must hold in every history: at each step, and once everything has settled.

All is counted anew from what hypervisors really have and from the events as they were committed.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from hostagent.drivers.base import Guest, Power, VmUid

from controlplane.consistency.history_rules import ConsistencyRules
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import Desired, VmState
from controlplane.ledger.store import Ledger
from controlplane.projections.live.inventory import Inventory
from tests.simulation.host import SimulatedHost
from tests.simulation.resource_checks import ResourceChecks

OVERDUE_US = 100 * SECOND
CALLER = "user:caller"
_AT_REST = (HostState.ACTIVE, HostState.CORDONED, HostState.MAINTENANCE)
LASTING = (VmState.STOPPED, VmState.RUNNING, VmState.PAUSED, VmState.FAILED)


class Requested(NamedTuple):
    """A command that was accepted: the VM, and the event that it began or found."""

    uid: str
    version: int
    found_so: bool
    kind: str
    subject: str


class Checks:
    """`violated` is called with what does not hold."""

    def __init__(self, violated: Callable[[str], None]) -> None:
        self._violated = violated
        self.position = 0
        self.vms: dict[str, Vm] = {}
        self.hosts: dict[str, Host] = {}
        self.resources = ResourceChecks(violated)
        # Where each VM was created.
        self._created: dict[str, int] = {}
        # The version that says last why a VM is not as it was requested to be.
        self._explained: dict[str, int] = {}
        # Incarnations that have executed an instruction.
        self._ran: set[tuple[str, int]] = set()
        # Complete copies, by host and VM, whose original has run since.
        self._stale: set[tuple[str, str]] = set()
        # Hosts, by name, to which a VM's disk was to be copied.
        self._copied: set[tuple[str, str]] = set()
        # By VM, where hypervisors have an active guest of it that was started.
        self._active: defaultdict[str, dict[str, Guest]] = defaultdict(dict)

    def vm_named(self, name: str) -> Vm | None:
        return next((vm for vm in self.vms.values() if vm.name == name), None)

    def host_named(self, name: str) -> Host | None:
        return next((host for host in self.hosts.values() if host.name == name), None)

    # At each step.

    def guest_changed(self, host: str, vm_uid: VmUid, guest: Guest | None) -> None:
        places = self._active[vm_uid]
        if guest is None or not guest.started or not guest.power.is_active:
            places.pop(host, None)
            self._stale.discard((host, vm_uid))
            return
        places[host] = guest
        if guest.power is Power.RUNNING:
            self._ran.add((vm_uid, guest.incarnation))
            self._check_copies(host, vm_uid, guest)
            self._check_switched(host, vm_uid, guest)
        if len(places) > 1 and sum(each.power is Power.RUNNING for each in places.values()) > 1:
            where = ", ".join(f"{each.incarnation} on {name}" for name, each in places.items())
            self._violated(f"two of {vm_uid} run: {where}")
        self._require_held(vm_uid)

    def _check_copies(self, host: str, vm_uid: VmUid, guest: Guest) -> None:
        """A complete copy of a guest that went on where it was is of the past: it is not to run any more."""
        if (host, vm_uid) in self._stale:
            self._violated(f"{vm_uid}/{guest.incarnation} runs on {host}, a copy of what went on elsewhere since")
        self._stale |= {
            (name, vm_uid) for name, each in self._active[vm_uid].items() if each.incarnation > guest.incarnation
        }

    def _check_switched(self, host: str, vm_uid: VmUid, guest: Guest) -> None:
        """A copy does not run before the ledger has switched to it."""
        migration = self.vms[vm_uid].migration if vm_uid in self.vms else None
        if migration and migration.host == f"hosts/{host}" and guest.incarnation == migration.incarnation:
            side = "copy that the ledger has not switched to" if not migration.switched else "source that was left"
            self._violated(f"{vm_uid}/{guest.incarnation} runs on {host}, the {side}")

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        """A batch as it is committed, or as a new control plane reads it again."""
        changed: set[str] = set()
        for recorded in batch:
            if recorded.position <= self.position:
                continue
            self.position = recorded.position
            if self.resources.follow(recorded, recorded.after):
                changed.add(recorded.stream)
                continue
            match recorded.after:
                case Vm() as vm:
                    changed.add(vm.uid)
                    self._created.setdefault(vm.uid, recorded.position)
                    if vm.migration:
                        self._copied.add((vm.migration.host, vm.uid))
                    if _explains(recorded):
                        self._explained[vm.uid] = vm.version
                    if vm.state is VmState.DELETED:
                        self.vms.pop(vm.uid, None)
                    else:
                        self.vms[vm.uid] = vm
                case Host() as host:
                    changed.add(host.uid)
                    self.hosts[host.uid] = host
                case _:
                    pass
        if changed:
            self._check_capacity()
            self.resources.check(self.vms.values())
            for vm_uid in sorted(changed):
                self._require_held(vm_uid)

    def _require_held(self, vm_uid: str) -> None:
        """What runs has its place in the ledger: capacity is free only when its guest is known to have ended."""
        for host, guest in self._active.get(vm_uid, {}).items():
            if (vm_uid, guest.incarnation) not in self._ran:
                continue  # A copy that stands still, and is removed where its migration has failed.
            vm = self.vms.get(vm_uid)
            holds = vm is not None and any(
                name == f"hosts/{host}" and held.has_compute for _, name, held in vm.holdings()
            )
            if not holds:
                state = f"{vm.state.name} on {vm.host or 'no host'}" if vm else "not there"
                self._violated(f"a guest of {vm_uid} is active on {host}, which holds nothing for it: it is {state}")

    def _check_capacity(self) -> None:
        held: defaultdict[str, Resources] = defaultdict(lambda: NOTHING)
        for vm in self.vms.values():
            for host_uid, _, amount in vm.holdings():
                held[host_uid] += amount
        for uid, host in self.hosts.items():
            holdings = sum(host.holdings.values(), start=NOTHING)
            if not (holdings == host.allocated == held[uid]):
                self._violated(f"{host.name} holds {host.allocated}, for VMs {holdings}, and they hold {held[uid]}")
            if host.state is HostState.MAINTENANCE and any(each.has_compute for each in host.holdings.values()):
                self._violated(f"{host.name} is in MAINTENANCE, and holds {holdings}")
            if host.overcommitted:
                self._violated(f"{host.name} holds more than it has: {host.overcommitted}")

    # In the end.

    def unsettled(self, hosts: Mapping[str, SimulatedHost], requested: Sequence[Requested]) -> list[str]:
        """What is not yet as it is to be, or stays so for ever."""
        problems = [problem for vm in self.vms.values() for problem in self._unsettled_vm(vm, hosts)]
        problems += [problem for host in hosts.values() for problem in self._leftovers(host)]
        problems += [problem for host in self.hosts.values() for problem in self._unsettled_host(host)]
        last: dict[str, Requested] = {}
        for each in sorted(requested, key=lambda each: (self._created[each.uid], *each)):
            if each.kind in _REQUESTS:
                last[each.subject] = each
        for name, each in last.items():
            vm = self.vm_named(f"projects/default/vms/{name}")
            is_explained = vm is not None and self._explained.get(vm.uid, 0) > each.version
            if not _REQUESTS[each.kind](vm, is_explained):
                problems.append(f"{each.kind} was the last request for {name}, and it is {_state(vm)}")
        return problems

    def check_deadlines(self, now: Micros) -> None:
        """Long after all is healed, no request is pending beyond its time."""
        for vm in self.vms.values():
            if vm.pending and vm.pending.deadline < now - OVERDUE_US:
                self._violated(f"the deadline of {vm.pending.step} of {vm.uid} has not been passed")

    def _unsettled_vm(self, vm: Vm, hosts: Mapping[str, SimulatedHost]) -> list[str]:
        problems: list[str] = []
        if vm.pending:
            problems.append(f"{vm.pending.step} of {vm.uid} has not ended")
        if vm.state not in LASTING:
            problems.append(f"{vm.uid} is {vm.state.name}")
        if vm.migration:
            problems.append(f"{vm.uid} still migrates")
        active = self._active.get(vm.uid, {})
        if vm.restart:
            if self._could_start(vm):
                problems.append(f"{vm.uid} is owed a start for which there is room")
        elif vm.desired is Desired.RUNNING:
            power = Power.PAUSED if vm.paused else Power.RUNNING
            found = {host: (guest.incarnation, guest.power) for host, guest in active.items()}
            if found != {vm.host.removeprefix("hosts/"): (vm.incarnation, power)}:
                problems.append(f"{vm.uid} is to be {power.value} as {vm.incarnation} on {vm.host}, and is {found}")
            problems += self.resources.unsettled(vm, hosts)
            if vm.state is not (VmState.PAUSED if vm.paused else VmState.RUNNING):
                problems.append(f"{vm.uid} is to run, and is {vm.state.name}")
        elif active or vm.holds_compute:
            problems.append(f"{vm.uid} is to be {vm.desired.name}, and is active: {active}")
        elif vm.state is VmState.FAILED and not vm.failure:
            problems.append(f"{vm.uid} is FAILED without a reason")
        return problems

    def _unsettled_host(self, host: Host) -> list[str]:
        """A drain goes on for as long as what it has to move fits nowhere."""
        if host.state is not HostState.DRAINING:
            return [] if host.state in _AT_REST else [f"{host.name} is {host.state.name}"]
        if any(vm.restart and vm.host_uid == host.uid for vm in self.vms.values()):
            return []  # Over once those are started elsewhere.
        left = [self.vms[uid] for uid, held in host.holdings.items() if held.has_compute]
        if not left and not (host.drain and host.drain.move_disks and host.holdings):
            return [f"{host.name} is DRAINING, and nothing is left there"]
        movable = [vm.uid for vm in left if vm.host_uid == host.uid and self._could_move(vm)]
        return [f"{host.name} is DRAINING, and there is room for {movable}"] if movable else []

    def _could_move(self, vm: Vm) -> bool:
        others = [host for host in self.hosts.values() if host.state is HostState.ACTIVE and host.uid != vm.host_uid]
        return any(not (host.allocated + vm.held).beyond(host.capacity) for host in others)

    def _could_start(self, vm: Vm) -> bool:
        """Whether some host that has the VM's disk, if it has one, has room for it."""
        at_home = self.hosts.get(vm.host_uid) if vm.held else None
        for host in self.hosts.values():
            if host.state is not HostState.ACTIVE or (at_home and host is not at_home and not host.disk_pools):
                continue
            held = vm.held if host is at_home else NOTHING
            if not (host.allocated + (vm.spec.resources - held)).beyond(host.capacity):
                return True
        return False

    def _leftovers(self, host: SimulatedHost) -> list[str]:
        problems: list[str] = []
        for vm_uid, guest in host.driver.guests.items():
            vm = self.vms.get(vm_uid)
            if vm is None or vm.host != f"hosts/{host.name}" or guest.incarnation > vm.incarnation:
                problems.append(f"{guest.vm_uid}/{guest.incarnation} is left on {host.name}")
        for vm_uid in sorted(host.driver.own_disks):
            vm = self.vms.get(vm_uid)
            if (f"hosts/{host.name}", vm_uid) in self._copied:
                continue  # A copy that broke off leaves its disk where no agent was connected to hear of it.
            if vm is None or vm.host != f"hosts/{host.name}":
                problems.append(f"a disk of {vm_uid} is left on {host.name}")
        return problems

    def compare(self, inventory: Inventory) -> None:
        """What the last control plane has made of the ledger is what all before it have."""
        if inventory.vms != self.vms:
            self._violated("the VMs of a rebuilt control plane are others than those that were committed")
        if inventory.hosts != self.hosts:
            self._violated("the hosts of a rebuilt control plane are others than those that were committed")
        self.resources.compare(inventory)

    def refold(self, ledger: Ledger, writers: Fleet) -> None:
        """The ledger's own rules hold for all of it, and the writer's fleet has no address that no card holds."""
        self.resources.recount(writers, [*self.vms.values()])
        rules = ConsistencyRules()
        for recorded in ledger.all_after(0):
            rules.take(recorded)
        for violation in rules.violations:
            self._violated(f"{violation.rule} of {violation.subject}: {violation.text}")


def _state(vm: Vm | None) -> str:
    return f"{vm.state.name}, desired {vm.desired.name}" if vm else "not there"


def _explains(recorded: RecordedEvent) -> bool:
    """Whether an event records that something did not become what it was to be, or is so no more."""
    match recorded.event.WhichOneof("payload"):
        case "vm_start_failed" | "vm_step_failed" | "vm_deadline_passed":
            return True
        case "vm_stopped":
            return recorded.event.vm_stopped.cause != ev.STOP_CAUSE_REQUESTED
        case "vm_stop_requested" | "vm_delete_requested":
            # Such as by a drain.
            return recorded.event.actor != CALLER
        case _:
            return False


def _runs_unless(vm: Vm | None, is_explained: bool) -> bool:
    return vm is not None and (vm.desired is Desired.RUNNING or is_explained)


# By the last request for a VM: whether the VM is as it is to be, or it is explained why it is not.
_REQUESTS: Mapping[str, Callable[[Vm | None, bool], bool]] = {
    "create": lambda vm, _: vm is not None,
    "create started": _runs_unless,
    "start": _runs_unless,
    "reboot": _runs_unless,
    "pause": _runs_unless,
    "resume": _runs_unless,
    "stop": lambda vm, _: vm is not None and vm.state is VmState.STOPPED,
    "migrate": _runs_unless,
    "delete": lambda vm, _: vm is None,
}
