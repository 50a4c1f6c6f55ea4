"""What if: with nothing changed it is what happened, to the host; changed, it keeps every rule of what is held."""

from collections.abc import Sequence

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.commands.vm import ReportVm
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.network.aggregate import Connection
from controlplane.domain.placement.policy import parse_policy
from controlplane.domain.resource_kinds import NETWORKS
from controlplane.domain.resources import NOTHING, Resources, capacity_of
from controlplane.domain.time import SECOND, Micros, micros_of
from controlplane.domain.vm.states import Verb, VmState
from controlplane.what_if.replay import Replay
from controlplane.what_if.scenario import Changes, Point, Scenario, Summary
from tests.support.controlplane import (
    ABSENT,
    NOW,
    RUNNING,
    SHUTOFF,
    World,
    contents,
    inventory,
    register,
    spec,
    world_with_host,
)
from tests.support.networks import add_host, add_network, on, with_cards
from tests.support.trouble import moving, next_of_migration
from tests.unit.commands import test_random_histories as random_histories

NO_CHANGE = Changes()
HOUR = 3600 * SECOND


def more(name: str, **amounts: int) -> Host:
    """A host that there was not."""
    command = register(name, inventory(**amounts))
    capacity = capacity_of(command.inventory)
    return Host(
        command.uid, command.name, command.inventory, command.platform, "", (), Micros(0), Micros(0), capacity=capacity
    )


