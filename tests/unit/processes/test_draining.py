"""Drains: every VM leaves by its policy, a few at once, whatever fails and whenever the control plane ends."""

from dataclasses import replace

import pytest

from controlplane.commands.trouble import CancelDrain, FenceHost, LoseHost, RegainHost
from controlplane.commands.vm import RestartVm, VmCommand
from controlplane.domain.errors import Unavailable
from controlplane.domain.host.states import HostState
from controlplane.domain.host.unexpected_guests import UnexpectedGuest
from controlplane.domain.reasons import Reason
from controlplane.domain.time import SECOND
from controlplane.domain.vm.availability import RestartWhen
from controlplane.domain.vm.states import Verb, VmState
from controlplane.processes.draining import ACTOR, IN_VAIN_US
from tests.support.controlplane import PROJECT, RUNNING, create, spec
from tests.support.obedient_agents import failed_move
from tests.support.processes import LIVE, MOVES, POOL, RESTART, STOP, cluster, running

OPERATOR = 1  # chronovisor.v1.FenceMethod


async def test_each_vm_leaves_by_its_policy_and_then_the_host_is_in_maintenance() -> None:
    bench = cluster()
    bench.run_vm("live")
    bench.run_vm("restarted", RESTART)
    bench.run_vm("stopped", STOP)
    incarnations = {name: bench.vm(name).incarnation for name in ("live", "restarted")}
    bench.host("b", POOL)
    bench.drain()
    async with running(bench):
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
        await bench.until(lambda: "restarted" in bench.where())
    assert bench.where() == {"live": "b", "restarted": "b"}
    assert bench.vm("stopped").state is VmState.STOPPED
    assert all(bench.vm(name).incarnation == before + 1 for name, before in incarnations.items())
    verbs = {each.name.rpartition("/")[2]: each.verb for each in bench.sent(VmCommand)}
    assert verbs == {"live": Verb.MIGRATE, "restarted": Verb.STOP, "stopped": Verb.STOP}
    context = next(context for command, context in bench.commands if isinstance(command, VmCommand))
    drain = next(each for each in bench.world.history if each.event.WhichOneof("payload") == "host_drain_requested")
    assert (context.actor, context.causation) == (ACTOR, f"hosts/uid-a@{drain.version}")


async def test_no_more_are_moved_at_once_than_the_drain_says() -> None:
    bench = cluster()
    for number in range(7):
        bench.run_vm(f"vm-{number}", [LIVE, RESTART, STOP][number % 3], spec(1, 512, 0))
    bench.host("b", POOL)
    bench.drain(max_parallel=2)
    async with running(bench):
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
    assert bench.most_moving == 2


async def test_a_vm_without_a_place_stays_and_goes_once_there_is_one() -> None:
    bench = cluster()
    bench.run_vm("big", of=spec(vcpus=6))
    bench.run_vm("small", of=spec(vcpus=1))
    bench.host("b", POOL, vcpus=4)
    bench.drain()
    async with running(bench):
        await bench.until(lambda: bench.where().get("small") == "b")
        for _ in range(10):
            bench.later(IN_VAIN_US / SECOND / 5)
            await bench.settle()
        assert bench.state() is HostState.DRAINING
        assert bench.vm("big").state is VmState.RUNNING
        (line,) = bench.draining.waiting_for("uid-a")
        assert line.startswith("projects/default/vms/big: no host fits")
        # Not planned anew each second while nothing has changed.
        assert bench.plans < 6
        bench.host("c", POOL)
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
    assert bench.where() == {"big": "c", "small": "b"}
    assert bench.draining.waiting_for("uid-a") == []


async def test_a_vm_that_is_to_be_restarted_is_not_stopped_before_there_is_a_place() -> None:
    bench = cluster()
    bench.run_vm("big", RESTART, spec(vcpus=6))
    bench.drain()
    async with running(bench):
        bench.later(100)
        await bench.settle()
        assert bench.vm("big").state is VmState.RUNNING
        bench.host("c", POOL)
        await bench.until(lambda: bench.where() == {"big": "c"})


async def test_a_vm_whose_disk_is_here_alone_is_moved_with_it_and_not_restarted() -> None:
    bench = cluster(traits=MOVES)
    bench.run_vm("web", RESTART)
    bench.host("b", MOVES)
    bench.drain()
    async with running(bench):
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
    assert bench.where() == {"web": "b"}
    assert [each.verb for each in bench.sent(VmCommand)] == [Verb.MIGRATE]


async def test_a_paused_vm_is_moved_as_it_is() -> None:
    bench = cluster()
    bench.run_vm("web")
    bench.world.ask(Verb.PAUSE)
    bench.world.report(2)
    bench.host("b", POOL)
    bench.drain()
    async with running(bench):
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
    assert (bench.vm().state, bench.vm().host) == (VmState.PAUSED, "hosts/b")


