"""Evacuations: where all VMs of some hosts go, chosen together, by the engine's own rules. Moves nothing; no I/O.

The largest goes first. Where one finds no place, all is taken back and tried again with it at the front, and hosts
filled up one after the other, a few times: that finds places which one after the other, as they come, does not.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from controlplane.domain.errors import NoCapacity
from controlplane.domain.fleet import Fleet
from controlplane.domain.measured import MeasuredUse, UseLimits
from controlplane.domain.placement.policy import Policy
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import Desired
from controlplane.placement.engine import Engine
from controlplane.placement.measured_room import MeasuredRoom
from controlplane.placement.trial import PACK, Move, Trial, largest_first, vms_on

# How many orders are tried before what found no place in the best of them is reported.
TRIES = 8


class Unplaced(NamedTuple):
    """A VM that no host has a place for, and by which rules hosts were turned down when its turn came."""

    vm: Vm
    refusal: NoCapacity


@dataclass(frozen=True, slots=True)
class Evacuation:
    """Moves in the order in which they fit, and the VMs that cannot go anywhere, as they were tried."""

    moves: Sequence[Move] = ()
    unplaced: Sequence[Unplaced] = ()


class Measured(NamedTuple):
    """What is really used, and how much of a machine may be. Without measures, what is held alone decides."""

    use: MeasuredUse = MeasuredUse()
    limits: UseLimits = UseLimits()


def needs_place(vm: Vm) -> bool:
    """Whether it is to go on: what is being stopped or destroyed needs no other host for that."""
    return vm.holds_compute and vm.desired is Desired.RUNNING


def plan(
    fleet: Fleet,
    host_uids: Collection[str],
    *,
    needs: Callable[[Vm], bool] = needs_place,
    measured: Measured | None = None,
    tries: int = TRIES,
    policy: Policy | None = None,
) -> Evacuation:
    """Destinations for the VMs of these hosts that `needs` picks; none on another of these hosts.

    Hosts are chosen by the projects' policies, or by `policy`, for as long as that finds a place for all.
    `fleet` is a copy of the fleet: it is changed, and is at the end as it was.
    """
    mark = fleet.mark()
    try:
        order = _closed(fleet, host_uids, needs)
        return _planned(fleet, order, measured, tries, policy)
    finally:
        fleet.undo(mark)


def _closed(fleet: Fleet, host_uids: Collection[str], needs: Callable[[Vm], bool]) -> list[Vm]:
    """The VMs of these hosts, none of which takes any more."""
    sources = [fleet.hosts[uid] for uid in host_uids]
    closing = Trial(fleet)
    for host in sources:
        closing.close(host)
    return largest_first([vm for host in sources for vm in vms_on(fleet, host) if needs(vm)])


def _planned(fleet: Fleet, order: list[Vm], measured: Measured | None, tries: int, policy: Policy | None) -> Evacuation:
    best = last = _tried(fleet, order, measured, policy)
    for _ in range(1, tries):
        if not last.unplaced:
            break
        order = _hardest_first(order, last)
        last = _tried(fleet, order, measured, PACK)
        if len(last.unplaced) < len(best.unplaced):
            best = last
        if [each.vm for each in last.unplaced] == order[: len(last.unplaced)]:
            # They were the first, and found no place: no other order helps them.
            break
    return best


def _tried(fleet: Fleet, order: Sequence[Vm], measured: Measured | None, policy: Policy | None) -> Evacuation:
    mark = fleet.mark()
    trial = Trial(fleet, _room(fleet, measured), policy)
    moves: list[Move] = []
    unplaced: list[Unplaced] = []
    for vm in order:
        try:
            moves.append(trial.move(vm, f"empties {vm.host}"))
        except NoCapacity as refusal:
            unplaced.append(Unplaced(vm, refusal))
    fleet.undo(mark)
    return Evacuation(moves, unplaced)


def _room(fleet: Fleet, measured: Measured | None) -> MeasuredRoom | None:
    if measured is None:
        return None
    row_of = fleet.index(Engine).table.row_of
    return MeasuredRoom(measured.use, measured.limits, row_of, fleet.hosts.values())


def _hardest_first(order: Sequence[Vm], found: Evacuation) -> list[Vm]:
    """What found no place comes first, and all others as they were."""
    first = {each.vm.uid for each in found.unplaced}
    return sorted(order, key=lambda vm: vm.uid not in first)
