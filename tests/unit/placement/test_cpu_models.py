"""VMs that have a CPU model are placed, and moved, where hosts can offer it."""

import dataclasses

import pytest

from controlplane.commands.host import RegisterHost
from controlplane.commands.vm import VmCommand
from controlplane.domain.errors import InvalidField, NoCapacity
from controlplane.domain.host.aggregate import Platform
from controlplane.domain.resources import ClassInventory
from controlplane.domain.vm.states import GuestState, Verb
from tests.support.controlplane import World, spec

INVENTORY = {"vcpus": ClassInventory(8), "memory_mib": ClassInventory(8192), "disk_gib": ClassInventory(100)}
PLATFORM = Platform("x86_64", virt_type="qemu", images=frozenset(("*",)))


def world_with(**traits: tuple[str, ...]) -> World:
    """Hosts of these traits, by their ids."""
    world = World()
    world.project()
    for host_id, each in traits.items():
        common = frozenset((*each, "migration.libvirt"))
        command = RegisterHost(f"uid-{host_id}", f"hosts/{host_id}", INVENTORY, PLATFORM, "", {}, common)
        world.carry_out(command)
    return world


def run(world: World, cpu_model: str) -> None:
    world.create(of=dataclasses.replace(spec(), cpu_model=cpu_model), start=True)
    world.report(GuestState.RUNNING)


def test_a_vm_starts_and_moves_only_where_its_cpu_is() -> None:
    both = ("cpu.model.haswell", "cpu.model.westmere")
    world = world_with(a=("cpu.model.westmere",), b=both, c=("cpu.model.westmere",), d=both)
    run(world, "haswell")
    assert world.vm().host in ("hosts/b", "hosts/d")
    other = {"hosts/b": "hosts/d", "hosts/d": "hosts/b"}[world.vm().host]
    world.carry_out(VmCommand(Verb.MIGRATE, world.vm().name))
    migration = world.vm().migration
    assert migration is not None
    assert migration.host == other


def test_a_model_that_no_host_has_is_a_mistake() -> None:
    world = world_with(a=("cpu.model.westmere",))
    with pytest.raises(InvalidField, match=r"vm\.spec\.cpu_model: no host has the trait 'cpu\.model\.haswell'"):
        run(world, "haswell")


def test_no_vm_moves_to_a_host_without_the_newest_machine_type_of_its_own() -> None:
    world = world_with(a=("machine.pc-q35-9.2", "machine.pc-q35-10.0"), b=("machine.pc-q35-9.2",))
    world.create(of=dataclasses.replace(spec()), start=True)
    world.report(GuestState.RUNNING)
    if world.vm().host == "hosts/a":
        with pytest.raises(NoCapacity):
            world.carry_out(VmCommand(Verb.MIGRATE, world.vm().name))
    else:
        world.carry_out(VmCommand(Verb.MIGRATE, world.vm().name))
