"""Guests that the ledger does not expect: what agents report of them, and what operators decide."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from controlplane.commands.addresses import given_at_adoption
from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import DomainError, GuestElsewhere, GuestPlace, HostsUnreported, NotFound
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.unexpected_guests import UnexpectedGuest, decide_reported, decide_stop
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.reports import decide_adopt
from controlplane.domain.vm.verb_rows import GuestVerbRow


class Action(IntEnum):
    """What an operator decides. The numbers are those of chronovisor.v1.ReconcileHostRequest.Action."""

    ADOPT = 1
    STOP = 2
    ASSUME_EMPTY = 3


@dataclass(frozen=True, slots=True)
class ReportGuests(Command[Answer | None]):
    """What a host's agent reports of guests that the ledger does not expect there, by VM uid.

    `is_inventory`: it is all that the host has, so that what is not among `seen` is gone.
    """

    host_uid: str
    seen: Mapping[str, UnexpectedGuest]
    gone: frozenset[str] = frozenset()
    is_inventory: bool = False


@dataclass(frozen=True, slots=True)
class ReconcileHost(Command[Answer]):
    """An operator's decision. No `vm_uid`: about every unexpected guest of the host. An empty `etag` is not checked."""

    name: str
    action: Action
    vm_uid: str = ""
    etag: str = ""


def report(unit: UnitOfWork, command: ReportGuests) -> Answer | None:
    """None when it changes nothing."""
    host = unit.fleet.hosts.get(command.host_uid)
    if host is None:
        return None
    gone = frozenset(host.unexpected) - command.seen.keys() if command.is_inventory else command.gone
    floor = unit.fleet.lineage.floor if command.is_inventory else host.guests_known_in
    payloads = decide_reported(host.unexpected, command.seen, gone, host.guests_known_in, floor)
    if not payloads:
        return None
    unit.record(f"hosts/{host.uid}", payloads)
    return _answer(unit, host)


def reconcile(unit: UnitOfWork, command: ReconcileHost) -> Answer:
    """Raises NotFound, EtagMismatch, WrongState, InsufficientResources.

    Of every guest of a host, those that cannot be as decided are left, unless none can.
    """
    host = unit.host(command.name, command.etag)
    match command.action:
        case Action.ASSUME_EMPTY:
            payloads = decide_reported(host.unexpected, {}, (), host.guests_known_in, unit.fleet.lineage.floor)
            unit.record(f"hosts/{host.uid}", payloads)
        case Action.ADOPT:
            _decide(unit, host, command.vm_uid, _adopt)
        case Action.STOP:
            _decide(unit, host, command.vm_uid, _stop)
        case _:
            assert_never(command.action)
    return _answer(unit, host)


_Decide = Callable[[UnitOfWork, Host, str], None]


def _decide(unit: UnitOfWork, host: Host, vm_uid: str, decide: _Decide) -> None:
    if vm_uid:
        decide(unit, host, vm_uid)
    else:
        _decide_all(unit, host, decide)


def _decide_all(unit: UnitOfWork, host: Host, decide: _Decide) -> None:
    refused: list[DomainError] = []
    for vm_uid in sorted(host.unexpected):
        mark = unit.mark()
        try:
            decide(unit, unit.fleet.hosts[host.uid], vm_uid)
        except DomainError as error:
            unit.undo(mark)
            refused.append(error)
    if refused and len(refused) == len(host.unexpected):
        raise refused[0]


def _answer(unit: UnitOfWork, host: Host) -> Answer:
    after = unit.fleet.hosts[host.uid]
    return Answer(after, after.version)


def _stop(unit: UnitOfWork, host: Host, vm_uid: str) -> None:
    unit.record(f"hosts/{host.uid}", decide_stop(_guest(host, vm_uid)))


def _adopt(unit: UnitOfWork, host: Host, vm_uid: str) -> None:
    vm = unit.fleet.vms.get(vm_uid)
    if vm_uid not in host.unexpected and vm and vm.host_uid == host.uid:
        # It has been adopted already.
        return
    _take_over(unit, host, _guest(host, vm_uid), vm)


def _guest(host: Host, vm_uid: str) -> UnexpectedGuest:
    guest = host.unexpected.get(vm_uid)
    if guest is None:
        raise NotFound("guest", f"an unexpected guest of VM {vm_uid[:64]} on {host.name}")
    return guest


def _take_over(unit: UnitOfWork, host: Host, guest: UnexpectedGuest, vm: Vm | None) -> None:
    """The VM's state, host and incarnation, and what is held for it, are as the guest is: in one append."""
    if vm is None:
        named = f" ({guest.vm_name})" if guest.vm_name else ""
        raise NotFound("vm", f"VM {guest.vm_uid}{named}")
    adopted = decide_adopt(vm, host, guest, unit.now, given_at_adoption(unit, vm, guest.cards))
    if vm.held:
        before = unit.fleet.hosts[vm.host_uid]
        unit.record(f"hosts/{before.uid}", hosts.decide_release(before, vm.uid, vm.held))
    unit.record(f"vms/{vm.uid}", adopted)
    unit.hold(unit.fleet.hosts[host.uid], vm.uid, unit.fleet.vms[vm.uid].held)
    known = unit.fleet.hosts[host.uid]
    gone = decide_reported(known.unexpected, {}, (vm.uid,), known.guests_known_in, known.guests_known_in)
    unit.record(f"hosts/{host.uid}", gone)


# Of those that a start waits for.
HOSTS_SHOWN = 5


def require_hosts_reported(unit: UnitOfWork, vm: Vm) -> None:
    """Raises HostsUnreported while a guest of the VM may be where nobody has looked since the ledger was restored.

    A VM with a disk has its guests where the disk is. One that was placed since the restore is known.
    """
    lineage = unit.fleet.lineage
    if not lineage.forks or vm.incarnation > lineage.floor or vm.created > lineage.forks[-1].time:
        return
    hosts = [unit.fleet.hosts[vm.host_uid]] if vm.held.disk_gib else unit.fleet.unreported_hosts()
    waiting = [host.name for host in hosts if lineage.awaits(host.created, host.guests_known_in)]
    if waiting:
        raise HostsUnreported(vm.name, sorted(waiting)[:HOSTS_SHOWN], len(waiting))


def require_none_elsewhere(unit: UnitOfWork, vm: Vm, row: GuestVerbRow) -> None:
    """Raises GuestElsewhere for what a guest that the ledger does not expect does not allow.

    On any host, what would leave a guest without its VM, or make a second one; on the VM's own, everything: an agent
    can do nothing to a guest of another incarnation than the desired one.
    """
    found = unit.fleet.unexpected_guests(vm.uid)
    if not found:
        return
    places = [
        GuestPlace(host.name, guest.incarnation, guest.is_active)
        for host, guest in found
        if guest.blocks_start and (row.blocked_anywhere or host.uid == vm.host_uid)
    ]
    if places:
        raise GuestElsewhere(vm.name, row.method, places)


def newest_incarnation(unit: UnitOfWork, vm: Vm) -> int:
    """The newest that the VM can have had without the ledger's knowledge: a new one must be newer."""
    guests = unit.fleet.unexpected_guests(vm.uid)
    return max([unit.fleet.lineage.floor, *(guest.incarnation for _, guest in guests)])
