"""Registering hosts, and the reports of their agents."""

from dataclasses import replace

import pytest

from controlplane.commands.host import RegisterHost, ReportHost, UpdateHost
from controlplane.domain.errors import AlreadyExists, InsufficientResources, NoCapacity
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.decisions import HostTerms
from controlplane.domain.host.numa import NumaCell
from controlplane.domain.resources import NOTHING, ClassInventory, Resources
from controlplane.domain.vm.states import Verb
from tests.support.controlplane import SHUTOFF, World, inventory, register, spec, world_with_host

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
    world.carry_out(ReportHost(command))
    assert world.fleet.hosts["uid-node-1"].capacity.vcpus == 16
    since = len(world.history)
    world.carry_out(ReportHost(command))
    assert world.kinds(since) == []


def test_an_agents_word_counts_when_what_is_held_does_not_fit() -> None:
    world = world_with_host()
    world.create(start=True)
    host = report(world, register("node-1", inventory(vcpus=1)))
    assert (host.capacity.vcpus, host.overcommitted) == (1, Resources(vcpus=1))
    # What needs nothing of it, or frees some, goes on.
    with pytest.raises(NoCapacity):
        world.create("more", spec(1, 64, 1), start=True)
    world.ask(Verb.STOP)
    world.report(SHUTOFF)
    assert world.fleet.hosts[UID].overcommitted == NOTHING
    world.create("more", spec(1, 64, 1), start=True)


def test_a_class_that_is_overcommitted_keeps_out_those_alone_that_need_it() -> None:
    world = world_with_host(gpu__a100=2)
    world.create(of=spec(gpu__a100=2), start=True)
    host = report(world, register("node-1", inventory(gpu__a100=1)))
    assert host.overcommitted == Resources(extended=(("gpu.a100", 1),))
    with pytest.raises(NoCapacity):
        world.create("needs-one", spec(gpu__a100=1), start=True)
    world.create("needs-none", spec(), start=True)


def test_a_stopped_vm_starts_again_where_more_disk_is_held_than_there_is() -> None:
    world = world_with_host()
    world.create(start=True)
    world.ask(Verb.STOP)
    world.report(SHUTOFF)
    assert report(world, register("node-1", inventory(disk_gib=1))).overcommitted == Resources(disk_gib=9)
    world.ask(Verb.START)
    assert world.vm().holds_compute


def test_an_overcommitted_host_can_be_updated_but_not_made_worse() -> None:
    world = world_with_host()
    world.create(start=True)
    report(world, register("node-1", inventory(vcpus=1)))
    update(world, "labels", terms=HostTerms({}, labels=(("rack", "7"),)))
    with pytest.raises(InsufficientResources):
        update(world, "inventory", terms=HostTerms(inventory(vcpus=1, memory_mib=512)))
    half = inventory(vcpus=1) | {"vcpus": ClassInventory(1, 0, 0.5)}
    with pytest.raises(InsufficientResources):
        update(world, "inventory", terms=HostTerms(half))
    twice = inventory(vcpus=1) | {"vcpus": ClassInventory(1, 0, 2.0)}
    assert update(world, "inventory", terms=HostTerms(twice)).overcommitted == NOTHING


def test_an_agent_registers_a_host_that_is_not_known() -> None:
    world = world_with_host()
    command = register("node-2", inventory(vcpus=4) | {"gpu.a100": ClassInventory(4, 1, 2.0)})
    world.carry_out(ReportHost(command))
    assert world.fleet.hosts["uid-node-2"].capacity.of("gpu.a100") == 6


def registration(**changes: object) -> RegisterHost:
    return replace(register("node-1", inventory()), **changes)  # pyright: ignore[reportArgumentType]


def report(world: World, command: RegisterHost) -> Host:
    world.carry_out(ReportHost(command))
    return world.fleet.hosts[UID]


def update(world: World, *paths: str, terms: HostTerms) -> Host:
    world.carry_out(UpdateHost("hosts/node-1", "", frozenset(paths), terms))
    return world.fleet.hosts[UID]


