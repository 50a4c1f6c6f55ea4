"""The host's state table, row by row, and every command against every state."""

import itertools

import pytest
from chronovisor.v1 import host_service_pb2

from controlplane.commands.host import HostCommand, ReplaceMachine, UpdateHost
from controlplane.commands.trouble import DecommissionHost, DrainHost, FenceHost, RegainHost
from controlplane.domain.errors import WrongState
from controlplane.domain.host.aggregate import Drain
from controlplane.domain.host.decisions import HostTerms
from controlplane.domain.host.states import TRANSITIONS, HostState, HostVerb, allowed_commands, require
from controlplane.domain.host.trouble import FenceMethod
from controlplane.domain.host.verbs import STATE_VERBS, VERBS, HostStateVerbRow
from controlplane.domain.time import Micros
from tests.support.controlplane import World, world_with_host

# DESIGN.md, "Host states", each arrow spelled out.
DIAGRAM = {
    "ACTIVE -> CORDONED",
    "CORDONED -> ACTIVE",
    "ACTIVE -> DRAINING",
    "CORDONED -> DRAINING",
    "DRAINING -> MAINTENANCE",
    "MAINTENANCE -> ACTIVE",
    "DOWN -> FENCED",
    "FENCED -> ACTIVE",
}
# What the diagram leaves to practice.
BESIDE_THE_DIAGRAM = {
    # A drain is given up.
    "DRAINING -> ACTIVE",
    "DRAINING -> CORDONED",
    # A host is lost wherever it is in its life, and comes back.
    *(f"{state} -> DOWN" for state in ("ACTIVE", "CORDONED", "DRAINING", "MAINTENANCE")),
    "DOWN -> ACTIVE",
    # One that takes no VMs can go.
    *(f"{state} -> DECOMMISSIONED" for state in ("CORDONED", "MAINTENANCE", "DOWN", "FENCED")),
}
EVERY_PAIR = list(itertools.product(HostState, HostVerb))
AWAY = (HostState.DOWN, HostState.FENCED)
UID = "uid-node-1"


def world_in(state: HostState) -> World:
    """A host in a state, as it comes there: one that is away was ACTIVE before, and a drain is under way."""
    world = world_with_host()
    drain = Drain(1, 0, 2, move_disks=False, requested=Micros(1)) if state is HostState.DRAINING else None
    host = world.fleet.hosts[UID]
    world.fleet.hosts[UID] = host._replace(state=state, machine_ids=("chosen:a",), drain=drain)
    return world


def carry_out(world: World, verb: HostVerb) -> None:
    if verb is HostVerb.UPDATE:
        terms = HostTerms({}, zone="elsewhere")
        work = UpdateHost("hosts/node-1", "", frozenset({"zone"}), terms)
    elif verb is HostVerb.REPLACE_MACHINE:
        work = ReplaceMachine("hosts/node-1", 0)
    elif verb is HostVerb.DRAIN:
        work = DrainHost("hosts/node-1")
    elif verb is HostVerb.FENCE:
        work = FenceHost("hosts/node-1", method=FenceMethod.FENCER, has_fencer=True)
    elif verb is HostVerb.DECOMMISSION:
        work = DecommissionHost("hosts/node-1")
    else:
        work = HostCommand(verb, "hosts/node-1")
    world.carry_out(work)


def is_so(world: World, verb: HostVerb) -> bool:
    """Whether the host is what the verb is to bring about: then it is a success that appends nothing."""
    host = world.fleet.hosts[UID]
    goals = {
        HostVerb.CORDON: (HostState.CORDONED,),
        HostVerb.UNCORDON: (HostState.ACTIVE,),
        HostVerb.DRAIN: (HostState.DRAINING, HostState.MAINTENANCE),
        HostVerb.DECOMMISSION: (HostState.DECOMMISSIONED,),
    }
    if verb is HostVerb.FENCE:
        return host.state is HostState.FENCED
    return host.place in goals.get(verb, ())


def test_the_table_has_the_arrows_of_the_diagram() -> None:
    arrows = {f"{state.name} -> {after.name}" for (state, _), after in TRANSITIONS.items() if state is not after}
    assert arrows == DIAGRAM | BESIDE_THE_DIAGRAM


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


# That a drain is given up is no command of a host's own: it is in test_trouble.
COMMANDED = [(state, verb) for state, verb in EVERY_PAIR if verb is not HostVerb.CANCEL_DRAIN]


@pytest.mark.parametrize(("state", "verb"), COMMANDED, ids=lambda each: each.name)
def test_a_command_does_what_the_table_says(state: HostState, verb: HostVerb) -> None:
    world = world_in(state)
    since = len(world.history)
    if is_so(world, verb):
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
    assert {row.method for row in VERBS.values()} <= methods | {"CancelOperation"}
    assert len({row.event for row in VERBS.values()}) == len({row.method for row in VERBS.values()}) == len(HostVerb)
    assert {verb: row.verb for verb, row in VERBS.items()} == {verb: verb for verb in HostVerb}


@pytest.mark.parametrize("row", STATE_VERBS.values(), ids=lambda row: row.method)
def test_a_verb_that_brings_a_host_into_a_state_leads_there(row: HostStateVerbRow) -> None:
    leads = {after for (state, verb), after in TRANSITIONS.items() if verb is row.verb and state not in AWAY}
    assert leads == {row.goal}


@pytest.mark.parametrize("state", AWAY, ids=lambda each: each.name)
@pytest.mark.parametrize("verb", [HostVerb.CORDON, HostVerb.DRAIN], ids=lambda each: each.name)
def test_what_is_requested_of_a_host_that_is_away_is_so_once_it_is_back(state: HostState, verb: HostVerb) -> None:
    world = world_in(state)
    carry_out(world, verb)
    assert world.fleet.hosts[UID].state is state
    world.carry_out(RegainHost(UID, state))
    after = {HostVerb.CORDON: HostState.CORDONED, HostVerb.DRAIN: HostState.DRAINING}[verb]
    assert world.fleet.hosts[UID].state is after
