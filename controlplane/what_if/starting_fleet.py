"""The fleet that a what-if begins with: as it was, with other hosts, ratios and policies. Performs no I/O."""

from dataclasses import replace
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.commands import vm as commands
from controlplane.commands.vm import VmCommand
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import Fleet, FleetState
from controlplane.domain.host import aggregate as hosts_of
from controlplane.domain.host import numa
from controlplane.domain.host.aggregate import Host
from controlplane.domain.resources import NOTHING, capacity_of
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.limits import Limits
from controlplane.domain.vm.states import Desired, Verb, VmState
from controlplane.what_if.scenario import Changes

ORIGIN = CommandContext("system:what-if", "")
# Deadlines pass when the record says so: how long they would be decides nothing.
LIMITS = Limits()


class StartingFleet(NamedTuple):
    """The fleet to begin with, the VMs that had to find another host, and those of them that found none, and why."""

    state: FleetState
    displaced: int
    refused: dict[str, DomainError]


def starting_fleet(state: FleetState, changes: Changes) -> StartingFleet:
    """The fleet of `state` under the changes. What ran on a host that is away is placed anew, in order of creation."""
    own = [_offering(host, changes) for host in state.hosts if not changes.takes_away(host.name)]
    hosts = [*own, *(_offering(host, changes) for host in changes.hosts)]
    state, hosts = _without_moves(state, hosts)
    projects = [each.placed_by(changes.policy) for each in state.projects] if changes.policy else state.projects
    kept = {host.uid for host in hosts}
    homeless = {vm.uid: vm for vm in state.vms if vm.host_uid and vm.host_uid not in kept}
    vms = [_unplaced(vm) if vm.uid in homeless else vm for vm in state.vms]
    begun = replace(state, projects=projects, hosts=hosts, vms=vms)
    running = [vm for vm in homeless.values() if _runs_on(vm)]
    if not running:
        return StartingFleet(begun, 0, {})
    placed, refused = _placed(begun, running)
    # What runs goes on running: only its host is another.
    back = [_as_it_was(vm, homeless[vm.uid]) if vm.uid in homeless and vm.held else vm for vm in placed.vms]
    return StartingFleet(replace(placed, vms=back), len(running), refused)


def _without_moves(state: FleetState, hosts: list[Host]) -> tuple[FleetState, list[Host]]:
    """VMs that were moved from or to a host that is away are where they were last, and move no more."""
    kept = {host.uid: host for host in hosts}
    ended: dict[str, Vm] = {}
    for vm in state.vms:
        if vm.migration is None or kept.keys() >= {*vm.hosts}:
            continue
        ended[vm.uid] = _without_move(vm)
        other = kept.get(vm.migration.host_uid)
        if other is not None:
            for payload in hosts_of.decide_release(other, vm.uid, vm.migration.held):
                assert isinstance(payload, ev.CapacityReleased)
                kept[other.uid] = hosts_of.evolve(other, ev.Event(capacity_released=payload), other.version)
    if not ended:
        return state, hosts
    vms = [ended.get(vm.uid, vm) for vm in state.vms]
    return replace(state, vms=vms), list(kept.values())


def _without_move(vm: Vm) -> Vm:
    going_on = VmState.PAUSED if vm.paused else VmState.RUNNING
    moving = vm.known_state is VmState.MIGRATING
    return vm._replace(
        migration=None,
        pending=None if moving else vm.pending,
        state=going_on if vm.state is VmState.MIGRATING else vm.state,
        last_state=going_on if vm.last_state is VmState.MIGRATING else vm.last_state,
    )


def _offering(host: Host, changes: Changes) -> Host:
    if not changes.ratios:
        return host
    inventory = changes.offered(host.inventory)
    return host._replace(
        inventory=inventory, capacity=capacity_of(inventory), numa=numa.capacities(host.numa_reported, inventory)
    )


def _runs_on(vm: Vm) -> bool:
    """What is being destroyed needs no other host for that."""
    return vm.holds_compute and vm.desired is not Desired.DELETED


def _unplaced(vm: Vm) -> Vm:
    """Without what it held. What was not running stays as it is."""
    bare = vm._replace(host_uid="", host="", held=NOTHING)
    if not _runs_on(vm):
        return bare
    return bare._replace(state=VmState.STOPPED, desired=Desired.STOPPED, pending=None, paused=False)


def _as_it_was(vm: Vm, before: Vm) -> Vm:
    """The VM as it was before, on the host that was found for it, with what is held there."""
    return before._replace(host_uid=vm.host_uid, host=vm.host, held=before.held)


def _placed(state: FleetState, running: list[Vm]) -> tuple[FleetState, dict[str, DomainError]]:
    fleet = Fleet()
    fleet.restore(state)
    refused: dict[str, DomainError] = {}
    for vm in running:
        mark = fleet.mark()
        try:
            commands.execute(UnitOfWork(fleet, ORIGIN, state.time, LIMITS), VmCommand(Verb.START, vm.name))
        except DomainError as error:
            fleet.undo(mark)
            refused[vm.uid] = error
    fleet.settle()
    return fleet.captured(state.position, state.time), refused
