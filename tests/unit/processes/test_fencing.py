"""Fencing: by a fencer, by a watchdog's promise, by the system itself; cancelled, failed, repeated. No clock runs."""

import asyncio
from dataclasses import replace

from controlplane.commands.host import ReportHost
from controlplane.commands.trouble import ConfirmFence, FailFence, FenceHost, LoseHost, RegainHost
from controlplane.domain.errors import Unavailable
from controlplane.domain.host.states import HostState
from controlplane.domain.reasons import Reason
from controlplane.domain.time import SECOND
from controlplane.domain.vm.states import VmState
from controlplane.processes.fencing import FAULT, MARGIN_S, MOST_AT_ONCE
from tests.support.controlplane import inventory, register
from tests.support.processes import LEASE_S, POOL, WATCHDOG_S, Bench, FakeFencer, cluster, running

FENCER, WATCHDOG = 2, 3  # chronovisor.v1.FenceMethod
PROMISE_S = LEASE_S + WATCHDOG_S + MARGIN_S


def fencing(fencer: FakeFencer | None = None) -> Bench:
    """`hosts/a` with a VM, which its fencer is to power off."""
    bench = cluster()
    bench.fencer = fencer or FakeFencer()
    bench.run_vm("web")
    bench.carry_out(FenceHost("hosts/a", method=FENCER, has_fencer=True))
    return bench


def promised(bench: Bench) -> None:
    machine = replace(register("a", inventory()), traits=POOL, watchdog_us=round(WATCHDOG_S * SECOND))
    bench.carry_out(ReportHost(machine))


def lose(bench: Bench) -> None:
    bench.carry_out(LoseHost("uid-a", round(LEASE_S * SECOND)))


def detail(bench: Bench) -> str:
    events = [each.event for each in bench.world.history]
    return next(each.host_fenced.detail for each in reversed(events) if each.HasField("host_fenced"))


async def test_what_a_fencer_has_read_back_confirms_it() -> None:
    bench = fencing()
    async with running(bench):
        await bench.settle()
    assert (bench.state(), bench.vm().state, detail(bench)) == (HostState.FENCED, VmState.FAILED, "read back as off")
    assert [context.actor for _, context in bench.commands] == ["system:fencing"]


async def test_a_fencer_that_fails_leaves_all_as_it_was() -> None:
    bench = fencing(FakeFencer(failures=1))
    async with running(bench):
        await bench.settle()
        assert bench.sent(FailFence)[0].error == "the power is still on"
        assert (bench.state(), bench.vm().state) == (HostState.ACTIVE, VmState.RUNNING)
        # Nothing is tried again that nobody requests.
        bench.later(86_400)
        await bench.settle()
        assert len(bench.commands) == 1


async def test_a_fault_of_a_fencer_is_a_failure_that_says_so() -> None:
    class Faulty(FakeFencer):
        async def power_off(self, host: object) -> str:
            raise ZeroDivisionError

    bench = fencing(Faulty())
    async with running(bench):
        await bench.settle()
    assert [each.error for each in bench.sent(FailFence)] == [FAULT]


async def test_a_host_whose_fencer_is_configured_no_more_is_not_fenced() -> None:
    bench = fencing()
    bench.fencer = None
    async with running(bench):
        await bench.settle()
    assert [each.error for each in bench.sent(FailFence)] == ["no fencer is configured for it any more"]


async def test_a_cancelled_fencing_ends_its_fencer() -> None:
    fencer = FakeFencer(gate=asyncio.Event())
    bench = fencing(fencer)
    async with running(bench):
        await bench.settle()
        fence = bench.world.fleet.hosts["uid-a"].fence
        assert fence
        bench.carry_out(FailFence("uid-a", fence.version, "", cancelled=True))
        await bench.settle()
        assert fencer.ended == 1
        fencer.gate = None
        await bench.settle()
        assert (len(fencer.powered_off), bench.sent(ConfirmFence), bench.state()) == (1, [], HostState.ACTIVE)


async def test_what_was_read_back_is_recorded_once_the_ledger_takes_commands() -> None:
    fencer = FakeFencer()
    bench = fencing(fencer)
    bench.refusals = [Unavailable(Reason.LEDGER_UNAVAILABLE, "not now", 5.0)]
    async with running(bench):
        await bench.settle()
        assert bench.state() is HostState.ACTIVE
        bench.later(5)
        await bench.settle()
    assert (bench.state(), len(fencer.powered_off)) == (HostState.FENCED, 1)


