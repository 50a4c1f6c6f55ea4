"""Restarts: every start that is owed is requested when it is due, until the VM has a host, and no other."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from controlplane.commands.trouble import FenceHost
from controlplane.commands.vm import RestartVm
from controlplane.domain.command import Answer, Command, CommandContext
from controlplane.domain.errors import DomainError, Unavailable
from controlplane.domain.reasons import Reason
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Spec
from controlplane.domain.vm.availability import Availability, RestartWhen
from controlplane.domain.vm.states import Desired, Verb, VmState
from controlplane.processes.restarts import ACTOR, LONGEST_RETRY_US, Restarts
from tests.support.controlplane import CRASHED, RUNNING, World, create, spec
from tests.support.waiting import patient

ALWAYS = Availability(when=RestartWhen.ALWAYS)
NO_DISK = spec(disk_gib=0)
OPERATOR = 1  # chronovisor.v1.FenceMethod


def two_hosts() -> World:
    world = World()
    world.project()
    world.host("node-1")
    world.host("node-2")
    return world


@dataclass
class Bench:
    """Restarts over a world whose time stands still until it is moved."""

    world: World = field(default_factory=two_hosts)
    # Raised instead of what the next commands would do.
    refusals: list[Exception] = field(default_factory=list[Exception])
    requested: list[str] = field(default_factory=list[str])
    origins: list[CommandContext] = field(default_factory=list[CommandContext])
    followed: int = 0

    def __post_init__(self) -> None:
        self.restarts = Restarts(self.submit, lambda: self.world.now)

    async def submit(self, command: Command[Answer | None], context: CommandContext) -> object:
        assert isinstance(command, RestartVm)
        self.requested.append(command.vm_uid.removeprefix("uid-"))
        self.origins.append(context)
        if self.refusals:
            raise self.refusals.pop(0)
        try:
            return self.world.carry_out(command)
        finally:
            self.publish()

    def publish(self) -> None:
        """What has been recorded since is published."""
        since, self.followed = self.followed, len(self.world.history)
        self.restarts.follow(self.world.history[since:])

    def run_vm(self, name: str, of: Spec = NO_DISK, **availability: object) -> None:
        """One that runs, on whatever host has room."""
        terms = ALWAYS._replace(**availability)  # pyright: ignore[reportArgumentType]
        labels = {"app": name}
        self.world.carry_out(replace(create(name, of, start=True), availability=terms, labels=labels))
        self.world.report(RUNNING, name)

    def fence(self, name: str) -> None:
        self.world.carry_out(FenceHost(f"hosts/{name}", method=OPERATOR))
        self.publish()

    def later(self, seconds: float) -> None:
        self.world.later(seconds)

    async def settle(self, ready: Callable[[], bool] | None = None) -> None:
        """Until that holds, or all has been done that can be done now."""
        # Time has been moved behind its back: it looks again.
        self.restarts.wake()
        async with asyncio.timeout(patient(5)):
            for turn in range(100_000):
                await asyncio.sleep(0)
                if ready() if ready else turn > 20:
                    return


@asynccontextmanager
async def running(bench: Bench) -> AsyncGenerator[Bench]:
    bench.publish()
    task = asyncio.create_task(bench.restarts.run())
    await bench.settle()
    try:
        yield bench
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def test_nothing_is_waited_for_of_a_vm_that_is_owed_nothing() -> None:
    bench = Bench()
    bench.run_vm("web")
    bench.publish()
    assert bench.restarts.waiting_for("uid-web") == ""
    assert bench.restarts.waiting_for("uid-nobody") == ""


async def test_a_vm_whose_host_is_fenced_is_started_elsewhere() -> None:
    bench = Bench()
    bench.run_vm("web")
    before = bench.world.vm("web")
    bench.fence(before.host.partition("/")[2])
    owed = bench.world.vm("web")
    async with running(bench):
        vm = bench.world.vm("web")
    assert (vm.state, vm.desired, vm.attempts) == (VmState.STARTING, Desired.RUNNING, 1)
    assert vm.host != before.host
    assert vm.incarnation > before.incarnation
    origin = bench.origins[0]
    assert (origin.actor, origin.causation) == (ACTOR, f"vms/uid-web@{owed.version}")


async def test_what_is_owed_by_a_snapshot_is_started_too() -> None:
    bench = Bench()
    bench.run_vm("web")
    bench.fence(bench.world.vm("web").host.partition("/")[2])
    bench.restarts = Restarts(bench.submit, lambda: bench.world.now)
    bench.restarts.restore(bench.world.fleet.captured(1, bench.world.now))
    async with running(bench):
        assert bench.world.vm("web").state is VmState.STARTING


async def test_a_vm_that_crashes_in_a_row_is_started_with_growing_pauses_and_at_last_no_more() -> None:
    bench = Bench()
    bench.run_vm("web", backoff_us=10 * SECOND, max_attempts=3)
    async with running(bench):
        for pause_s in (0, 10, 20):
            bench.world.report(CRASHED, "web")
            bench.publish()
            bench.later(pause_s - 0.5)
            await bench.settle()
            assert pause_s == 0 or bench.world.vm("web").state is VmState.FAILED
            bench.later(0.5)
            await bench.settle()
            assert bench.world.vm("web").state is VmState.STARTING
            bench.world.report(RUNNING, "web")
            bench.publish()
        bench.world.report(CRASHED, "web")
        bench.publish()
        bench.later(10_000)
        await bench.settle()
    vm = bench.world.vm("web")
    assert (vm.state, vm.desired) == (VmState.FAILED, Desired.STOPPED)
    assert "3 starts in a row were in vain" in vm.failure
    assert len(bench.requested) == 3


async def test_after_its_cooldown_a_vm_has_all_its_attempts_again() -> None:
    bench = Bench()
    bench.run_vm("web", max_attempts=1, cooldown_us=60 * SECOND)
    async with running(bench):
        for _ in range(3):
            bench.later(61)
            bench.world.report(CRASHED, "web")
            bench.publish()
            await bench.settle()
            bench.world.report(RUNNING, "web")
            bench.publish()
    assert bench.requested == ["web"] * 3


@pytest.mark.parametrize("verb", [Verb.STOP, Verb.DELETE])
async def test_a_stop_or_delete_meanwhile_wins(verb: Verb) -> None:
    bench = Bench()
    bench.run_vm("web", backoff_us=30 * SECOND)
    async with running(bench):
        bench.world.report(CRASHED, "web")
        bench.publish()
        await bench.settle()
        bench.world.report(CRASHED, "web")
        bench.publish()
        await bench.settle()
        assert "due in 30 s" in bench.restarts.waiting_for("uid-web")
        bench.world.ask(verb)
        bench.publish()
        bench.later(3600)
        await bench.settle()
    assert bench.requested == ["web"]
    assert bench.restarts.waiting_for("uid-web") == ""


async def test_a_command_that_comes_with_the_restart_wins_too() -> None:
    bench = Bench()
    bench.run_vm("web")
    bench.fence(bench.world.vm("web").host.partition("/")[2])
    bench.world.ask(Verb.STOP)
    async with running(bench):
        pass
    assert bench.world.vm("web").state is VmState.STOPPED


async def test_without_room_it_is_tried_again_and_once_something_is_freed_it_starts() -> None:
    bench = Bench()
    bench.run_vm("big", spec(vcpus=8, disk_gib=0))
    bench.run_vm("other", spec(vcpus=8, disk_gib=0))
    bench.fence(bench.world.vm("big").host.partition("/")[2])
    async with running(bench):
        assert bench.world.vm("big").state is VmState.FAILED
        assert "no host fits projects/default/vms/big" in bench.restarts.waiting_for("uid-big")
        for _ in range(20):
            bench.later(60)
            await bench.settle()
        tried = len(bench.requested)
        assert tried > 5
        bench.later(2)
        await bench.settle()
        assert len(bench.requested) == tried
        bench.world.ask(Verb.STOP, "other")
        bench.world.report(3, "other")
        bench.publish()
        await bench.settle()
    vm = bench.world.vm("big")
    # What is refused is no attempt.
    assert (vm.state, vm.attempts) == (VmState.STARTING, 1)


async def test_what_is_refused_is_tried_again_with_pauses_that_grow_to_a_minute() -> None:
    bench = Bench()
    bench.run_vm("web")
    bench.fence(bench.world.vm("web").host.partition("/")[2])
    bench.refusals = [DomainError("no")] * 100
    tries: list[float] = []
    async with running(bench):
        for second in range(300):
            before = len(bench.requested)
            bench.later(1)
            await bench.settle()
            if len(bench.requested) > before:
                tries.append(second)
    pauses = [after - before for before, after in pairwise(tries)]
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    assert LONGEST_RETRY_US == 60 * SECOND


async def test_a_ledger_that_takes_no_commands_gets_none_for_a_while() -> None:
    bench = Bench()
    bench.run_vm("web")
    bench.run_vm("api")
    hosts = {bench.world.vm(name).host.partition("/")[2] for name in ("web", "api")}
    bench.world.host("node-3")
    for host in hosts:
        bench.fence(host)
    bench.refusals = [Unavailable(Reason.LEDGER_UNAVAILABLE, "not now", 5.0)] * 2
    async with running(bench):
        assert len(bench.requested) == 2
        bench.later(4)
        await bench.settle()
        assert len(bench.requested) == 2
        bench.later(1)
        await bench.settle()
        assert [bench.world.vm(name).state for name in ("web", "api")] == [VmState.STARTING] * 2


async def test_a_fault_with_one_vm_keeps_no_other_from_being_started() -> None:
    bench = Bench()
    bench.run_vm("web", priority=1)
    bench.run_vm("api")
    bench.world.host("node-3")
    for host in {bench.world.vm(name).host.partition("/")[2] for name in ("web", "api")}:
        bench.fence(host)
    bench.refusals = [RuntimeError("a fault")]
    async with running(bench):
        assert bench.world.vm("api").state is VmState.STARTING
        assert "see its log" in bench.restarts.waiting_for("uid-web")
        bench.later(1)
        await bench.settle()
        assert bench.world.vm("web").state is VmState.STARTING


async def test_priorities_and_dependencies_decide_the_order() -> None:
    bench = Bench(World())
    bench.world.project()
    bench.world.host("node-1")
    bench.run_vm("web", after="app=db", priority=9)
    bench.run_vm("low", priority=-1)
    bench.run_vm("db")
    bench.world.host("node-2")
    bench.fence("node-1")
    async with running(bench):
        assert bench.requested == ["db", "low"]
        assert bench.restarts.waiting_for("uid-web") == "projects/default/vms/db is started first"
        bench.world.report(RUNNING, "db")
        bench.publish()
        await bench.settle()
        assert bench.requested == ["db", "low", "web"]


async def test_whom_a_vm_comes_after_is_waited_for_five_minutes_at_most() -> None:
    bench = Bench(World())
    bench.world.project()
    bench.world.host("node-1")
    bench.run_vm("db")
    bench.run_vm("web", after="app=db")
    bench.world.host("node-2")
    bench.fence("node-1")
    async with running(bench):
        assert bench.requested == ["db"]
        bench.later(299)
        await bench.settle()
        assert bench.requested == ["db"]
        bench.later(1)
        await bench.settle()
        assert bench.requested == ["db", "web"]


async def test_the_clock_of_the_ledger_decides_whether_a_start_is_due() -> None:
    bench = Bench()
    bench.run_vm("web")
    bench.restarts = Restarts(bench.submit, lambda: Micros(bench.world.now + 60 * SECOND))
    async with running(bench):
        for _ in range(2):
            bench.world.report(CRASHED, "web")
            bench.publish()
            await bench.settle()
            bench.world.report(RUNNING, "web")
            bench.publish()
        bench.world.report(CRASHED, "web")
        bench.publish()
        await bench.settle()
        assert bench.world.vm("web").state is VmState.FAILED
        bench.later(20)
        await bench.settle()
        assert bench.world.vm("web").state is VmState.STARTING
