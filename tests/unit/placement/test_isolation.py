"""VMs that need a kind of isolation are placed where an agent has measured it, and nobody else can claim it."""

from dataclasses import replace

import pytest

from controlplane.commands.host import RegisterHost, ReportHost, UpdateHost
from controlplane.domain.errors import InvalidField, NoCapacity
from controlplane.domain.host.decisions import HostTerms, terms_of
from controlplane.domain.placement.rules import PlacementRules
from controlplane.domain.placement.selectors import parse
from controlplane.domain.vm.aggregate import Spec
from tests.support.controlplane import World, inventory, register, spec

SVIRT = "isolation.svirt"
NEEDS_SVIRT = PlacementRules(parse(f"trait:{SVIRT}"))


def machine(name: str, *traits: str) -> RegisterHost:
    return replace(register(name, inventory()), traits=frozenset(traits))


def world_with(**traits: tuple[str, ...]) -> World:
    """Hosts whose agents measured these, by their ids."""
    world = World()
    world.project()
    for name, each in traits.items():
        world.carry_out(ReportHost(machine(name, *each)))
    return world


def confined() -> Spec:
    return replace(spec(), rules=NEEDS_SVIRT)


def test_a_vm_goes_where_what_it_requires_was_measured() -> None:
    world = world_with(a=("isolation.dac",), b=("isolation.dac", SVIRT))
    world.create(of=confined(), start=True)
    assert world.vm().host == "hosts/b"


def test_a_host_without_it_is_turned_down_for_that() -> None:
    world = world_with(a=("isolation.dac",), b=(SVIRT,))
    world.create("first", replace(confined(), resources=spec(8, 1024, 1).resources), start=True)
    with pytest.raises(NoCapacity) as caught:
        world.create("second", confined(), start=True)
    assert caught.value.turned_down[f"require trait:{SVIRT}"] == 1


def test_what_the_agent_does_not_measure_any_more_is_gone() -> None:
    world = world_with(a=("isolation.dac", SVIRT))
    world.carry_out(ReportHost(machine("a", "isolation.dac")))
    assert world.fleet.hosts["uid-a"].traits == {"isolation.dac"}


def test_an_operator_cannot_claim_it() -> None:
    world = world_with(a=("isolation.dac",))
    host = world.fleet.hosts["uid-a"]
    terms = terms_of(host)._replace(traits=host.traits | {SVIRT, "ssd"})
    with pytest.raises(InvalidField, match=r"host\.traits: 'isolation\.svirt' is measured by the host's agent"):
        world.carry_out(update("a", terms))
    with pytest.raises(InvalidField, match="is measured by the host's agent"):
        world.carry_out(machine("b", SVIRT))
    # What is there already is no claim.
    world.carry_out(update("a", terms_of(host)._replace(traits=host.traits | {"ssd"})))
    assert world.fleet.hosts["uid-a"].traits == {"isolation.dac", "ssd"}


def update(name: str, terms: HostTerms) -> UpdateHost:
    return UpdateHost(f"hosts/{name}", "", frozenset({"traits"}), terms)