async def test_a_vm_that_starts_meanwhile_is_moved_once_it_runs() -> None:
    bench = cluster()
    bench.carry_out(create("web", start=True))
    bench.host("b", POOL)
    bench.drain()
    async with running(bench):
        await bench.settle()
        assert bench.draining.waiting_for("uid-a") == ["projects/default/vms/web: is starting"]
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
    assert bench.where() == {"web": "b"}


async def test_a_guest_that_could_not_be_stopped_before_is_stopped() -> None:
    bench = cluster()
    bench.run_vm("web")
    bench.world.ask(Verb.STOP)
    bench.world.pass_deadline()
    assert bench.vm().state is VmState.FAILED
    bench.drain()
    async with running(bench):
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
    assert bench.vm().state is VmState.STOPPED


async def test_a_move_that_fails_is_tried_again_later_and_elsewhere() -> None:
    bench = cluster()
    bench.run_vm("web")
    bench.host("b", POOL)
    bench.host("c", POOL)
    bench.drain()
    async with running(bench):
        await bench.settle()
        first = bench.vm().migration
        assert first is not None
        bench.carry_out(failed_move(bench.world, bench.vm()))
        await bench.settle()
        assert bench.vm().state is VmState.RUNNING
        assert "the link broke" in bench.draining.waiting_for("uid-a")[0]
        bench.later(4)
        await bench.settle()
        assert bench.vm().state is VmState.RUNNING
        bench.later(2)
        await bench.settle()
        second = bench.vm().migration
        assert second is not None
        assert second.host != first.host
        assert second.auto_converge
        # Where nothing else is left, one that failed before is tried once more.
        bench.carry_out(failed_move(bench.world, bench.vm()))
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
    assert len(bench.sent(VmCommand)) == 3


async def test_a_destination_that_takes_no_more_is_not_insisted_upon() -> None:
    bench = cluster()
    bench.run_vm("one")
    bench.run_vm("two")
    bench.host("b", POOL)
    bench.host("c", POOL, vcpus=64, memory_mib=64 * 1024)
    bench.drain(max_parallel=1)
    async with running(bench):
        await bench.settle()
        moving = next(vm for vm in bench.world.fleet.vms.values() if vm.migration)
        assert moving.migration is not None
        chosen = moving.migration.host
        # It goes away while the first is moved; the second was to go there, too.
        bench.drain(chosen.partition("/")[2])
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
        await bench.until(lambda: bench.state(chosen.partition("/")[2]) is HostState.MAINTENANCE)
    assert set(bench.where().values()) == {"b" if chosen == "hosts/c" else "c"}


async def test_hosts_that_are_drained_together_do_not_fill_each_other() -> None:
    bench = cluster()
    bench.run_vm("one")
    bench.host("b", POOL)
    bench.carry_out(replace(create("two", replace(spec(), rules=spec().rules._replace(host="hosts/b")), start=True)))
    bench.world.report(RUNNING, "two")
    bench.host("c", POOL)
    bench.world.fleet.vms["uid-two"] = bench.vm("two")._replace(spec=spec())
    bench.drain("a")
    bench.drain("b")
    async with running(bench):
        await bench.until(lambda: {bench.state("a"), bench.state("b")} == {HostState.MAINTENANCE})
    assert bench.where() == {"one": "c", "two": "c"}
    assert bench.plans == 1


async def test_a_drain_that_is_cancelled_begins_nothing_more_and_what_is_under_way_ends() -> None:
    bench = cluster()
    bench.run_vm("one")
    bench.run_vm("two")
    bench.host("b", POOL)
    bench.drain(max_parallel=1)
    async with running(bench):
        await bench.settle()
        drain = bench.world.fleet.hosts["uid-a"].drain
        assert drain is not None
        bench.carry_out(CancelDrain("uid-a", drain.version))
        await bench.until(lambda: len(bench.where()) == 2)
        for _ in range(5):
            bench.later(60)
            await bench.settle()
    assert bench.state() is HostState.CORDONED
    assert sorted(bench.where().values()) == ["a", "b"]
    assert bench.draining.progress("uid-a") is None


async def test_a_host_that_is_lost_meanwhile_is_drained_on_once_it_is_back() -> None:
    bench = cluster()
    bench.run_vm("web")
    bench.host("b", POOL)
    bench.drain()
    bench.carry_out(LoseHost("uid-a", 30 * SECOND))
    async with running(bench):
        bench.later(60)
        await bench.settle()
        lines = bench.draining.waiting_for("uid-a")
        assert "hosts/a is DOWN" in lines[0]
        assert bench.commands == []
        bench.carry_out(RegainHost("uid-a", HostState.DOWN))
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
    assert bench.where() == {"web": "b"}


@pytest.mark.parametrize("moving", [False, True])
async def test_a_host_that_is_fenced_meanwhile_is_drained_by_that(moving: bool) -> None:
    bench = cluster()
    bench.run_vm("kept", when=RestartWhen.HOST_FAILED)
    bench.run_vm("lost", STOP)
    bench.host("b", POOL)
    bench.drain(max_parallel=2)
    async with running(bench):
        if moving:
            await bench.settle()
            assert bench.vm("kept").state is VmState.MIGRATING
        bench.carry_out(FenceHost("hosts/a", method=OPERATOR))
        await bench.until(lambda: bench.where() == {"kept": "b"})
    host = bench.world.fleet.hosts["uid-a"]
    assert (host.state, host.place) == (HostState.FENCED, HostState.MAINTENANCE)
    assert host.allocated.vcpus == 0


