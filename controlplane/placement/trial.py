"""A fleet of its own, on which moves of VMs are tried and taken back. Every choice of a host is the engine's own."""

from collections.abc import Sequence
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.errors import NoCapacity
from controlplane.domain.fleet import Fleet
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.placement.policy import Policy, parse_policy
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.terms import Placed
from controlplane.placement.engine import Engine
from controlplane.placement.group_rules import Effect
from controlplane.placement.measured_room import MeasuredRoom

PACK, SPREAD = parse_policy("pack"), parse_policy("spread")


class Move(NamedTuple):
    """A VM from one host to another, and what for."""

    vm: str
    source: str
    target: str
    held: Resources
    why: str
    vm_uid: str = ""


class Trial:
    """Moves on a copy of the fleet. With `room`, no host comes over what it can bear by what was measured.

    With a `policy`, hosts are chosen by that, however projects want theirs chosen.
    """

    def __init__(self, fleet: Fleet, room: MeasuredRoom | None = None, policy: Policy | None = None) -> None:
        self.fleet = fleet
        self.room = room
        self._policy = policy
        self._engine = fleet.index(Engine)

    def close(self, host: Host) -> None:
        """Takes no VMs."""
        if host.state is HostState.ACTIVE:
            self.fleet.apply(f"hosts/{host.uid}", None, ev.Event(host_cordoned=ev.HostCordoned()))

    def is_allowed_where_it_is(self, vm: Vm) -> bool:
        mark = self.fleet.mark()
        off = self.fleet.take_off(vm)
        try:
            # As for a VM whose disk is there already, and that therefore can be nowhere else.
            self._place(off._replace(host_uid=vm.host_uid, held=Resources(disk_gib=1)), vm.held)
        except NoCapacity:
            return False
        finally:
            self.fleet.undo(mark)
        return True

    def move(self, vm: Vm, why: str, bars: Sequence[Effect] = ()) -> Move:
        """Moves it to the best other host, as `bars` have it. Raises NoCapacity: then it is where it was."""
        mark = self.fleet.mark()
        try:
            placed = self._place(self.fleet.take_off(vm), vm.held, bars)
        except NoCapacity:
            self.fleet.undo(mark)
            raise
        target = self.fleet.hosts[placed.host_uid]
        self.fleet.hold_more(target, vm.uid, vm.held, placed.parts)
        self.fleet.put_vm(vm._replace(host_uid=target.uid, host=target.name))
        if self.room:
            self.room.move(vm, target.uid)
        return Move(vm.name, vm.host, target.name, vm.held, why, vm.uid)

    def _place(self, vm: Vm, requested: Resources, bars: Sequence[Effect] = ()) -> Placed:
        """Whenever VMs are expected to end: a plan counts what it frees now."""
        if self.room:
            bars = [*bars, *self.room.bars(vm._replace(held=requested))]
        return self._engine.place(vm._replace(expected_lifetime_us=0), requested, Micros(0), bars, self._policy)


def vms_on(fleet: Fleet, host: Host) -> list[Vm]:
    """The largest first: they are the hardest to place."""
    vms = (fleet.vms[uid] for uid in host.holdings)
    # One that is on its way here, or has left, is on the other host.
    return largest_first([vm for vm in vms if vm.host_uid == host.uid])


def largest_first(vms: list[Vm]) -> list[Vm]:
    return sorted(vms, key=lambda vm: (-vm.held.memory_mib, -vm.held.vcpus, vm.name))
