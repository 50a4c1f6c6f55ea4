"""The first VM of a group that must stay together goes where the rest have room."""

from dataclasses import replace

import pytest

from controlplane.commands.vm import CreateVm
from controlplane.domain.errors import NoCapacity
from controlplane.domain.host.numa import NumaCell
from controlplane.domain.placement.rules import GroupKind, GroupRule, PlacementRules, Preference
from controlplane.domain.placement.selectors import parse
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Spec
from tests.support.controlplane import PROJECT, World, inventory, register


def world() -> World:
    made = World()
    made.project()
    return made


def host(fleet: World, name: str, rack: str = "", numa: tuple[NumaCell, ...] = (), **amounts: int) -> None:
    labels = {"rack": rack} if rack else {}
    command = replace(register(name, inventory(**amounts)), labels=labels, numa_nodes=numa)
    fleet.carry_out(command)


def start(fleet: World, name: str, rules: PlacementRules, vcpus: int = 2, group: str = "one") -> str:
    """Where a VM of the group is put."""
    made = Spec(Resources(vcpus, 1024 * vcpus, 1), "tiny", rules=rules)
    command = CreateVm(f"uid-{name}", PROJECT, f"{PROJECT}/vms/{name}", made, {"group": group}, start=True)
    fleet.carry_out(command)
    return fleet.vm(name).host


def together(vms: str = "group=one", within: str = "host", *, soft: bool = False, numa: int = 0) -> PlacementRules:
    return PlacementRules(groups=(GroupRule(GroupKind.AFFINITY, parse(vms), within, soft),), numa_nodes=numa)


def test_the_first_of_a_group_goes_to_the_host_with_the_most_room_and_the_others_to_it() -> None:
    fleet = world()
    host(fleet, "small", vcpus=2)
    host(fleet, "large", vcpus=8)
    host(fleet, "middling", vcpus=6)
    assert [start(fleet, f"v{number}", together()) for number in range(4)] == ["hosts/large"] * 4
    with pytest.raises(NoCapacity):
        start(fleet, "one-more", together())


def test_vms_of_no_group_are_packed_as_ever() -> None:
    fleet = world()
    host(fleet, "large", vcpus=8)
    host(fleet, "small", vcpus=2, memory_mib=2048)
    assert start(fleet, "alone", PlacementRules()) == "hosts/small"
    # A rule that is soft can be broken, and one about others founds no group of the VM's own.
    host(fleet, "small-too", vcpus=2, memory_mib=2048)
    assert start(fleet, "rather", together(soft=True)) == "hosts/small-too"
    host(fleet, "small-again", vcpus=2, memory_mib=2048)
    assert start(fleet, "near", together("group=other")) == "hosts/small-again"


def test_room_is_that_of_the_class_that_runs_out_first() -> None:
    fleet = world()
    host(fleet, "many-vcpus", vcpus=64, memory_mib=4096)
    host(fleet, "more-memory", vcpus=8, memory_mib=8192)
    assert start(fleet, "first", together()) == "hosts/more-memory"


def test_the_room_of_a_domain_is_that_of_all_its_hosts() -> None:
    fleet = world()
    host(fleet, "alone", vcpus=8, rack="r1")
    for number in range(3):
        host(fleet, f"one-of-three-{number}", vcpus=4, rack="r2")
    host(fleet, "nowhere", vcpus=64, memory_mib=65536)
    assert start(fleet, "first", together(within="rack")) == "hosts/one-of-three-0"
    hosts = [start(fleet, f"v{number}", together(within="rack")) for number in range(5)]
    assert sorted(set(hosts)) == [f"hosts/one-of-three-{number}" for number in range(3)]


def test_room_is_counted_by_numa_node() -> None:
    fleet = world()
    host(fleet, "lopsided", vcpus=12, memory_mib=12288, numa=(NumaCell(10, 10240), NumaCell(2, 2048)))
    host(fleet, "even", vcpus=8, numa=(NumaCell(4, 4096), NumaCell(4, 4096)))
    # In two nodes each: twice on the even one, once on the other; in one node each it is the other way round.
    assert start(fleet, "wide", together(numa=2), vcpus=4) == "hosts/even"
    assert start(fleet, "narrow", together("group=two", numa=1), group="two") == "hosts/lopsided"


def test_a_preference_for_a_host_outweighs_the_room() -> None:
    fleet = world()
    host(fleet, "large", vcpus=8)
    host(fleet, "preferred", vcpus=2)
    rules = together()._replace(prefer=(Preference(parse("host=preferred"), 100),))
    assert start(fleet, "first", rules) == "hosts/preferred"
