"""Rebalances: a plan of migrations begins, goes on, is given up. Each move is looked at again before it begins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.commands.elsewhere import MigrationRequest, migrate
from controlplane.domain.command import Command, RebalanceAnswer
from controlplane.domain.errors import DomainError, NoCapacity
from controlplane.domain.rebalance import aggregate as rebalances
from controlplane.domain.rebalance.aggregate import STREAM, Goal, MoveState, PlannedMove, Rebalance
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.placement.trial import Trial

# Moves of VMs that are over.
_GONE = "the VM is no more"


@dataclass(frozen=True, slots=True)
class StartRebalance(Command[RebalanceAnswer]):
    """`uid` is new. The moves are a plan's, in its order."""

    uid: str
    goal: Goal
    zone: str
    max_parallel: int
    moves: tuple[PlannedMove, ...]


@dataclass(frozen=True, slots=True)
class AdvanceRebalance(Command[RebalanceAnswer | None]):
    """Whatever can be done now of a rebalance: moves that are over are, and the next ones begin."""

    uid: str


@dataclass(frozen=True, slots=True)
class CancelRebalance(Command[RebalanceAnswer | None]):
    """No more moves begin."""

    uid: str


def start(unit: UnitOfWork, command: StartRebalance) -> RebalanceAnswer:
    uid, goal, zone, parallel, moves = command.uid, command.goal, command.zone, command.max_parallel, command.moves
    unit.record(f"{STREAM}/{uid}", rebalances.decide_start(uid, goal, zone, parallel, moves))
    return RebalanceAnswer(unit.fleet.rebalances[uid])


def cancel(unit: UnitOfWork, command: CancelRebalance) -> RebalanceAnswer | None:
    """None for one that is over, or cancelled before."""
    rebalance = unit.fleet.rebalances.get(command.uid)
    payloads = rebalances.decide_cancel(rebalance) if rebalance else []
    if not payloads:
        return None
    unit.record(f"{STREAM}/{command.uid}", payloads)
    return _ended(unit, command.uid)


def advance(unit: UnitOfWork, command: AdvanceRebalance) -> RebalanceAnswer | None:
    """None where nothing can be done now."""
    rebalance = unit.fleet.rebalances.get(command.uid)
    if rebalance is None or rebalance.ended:
        return None
    before = rebalance.version
    for move in rebalance.in_state(MoveState.MOVING):
        _end_if_over(unit, command.uid, move)
    if not rebalance.cancelled:
        _begin(unit, command.uid)
    answer = _ended(unit, command.uid)
    return answer if answer.rebalance.version != before else None


def _ended(unit: UnitOfWork, uid: str) -> RebalanceAnswer:
    rebalance = unit.fleet.rebalances[uid]
    unit.record(f"{STREAM}/{uid}", rebalances.decide_end(rebalance))
    return RebalanceAnswer(unit.fleet.rebalances.get(uid, rebalance))


def _end_if_over(unit: UnitOfWork, uid: str, move: PlannedMove) -> None:
    vm = unit.fleet.vms.get(move.vm_uid)
    if vm is None:
        _over(unit, uid, move, MoveState.FAILED, _GONE)
    elif vm.migration is None:
        moved = vm.host == move.target
        detail = "" if moved else vm.failure or f"the VM is on {vm.host}"
        _over(unit, uid, move, MoveState.MOVED if moved else MoveState.FAILED, detail)


def _over(unit: UnitOfWork, uid: str, move: PlannedMove, state: MoveState, detail: str) -> None:
    unit.record(f"{STREAM}/{uid}", [ev.RebalanceMoveEnded(vm_uid=move.vm_uid, state=state, detail=detail)])


def _begin(unit: UnitOfWork, uid: str) -> None:
    """The next moves, until as many are under way as may be."""
    for move in unit.fleet.rebalances[uid].in_state(MoveState.WAITING):
        rebalance = unit.fleet.rebalances[uid]
        moving = len(rebalance.in_state(MoveState.MOVING))
        if moving >= rebalance.max_parallel:
            return
        if why := _why_not(unit, rebalance, move):
            _over(unit, uid, move, MoveState.SKIPPED, why)
            continue
        mark = unit.mark()
        try:
            migrate(unit, unit.fleet.vms[move.vm_uid], MigrationRequest(move.target))
            unit.record(f"{STREAM}/{uid}", [ev.RebalanceMoveStarted(vm_uid=move.vm_uid)])
        except NoCapacity as refusal:
            unit.undo(mark)
            if moving:
                # What is under way may free the room that the plan has in mind.
                return
            _over(unit, uid, move, MoveState.SKIPPED, str(refusal))
        except DomainError as refusal:
            unit.undo(mark)
            _over(unit, uid, move, MoveState.SKIPPED, str(refusal))


def _why_not(unit: UnitOfWork, rebalance: Rebalance, move: PlannedMove) -> str:
    """Why a move is left out: the fleet is not as it was planned for; empty where it is."""
    vm = unit.fleet.vms.get(move.vm_uid)
    if vm is None:
        return _GONE
    if vm.host != move.source or not vm.holds_compute:
        return f"the VM is not on {move.source} any more"
    if vm.state is not VmState.RUNNING or vm.pending is not None:
        return f"the VM is {vm.state.name}, and only what runs is moved"
    return _WHY_NOT[rebalance.goal](unit, rebalance, vm)


def _not_freed(unit: UnitOfWork, rebalance: Rebalance, vm: Vm) -> str:
    """To move a VM is of no use where its host keeps others."""
    going = {each.vm_uid for each in rebalance.in_state(MoveState.WAITING, MoveState.MOVING, MoveState.MOVED)}
    host = unit.fleet.hosts[vm.host_uid]
    stays = next((unit.fleet.vms[uid].name for uid in host.holdings if uid not in going), "")
    return f"{host.name} cannot be freed any more: {stays} stays" if stays else ""


def _not_violated(unit: UnitOfWork, _rebalance: Rebalance, vm: Vm) -> str:
    return "all its rules are obeyed by now" if Trial(unit.fleet).is_allowed_where_it_is(vm) else ""


# Beside what is so of every goal.
_WHY_NOT: Mapping[Goal, Callable[[UnitOfWork, Rebalance, Vm], str]] = {
    Goal.FREE_HOSTS: _not_freed,
    Goal.VIOLATIONS: _not_violated,
    Goal.USED: lambda _unit, _rebalance, _vm: "",
}
