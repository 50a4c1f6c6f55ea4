"""The processes that restart and move VMs and fence hosts, over a fleet in memory whose agents act when they are to."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any

from controlplane.commands.drain_plan import Avoided, Destinations, destinations
from controlplane.commands.rebalance import Grounds, RebalanceScope, planned
from controlplane.commands.trouble import DrainHost
from controlplane.domain.command import AnyAnswer, Command, CommandContext
from controlplane.domain.errors import DomainError, Unavailable
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.measured import MeasuredUse
from controlplane.domain.reasons import Reason
from controlplane.domain.rebalance.aggregate import Goal, PlannedMove
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.domain.vm.availability import Availability, OnMaintenance
from controlplane.domain.vm.states import VmState
from controlplane.fencers.fencer import Fencer, FencerError, FenceTarget
from controlplane.processes.draining import Draining
from controlplane.processes.fencing import Fencing, Surroundings
from controlplane.processes.rebalancing import Rebalancing, Schedule
from controlplane.processes.restarts import Restarts
from tests.support.controlplane import RUNNING, World, create, inventory, register, spec
from tests.support.obedient_agents import act
from tests.support.waiting import patient

MOVES = frozenset({"migration.test"})
POOL = frozenset({"migration.test", "disk.pool.san"})
LEASE_S, WATCHDOG_S = 30.0, 60.0
LIVE, RESTART, STOP = OnMaintenance.LIVE, OnMaintenance.RESTART, OnMaintenance.STOP


class Trouble(Enum):
    """What can go wrong with a command of a process."""

    REFUSED = auto()
    # It is carried out, and the process does not hear of it.
    ANSWER_LOST = auto()
    REPEATED = auto()
    # The control plane ends.
    CRASH_BEFORE = auto()
    CRASH_AFTER = auto()

    @property
    def is_crash(self) -> bool:
        return self in (Trouble.CRASH_BEFORE, Trouble.CRASH_AFTER)


@dataclass
class FakeFencer:
    """Powers hosts off once it has failed so often; `gate`, where there is one, is waited for first."""

    failures: int = 0
    gate: asyncio.Event | None = None
    powered_off: list[str] = field(default_factory=list[str])
    ended: int = 0

    async def power_off(self, host: FenceTarget) -> str:
        self.powered_off.append(host.name)
        try:
            if self.gate:
                await self.gate.wait()
            if self.failures:
                self.failures -= 1
                raise FencerError("the power is still on")
            return "read back as off"
        finally:
            self.ended += 1


@dataclass
class Bench:
    """The processes over a world whose time stands still until it is moved, and whose agents act when they are to."""

    world: World = field(default_factory=World)
    # Raised instead of what the next commands would do.
    refusals: list[Exception] = field(default_factory=list[Exception])
    commands: list[tuple[Command[AnyAnswer], CommandContext]] = field(
        default_factory=list[tuple[Command[AnyAnswer], CommandContext]]
    )
    # By the number of a command, from 1: what goes wrong with it.
    trouble: Mapping[int, Trouble] = field(default_factory=dict[int, Trouble])
    schedule: Schedule = field(default_factory=Schedule)
    use: MeasuredUse = field(default_factory=MeasuredUse)
    plans: int = 0
    # What powers every host off, if anything does; and the uids of those whose agents are connected.
    fencer: Fencer | None = None
    connected: set[str] = field(default_factory=set[str])
    auto_fence_after_s: float = 0.0
    most_moving: int = 0
    published: int = 0

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """The processes of a control plane that has just started: nothing is remembered."""
        clock = lambda: self.world.now  # noqa: E731
        self.restarts = Restarts(self.submit, clock)
        self.draining = Draining(self.submit, clock, self.world.fleet, self.plan, self.restarts.waiting_for)
        state = self.world.fleet.captured(0, self.world.now)
        self.rebalancing = Rebalancing(self.submit, clock, self.moves, self.schedule)
        around = Surroundings(self.fencer_of, self.connected.__contains__, self.last_word_at, LEASE_S)
        self.began = self.world.now
        self.fencing = Fencing(self.submit, clock, around, self.auto_fence_after_s)
        for process in self.processes:
            process.restore(state)
        self.published = len(self.world.history)

    def fencer_of(self, _host: Host) -> Fencer | None:
        return self.fencer

    def last_word_at(self, _host_uid: str) -> Micros:
        """What was answered before this control plane began is not known."""
        return self.began

    @property
    def processes(self) -> "tuple[Restarts, Draining, Rebalancing, Fencing]":
        return self.restarts, self.draining, self.rebalancing, self.fencing

    async def submit(self, command: Command[Any], context: CommandContext) -> object:
        self.commands.append((command, context))
        if self.refusals:
            raise self.refusals.pop(0)
        trouble = self.trouble.get(len(self.commands))
        if trouble is Trouble.REFUSED:
            raise Unavailable(Reason.LEDGER_UNAVAILABLE, "not now", 1.0)
        if trouble is Trouble.CRASH_BEFORE:
            raise asyncio.CancelledError
        answer = self.carry_out(command)
        if trouble is Trouble.REPEATED:
            with suppress(DomainError):
                self.carry_out(command)
        if trouble is Trouble.CRASH_AFTER:
            raise asyncio.CancelledError
        if trouble is Trouble.ANSWER_LOST:
            raise Unavailable(Reason.LEDGER_UNAVAILABLE, "who knows", 1.0)
        return answer

    def carry_out(self, command: Command[AnyAnswer]) -> object:
        try:
            return self.world.carry_out(command)
        finally:
            self.publish()

    def publish(self) -> None:
        since, self.published = self.published, len(self.world.history)
        moving = [vm for vm in self.world.fleet.vms.values() if vm.state in (VmState.MIGRATING, VmState.STOPPING)]
        self.most_moving = max(self.most_moving, len(moving))
        for process in self.processes:
            process.follow(self.world.history[since:])

    async def plan(self, hosts: Collection[str], avoided: Avoided) -> Destinations:
        self.plans += 1
        return destinations(self.world.fleet.captured(0, self.world.now), hosts, avoided)

    async def moves(self, goal: Goal) -> list[PlannedMove]:
        """The moves of a plan for a goal, by what the test says is used."""
        state = self.world.fleet.captured(0, self.world.now)
        grounds = Grounds(use=self.use, resting=self.rebalancing.resting())
        found = planned(state, goal, RebalanceScope(), grounds).plan.moves
        return [PlannedMove(each.vm_uid, each.vm, each.source, each.target, each.why) for each in found]

    # The fleet.

    def host(self, name: str, traits: frozenset[str] = MOVES, **amounts: int) -> None:
        self.carry_out(replace(register(name, inventory(**amounts)), traits=traits))

    def run_vm(self, name: str, policy: OnMaintenance = LIVE, of: Spec | None = None, **availability: object) -> None:
        terms = Availability(on_maintenance=policy)._replace(**availability)  # pyright: ignore[reportArgumentType]
        self.carry_out(replace(create(name, of or spec(), start=True), availability=terms, labels={"app": name}))
        self.world.report(RUNNING, name)
        self.publish()

    def drain(self, name: str = "a", **request: object) -> None:
        self.carry_out(DrainHost(f"hosts/{name}", **request))  # pyright: ignore[reportArgumentType]

    def state(self, name: str = "a") -> HostState:
        return self.world.fleet.hosts[f"uid-{name}"].state

    def where(self) -> dict[str, str]:
        """Where what runs is."""
        vms = self.world.fleet.vms.values()
        return {
            vm.name.rpartition("/")[2]: vm.host.partition("/")[2]
            for vm in vms
            if vm.state in (VmState.RUNNING, VmState.PAUSED)
        }

    def vm(self, name: str = "web") -> Vm:
        return self.world.vm(name)

    # Time.

    def later(self, seconds: float) -> None:
        self.world.later(seconds)

    async def settle(self) -> None:
        """All is done that can be done now without an agent."""
        self.restarts.wake()
        self.draining.wake()
        for process in self.processes:
            process.wake()
        for _ in range(50):
            await asyncio.sleep(0)

    async def until(self, holds: Callable[[], object], step_s: float = 1.0) -> None:
        """Agents act, and time goes on, until it holds."""
        async with asyncio.timeout(patient(10)):
            for _ in range(2000):
                await self.settle()
                if holds():
                    return
                act(self.world)
                self.publish()
                self.later(step_s)
        raise AssertionError("it does not come to that")

    def sent(self, kind: type[Command[Any]]) -> list[Any]:
        return [command for command, _ in self.commands if isinstance(command, kind)]


@asynccontextmanager
async def running(bench: Bench) -> AsyncGenerator[Bench]:
    tasks = [asyncio.create_task(each.run()) for each in bench.processes]
    await bench.settle()
    try:
        yield bench
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def cluster(traits: frozenset[str] = POOL) -> Bench:
    """The default project, and `hosts/a`, whose VMs are to go."""
    bench = Bench()
    bench.world.project()
    bench.host("a", traits)
    return bench
