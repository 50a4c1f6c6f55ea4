"""Registering hosts, and what their agents tell of them."""

from dataclasses import replace
from functools import partial

import pytest

from controlplane.commands import host as commands
from controlplane.commands.host import RegisterHost, UpdateHost
from controlplane.domain.errors import AlreadyExists, InsufficientResources
from controlplane.domain.host import Host
from controlplane.domain.host_decisions import Terms
from controlplane.domain.numa import NumaCell
from controlplane.domain.resources import ClassInventory
from tests.support.controlplane import World, contents, inventory, register, world_with_host

UID = "uid-node-1"


def test_the_same_host_with_the_same_totals_again_appends_nothing() -> None:
    world = world_with_host()
    since = len(world.history)
    answer = world.host("node-1")
    assert answer.resource.name == "hosts/node-1"
    assert world.kinds(since) == []


def test_the_same_host_with_other_totals_is_refused_and_the_difference_named() -> None:
    world = world_with_host()
    with pytest.raises(AlreadyExists, match="vcpus 8, not 16"):
        world.host("node-1", vcpus=16)


def test_an_agents_word_on_a_changed_machine_is_taken_over() -> None:
    world = world_with_host()
    command = register("node-1", inventory(vcpus=16))
    world.carry_out(partial(commands.report_inventory, command=command))
    assert world.fleet.hosts["uid-node-1"].capacity.vcpus == 16
    since = len(world.history)
    world.carry_out(partial(commands.report_inventory, command=command))
    assert world.kinds(since) == []


def test_an_agents_word_is_refused_when_what_is_held_would_not_fit() -> None:
    world = world_with_host()
    world.create(start=True)
    before = contents(world.fleet)
    with pytest.raises(InsufficientResources):
        world.carry_out(partial(commands.report_inventory, command=register("node-1", inventory(vcpus=1))))
    assert contents(world.fleet) == before


def test_an_agent_registers_a_host_that_is_not_known() -> None:
    world = world_with_host()
    command = register("node-2", inventory(vcpus=4) | {"gpu.a100": ClassInventory(4, 1, 2.0)})
    world.carry_out(partial(commands.report_inventory, command=command))
    assert world.fleet.hosts["uid-node-2"].capacity.of("gpu.a100") == 6


def told(**changes: object) -> RegisterHost:
    return replace(register("node-1", inventory()), **changes)  # pyright: ignore[reportArgumentType]


def report(world: World, command: RegisterHost) -> Host:
    world.carry_out(partial(commands.report_inventory, command=command))
    return world.fleet.hosts[UID]


def update(world: World, *paths: str, terms: Terms) -> Host:
    world.carry_out(partial(commands.update, command=UpdateHost("hosts/node-1", "", frozenset(paths), terms)))
    return world.fleet.hosts[UID]


def test_an_agent_that_comes_back_leaves_what_an_operator_set() -> None:
    world = world_with_host()
    offered = inventory() | {"vcpus": ClassInventory(8, 1, 4.0, 1, 6, 1), "gpu.a100": ClassInventory(4)}
    after = update(world, "inventory", "traits", "zone", terms=Terms(offered, "z", traits=frozenset({"ssd"})))
    since = len(world.history)
    assert report(world, told()) == after
    assert world.kinds(since) == []


def test_an_agent_has_the_last_word_on_what_it_tells() -> None:
    world = world_with_host()
    update(world, "inventory", terms=Terms(inventory() | {"vcpus": ClassInventory(8, 1, 4.0)}))
    host = report(world, told(inventory=inventory() | {"vcpus": ClassInventory(16, 2, 1.5)}))
    assert host.inventory["vcpus"] == ClassInventory(16, 2, 1.5)


def test_a_machine_that_is_smaller_than_its_reserve_has_no_capacity_left() -> None:
    world = world_with_host()
    update(world, "inventory", terms=Terms(inventory() | {"vcpus": ClassInventory(8, 6)}))
    assert report(world, told(inventory=inventory(vcpus=4))).capacity.vcpus == 0


def test_an_agents_traits_are_added_and_the_cpus_are_all_its_own() -> None:
    world = world_with_host()
    update(world, "traits", terms=Terms({}, traits=frozenset({"ssd", "cpu.avx"})))
    assert report(world, told()).traits == {"ssd", "cpu.avx"}
    assert report(world, told(traits=frozenset({"cpu.avx2", "nvme"}))).traits == {"ssd", "nvme", "cpu.avx2"}


def test_an_agent_tells_of_nodes_and_ones_not_told_again_stay() -> None:
    world = world_with_host()
    nodes = (NumaCell(4, 4096), NumaCell(4, 4096))
    assert report(world, told(numa_nodes=nodes)).numa == nodes
    assert report(world, told()).numa == nodes
    smaller = report(world, told(inventory=inventory(vcpus=7)))
    assert (smaller.numa_told, smaller.numa, smaller.numa_allocated) == ((), (), ())


def test_nodes_that_hold_something_do_not_go_away() -> None:
    world = world_with_host()
    report(world, told(numa_nodes=(NumaCell(4, 4096), NumaCell(4, 4096))))
    world.create(start=True)
    before = contents(world.fleet)
    for nodes in ((NumaCell(1, 8192),), (NumaCell(4, 1023), NumaCell(4, 1023))):
        with pytest.raises(InsufficientResources, match="hosts/node-1 holds"):
            report(world, told(numa_nodes=nodes))
    with pytest.raises(InsufficientResources):
        report(world, told(inventory=inventory(vcpus=7)))
    assert contents(world.fleet) == before


def test_more_nodes_hold_nothing_yet() -> None:
    world = world_with_host()
    report(world, told(numa_nodes=(NumaCell(4, 4096),)))
    world.create(start=True)
    held = world.fleet.hosts[UID].numa_allocated
    assert report(world, told(numa_nodes=(NumaCell(4, 4096),) * 2)).numa_allocated == (*held, NumaCell(0, 0))


def test_a_ratio_applies_to_the_nodes_too() -> None:
    world = world_with_host()
    report(world, told(numa_nodes=(NumaCell(4, 4096),)))
    host = update(world, "inventory", terms=Terms(inventory() | {"vcpus": ClassInventory(8, 0, 2.0)}))
    assert host.numa == (NumaCell(8, 4096),)


def test_whom_a_host_is_for_is_not_its_agents_to_say() -> None:
    world = world_with_host()
    command = replace(register("node-2", inventory()), dedicated="projects/default")
    world.carry_out(partial(commands.report_inventory, command=command))
    assert world.fleet.hosts["uid-node-2"].dedicated == ""
