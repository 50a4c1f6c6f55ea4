"""A disk on storage that hosts share goes from one that holds it to another, with nothing held twice or by nobody."""

from dataclasses import replace

import pytest

from controlplane.commands.host import HostCommand
from controlplane.commands.rehome import RehomeVm
from controlplane.commands.vm import PassDeadline, VmCommand
from controlplane.domain.errors import NoCapacity
from controlplane.domain.host.states import HostVerb
from controlplane.domain.vm.states import Verb, VmState
from tests.support.controlplane import PROJECT, RUNNING, SHUTOFF, World, inventory, register

POOL = frozenset({"disk.pool.san"})


def world_of(traits: frozenset[str] = POOL) -> World:
    """A VM that has run on the first of two hosts, and does not any more."""
    world = World()
    world.project()
    world.carry_out(replace(register("a", inventory()), traits=traits))
    world.create(start=True)
    world.report(RUNNING)
    world.ask(Verb.STOP)
    world.report(SHUTOFF)
    world.carry_out(replace(register("b", inventory()), traits=traits))
    return world


def test_another_host_of_the_pool_holds_it_and_the_vm_starts_there() -> None:
    world = world_of()
    held, since = world.vm().held, len(world.history)
    world.carry_out(RehomeVm("uid-web", "uid-a"))
    vm, hosts = world.vm(), world.fleet.hosts
    assert (vm.host_uid, vm.host, vm.held, vm.state) == ("uid-b", "hosts/b", held, VmState.STOPPED)
    assert not hosts["uid-a"].holdings
    assert hosts["uid-b"].holdings.get("uid-web") == held
    assert world.kinds(since) == ["vm_rehomed", "capacity_released", "capacity_held"]
    # Its agents are to know of it.
    assert vm.desired_version == vm.version
    world.ask(Verb.START)
    assert world.vm().host == "hosts/b"


def test_of_what_is_not_there_any_more_or_runs_nothing_is_recorded() -> None:
    world = world_of()
    world.carry_out(RehomeVm("uid-web", "uid-a"))
    since = len(world.history)
    assert world.carry_out(RehomeVm("uid-web", "uid-a")) is None
    assert world.carry_out(RehomeVm("uid-none", "uid-a")) is None
    world.ask(Verb.START)
    assert world.carry_out(RehomeVm("uid-web", "uid-b")) is None
    world.report(RUNNING)
    assert world.carry_out(RehomeVm("uid-web", "uid-b")) is None
    assert "vm_rehomed" not in world.kinds(since)


def test_what_is_to_be_destroyed_stays() -> None:
    world = world_of()
    world.carry_out(VmCommand(Verb.DELETE, f"{PROJECT}/vms/web"))
    assert world.carry_out(RehomeVm("uid-web", "uid-a")) is None


@pytest.mark.parametrize("traits", [frozenset[str](), frozenset({"migration.test"})])
def test_a_disk_on_its_host_alone_has_no_other_place(traits: frozenset[str]) -> None:
    world = world_of(traits)
    with pytest.raises(NoCapacity):
        world.carry_out(RehomeVm("uid-web", "uid-a"))
    assert world.vm().host == "hosts/a"


def test_one_that_may_still_run_starts_nowhere_else() -> None:
    world = world_of()
    world.ask(Verb.START)
    world.carry_out(PassDeadline("uid-web", world.vm().version, ""))
    assert (world.vm().state, world.vm().host) == (VmState.FAILED, "hosts/a")
    world.carry_out(HostCommand(HostVerb.CORDON, "hosts/a"))
    with pytest.raises(NoCapacity) as refused:
        world.ask(Verb.START)
    assert refused.value.turned_down == {"holds_elsewhere": 1, "not_active": 1}
    world.report(SHUTOFF, started=True)
    world.ask(Verb.START)
    assert world.vm().host == "hosts/b"