def test_an_agent_that_comes_back_leaves_what_an_operator_set() -> None:
    world = world_with_host()
    offered = inventory() | {"vcpus": ClassInventory(8, 1, 4.0, 1, 6, 1), "gpu.a100": ClassInventory(4)}
    after = update(world, "inventory", "traits", "zone", terms=HostTerms(offered, "z", traits=frozenset({"ssd"})))
    first = report(world, registration())
    assert first.reported
    assert first._replace(version=after.version, reported=None) == after
    since = len(world.history)
    assert report(world, registration()) == first
    assert world.kinds(since) == []


def test_an_agent_has_the_last_word_on_what_it_reports() -> None:
    world = world_with_host()
    update(world, "inventory", terms=HostTerms(inventory() | {"vcpus": ClassInventory(8, 1, 4.0)}))
    host = report(world, registration(inventory=inventory() | {"vcpus": ClassInventory(16, 2, 1.5)}))
    assert host.inventory["vcpus"] == ClassInventory(16, 2, 1.5)


def test_a_machine_that_is_smaller_than_its_reserve_has_no_capacity_left() -> None:
    world = world_with_host()
    update(world, "inventory", terms=HostTerms(inventory() | {"vcpus": ClassInventory(8, 6)}))
    assert report(world, registration(inventory=inventory(vcpus=4))).capacity.vcpus == 0


def test_an_agents_traits_are_added_and_the_cpus_are_all_its_own() -> None:
    world = world_with_host()
    update(world, "traits", terms=HostTerms({}, traits=frozenset({"ssd", "cpu.avx"})))
    assert report(world, registration()).traits == {"ssd", "cpu.avx"}
    assert report(world, registration(traits=frozenset({"cpu.avx2", "nvme"}))).traits == {"ssd", "nvme", "cpu.avx2"}


def test_an_agent_reports_nodes_and_ones_not_reported_again_stay() -> None:
    world = world_with_host()
    nodes = (NumaCell(4, 4096), NumaCell(4, 4096))
    assert report(world, registration(numa_nodes=nodes)).numa == nodes
    assert report(world, registration()).numa == nodes
    smaller = report(world, registration(inventory=inventory(vcpus=7)))
    assert (smaller.numa_reported, smaller.numa, smaller.numa_allocated) == ((), (), ())


def test_what_is_held_on_nodes_that_went_is_released_with_its_vm() -> None:
    world = world_with_host()
    two = (NumaCell(4, 4096), NumaCell(4, 4096))
    report(world, registration(numa_nodes=two))
    world.create("first", spec(3, 3072), start=True)
    world.create("second", spec(3, 3072), start=True)
    assert world.fleet.hosts[UID].numa_allocated == (NumaCell(3, 3072),) * 2
    for nodes in (two[:1], (NumaCell(2, 8000),)):
        host = report(world, registration(numa_nodes=nodes))
        assert (host.numa, host.numa_allocated) == (nodes, (NumaCell(3, 3072),) * 2)
    assert report(world, registration(inventory=inventory(vcpus=1), numa_nodes=())).numa == ()
    for name in ("second", "first"):
        world.ask(Verb.STOP, name)
        world.report(SHUTOFF, name)
    host = report(world, registration(numa_nodes=two))
    assert (host.numa_allocated, len(host.parts)) == ((NumaCell(0, 0),) * 2, 0)


def test_more_nodes_hold_nothing_yet() -> None:
    world = world_with_host()
    report(world, registration(numa_nodes=(NumaCell(4, 4096),)))
    world.create(start=True)
    held = world.fleet.hosts[UID].numa_allocated
    assert report(world, registration(numa_nodes=(NumaCell(4, 4096),) * 2)).numa_allocated == (*held, NumaCell(0, 0))


def test_a_ratio_applies_to_the_nodes_too() -> None:
    world = world_with_host()
    report(world, registration(numa_nodes=(NumaCell(4, 4096),)))
    host = update(world, "inventory", terms=HostTerms(inventory() | {"vcpus": ClassInventory(8, 0, 2.0)}))
    assert host.numa == (NumaCell(8, 4096),)


def test_whom_a_host_is_for_is_not_its_agents_to_say() -> None:
    world = world_with_host()
    command = replace(register("node-2", inventory()), dedicated="projects/default")
    world.carry_out(ReportHost(command))
    assert world.fleet.hosts["uid-node-2"].dedicated == ""
