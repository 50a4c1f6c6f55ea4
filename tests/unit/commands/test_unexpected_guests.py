"""Guests that the ledger does not expect: recorded on their host, in the way of a second start, adopted or stopped."""

from collections.abc import Mapping

import pytest

from controlplane.commands.guests import Action, ReconcileHost, ReportGuests
from controlplane.domain.command import Answer
from controlplane.domain.errors import GuestElsewhere, InsufficientResources, NotFound, WrongState
from controlplane.domain.fleet import Fleet
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.unexpected_guests import MOST_OF_A_HOST, UnexpectedGuest
from controlplane.domain.resources import NOTHING
from controlplane.domain.vm.states import Verb, VmState
from controlplane.ledger.snapshots.codec import host_message, host_of
from tests.support.controlplane import (
    NOW,
    PAUSED,
    RUNNING,
    SHUTOFF,
    World,
    contents,
    spec,
    world_with_host,
)


def report(world: World, host: str = "node-1", *seen: UnexpectedGuest, inventory: bool = True) -> Answer | None:
    command = ReportGuests(f"uid-{host}", {each.vm_uid: each for each in seen}, is_inventory=inventory)
    return world.carry_out(command)


def decide(world: World, action: Action, host: str = "node-1", vm_uid: str = "uid-web") -> Answer:
    return world.carry_out(ReconcileHost(f"hosts/{host}", action, vm_uid))


def host_of_world(world: World, name: str = "node-1") -> Host:
    return world.fleet.hosts[f"uid-{name}"]


def guest(state: int = RUNNING, incarnation: int = 3, vm_uid: str = "uid-web") -> UnexpectedGuest:
    return UnexpectedGuest(vm_uid, incarnation, state, "projects/default/vms/web")


def two_hosts() -> World:
    world = world_with_host()
    world.host("node-2")
    world.create()
    return world


@pytest.mark.parametrize("state", [RUNNING, PAUSED, SHUTOFF])
def test_a_vm_with_an_unexpected_guest_is_neither_started_nor_destroyed(state: int) -> None:
    world = two_hosts()
    report(world, "node-1", guest(state))
    for verb in (Verb.START, Verb.DELETE):
        with pytest.raises(GuestElsewhere) as refused:
            world.ask(verb)
        assert [(each.host, each.incarnation) for each in refused.value.guests] == [("hosts/node-1", 3)]
        assert "hosts/node-1" in str(refused.value)
    assert world.vm().state is VmState.STOPPED
    # Whose guest is where it should be is not concerned.
    world.create("other", start=True)


def test_what_is_reported_again_is_recorded_once() -> None:
    world = two_hosts()
    assert report(world, "node-1", guest()) is not None
    assert report(world, "node-1", guest()) is None
    assert report(world, "node-1", guest(SHUTOFF)) is not None
    assert world.kinds().count("host_guests_reported") == 2


def test_a_guest_that_is_gone_is_in_the_way_no_more() -> None:
    world = two_hosts()
    report(world, "node-1", guest())
    report(world, "node-1")
    assert not host_of_world(world).unexpected
    assert world.ask(Verb.START).placed


def test_a_report_of_one_guest_says_nothing_of_others() -> None:
    world = two_hosts()
    report(world, "node-1", guest())
    report(world, "node-1", guest(vm_uid="uid-stranger"), inventory=False)
    assert set(host_of_world(world).unexpected) == {"uid-web", "uid-stranger"}


def test_of_one_host_a_bounded_number_of_guests_is_recorded() -> None:
    world = two_hosts()
    many = [guest(vm_uid=f"uid-{number}") for number in range(MOST_OF_A_HOST + 5)]
    report(world, "node-1", *many)
    assert len(host_of_world(world).unexpected) == MOST_OF_A_HOST
    assert report(world, "node-1", *many) is None


@pytest.mark.parametrize(
    ("state", "becomes", "compute"),
    [(RUNNING, VmState.RUNNING, 2), (PAUSED, VmState.PAUSED, 2), (SHUTOFF, VmState.STOPPED, 0)],
)
def test_an_adopted_guest_is_its_vms_own(state: int, becomes: VmState, compute: int) -> None:
    world = two_hosts()
    report(world, "node-2", guest(state, incarnation=7))
    before = len(world.history)
    decide(world, Action.ADOPT, "node-2")
    assert world.kinds(before) == ["vm_guest_adopted", "capacity_held", "host_guests_reported"]
    vm, host = world.vm(), host_of_world(world, "node-2")
    assert (vm.state, vm.host, vm.incarnation) == (becomes, "hosts/node-2", 7)
    assert (vm.held.vcpus, vm.held.disk_gib) == (compute, 10)
    assert host.holdings["uid-web"] == vm.held == host.allocated
    assert not host.unexpected
    if becomes is VmState.STOPPED:
        # The next placement is where its disk is, and newer than any that was.
        started = world.ask(Verb.START)
        assert started.placed
        assert (started.placed.host, world.vm().incarnation) == ("hosts/node-2", 8)
    else:
        assert world.report(SHUTOFF)
        assert world.vm().state is VmState.STOPPED
    world.ask(Verb.DELETE)


def test_adopting_moves_what_was_held_elsewhere() -> None:
    world = two_hosts()
    world.ask(Verb.START)
    world.report(RUNNING)
    was = world.vm().host.removeprefix("hosts/")
    other = "node-2" if was == "node-1" else "node-1"
    world.report(SHUTOFF)
    assert world.vm().held.disk_gib
    report(world, other, guest())
    decide(world, Action.ADOPT, other)
    assert world.vm().host == f"hosts/{other}"
    assert not host_of_world(world, was).holdings
    assert host_of_world(world, other).holdings["uid-web"] == world.vm().held


