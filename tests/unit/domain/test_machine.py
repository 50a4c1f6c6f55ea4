"""Machines and hosts: when two identities are one machine's, what binds a host, and what releases it."""

import pytest

from controlplane.commands import host as commands
from controlplane.commands.host import ReplaceMachine, ReportHost
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.errors import HostInUse, MachineMismatch
from controlplane.domain.host.machine import is_same
from controlplane.domain.vm.states import Verb, VmState
from tests.support.controlplane import RUNNING, SHUTOFF, World, inventory, register, spec, world_with_host

A, B = ("machine-id:aa", "product-uuid:a1"), ("machine-id:aa", "product-uuid:b1")
KEEP, FAIL = 1, 2  # chronovisor.v1.ReplaceHostMachineRequest.HeldVms


def hello(world: World, *machine_ids: str) -> None:
    command = register("node-1", inventory())
    bound = commands.RegisterHost(
        command.uid, command.name, command.inventory, command.platform, "", {}, machine_ids=tuple(machine_ids)
    )
    world.carry_out(ReportHost(bound))


def replace(world: World, held_vms: int = 0) -> None:
    world.carry_out(ReplaceMachine("hosts/node-1", held_vms))


def host(world: World) -> Host:
    found = world.fleet.host_named("hosts/node-1")
    assert found
    return found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (A, A, True),
        (A, B, False),
        (A, A[:1], True),
        (A[1:], A, True),
        (A[:1], A[1:], False),
        (A, (), False),
        ((), (), False),
        (A, ("machine-id:bb", "product-uuid:a1"), False),
    ],
)
def test_machines_are_the_same_by_the_sources_that_both_have(
    one: tuple[str, ...], other: tuple[str, ...], same: bool
) -> None:
    assert is_same(one, other) is same
    assert is_same(other, one) is same


def test_the_first_identity_that_is_reported_binds_the_host() -> None:
    world = World()
    hello(world, *A[:1])
    assert world.kinds() == ["host_registered", "host_machine_bound"]
    hello(world, *A[:1])
    assert len(world.history) == 2
    # What more is reported of the same machine binds as well.
    hello(world, *A)
    assert host(world).machine_ids == A
    with pytest.raises(MachineMismatch):
        hello(world, *B)
    assert len(world.history) == 3


def test_a_host_that_an_operator_registered_is_bound_by_its_first_agent_with_an_identity() -> None:
    world = world_with_host()
    hello(world)
    assert host(world).machine_ids == ()
    hello(world, *A)
    assert host(world).machine_ids == A


def test_an_agent_that_reports_no_machine_does_not_speak_for_a_bound_host() -> None:
    world = world_with_host()
    hello(world, *A)
    with pytest.raises(MachineMismatch, match="chronovisor host replace node-1"):
        hello(world)


def test_a_replaced_machine_is_refused_and_another_is_bound() -> None:
    world = world_with_host()
    hello(world, *A)
    replace(world)
    with pytest.raises(MachineMismatch, match="was replaced"):
        hello(world, *A)
    hello(world, *B)
    assert host(world).machine_ids == B
    with pytest.raises(MachineMismatch, match="another machine"):
        hello(world, *A)


def test_replaced_twice_a_host_takes_its_old_machine_back() -> None:
    world = world_with_host()
    hello(world, *A)
    replace(world)
    replace(world)
    hello(world, *A)
    assert host(world).machine_ids == A
    replace(world)
    replace(world)
    since = len(world.history)
    replace(world)
    assert world.kinds(since) == []


def test_a_machine_with_vms_is_not_replaced_without_a_word_on_them() -> None:
    world = world_with_host()
    hello(world, *A)
    world.create(start=True)
    since = len(world.history)
    with pytest.raises(HostInUse, match="1 VM"):
        replace(world)
    replace(world, KEEP)
    assert world.kinds(since) == ["host_machine_replaced"]
    assert host(world).holdings


def test_vms_fail_with_their_machine_and_keep_their_disk() -> None:
    world = world_with_host(disk_gib=1000)
    hello(world, *A)
    for name in ("runs", "starts", "stops", "stopped", "goes"):
        world.create(name, spec(vcpus=1), start=True)
        if name != "starts":
            world.report(RUNNING, name)
    world.ask(Verb.STOP, "stops")
    world.ask(Verb.STOP, "stopped")
    world.report(SHUTOFF, "stopped")
    world.ask(Verb.DELETE, "goes")
    replace(world, FAIL)
    assert world.vm("runs").state is VmState.FAILED
    assert "replaced" in world.vm("runs").failure
    assert {world.vm(name).state for name in ("starts", "stops", "stopped")} == {VmState.STOPPED}
    assert world.fleet.vm_named("projects/default/vms/goes") is None
    assert dict(host(world).allocated) == {"vcpus": 0, "memory_mib": 0, "disk_gib": 40}
    # Started again, none is what the old machine may still run.
    world.ask(Verb.START, "runs")
    assert world.vm("runs").incarnation == 2
