"""What a drain does with each VM, by its state and policy, and in which words it waits."""

from dataclasses import replace

import pytest

from controlplane.commands.elsewhere import MigrationRequest
from controlplane.commands.trouble import DrainHost
from controlplane.commands.vm import VmCommand
from controlplane.domain.host.aggregate import Drain, Host
from controlplane.domain.host.drain_steps import Action, at_destination, drain_step
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.domain.vm.availability import Availability, OnMaintenance, Restart
from controlplane.domain.vm.states import Desired, Verb, VmState
from tests.support.controlplane import PROJECT, RUNNING, World, create, inventory, register, spec
from tests.support.obedient_agents import act

MOVES = frozenset({"migration.test"})
POOL = frozenset({"migration.test", "disk.pool.san"})


def world_of(traits: frozenset[str] = MOVES) -> World:
    world = World()
    world.project()
    world.carry_out(replace(register("a", inventory()), traits=traits))
    return world


def running(world: World, of: Spec | None = None, policy: OnMaintenance = OnMaintenance.LIVE) -> Vm:
    command = create("web", of or spec(), start=True)
    world.carry_out(replace(command, availability=Availability(on_maintenance=policy)))
    world.report(RUNNING)
    return world.vm()


def drained(world: World, **request: object) -> tuple[Host, Drain]:
    world.carry_out(DrainHost("hosts/a", **request))  # pyright: ignore[reportArgumentType]
    host = world.fleet.hosts["uid-a"]
    assert host.drain is not None
    return host, host.drain


@pytest.mark.parametrize(
    ("policy", "action"),
    [
        (OnMaintenance.LIVE, Action.MIGRATE),
        (OnMaintenance.RESTART, Action.RESTART),
        (OnMaintenance.STOP, Action.STOP),
    ],
)
def test_a_vm_goes_by_its_own_policy_or_by_that_of_the_drain(policy: OnMaintenance, action: Action) -> None:
    world = world_of()
    vm = running(world, policy=policy)
    assert drain_step(*drained(world), vm).action is action
    world = world_of()
    vm = running(world, policy=OnMaintenance.STOP)
    assert drain_step(*drained(world, policy=policy), vm).action is action


def test_a_paused_vm_is_moved_as_it_is() -> None:
    world = world_of()
    running(world)
    world.ask(Verb.PAUSE)
    host, drain = drained(world)
    step = drain_step(host, drain, world.vm())
    assert (step.action, step.words) == (Action.WAIT, "its pause is under way")
    world.report(2)
    assert drain_step(host, drain, world.vm()).action is Action.MIGRATE


@pytest.mark.parametrize(
    ("state", "is_moving"),
    [
        (VmState.STARTING, False),
        (VmState.REBOOTING, False),
        (VmState.DELETING, False),
        (VmState.UNKNOWN, False),
        (VmState.STOPPING, True),
    ],
)
def test_what_ends_by_itself_is_waited_for(state: VmState, is_moving: bool) -> None:
    world = world_of()
    vm = running(world)._replace(state=state)
    step = drain_step(*drained(world), vm)
    assert (step.action, step.is_moving) == (Action.WAIT, is_moving)
    assert step.words


def test_a_vm_that_moves_is_under_way_until_it_is_elsewhere() -> None:
    world = world_of()
    running(world)
    host, drain = drained(world)
    world.carry_out(replace(register("b", inventory()), traits=MOVES))
    world.carry_out(VmCommand(Verb.MIGRATE, f"{PROJECT}/vms/web", migration=MigrationRequest()))
    while world.vm().state is VmState.MIGRATING:
        step = drain_step(host, drain, world.vm())
        assert (step.action, step.words, step.is_moving) == (Action.WAIT, "is moved to hosts/b", True)
        act(world)
    assert world.vm().host == "hosts/b"


def test_one_that_comes_here_is_waited_for_and_is_none_of_those_that_leave() -> None:
    world = world_of()
    running(world)
    world.carry_out(replace(register("b", inventory()), traits=MOVES))
    world.carry_out(VmCommand(Verb.MIGRATE, f"{PROJECT}/vms/web", migration=MigrationRequest()))
    world.carry_out(DrainHost("hosts/b"))
    host = world.fleet.hosts["uid-b"]
    assert host.drain is not None
    step = drain_step(host, host.drain, world.vm())
    assert (step.action, step.is_moving) == (Action.WAIT, False)
    assert "moved here from hosts/a" in step.words


def test_a_failed_vm_with_a_guest_is_stopped_or_destroyed_as_it_was_to_be() -> None:
    world = world_of()
    vm = running(world)._replace(state=VmState.FAILED)
    host, drain = drained(world)
    assert drain_step(host, drain, vm._replace(desired=Desired.STOPPED)).action is Action.STOP
    assert drain_step(host, drain, vm._replace(desired=Desired.DELETED)).action is Action.DELETE


def test_without_migration_only_what_can_start_elsewhere_is_restarted() -> None:
    world = world_of(frozenset())
    vm = running(world)
    host, drain = drained(world)
    assert "moves no guests" in drain_step(host, drain, vm).words
    restarted = vm._replace(availability=Availability(on_maintenance=OnMaintenance.RESTART))
    assert "its disk is on this host alone" in drain_step(host, drain, restarted).words
    no_disk = restarted._replace(held=restarted.held - restarted.held.disk)
    assert drain_step(host, drain, no_disk).action is Action.RESTART


def test_a_disk_stays_unless_disks_are_to_be_moved() -> None:
    world = world_of()
    running(world)
    world.ask(Verb.STOP)
    world.report(3)
    assert drain_step(*drained(world), world.vm()).action is Action.NONE
    world = world_of()
    running(world)
    world.ask(Verb.STOP)
    world.report(3)
    step = drain_step(*drained(world, move_disks=True), world.vm())
    assert step.action is Action.WAIT
    assert "its disk is on this host alone" in step.words


def test_a_disk_on_storage_that_hosts_share_is_held_elsewhere() -> None:
    world = world_of(POOL)
    running(world)
    world.ask(Verb.STOP)
    world.report(3)
    host, drain = drained(world, move_disks=True)
    assert drain_step(host, drain, world.vm()).action is Action.REHOME
    owed = world.vm()._replace(restart=Restart(1, world.now))
    assert drain_step(host, drain, owed).words == "is to be started elsewhere"


def test_a_vm_is_restarted_only_where_its_disk_is_and_moved_with_it_else() -> None:
    world = world_of(POOL)
    vm = running(world, policy=OnMaintenance.RESTART)
    host, drain = drained(world)
    step = drain_step(host, drain, vm)
    assert at_destination(step, host, vm, host._replace(traits=POOL)).action is Action.RESTART
    assert at_destination(step, host, vm, host._replace(traits=MOVES)).action is Action.MIGRATE
    no_disk = vm._replace(held=vm.held - vm.held.disk)
    assert at_destination(step, host, no_disk, host._replace(traits=MOVES)).action is Action.RESTART
