"""A rebalance: a plan of migrations, and how far it has been carried out. Decide and evolve; performs no I/O."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.time import Micros, micros_of

STREAM = "rebalances"
DEFAULT_PARALLEL = 2


class Goal(IntEnum):
    """What migrations are for. The numbers are those of chronovisor.v1.PlanRebalanceRequest.Goal."""

    FREE_HOSTS = 1
    VIOLATIONS = 2
    USED = 3


class MoveState(IntEnum):
    """What became of one move. The numbers are those of chronovisor.v1.RebalanceMove.State."""

    WAITING = 1
    MOVING = 2
    MOVED = 3
    SKIPPED = 4
    FAILED = 5


class PlannedMove(NamedTuple):
    """One VM from one host to another, by name. `at`: when its state last changed."""

    vm_uid: str
    vm: str
    source: str
    target: str
    why: str
    state: MoveState = MoveState.WAITING
    detail: str = ""
    at: Micros = Micros(0)


class Rebalance(NamedTuple):
    """One rebalance after some event of its stream. `moves` are in the order of the plan, one a VM."""

    uid: str
    goal: Goal
    zone: str
    max_parallel: int
    moves: tuple[PlannedMove, ...]
    actor: str
    reason: str
    request_id: str
    created: Micros
    updated: Micros
    version: int = 1
    cancelled: bool = False
    ended: bool = False

    @property
    def operation(self) -> str:
        return f"operations/{STREAM}.{self.uid}"

    def in_state(self, *states: MoveState) -> list[PlannedMove]:
        return [move for move in self.moves if move.state in states]


def decide_start(uid: str, goal: Goal, zone: str, max_parallel: int, moves: Iterable[PlannedMove]) -> list[Message]:
    planned = [
        ev.RebalanceMove(vm_uid=each.vm_uid, vm=each.vm, from_host=each.source, to_host=each.target, why=each.why)
        for each in moves
    ]
    requested = ev.RebalanceRequested(uid=uid, goal=goal, zone=zone, max_parallel=max_parallel, moves=planned)
    return [requested] if planned else [requested, ev.RebalanceEnded()]


def decide_cancel(rebalance: Rebalance) -> list[Message]:
    """What is under way goes on to its end. Nothing where it is over, or cancelled already."""
    if rebalance.ended or rebalance.cancelled:
        return []
    return [ev.RebalanceCancelled()]


def decide_end(rebalance: Rebalance) -> list[Message]:
    """The end, where nothing is under way, and nothing is to come."""
    left = (MoveState.MOVING,) if rebalance.cancelled else (MoveState.MOVING, MoveState.WAITING)
    return [] if rebalance.ended or rebalance.in_state(*left) else [ev.RebalanceEnded()]


def _requested(event: ev.Event, version: int) -> Rebalance:
    payload = event.rebalance_requested
    at = micros_of(event.commit_time)
    moves = tuple(
        PlannedMove(each.vm_uid, each.vm, each.from_host, each.to_host, each.why, at=at) for each in payload.moves
    )
    return Rebalance(
        payload.uid,
        Goal(payload.goal),
        payload.zone,
        payload.max_parallel,
        moves,
        event.actor,
        event.reason,
        event.request_id,
        at,
        at,
        version,
    )


def _with_move(rebalance: Rebalance, vm_uid: str, state: MoveState, detail: str, at: Micros) -> Rebalance:
    moves = tuple(
        each._replace(state=state, detail=detail, at=at) if each.vm_uid == vm_uid else each for each in rebalance.moves
    )
    return rebalance._replace(moves=moves)


def _started(rebalance: Rebalance, event: ev.Event, at: Micros) -> Rebalance:
    return _with_move(rebalance, event.rebalance_move_started.vm_uid, MoveState.MOVING, "", at)


def _move_ended(rebalance: Rebalance, event: ev.Event, at: Micros) -> Rebalance:
    payload = event.rebalance_move_ended
    return _with_move(rebalance, payload.vm_uid, MoveState(payload.state), payload.detail, at)


_EVOLVE: Mapping[str, Callable[[Rebalance, ev.Event, Micros], Rebalance]] = {
    "rebalance_move_started": _started,
    "rebalance_move_ended": _move_ended,
    "rebalance_cancelled": lambda rebalance, _event, _at: rebalance._replace(cancelled=True),
    "rebalance_ended": lambda rebalance, _event, _at: rebalance._replace(ended=True),
}


def evolve(rebalance: Rebalance | None, event: ev.Event, version: int) -> Rebalance:
    """The rebalance after `event`, which is the stream's `version`."""
    if rebalance is None:
        return _requested(event, version)
    kind = event.WhichOneof("payload")
    assert kind is not None
    at = micros_of(event.commit_time)
    return _EVOLVE[kind](rebalance, event, at)._replace(version=version, updated=at)


def recently_moved(rebalances: Iterable[Rebalance], since: Micros) -> frozenset[str]:
    """The VMs, by uid, that rebalances have moved since a time."""
    return frozenset(move.vm_uid for each in rebalances for move in each.in_state(MoveState.MOVED) if move.at >= since)


def over(rebalances: Sequence[Rebalance], kept: int) -> list[Rebalance]:
    """Those that ended first, beyond so many that are kept."""
    ended = sorted((each for each in rebalances if each.ended), key=lambda each: (each.updated, each.uid))
    return ended[: max(0, len(ended) - kept)]