async def test_no_more_fencers_run_at_once_than_may() -> None:
    fencer = FakeFencer(gate=asyncio.Event())
    bench = cluster()
    bench.fencer = fencer
    names = [f"h{number}" for number in range(MOST_AT_ONCE + 3)]
    for name in names:
        bench.host(name)
        bench.carry_out(FenceHost(f"hosts/{name}", method=FENCER, has_fencer=True))
    async with running(bench):
        await bench.settle()
        assert len(fencer.powered_off) == MOST_AT_ONCE
        assert fencer.gate
        fencer.gate.set()
        for _ in range(3):
            await bench.settle()
    assert {bench.state(name) for name in names} == {HostState.FENCED}


async def test_a_watchdogs_promise_confirms_it_when_its_time_has_passed_and_no_sooner() -> None:
    bench = cluster()
    promised(bench)
    bench.run_vm("web")
    lose(bench)
    bench.carry_out(FenceHost("hosts/a", method=WATCHDOG))
    async with running(bench):
        assert bench.fencing.remaining_s(bench.world.fleet.hosts["uid-a"]) == PROMISE_S
        bench.later(PROMISE_S - 0.001)
        await bench.settle()
        assert bench.state() is HostState.DOWN
        bench.later(0.001)
        await bench.settle()
        assert bench.state() is HostState.FENCED


async def test_a_control_plane_that_has_just_begun_waits_for_the_whole_promise() -> None:
    """The host's agent may have been answered until then, without having been regained."""
    bench = cluster()
    promised(bench)
    lose(bench)
    bench.carry_out(FenceHost("hosts/a", method=WATCHDOG))
    bench.later(PROMISE_S + 1)
    bench.begin()
    async with running(bench):
        assert bench.state() is HostState.DOWN
        bench.later(PROMISE_S)
        await bench.settle()
        assert bench.state() is HostState.FENCED


async def test_a_longer_lease_of_before_is_waited_for() -> None:
    bench = cluster()
    promised(bench)
    bench.carry_out(LoseHost("uid-a", round(10 * LEASE_S * SECOND)))
    bench.carry_out(FenceHost("hosts/a", method=WATCHDOG))
    async with running(bench):
        bench.later(PROMISE_S + 1)
        await bench.settle()
        assert bench.state() is HostState.DOWN
        bench.later(9 * LEASE_S)
        await bench.settle()
        assert bench.state() is HostState.FENCED


async def test_a_host_that_is_back_is_not_fenced_any_more() -> None:
    bench = cluster()
    promised(bench)
    bench.run_vm("web")
    lose(bench)
    bench.carry_out(FenceHost("hosts/a", method=WATCHDOG))
    async with running(bench):
        bench.carry_out(RegainHost("uid-a", HostState.DOWN))
        bench.later(10 * PROMISE_S)
        await bench.settle()
    assert (bench.state(), bench.vm().state, bench.commands) == (HostState.ACTIVE, VmState.RUNNING, [])


async def test_the_system_fences_a_host_that_is_lost_for_too_long_and_again_after_a_failure() -> None:
    bench = cluster()
    bench.fencer, bench.auto_fence_after_s = FakeFencer(failures=1), 600.0
    bench.begin()
    async with running(bench):
        lose(bench)
        bench.later(599)
        await bench.settle()
        assert bench.commands == []
        bench.later(1)
        await bench.settle()
        assert [type(command) for command, _ in bench.commands] == [FenceHost, FailFence]
        bench.later(59)
        await bench.settle()
        assert len(bench.commands) == 2
        bench.later(1)
        await bench.settle()
        await bench.settle()
    assert bench.state() is HostState.FENCED
    assert {context.actor for _, context in bench.commands} == {"system:fencing"}


async def test_the_system_fences_no_host_by_itself_unless_it_is_to() -> None:
    for fencer, after_s, connected in ((FakeFencer(), 0.0, False), (None, 600.0, False), (FakeFencer(), 600.0, True)):
        bench = cluster()
        bench.fencer, bench.auto_fence_after_s = fencer, after_s
        bench.connected = {"uid-a"} if connected else set()
        bench.begin()
        async with running(bench):
            lose(bench)
            bench.later(86_400)
            await bench.settle()
        assert (bench.commands, bench.state()) == ([], HostState.DOWN)