def positioned(history: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    return [each._replace(position=place) for place, each in enumerate(history, 1)]


def batches(history: Sequence[RecordedEvent]) -> list[list[RecordedEvent]]:
    """One a moment: a command's events stay together."""
    found: list[list[RecordedEvent]] = []
    for each in positioned(history):
        if found and micros_of(found[-1][-1].event.commit_time) == micros_of(each.event.commit_time):
            found[-1].append(each)
        else:
            found.append([each])
    return found


def replay_of(
    history: Sequence[RecordedEvent], changes: Changes, start: int = 0, points: int = 10
) -> tuple[Replay, list[Point], Summary]:
    """The window from after the first `start` batches."""
    was, position, all_batches = Fleet(), 0, batches(history)
    time = micros_of(history[0].event.commit_time)
    for batch in all_batches[:start]:
        for each in batch:
            was.apply(each.stream, each.version, each.event)
        position, time = batch[-1].position, micros_of(batch[-1].event.commit_time)
    was.settle()
    scenario = Scenario(position, len(history), changes, points)
    replay = Replay(was, scenario, position, time, micros_of(history[-1].event.commit_time))
    results: list[Point | Summary] = []
    for batch in all_batches[start:]:
        results += replay.take(batch)
    results += replay.end()
    summary = results.pop()
    assert isinstance(summary, Summary)
    return replay, [each for each in results if isinstance(each, Point)], summary


def summary_of(world: World, changes: Changes, start: int = 0) -> Summary:
    return replay_of(world.history, changes, start)[2]


def later(world: World, seconds: int = 1) -> None:
    world.now = Micros(world.now + seconds * SECOND)


def run(world: World, name: str, vcpus: int = 2) -> None:
    world.create(name, spec(vcpus), start=True)
    later(world)
    world.report(RUNNING, name)
    later(world)


def stop(world: World, name: str) -> None:
    world.ask(Verb.STOP, name)
    later(world)
    world.report(SHUTOFF, name)
    later(world)


def destroy(world: World, name: str) -> None:
    world.ask(Verb.DELETE, name)
    later(world)
    if name in {each.name.rpartition("/")[2] for each in world.fleet.vms.values()}:
        world.report(ABSENT, name)
        later(world)


def test_under_spread_vms_land_elsewhere_and_more_hosts_are_in_use() -> None:
    world = world_with_host()
    world.host("node-2")
    later(world)
    run(world, "a", vcpus=1)
    run(world, "b", vcpus=1)
    found = summary_of(world, Changes(policy=parse_policy("spread")))
    assert (found.starts, found.elsewhere, found.refused) == (2, 1, {})
    assert [(each.vm.rpartition("/")[2], each.was, each.would) for each in found.moves] == [
        ("b", "hosts/node-1", "hosts/node-2")
    ]
    assert (found.was.peak_hosts, found.would.peak_hosts) == (1, 2)


def test_a_ratio_makes_room_and_one_below_takes_it() -> None:
    world = world_with_host(vcpus=4)
    run(world, "a", vcpus=3)
    world.host("node-2", vcpus=4)
    run(world, "b", vcpus=3)
    assert summary_of(world, Changes(ratios={"vcpus": 2.0})).would.classes["vcpus"].total > 0
    tight = summary_of(world, Changes(ratios={"vcpus": 0.5}))
    assert tight.refused == {"NO_CAPACITY": 2}
    assert tight.left_out == 2
    assert [each.vm.rpartition("/")[2] for each in tight.refusals] == ["a", "b"]
    assert "vcpus" in tight.refusals[0].message


def test_what_was_refused_keeps_out_until_it_is_started_again() -> None:
    world = world_with_host(vcpus=8)
    run(world, "a", vcpus=4)
    run(world, "b", vcpus=4)
    world.ask(Verb.PAUSE, "b")
    later(world)
    stop(world, "b")
    stop(world, "a")
    world.ask(Verb.START, "b")
    later(world)
    replay, _, found = replay_of(world.history, Changes(ratios={"vcpus": 0.5}))
    assert found.refused == {"NO_CAPACITY": 1}
    assert found.left_out == 0
    started = replay.would.vm_named("projects/default/vms/b")
    assert started is not None
    assert started.host == "hosts/node-1"


def test_what_was_refused_is_destroyed_as_recorded() -> None:
    world = world_with_host(vcpus=4)
    run(world, "a", vcpus=4)
    destroy(world, "a")
    replay, _, found = replay_of(world.history, Changes(ratios={"vcpus": 0.5}))
    assert found.refused == {"NO_CAPACITY": 1}
    assert not replay.would.vms
    assert [each.allocated for each in replay.would.hosts.values()] == [NOTHING]


def test_vms_of_a_host_that_is_taken_away_run_on_elsewhere_if_there_is_room() -> None:
    world = world_with_host(vcpus=8)
    for name in ("a", "b"):
        run(world, name, vcpus=4)
    world.host("node-2", vcpus=4)
    later(world)
    start = len(batches(world.history))
    stop(world, "a")
    replay, _, found = replay_of(world.history, Changes(without=frozenset({"hosts/node-1"})), start)
    assert (found.displaced, found.refused, found.left_out) == (2, {"NO_CAPACITY": 1}, 1)
    assert found.refusals[0].vm == "projects/default/vms/b"
    assert replay.would.host_named("hosts/node-1") is None
    assert [each.allocated for each in replay.would.hosts.values()] == [Resources(disk_gib=10)]


def test_another_fleet_takes_the_place_of_the_recorded_one() -> None:
    world = world_with_host(vcpus=8)
    run(world, "a", vcpus=4)
    run(world, "b", vcpus=4)
    changes = Changes(hosts=tuple(more(f"small-{each}", vcpus=4) for each in range(3)), only_these=True)
    for start in range(len(batches(world.history))):
        replay, points, found = replay_of(world.history, changes, start)
        assert not found.refused
        assert sorted(each.name for each in replay.would.hosts.values()) == [f"hosts/small-{each}" for each in range(3)]
        assert points[-1].would.hosts_in_use == 2
        assert points[-1].was.hosts_in_use == 1


def test_host_hours_and_eta_are_integrals_over_the_window() -> None:
    world = world_with_host(vcpus=8)
    later(world, 3600)
    world.create("a", spec(vcpus=4), start=True)
    later(world, 3600)
    world.report(RUNNING, "a")
    later(world, 3600)
    world.host("node-2", vcpus=8)
    _, points, found = replay_of(world.history, NO_CHANGE, points=4)
    assert found.was == found.would
    assert (found.start_time, found.end_time) == (NOW, NOW + 3 * HOUR)
    assert found.was.host_micros == 2 * HOUR
    vcpus = found.was.classes["vcpus"]
    assert (vcpus.allocated, vcpus.total, vcpus.total_in_use) == (8 * HOUR, 24 * HOUR, 16 * HOUR)
    assert [(each.time - NOW) // HOUR for each in points] == [0, 1, 2, 3]
    assert [each.was.hosts_in_use for each in points] == [0, 1, 1, 1]


def test_a_quota_that_the_record_kept_is_kept_by_another_order_of_things() -> None:
    world = World()
    world.project(Resources(vcpus=4))
    world.host("node-1", vcpus=2)
    later(world)
    run(world, "a", vcpus=2)
    destroy(world, "a")
    run(world, "b", vcpus=2)
    assert summary_of(world, Changes(policy=parse_policy("balance"))).refused == {}


def a_move(reports: int) -> World:
    """A VM that moves from node-1, after so many reports of a migration that goes well."""
    world = World()
    world.project()
    for name in ("node-1", "node-2"):
        world.carry_out(moving(register(name, inventory())))
    later(world)
    run(world, "web")
    world.ask(Verb.MIGRATE)
    for _ in range(reports):
        later(world)
        reported = next_of_migration(world.vm(), world.now)[0]
        world.carry_out(ReportVm(reported.host_uid, world.vm().uid, reported.report))
    return world


@pytest.mark.parametrize("reports", range(5))
def test_a_vm_moves_again_and_holds_on_both_hosts_meanwhile(reports: int) -> None:
    world = a_move(reports)
    replay, _, found = replay_of(world.history, NO_CHANGE)
    assert contents(replay.would) == contents(world.fleet)
    assert found.was == found.would


@pytest.mark.parametrize("start", [0, 4, 5, 6, 7])
def test_a_vm_that_has_nowhere_to_move_to_stays_where_it_is(start: int) -> None:
    """Also where it was on its way when the host was taken away, and where it had arrived there."""
    replay, _, found = replay_of(a_move(4).history, Changes(without=frozenset({"hosts/node-2"})), start)
    (vm,) = replay.would.vms.values()
    assert (vm.state, vm.host, vm.migration) == (VmState.RUNNING, "hosts/node-1", None)
    (host,) = replay.would.hosts.values()
    assert (host.allocated, found.left_out) == (vm.held, 0)


def a_fleet_on_a_network() -> World:
    """Two hosts; `a` runs on the network `web`, and has the second address, as `gone` had the first."""
    world = World()
    world.project()
    for name in ("node-1", "node-2"):
        add_host(world, name)
    later(world)
    add_network(world, "web", Connection(ipv4_cidr="10.1.0.0/24", ipv4_gateway="10.1.0.1"))
    later(world)
    for name in ("gone", "a"):
        world.create(name, with_cards(on("web")), start=True)
        later(world)
        world.report(RUNNING, name)
        later(world)
    destroy(world, "gone")
    return world


@pytest.mark.parametrize("start", range(12))
def test_vms_on_networks_start_with_the_addresses_that_they_had(start: int) -> None:
    """Whether the network was there before the window, or is created in it; on whatever host they are."""
    world = a_fleet_on_a_network()
    stop(world, "a")
    world.ask(Verb.START, "a")
    later(world)
    world.create("b", with_cards(on("web")), start=True)
    replay, _, found = replay_of(world.history, NO_CHANGE, start)
    assert found.refused == {}
    assert contents(replay.would) == contents(world.fleet)
    replay, _, found = replay_of(world.history, Changes(without=frozenset({"hosts/node-1"})), start)
    assert found.refused == {}
    assert {vm.host for vm in replay.would.vms.values()} == {"hosts/node-2"}
    assert {vm.name: vm.cards for vm in replay.would.vms.values()} == {
        vm.name: vm.cards for vm in world.fleet.vms.values()
    }


def test_what_is_not_started_holds_no_address() -> None:
    world = a_fleet_on_a_network()
    replay, _, found = replay_of(world.history, Changes(ratios={"vcpus": 0.001}))
    assert found.refused == {"NO_CAPACITY": 2}
    assert replay.would.held_addresses("uid-web") == 0
    assert replay.would.of(NETWORKS) == world.fleet.of(NETWORKS)


class Replays(random_histories.Histories):
    """Whatever happened, replaying it unchanged from the middle gives it again; changed, the books still add up."""

    def teardown(self) -> None:
        history, total = self.world.history, len(batches(self.world.history))
        for start in (0, total // 2, total):
            replay, points, found = replay_of(history, NO_CHANGE, start)
            assert contents(replay.would) == contents(self.world.fleet)
            assert (found.elsewhere, found.refused, found.left_out) == (0, {}, 0)
            assert found.was == found.would
            assert all(each.was == each.would for each in points)
            for changes in CHANGED:
                self.books_add_up(replay_of(history, changes, start)[0].would)

    def books_add_up(self, would: Fleet) -> None:
        assert would.vms.keys() == self.world.fleet.vms.keys()
        held: dict[str, dict[str, Resources]] = {}
        for vm in would.vms.values():
            for host_uid, _, amount in vm.holdings():
                held.setdefault(host_uid, {})[vm.uid] = amount
        for host in would.hosts.values():
            holdings = dict(host.holdings.items())
            assert holdings == held.pop(host.uid, {})
            assert sum(holdings.values(), NOTHING) == host.allocated
        assert not held


CHANGED = (
    Changes(policy=parse_policy("spread")),
    Changes(ratios={"vcpus": 0.4}),
    Changes(ratios={"vcpus": 3.0, "gpu.a100": 0.5}, hosts=(more("x1"), more("x2", vcpus=2))),
    Changes(without=frozenset({"hosts/h0", "hosts/h2"})),
    Changes(hosts=(more("x1", vcpus=6), more("x2", vcpus=6)), only_these=True),
    Changes(hosts=(more("x1", vcpus=0),), only_these=True),
)
TestReplays = Replays.TestCase
TestReplays.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestReplays = pytest.mark.slow(TestReplays)


@given(st.integers(2, 50))
def test_there_are_no_more_points_than_requested(points: int) -> None:
    world = world_with_host()
    for _ in range(7):
        later(world, 1000)
        run(world, f"vm{len(world.history)}", vcpus=1)
    assert len(replay_of(world.history, NO_CHANGE, points=points)[1]) <= points


def test_events_of_other_versions_are_applied_as_they_are() -> None:
    """What a project, a host or a VM has that the replay knows nothing of stays as it was."""
    world = world_with_host()
    later(world)
    run(world, "a")
    seal = RecordedEvent(
        "ledger", 1, ev.Event(batch_sealed=ev.BatchSealed(), commit_time=world.history[-1].event.commit_time)
    )
    assert summary_of(World(history=[*world.history, seal]), NO_CHANGE).requests == 4