async def test_an_active_guest_that_is_not_expected_keeps_a_host_from_maintenance() -> None:
    bench = cluster()
    bench.run_vm("web")
    bench.host("b", POOL)
    bench.drain()
    host = bench.world.fleet.hosts["uid-a"]
    guests = host.unexpected.insert("stray", UnexpectedGuest("stray", 1, RUNNING))
    bench.world.fleet.hosts["uid-a"] = host._replace(unexpected=guests)
    async with running(bench):
        await bench.until(lambda: bench.where() == {"web": "b"})
        await bench.settle()
        assert bench.state() is HostState.DRAINING
        assert bench.draining.waiting_for("uid-a")[0].startswith("stray: a guest of it that is not expected")
        host = bench.world.fleet.hosts["uid-a"]
        bench.world.fleet.hosts["uid-a"] = host._replace(unexpected=guests.remove("stray"))
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)


async def test_with_disks_a_host_is_drained_once_nothing_at_all_is_held_there() -> None:
    bench = cluster(traits=MOVES)
    bench.run_vm("web")
    bench.world.ask(Verb.STOP)
    bench.world.report(3)
    bench.host("b", MOVES)
    bench.drain(move_disks=True)
    async with running(bench):
        await bench.settle()
        assert "its disk is on this host alone" in bench.draining.waiting_for("uid-a")[0]
        bench.carry_out(VmCommand(Verb.DELETE, f"{PROJECT}/vms/web"))
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)


async def test_with_disks_those_on_shared_storage_are_held_by_another_host() -> None:
    bench = cluster()
    bench.run_vm("web")
    bench.run_vm("live")
    bench.world.ask(Verb.STOP)
    bench.world.report(3)
    bench.host("b", POOL, disk_gib=15)
    bench.drain(move_disks=True)
    async with running(bench):
        await bench.until(lambda: bench.where() == {"live": "b"})
        await bench.settle()
        assert "no host fits" in bench.draining.waiting_for("uid-a")[0]
        bench.host("c", POOL)
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
    assert bench.vm().host == "hosts/c"
    assert bench.vm().state is VmState.STOPPED
    assert not bench.world.fleet.hosts["uid-a"].holdings
    assert bench.world.fleet.hosts["uid-c"].holdings.get("uid-web") == bench.vm().held


async def test_time_left_is_known_once_something_has_been_moved() -> None:
    bench = cluster()
    for number in range(4):
        bench.run_vm(f"vm-{number}", of=spec(1, 512, 0))
    bench.host("b", POOL)
    bench.drain(max_parallel=1)
    async with running(bench):
        await bench.settle()
        assert bench.draining.remaining_s("uid-a") is None
        progress = bench.draining.progress("uid-a")
        assert progress is not None
        assert (progress.vms, progress.left) == (4, 4)
        await bench.until(lambda: len(set(bench.where().items()) & {(f"vm-{n}", "b") for n in range(4)}) == 2)
        progress = bench.draining.progress("uid-a")
        assert progress is not None
        assert progress.left == 2
        assert progress.remaining_s is not None
        assert progress.remaining_s > 0


async def test_a_ledger_that_takes_no_commands_gets_none_for_a_while() -> None:
    bench = cluster()
    bench.run_vm("web")
    bench.host("b", POOL)
    bench.drain()
    bench.refusals = [Unavailable(Reason.LEDGER_UNAVAILABLE, "not now", 5.0)]
    async with running(bench):
        bench.later(4)
        await bench.settle()
        assert len(bench.commands) == 1
        bench.later(1)
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)


async def test_a_fault_with_one_vm_keeps_no_other_from_leaving() -> None:
    bench = cluster()
    bench.run_vm("one", STOP)
    bench.run_vm("two", STOP)
    bench.drain(max_parallel=1)
    bench.refusals = [RuntimeError("a fault")]
    async with running(bench):
        await bench.settle()
        assert "see its log" in bench.draining.waiting_for("uid-a")[0]
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)


async def test_a_vm_that_somebody_stops_meanwhile_stays_stopped() -> None:
    bench = cluster()
    bench.run_vm("web", RESTART)
    bench.host("b", POOL)
    bench.drain()
    async with running(bench):
        await bench.settle()
        assert bench.vm().restarts
        bench.carry_out(VmCommand(Verb.STOP, f"{PROJECT}/vms/web"))
        await bench.until(lambda: bench.state() is HostState.MAINTENANCE)
        await bench.until(lambda: bench.vm().state is VmState.STOPPED)
        bench.later(600)
        await bench.settle()
    assert bench.vm().state is VmState.STOPPED
    assert bench.sent(RestartVm) == []
