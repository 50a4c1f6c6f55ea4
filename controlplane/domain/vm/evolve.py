"""The VM as its events leave it: evolve. Only assigns: deciding has checked."""

from collections.abc import Callable
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fast_replace import fast_replace
from controlplane.domain.time import micros_of
from controlplane.domain.vm import definition, observations
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import TRANSITIONS, Observation, Verb, VmState
from controlplane.domain.vm.verb_rows import Changes, Evolve, GuestVerbRow, always, never
from controlplane.domain.vm.verbs import OBSERVATIONS, VERBS


class _EventRow(NamedTuple):
    """What one kind of event is to a VM: an edge of its states, and what it changes beside."""

    edge: Verb | Observation
    changes: Evolve
    changes_desired: Callable[[ev.Event], bool]
    # Whether it is one of several observations: which, `_edge_of` finds.
    is_one_of_several: bool = False


_ONE_OF_SEVERAL = (Observation.HAS_STOPPED, Observation.ADOPTED_RUNNING, Observation.MIGRATION_ADVANCED)
_ROWS: dict[str, _EventRow] = {}
for _verb in VERBS.values():
    _ROWS.setdefault(
        _verb.event, _EventRow(_verb.verb, _verb.changes, always if isinstance(_verb, GuestVerbRow) else never)
    )
for _observed in OBSERVATIONS.values():
    _several = _observed.observation in _ONE_OF_SEVERAL
    _ROWS.setdefault(
        _observed.event, _EventRow(_observed.observation, _observed.changes, _observed.changes_desired, _several)
    )


def concerns_agent(event: ev.Event) -> bool:
    """Whether an event of a VM changes what its agent is to bring about: `Vm.desired_version` is its version then."""
    row = _ROWS.get(event.WhichOneof("payload") or "")
    return row is not None and row.changes_desired(event)


def _evolve_unknown(vm: Vm, edge: Verb | Observation, fields: Changes) -> None:
    """What is requested of an UNKNOWN VM, and what becomes of that, changes the state that it has again later."""
    if edge is Observation.HOST_REGAINED:
        fields["state"] = vm.last_state
    elif fields["state"] is VmState.UNKNOWN:
        fields["last_state"] = TRANSITIONS.get((vm.last_state, edge), vm.last_state)
    else:
        fields["last_state"] = VmState.STOPPED


def _edge_of(vm: Vm, edge: Verb | Observation, event: ev.Event) -> Verb | Observation:
    """Some events are one of several observations."""
    if edge is Observation.HAS_STOPPED:
        return observations.end(event.vm_stopped.cause, vm.state)
    if edge is Observation.ADOPTED_RUNNING:
        return observations.adoption(event.vm_guest_adopted.observed.guest_state)
    if edge is Observation.MIGRATION_ADVANCED and observations.is_switch(event):
        return Observation.MIGRATION_SWITCHED
    return edge


def allows(vm: Vm, event: ev.Event) -> bool:
    """Whether an event that was recorded of another course of things can be of this VM as it is, too."""
    row = _ROWS.get(event.WhichOneof("payload") or "")
    if row is None or (vm.state, _edge_of(vm, row.edge, event)) not in TRANSITIONS:
        return False
    return vm.migration is not None or not event.HasField("vm_migration_advanced")


def evolve(vm: Vm | None, event: ev.Event, version: int) -> Vm:
    """The VM after `event`, which is the stream's `version`."""
    if vm is None:
        return definition.created(event, version)
    kind = event.WhichOneof("payload")
    assert kind is not None
    edge, changes, changes_desired, is_one_of_several = _ROWS[kind]
    if is_one_of_several:
        edge = _edge_of(vm, edge, event)
    fields = changes(vm, event, version)
    fields["state"] = TRANSITIONS[vm.state, edge]
    if vm.state is VmState.UNKNOWN:
        _evolve_unknown(vm, edge, fields)
    fields["version"] = version
    if changes_desired(event):
        fields["desired_version"] = version
    fields["updated"] = micros_of(event.commit_time)
    return fast_replace(vm, fields)