def test_a_newer_incarnation_on_its_own_host_is_adopted_in_place() -> None:
    world = two_hosts()
    world.ask(Verb.START)
    world.report(RUNNING)
    host = world.vm().host.removeprefix("hosts/")
    report(world, host, guest(incarnation=2))
    for verb in (Verb.STOP, Verb.PAUSE, Verb.REBOOT):
        # The agent would not do it to a newer guest.
        with pytest.raises(GuestElsewhere):
            world.ask(verb)
    decide(world, Action.ADOPT, host)
    assert (world.vm().state, world.vm().incarnation) == (VmState.RUNNING, 2)
    assert host_of_world(world, host).allocated == world.vm().held
    world.ask(Verb.STOP)


def test_a_vm_that_may_run_elsewhere_adopts_nothing() -> None:
    world = two_hosts()
    world.ask(Verb.START)
    world.report(RUNNING)
    other = "node-2" if world.vm().host == "hosts/node-1" else "node-1"
    report(world, other, guest())
    with pytest.raises(WrongState):
        decide(world, Action.ADOPT, other)
    world.ask(Verb.STOP)


def test_a_guest_is_adopted_only_where_there_is_room() -> None:
    world = two_hosts()
    world.host("small", vcpus=1, memory_mib=512)
    report(world, "small", guest())
    before = contents(world.fleet)
    with pytest.raises(InsufficientResources):
        decide(world, Action.ADOPT, "small")
    assert contents(world.fleet) == before


def test_a_guest_of_no_vm_is_not_adopted_and_can_be_stopped() -> None:
    world = two_hosts()
    report(world, "node-1", guest(vm_uid="uid-stranger"))
    with pytest.raises(NotFound) as refused:
        decide(world, Action.ADOPT, vm_uid="uid-stranger")
    assert refused.value.kind == "vm"
    decide(world, Action.STOP, vm_uid="uid-stranger")
    assert host_of_world(world).unexpected["uid-stranger"].stop_requested


def test_what_is_not_there_is_not_decided_about() -> None:
    with pytest.raises(NotFound) as refused:
        decide(two_hosts(), Action.STOP)
    assert refused.value.kind == "guest"


def test_a_stopped_guest_is_in_the_way_until_it_does_not_run() -> None:
    world = two_hosts()
    report(world, "node-1", guest())
    decide(world, Action.STOP)
    before = len(world.history)
    decide(world, Action.STOP)
    assert len(world.history) == before
    with pytest.raises(GuestElsewhere):
        world.ask(Verb.START)
    report(world, "node-1", guest(SHUTOFF), inventory=False)
    assert world.ask(Verb.START).placed


def test_a_stopped_guest_that_runs_again_is_in_the_way_again() -> None:
    world = two_hosts()
    report(world, "node-1", guest(SHUTOFF))
    decide(world, Action.STOP)
    report(world, "node-1", guest(RUNNING))
    with pytest.raises(GuestElsewhere):
        world.ask(Verb.START)
    # And a decision is about one incarnation.
    report(world, "node-1", guest(SHUTOFF, incarnation=9))
    with pytest.raises(GuestElsewhere):
        world.ask(Verb.START)


def test_all_guests_of_a_host_are_decided_about_at_once() -> None:
    world = two_hosts()
    world.create("db")
    report(world, "node-1", guest(), guest(vm_uid="uid-db"), guest(vm_uid="uid-stranger"))
    decide(world, Action.ADOPT, vm_uid="")
    assert [world.vm(name).state for name in ("web", "db")] == [VmState.RUNNING] * 2
    assert set(host_of_world(world).unexpected) == {"uid-stranger"}
    with pytest.raises(NotFound):
        decide(world, Action.ADOPT, vm_uid="")
    decide(world, Action.STOP, vm_uid="")


def test_an_adopted_guest_is_adopted_once() -> None:
    world = two_hosts()
    report(world, "node-1", guest())
    decide(world, Action.ADOPT)
    before = len(world.history)
    decide(world, Action.ADOPT)
    assert len(world.history) == before


def test_a_refused_adoption_leaves_no_trace() -> None:
    world = two_hosts()
    report(world, "node-1", guest())
    before = contents(world.fleet)
    mark = world.fleet.mark()
    with pytest.raises(NotFound):
        decide(world, Action.ADOPT, "node-2")
    world.fleet.undo(mark)
    assert contents(world.fleet) == before
    assert [host.name for host, _ in world.fleet.unexpected_guests("uid-web")] == ["hosts/node-1"]


def replayed(world: World) -> Fleet:
    fleet = Fleet()
    fleet.replay(world.history)
    return fleet


def test_a_replay_and_a_snapshot_know_the_same_guests() -> None:
    world = two_hosts()
    report(world, "node-1", guest(), guest(PAUSED, vm_uid="uid-stranger"))
    decide(world, Action.STOP, vm_uid="uid-stranger")
    known: Mapping[str, UnexpectedGuest] = host_of_world(world).unexpected
    assert replayed(world).hosts["uid-node-1"].unexpected == known
    assert host_of(host_message(host_of_world(world))).unexpected == known
    restored = Fleet()
    restored.restore(world.fleet.captured(1, NOW))
    assert [host.name for host, _ in restored.unexpected_guests("uid-web")] == ["hosts/node-1"]


def test_a_diskless_guest_that_is_off_holds_nothing_once_adopted() -> None:
    world = world_with_host()
    world.create(of=spec(disk_gib=0))
    report(world, "node-1", guest(SHUTOFF))
    decide(world, Action.ADOPT)
    assert world.vm().held == NOTHING
    assert not host_of_world(world).holdings
