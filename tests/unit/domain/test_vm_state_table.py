"""The VM's state table, row by row, and against the design's diagram."""

import itertools
from collections.abc import Sequence

import pytest
from chronovisor.v1 import agent_service_pb2, host_pb2, vm_pb2

from controlplane.domain.errors import WrongState
from controlplane.domain.host.aggregate import HostState
from controlplane.domain.vm.states import (
    COMMANDS,
    TRANSITIONS,
    Desired,
    DesiredPower,
    GuestState,
    Observation,
    Verb,
    VmState,
    allowed_commands,
    require,
)
from controlplane.domain.vm.verbs import VERBS

# DESIGN.md, "VM states", each arrow spelled out.
DIAGRAM = {
    "PENDING -> STOPPED",
    "STOPPED -> STARTING",
    "STARTING -> RUNNING",
    "RUNNING -> PAUSED",
    "PAUSED -> RUNNING",
    "RUNNING -> REBOOTING",
    "REBOOTING -> RUNNING",
    "RUNNING -> STOPPING",
    "STOPPING -> STOPPED",
    "FAILED -> STARTING",
    "FAILED -> STOPPED",
    "STOPPED -> DELETING",
    "STARTING -> DELETING",
    "RUNNING -> DELETING",
    "PAUSED -> DELETING",
    "REBOOTING -> DELETING",
    "STOPPING -> DELETING",
    "FAILED -> DELETING",
    "DELETING -> DELETED",
    "RUNNING -> MIGRATING",
    "MIGRATING -> RUNNING",
    "MIGRATING -> DELETING",
    "UNKNOWN -> FAILED",
    *(
        f"{state} -> UNKNOWN"
        for state in ("STARTING", "RUNNING", "PAUSED", "REBOOTING", "MIGRATING", "STOPPING", "FAILED", "DELETING")
    ),
    # Or whatever it was before.
    "UNKNOWN -> RUNNING",
}
# What the diagram leaves to practice.
BESIDE_THE_DIAGRAM = {
    # A stop was requested before, or after, it simply ran.
    "STARTING -> STOPPING",
    "PAUSED -> STOPPING",
    "REBOOTING -> STOPPING",
    "FAILED -> STOPPING",
    # Guests end by themselves.
    "STARTING -> STOPPED",
    "RUNNING -> STOPPED",
    "PAUSED -> STOPPED",
    "REBOOTING -> STOPPED",
    # Guests crash and vanish; steps fail, or take too long.
    "RUNNING -> FAILED",
    "PAUSED -> FAILED",
    "REBOOTING -> FAILED",
    "STARTING -> FAILED",
    "STOPPING -> FAILED",
    "DELETING -> FAILED",
    # The agent gets there after all.
    "FAILED -> DELETED",
    # An operator adopts a guest that the ledger did not expect.
    "STOPPED -> RUNNING",
    "STOPPED -> PAUSED",
    "FAILED -> RUNNING",
    "FAILED -> PAUSED",
    # A start that is owed is not to be.
    "STOPPED -> STOPPING",
    # A paused guest is moved, too; a guest ends, or is stopped, while it is moved.
    "PAUSED -> MIGRATING",
    "MIGRATING -> STOPPING",
    "MIGRATING -> STOPPED",
    "MIGRATING -> FAILED",
    # Its host was fenced: its copy was complete elsewhere, or a stop or a destruction had been requested.
    "UNKNOWN -> MIGRATING",
    "UNKNOWN -> STOPPED",
    "UNKNOWN -> DELETED",
}
EVERY_PAIR = list(itertools.product(VmState, [*Verb, *Observation]))


def test_the_table_has_the_arrows_of_the_diagram_and_those_that_practice_adds() -> None:
    arrows = {f"{state.name} -> {after.name}" for (state, _), after in TRANSITIONS.items() if state is not after}
    assert arrows == DIAGRAM | BESIDE_THE_DIAGRAM


@pytest.mark.parametrize(("state", "verb"), EVERY_PAIR, ids=lambda each: each.name)
def test_every_pair_is_an_edge_or_a_refusal_that_names_the_state_and_what_is_allowed(
    state: VmState, verb: Verb | Observation
) -> None:
    if (state, verb) in TRANSITIONS:
        assert require("projects/p/vms/v", state, verb) is TRANSITIONS[state, verb]
        return
    with pytest.raises(WrongState) as refused:
        require("projects/p/vms/v", state, verb)
    assert refused.value.state == state.name
    command = COMMANDS.get(verb, verb.name)
    assert refused.value.command == command
    assert list(refused.value.allowed) == [COMMANDS[each] for each in Verb if (state, each) in TRANSITIONS]
    assert all(word in str(refused.value) for word in (state.name, command, *refused.value.allowed))


def test_only_callers_verbs_are_ever_named_as_allowed() -> None:
    commands = {name for state in VmState for name in allowed_commands(state)}
    assert commands == {
        "CreateVm",
        "StartVm",
        "StopVm",
        "RebootVm",
        "PauseVm",
        "ResumeVm",
        "MigrateVm",
        "UpdateVm of a larger disk, or of limits",
        "DeleteVm",
        "UpdateVm of labels",
        "UpdateVm of spec",
    }


def test_commands_are_named_by_the_methods_of_their_rows() -> None:
    assert {verb: name.partition(" ")[0] for verb, name in COMMANDS.items()} == {
        verb: row.method for verb, row in VERBS.items()
    }


def test_a_deleted_vm_has_no_way_out() -> None:
    assert not [verb for (state, verb) in TRANSITIONS if state is VmState.DELETED]


def test_every_transient_state_has_a_deadline() -> None:
    for state in (VmState.STARTING, VmState.STOPPING, VmState.REBOOTING, VmState.MIGRATING, VmState.DELETING):
        assert (state, Observation.DEADLINE_PASSED) in TRANSITIONS


def test_every_state_that_can_be_reached_leads_on_to_deleted() -> None:
    reached = {VmState.DELETED}
    while more := {state for (state, _), after in TRANSITIONS.items() if after in reached} - reached:
        reached |= more
    assert reached == {state for state, _ in TRANSITIONS} | {VmState.DELETED}


def _numbers(prefix: str, items: Sequence[tuple[str, int]]) -> dict[str, int]:
    return {name.removeprefix(prefix): number for name, number in items if number}


def test_the_numbers_are_those_of_the_api() -> None:
    assert {each.name: each.value for each in VmState} == _numbers("VM_STATE_", vm_pb2.VmState.items())
    assert {each.name: each.value for each in Desired} == _numbers("VM_DESIRED_", vm_pb2.VmDesired.items())
    assert {each.name: each.value for each in HostState} == _numbers("HOST_STATE_", host_pb2.HostState.items())


def test_guest_states_and_desired_powers_are_those_of_the_api() -> None:
    assert {each.name: each.value for each in GuestState} == _numbers("GUEST_STATE_", vm_pb2.GuestState.items())
    assert {each.name: each.value for each in DesiredPower} == _numbers(
        "DESIRED_POWER_", agent_service_pb2.DesiredPower.items()
    )
