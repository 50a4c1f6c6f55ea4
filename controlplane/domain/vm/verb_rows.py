"""The rows of the table of verbs: all that the control plane knows of one verb, and of one observation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import WrongState
from controlplane.domain.payloads import PAYLOAD_FIELD
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import COMMANDS, Desired, GuestState, Observation, Verb, VmState, require
from controlplane.domain.vm.terms import Terms

# Fields of Vm, by name. `state`, `version`, `updated` and the version that agents are sent are set by `evolve`.
Changes = dict[str, Any]
Evolve = Callable[[Vm, ev.Event, int], Changes]
Decide = Callable[[Vm, Terms], Sequence[Message]]


def always(_event: ev.Event) -> bool:
    return True


def never(_event: ev.Event) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """What is recorded of an observation. `changes_desired`: whether such an event changes what the agent is to do."""

    observation: Observation
    payload: type[Message]
    changes: Evolve
    changes_desired: Callable[[ev.Event], bool] = never

    @property
    def event(self) -> str:
        """The payload's field, such as `vm_started`."""
        return PAYLOAD_FIELD[self.payload]


@dataclass(frozen=True, slots=True)
class VerbRow:
    """A verb of callers. `changes`: what its event changes of the VM."""

    verb: Verb
    # Of VmService.
    method: str
    requested: type[Message]
    changes: Evolve
    # By which an operation is named that found its VM as it was to be: see `domain.operations`. Empty
    # where every request is an attempt of its own.
    unchanged: str = ""

    @property
    def event(self) -> str:
        """The payload's field, such as `vm_start_requested`."""
        return PAYLOAD_FIELD[self.requested]


def _is_kept(_vm: Vm) -> bool:
    return True


def _nothing(_vm: Vm) -> Changes:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestVerbRow(VerbRow):
    """A verb that an agent carries out on the VM's guest: its request is pending until that is reported."""

    # Raises WrongState. No events: an earlier request of the same verb is as good.
    decide: Decide
    # The name of what is pending, in Pending and in agents' reports of failures.
    step: str
    limit_s: float
    done: ObservationRow
    goal: VmState
    # Whether a VM that is in the goal's state is to stay in it.
    is_kept: Callable[[Vm], bool] = _is_kept
    # Whether a second request joins one that is pending.
    joins: bool = True
    # Whether a host is chosen before it is decided.
    places: bool = False
    # Whether an unexpected guest of the VM on any host forbids it, not only one on the VM's own.
    blocked_anywhere: bool = False
    # The guest's state by which it is done, where a report of that says all that `done` records.
    reached_by: GuestState | None = None
    # What is desired again when the step has failed, or has taken too long.
    given_up: Callable[[Vm], Changes] = _nothing

    def is_under_way(self, vm: Vm) -> bool:
        """Whether an earlier request of this verb is pending: a second one joins it."""
        return self.joins and vm.pending is not None and vm.pending.step == self.step

    def is_done(self, vm: Vm) -> bool:
        """Whether the VM is what the verb is to bring about, and is to stay so: a success that appends nothing."""
        return bool(self.unchanged) and vm.state is self.goal and self.is_kept(vm)


def require_not_deleted(vm: Vm, verb: Verb) -> None:
    """Raises WrongState. What is being destroyed may have lost its disk: only another destroy can follow."""
    if vm.desired is Desired.DELETED:
        raise WrongState("vm", vm.name, vm.state.name, COMMANDS[verb], [COMMANDS[Verb.DELETE]])
    require(vm.name, vm.state, verb)


def require_one_place(vm: Vm, verb: Verb) -> None:
    """Raises WrongState. What was to be stopped while it was moved, and was not in time, may be left on both hosts."""
    if vm.migration:
        state = f"{vm.state.name} on {vm.host} and {vm.migration.host}"
        raise WrongState("vm", vm.name, state, COMMANDS[verb], [COMMANDS[Verb.STOP], COMMANDS[Verb.DELETE]])
