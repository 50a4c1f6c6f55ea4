"""The host's state table, row by row, and every command against every state."""

import itertools

import pytest
from chronovisor.v1 import host_service_pb2

from controlplane.commands.host import HostCommand, ReplaceMachine, UpdateHost
from controlplane.domain.errors import WrongState
from controlplane.domain.host.decisions import HostTerms
from controlplane.domain.host.states import TRANSITIONS, HostState, HostVerb, allowed_commands, require
from controlplane.domain.host.verbs import STATE_VERBS, VERBS, HostStateVerbRow
from tests.support.controlplane import World, world_with_host

# DESIGN.md, "Host states", as far as this version goes: drained, lost and fenced hosts are not in it.
DIAGRAM = {"ACTIVE -> CORDONED", "CORDONED -> ACTIVE"}
EVERY_PAIR = list(itertools.product(HostState, HostVerb))
UID = "uid-node-1"


def world_in(state: HostState) -> World:
    world = world_with_host()
    world.fleet.hosts[UID] = world.fleet.hosts[UID]._replace(state=state, machine_ids=("chosen:a",))
    return world


def carry_out(world: World, verb: HostVerb) -> None:
    if verb is HostVerb.UPDATE:
        terms = HostTerms({}, zone="elsewhere")
        work = UpdateHost("hosts/node-1", "", frozenset({"zone"}), terms)
    elif verb is HostVerb.REPLACE_MACHINE:
        work = ReplaceMachine("hosts/node-1", 0)
    else:
        work = HostCommand(verb, "hosts/node-1")
    world.carry_out(work)


def test_the_table_has_the_arrows_of_the_diagram() -> None:
    arrows = {f"{state.name} -> {after.name}" for (state, _), after in TRANSITIONS.items() if state is not after}
    assert arrows == DIAGRAM


@pytest.mark.parametrize(("state", "verb"), EVERY_PAIR, ids=lambda each: each.name)
def test_every_pair_is_an_edge_or_a_refusal_that_names_the_state_and_what_is_allowed(
    state: HostState, verb: HostVerb
) -> None:
    if (state, verb) in TRANSITIONS:
        assert require("hosts/h", state, verb) is TRANSITIONS[state, verb]
        return
    with pytest.raises(WrongState) as refused:
        require("hosts/h", state, verb)
    assert (refused.value.kind, refused.value.state, refused.value.command) == ("host", state.name, VERBS[verb].method)
    assert list(refused.value.allowed) == allowed_commands(state)
    assert all(word in str(refused.value) for word in (state.name, VERBS[verb].method, *refused.value.allowed))


@pytest.mark.parametrize(("state", "verb"), EVERY_PAIR, ids=lambda each: each.name)
def test_a_command_does_what_the_table_says(state: HostState, verb: HostVerb) -> None:
    world = world_in(state)
    since = len(world.history)
    if verb in STATE_VERBS and STATE_VERBS[verb].goal is state:
        carry_out(world, verb)
        assert world.kinds(since) == []
    elif (state, verb) in TRANSITIONS:
        carry_out(world, verb)
        assert len(world.kinds(since)) == 1
        assert world.fleet.hosts[UID].state is TRANSITIONS[state, verb]
    else:
        with pytest.raises(WrongState):
            carry_out(world, verb)
        assert world.fleet.hosts[UID].state is state


def test_a_decommissioned_host_has_no_way_out() -> None:
    assert allowed_commands(HostState.DECOMMISSIONED) == []


def test_every_verb_has_a_method_and_an_event_of_its_own() -> None:
    methods = set(host_service_pb2.DESCRIPTOR.services_by_name["HostService"].methods_by_name)
    assert {row.method for row in VERBS.values()} <= methods
    assert len({row.event for row in VERBS.values()}) == len({row.method for row in VERBS.values()}) == len(HostVerb)
    assert {verb: row.verb for verb, row in VERBS.items()} == {verb: verb for verb in HostVerb}


@pytest.mark.parametrize("row", STATE_VERBS.values(), ids=lambda row: row.method)
def test_a_verb_that_brings_a_host_into_a_state_leads_there(row: HostStateVerbRow) -> None:
    assert {after for (_, verb), after in TRANSITIONS.items() if verb is row.verb} == {row.goal}
