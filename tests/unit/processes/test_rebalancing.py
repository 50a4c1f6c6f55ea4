"""Rebalances: each move is looked at again before it begins, a few at once, and what is used is balanced once."""

from collections.abc import Sequence

from controlplane.commands.rebalancing import AdvanceRebalance, CancelRebalance, StartRebalance
from controlplane.domain.fleet import Fleet
from controlplane.domain.measured import MeasuredUse, Used
from controlplane.domain.rebalance.aggregate import Goal, MoveState, PlannedMove, Rebalance
from controlplane.domain.time import Micros
from controlplane.domain.vm.states import Verb
from controlplane.ledger.snapshots import codec
from controlplane.processes.rebalancing import Schedule
from tests.support.controlplane import PROJECT, SHUTOFF, spec
from tests.support.obedient_agents import failed_move
from tests.support.processes import POOL, Bench, cluster, running

WAITING, MOVING, MOVED = MoveState.WAITING, MoveState.MOVING, MoveState.MOVED
SKIPPED, FAILED = MoveState.SKIPPED, MoveState.FAILED


def move(name: str, target: str = "b", source: str = "a") -> PlannedMove:
    return PlannedMove(f"uid-{name}", f"{PROJECT}/vms/{name}", f"hosts/{source}", f"hosts/{target}", "why")


def start(bench: Bench, *moves: PlannedMove, goal: Goal = Goal.USED, parallel: int = 2) -> None:
    bench.carry_out(StartRebalance("r", goal, "", parallel, moves))


def rebalance(bench: Bench) -> Rebalance:
    return bench.world.fleet.rebalances["r"]


def states(bench: Bench) -> list[MoveState]:
    return [each.state for each in rebalance(bench).moves]


def two_hosts(*names: str) -> Bench:
    bench = cluster()
    for name in names:
        bench.run_vm(name, of=spec(vcpus=1, memory_mib=512, disk_gib=0))
    bench.host("b", POOL)
    return bench


async def ended(bench: Bench) -> None:
    async with running(bench):
        await bench.until(lambda: rebalance(bench).ended)


async def test_a_plan_is_carried_out_a_few_at_once() -> None:
    bench = two_hosts(*"abcde")
    start(bench, *map(move, "abcde"))
    await ended(bench)
    assert states(bench) == [MOVED] * 5
    assert bench.where() == dict.fromkeys("abcde", "b")
    assert bench.most_moving == 2
    moved = [each for each in bench.world.history if each.event.WhichOneof("payload") == "vm_migrate_requested"]
    assert {each.event.request_id for each in moved}


async def test_what_is_not_as_it_was_planned_for_is_left_out_with_why() -> None:
    bench = two_hosts("stopped", "gone", "here")
    bench.host("full", POOL, vcpus=0)
    start(bench, move("stopped"), move("gone"), move("here", "full"), move("never"))
    bench.world.ask(Verb.STOP, "stopped")
    bench.world.report(SHUTOFF, "stopped")
    bench.world.ask(Verb.DELETE, "gone")
    await ended(bench)
    assert states(bench) == [SKIPPED] * 4
    words = [each.detail for each in rebalance(bench).moves]
    assert words[0] == "the VM is not on hosts/a any more"
    assert "only what runs is moved" in words[1] or words[1] == "the VM is no more"
    assert "no host fits" in words[2]
    assert words[3] == "the VM is no more"
    assert bench.where() == {"here": "a"}


async def test_a_host_that_cannot_be_freed_any_more_is_left_as_it_is() -> None:
    bench = two_hosts("one", "two")
    start(bench, move("one"), move("two"), goal=Goal.FREE_HOSTS)
    bench.run_vm("new", of=spec(vcpus=1, memory_mib=512, disk_gib=0))
    assert bench.vm("new").host == "hosts/a"
    await ended(bench)
    assert states(bench) == [SKIPPED] * 2
    assert "cannot be freed any more" in rebalance(bench).moves[0].detail


async def test_a_violation_that_is_none_any_more_moves_nothing() -> None:
    bench = two_hosts("one")
    start(bench, move("one"), goal=Goal.VIOLATIONS)
    await ended(bench)
    assert [(each.state, each.detail) for each in rebalance(bench).moves] == [
        (SKIPPED, "all its rules are obeyed by now")
    ]


async def test_a_move_that_fails_is_recorded_and_the_others_go_on() -> None:
    bench = two_hosts("one", "two")
    start(bench, move("one"), move("two"), parallel=1)
    bench.carry_out(AdvanceRebalance("r"))
    assert states(bench) == [MOVING, WAITING]
    bench.carry_out(failed_move(bench.world, bench.vm("one")))
    await ended(bench)
    assert states(bench) == [FAILED, MOVED]
    assert rebalance(bench).moves[0].detail
    assert bench.where() == {"one": "a", "two": "b"}


async def test_once_cancelled_no_more_begin_and_what_is_under_way_ends() -> None:
    bench = two_hosts("one", "two", "three")
    start(bench, move("one"), move("two"), move("three"), parallel=1)
    bench.carry_out(AdvanceRebalance("r"))
    bench.carry_out(CancelRebalance("r"))
    assert not rebalance(bench).ended
    await ended(bench)
    assert states(bench) == [MOVED, WAITING, WAITING]
    assert rebalance(bench).cancelled
    # Twice is once.
    assert bench.carry_out(CancelRebalance("r")) is None


