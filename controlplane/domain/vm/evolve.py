"""The VM as its events leave it: evolve. Only assigns: deciding has checked."""

from collections.abc import Callable
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fast_replace import fast_replace
from controlplane.domain.time import micros_of
from controlplane.domain.vm import definition, observations
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import TRANSITIONS, Observation, Verb
from controlplane.domain.vm.verb_rows import Evolve, GuestVerbRow, always, never
from controlplane.domain.vm.verbs import OBSERVATIONS, VERBS


class _EventRow(NamedTuple):
    """What one kind of event is to a VM: an edge of its states, and what it changes beside."""

    edge: Verb | Observation
    changes: Evolve
    changes_desired: Callable[[ev.Event], bool]


_ROWS: dict[str, _EventRow] = {}
for _verb in VERBS.values():
    _ROWS.setdefault(
        _verb.event, _EventRow(_verb.verb, _verb.changes, always if isinstance(_verb, GuestVerbRow) else never)
    )
for _observed in OBSERVATIONS.values():
    _ROWS.setdefault(_observed.event, _EventRow(_observed.observation, _observed.changes, _observed.changes_desired))


def concerns_agent(event: ev.Event) -> bool:
    """Whether an event of a VM changes what its agent is to bring about: `Vm.desired_version` is its version then."""
    row = _ROWS.get(event.WhichOneof("payload") or "")
    return row is not None and row.changes_desired(event)


def evolve(vm: Vm | None, event: ev.Event, version: int) -> Vm:
    """The VM after `event`, which is the stream's `version`."""
    if vm is None:
        return definition.created(event, version)
    kind = event.WhichOneof("payload")
    assert kind is not None
    edge, changes, changes_desired = _ROWS[kind]
    # Some events are one of several observations.
    if edge is Observation.HAS_STOPPED:
        edge = observations.end(event.vm_stopped.cause, vm.state)
    elif edge is Observation.ADOPTED_RUNNING:
        edge = observations.adoption(event.vm_guest_adopted.observed.guest_state)
    fields = changes(vm, event, version)
    fields["state"] = TRANSITIONS[vm.state, edge]
    fields["version"] = version
    if changes_desired(event):
        fields["desired_version"] = version
    fields["updated"] = micros_of(event.commit_time)
    return fast_replace(vm, fields)
