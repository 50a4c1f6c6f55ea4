"""Registering hosts, and what their agents tell of them."""

from functools import partial

import pytest

from controlplane.commands import host as commands
from controlplane.domain.errors import AlreadyExists, InsufficientResources
from controlplane.domain.resources import ClassInventory
from tests.support.controlplane import contents, inventory, register, world_with_host


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