def test_nothing_to_do_changes_nothing() -> None:
    bench = two_hosts("one")
    start(bench, move("one"))
    bench.carry_out(AdvanceRebalance("r"))
    before = rebalance(bench)
    assert bench.carry_out(AdvanceRebalance("r")) is None
    assert bench.carry_out(AdvanceRebalance("nobody")) is None
    assert rebalance(bench) is before


def test_a_plan_without_moves_is_over_at_once() -> None:
    bench = two_hosts()
    start(bench)
    assert rebalance(bench).ended


def test_a_snapshot_has_those_that_run_and_those_that_ended() -> None:
    bench = two_hosts("one", "two")
    start(bench, move("one"), move("two"), parallel=1)
    bench.carry_out(AdvanceRebalance("r"))
    kept = rebalance(bench)
    assert codec.rebalance_of(codec.rebalance_message(kept)) == kept
    again = Fleet()
    again.restore(bench.world.fleet.captured(1, bench.world.now))
    assert again.rebalances == bench.world.fleet.rebalances


# By what is used.

GIB = 1024


def using(bench: Bench, hosts: dict[str, float], vms: dict[str, float]) -> None:
    """Shares of the hosts' 8 CPUs, and CPUs of VMs."""
    bench.use = MeasuredUse(
        {f"uid-{name}": Used(8 * share, GIB) for name, share in hosts.items()},
        {f"uid-{name}": Used(cpus, 100.0) for name, cpus in vms.items()},
    )


def pairs(moves: Sequence[PlannedMove]) -> list[tuple[str, str]]:
    return [(each.vm.rpartition("/")[2], each.target) for each in moves]


async def test_the_busiest_host_gives_to_the_least_busy_which_has_the_gain() -> None:
    bench = two_hosts("one", "two", "three")
    bench.host("c", POOL)
    using(bench, {"a": 0.9, "b": 0.5, "c": 0.1}, {"one": 2.4, "two": 2.4, "three": 2.4})
    moves = await bench.moves(Goal.USED)
    assert pairs(moves) == [("one", "hosts/c")]
    assert moves[0].why == "hosts/a uses 90%, hosts/c would use 40%"


async def test_nothing_moves_where_it_would_only_make_another_host_busy() -> None:
    bench = two_hosts("one")
    using(bench, {"a": 0.9, "b": 0.3}, {"one": 6.4})
    assert not await bench.moves(Goal.USED)
    # About as busy as each other.
    using(bench, {"a": 0.6, "b": 0.4}, {"one": 0.4})
    assert not await bench.moves(Goal.USED)


async def test_who_was_not_measured_gets_nothing_and_gives_nothing() -> None:
    bench = two_hosts("one")
    using(bench, {"a": 0.9}, {"one": 2.0})
    assert not await bench.moves(Goal.USED)
    using(bench, {"a": 0.9, "b": 0.1}, {})
    assert not await bench.moves(Goal.USED)


async def test_what_was_moved_rests_so_that_nothing_swings_back() -> None:
    bench = two_hosts("one", "two")
    bench.schedule = Schedule(cooldown_s=600)
    bench.begin()
    using(bench, {"a": 0.8, "b": 0.1}, {"one": 2.4, "two": 0.1})
    start(bench, *await bench.moves(Goal.USED))
    await ended(bench)
    assert bench.where() == {"one": "b", "two": "a"}
    # Its use has moved with it, and others have become idle.
    using(bench, {"a": 0.1, "b": 0.8}, {"one": 2.4, "two": 0.1})
    assert not await bench.moves(Goal.USED)
    # Also for a control plane that has just started; and not for ever.
    bench.begin()
    assert not await bench.moves(Goal.USED)
    bench.later(601)
    assert pairs(await bench.moves(Goal.USED)) == [("one", "hosts/a")]


async def test_by_schedule_one_begins_when_there_is_something_to_move_and_none_runs() -> None:
    bench = two_hosts("one", "two")
    await bench.rebalancing.begin()
    assert not bench.world.fleet.rebalances
    using(bench, {"a": 0.9, "b": 0.1}, {"one": 2.4, "two": 2.4})
    await bench.rebalancing.begin()
    await bench.rebalancing.begin()
    (begun,) = bench.world.fleet.rebalances.values()
    assert begun.goal is Goal.USED
    assert bench.commands[-1][1].reason == "by schedule"
    async with running(bench):
        await bench.until(lambda: all(each.ended for each in bench.world.fleet.rebalances.values()))
    assert begun.created > Micros(0)


def test_the_last_that_ended_are_kept() -> None:
    bench = two_hosts()
    for number in range(60):
        bench.later(1)
        bench.carry_out(StartRebalance(f"r{number}", Goal.USED, "", 1, ()))
    assert len(bench.world.fleet.rebalances) == 50
    assert "r59" in bench.world.fleet.rebalances
    assert "r0" not in bench.world.fleet.rebalances
