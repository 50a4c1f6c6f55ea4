"""Amounts of resources, and what a host can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.command import CommandContext
from controlplane.domain.errors import InsufficientResources
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.host.aggregate import Host
from controlplane.domain.resources import (
    NOTHING,
    ClassInventory,
    Resources,
    amount_of,
    capacity_of,
    resources_of,
)
from controlplane.domain.time import Micros
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.limits import Limits
from tests.support.controlplane import World, world_with_host

amounts = st.integers(0, 1 << 40)
extended = st.dictionaries(st.sampled_from(["gpu.a100", "gpu.h100", "fpga.x"]), st.integers(1, 1000)).map(
    lambda given: tuple(sorted(given.items()))
)
resources = st.builds(Resources, amounts, amounts, amounts, extended)


@given(resources, resources)
def test_what_is_added_can_be_taken_back(left: Resources, right: Resources) -> None:
    assert left + right - right == left
    assert left + right == right + left


@given(resources)
def test_nothing_is_left_of_an_amount_without_itself(amount: Resources) -> None:
    assert amount - amount == NOTHING
    assert not amount - amount


@given(resources)
def test_compute_and_disk_are_the_whole(amount: Resources) -> None:
    assert amount.compute + amount.disk == amount
    assert amount.compute.disk_gib == 0


@given(resources)
def test_an_event_carries_an_amount_unchanged(amount: Resources) -> None:
    assert resources_of(type(amount_of(amount)).FromString(amount_of(amount).SerializeToString())) == amount


@given(resources, resources)
def test_a_difference_is_never_negative(left: Resources, right: Resources) -> None:
    if short := [name for name, amount in right if amount > left.of(name)]:
        with pytest.raises(InsufficientResources) as refused:
            _ = left - right
        error = refused.value
        assert error.resource_class in short
        assert (error.held, error.released) == (left.of(error.resource_class), right.of(error.resource_class))
    else:
        assert all(amount >= 0 for _, amount in left - right)


@given(resources, resources, resources)
def test_lacking_names_a_class_exactly_when_something_does_not_fit(
    requested: Resources, capacity: Resources, allocated: Resources
) -> None:
    short = {name for name, amount in requested if amount > capacity.of(name) - allocated.of(name)}
    lacking = requested.lacking(capacity, allocated)
    assert lacking in short if short else lacking is None


@pytest.mark.parametrize(
    ("total", "reserved", "ratio", "capacity"),
    [
        (8, 0, 1.0, 8),
        (8, 2, 1.0, 6),
        (8, 8, 4.0, 0),
        (8, 1, 1.5, 10),  # floor of 10.5
        (3, 0, 0.5, 1),  # floor of 1.5
        (10, 0, 0.1, 1),
        (0, 0, 16.0, 0),
    ],
)
def test_capacity_is_the_floor_of_what_is_left_after_the_reserve_times_the_ratio(
    total: int, reserved: int, ratio: float, capacity: int
) -> None:
    assert ClassInventory(total, reserved, ratio).capacity == capacity


def test_capacity_leaves_out_extended_classes_of_which_nothing_is_offered() -> None:
    offered = {"vcpus": ClassInventory(4), "gpu.a100": ClassInventory(2, reserved=2), "fpga.x": ClassInventory(1)}
    assert capacity_of(offered) == Resources(4, 0, 0, (("fpga.x", 1),))


def test_releasing_more_than_is_held_is_an_error() -> None:
    world = world_with_host()
    world.create(start=True)
    host = world.fleet.hosts["uid-node-1"]
    with pytest.raises(InsufficientResources) as refused:
        hosts.decide_release(host, "uid-web", Resources(vcpus=3))
    assert (refused.value.resource_class, refused.value.held, refused.value.released) == ("vcpus", 2, 3)


def test_releasing_for_a_vm_that_holds_nothing_is_an_error() -> None:
    world = world_with_host()
    world.create(start=True)
    with pytest.raises(InsufficientResources):
        hosts.decide_release(world.fleet.hosts["uid-node-1"], "uid-other", Resources(vcpus=1))


@pytest.mark.parametrize(
    ("amount", "short"),
    [
        (Resources(vcpus=9), "vcpus"),
        (Resources(memory_mib=8193), "memory_mib"),
        (Resources(disk_gib=101), "disk_gib"),
        (Resources(extended=(("gpu.a100", 1),)), "gpu.a100"),
    ],
)
def test_holding_more_than_the_capacity_is_an_error(amount: Resources, short: str) -> None:
    host = world_with_host().fleet.hosts["uid-node-1"]
    with pytest.raises(InsufficientResources) as refused:
        hosts.require_free(host, amount)
    assert refused.value.resource_class == short


def test_holding_or_releasing_nothing_appends_nothing() -> None:
    world = world_with_host()
    host = world.fleet.hosts["uid-node-1"]
    unit = UnitOfWork(world.fleet, CommandContext("user:test", "r"), Micros(0), Limits())
    unit.hold(host, "uid-web", NOTHING)
    assert unit.recorded == []
    assert hosts.decide_release(host, "uid-web", NOTHING) == []


def test_a_host_is_filled_to_the_last_unit() -> None:
    world = World()
    world.project()
    world.host(vcpus=2, memory_mib=1024, disk_gib=10)
    world.create(start=True)
    host = world.fleet.hosts["uid-node-1"]
    assert host.allocated == host.capacity


def test_what_one_draft_holds_on_a_host_is_one_event_and_can_be_taken_back() -> None:
    world = world_with_host()
    uid = "uid-node-1"
    unit = UnitOfWork(world.fleet, CommandContext("user:test", "r"), Micros(0), Limits())
    one = Resources(vcpus=1, memory_mib=64)
    unit.hold(world.fleet.hosts[uid], "uid-a", one)
    first = world.fleet.hosts[uid]
    mark = unit.mark()
    unit.hold(first, "uid-b", one)
    unit.hold(world.fleet.hosts[uid], "uid-a", one)
    (held,) = unit.recorded
    assert [each.vm_uid for each in held.event.capacity_held.holdings] == ["uid-a", "uid-b", "uid-a"]
    assert isinstance(held.before, Host)
    assert held.after == world.fleet.hosts[uid] == hosts.evolve(held.before, held.event, held.version)
    assert world.fleet.hosts[uid].holdings["uid-a"] == one + one
    unit.undo(mark)
    (held,) = unit.recorded
    assert [each.vm_uid for each in held.event.capacity_held.holdings] == ["uid-a"]
    assert world.fleet.hosts[uid] == first == held.after


def test_a_draft_that_is_taken_back_whole_can_hold_again() -> None:
    world = world_with_host()
    uid = "uid-node-1"
    before = world.fleet.hosts[uid]
    unit = UnitOfWork(world.fleet, CommandContext("user:test", "r"), Micros(0), Limits())
    start = unit.mark()
    unit.hold(before, "uid-a", Resources(vcpus=1))
    unit.hold(world.fleet.hosts[uid], "uid-b", Resources(vcpus=1))
    unit.undo(start)
    assert unit.recorded == []
    assert world.fleet.hosts[uid] == before
    unit.hold(before, "uid-c", Resources(vcpus=1))
    assert [each.vm_uid for each in unit.recorded[0].event.capacity_held.holdings] == ["uid-c"]
