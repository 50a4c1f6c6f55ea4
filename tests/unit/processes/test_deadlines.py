"""Deadlines: each is passed once, in time, and none is forgotten."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from controlplane.domain.command import Answer, Command, CommandContext
from controlplane.domain.errors import Unavailable
from controlplane.domain.reasons import Reason
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.states import Verb, VmState
from controlplane.processes.deadlines import Deadlines
from tests.support.controlplane import RUNNING, World, world_with_host
from tests.support.waiting import patient

NEVER_EXTENDED = Micros(0)


@dataclass
class Bench:
    """Deadlines over a world whose time stands still until it is moved."""

    world: World = field(default_factory=world_with_host)
    refuse: int = 0
    hurry: bool = False
    moved_us: int = 0
    extended_until: Micros = NEVER_EXTENDED
    origins: list[CommandContext] = field(default_factory=list[CommandContext])
    submitted: asyncio.Event = field(default_factory=asyncio.Event)

    async def submit(self, command: Command[Answer | None], context: CommandContext) -> object:
        self.submitted.set()
        self.origins.append(context)
        if self.refuse:
            self.refuse -= 1
            raise Unavailable(Reason.LEDGER_UNAVAILABLE, "not now")
        return self.world.carry_out(command)

    def clock(self) -> Micros:
        if self.hurry:
            self.later(2)
        return self.world.now

    def later(self, seconds: int) -> None:
        self.world.now = Micros(self.world.now + seconds * SECOND)

    async def until_submitted(self) -> None:
        await asyncio.wait_for(self.submitted.wait(), patient(5))
        self.submitted.clear()


@asynccontextmanager
async def running(bench: Bench) -> AsyncGenerator[Deadlines]:
    deadlines = Deadlines(
        bench.submit, bench.clock, lambda _uid: "busy", lambda: bench.moved_us, lambda _uid: bench.extended_until
    )
    deadlines.follow(bench.world.history)
    task = asyncio.create_task(deadlines.run())
    yield deadlines
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_request_that_lasts_too_long_fails_with_the_agents_last_report() -> None:
    bench = Bench()
    bench.world.create(start=True)
    bench.later(121)
    async with running(bench):
        await bench.until_submitted()
    vm = bench.world.vm()
    assert (vm.state, vm.failure) == (VmState.FAILED, "start did not end in time: busy")
    assert (bench.origins[0].actor, bench.origins[0].causation) == ("system:deadlines", "vms/uid-web@2")


async def test_nothing_fails_before_its_time() -> None:
    bench = Bench()
    bench.world.create(start=True)
    bench.later(119)
    async with running(bench):
        for _ in range(10):
            await asyncio.sleep(0)
    assert bench.origins == []


async def test_a_request_that_ended_in_time_is_left_alone() -> None:
    bench = Bench()
    bench.world.create(start=True)
    bench.world.report(RUNNING)
    bench.later(500)
    async with running(bench):
        for _ in range(10):
            await asyncio.sleep(0)
    assert bench.world.vm().state is VmState.RUNNING


async def test_a_sooner_deadline_that_comes_later_is_not_waited_past() -> None:
    bench = Bench()
    bench.world.create(start=True)
    bench.world.report(RUNNING)
    async with running(bench) as deadlines:
        since = len(bench.world.history)
        bench.world.ask(Verb.PAUSE)
        bench.later(31)
        deadlines.follow(bench.world.history[since:])
        await bench.until_submitted()
    assert bench.world.vm().failure == "pause did not end in time: busy"


async def test_a_deadline_that_could_not_be_recorded_is_tried_again() -> None:
    bench = Bench(refuse=2, hurry=True)
    bench.world.create(start=True)
    bench.later(121)
    async with running(bench):
        async with asyncio.timeout(patient(5)):
            while len(bench.origins) < 3:
                await bench.until_submitted()
    assert bench.world.vm().state is VmState.FAILED


async def test_a_ledger_that_refuses_is_not_called_for_every_vm() -> None:
    bench = Bench(refuse=1)
    for name in ("one", "two", "three"):
        bench.world.create(name, start=True)
    bench.later(121)
    async with running(bench):
        await bench.until_submitted()
        for _ in range(10):
            await asyncio.sleep(0)
    assert len(bench.origins) == 1


@pytest.mark.slow
async def test_a_step_of_the_clock_takes_nothing_from_the_time_that_a_request_has() -> None:
    bench = Bench()
    bench.world.create(start=True)
    async with running(bench):
        bench.later(86_400)
        bench.moved_us = 86_400 * SECOND
        bench.later(119)
        for _ in range(10):
            await asyncio.sleep(0)
        assert bench.origins == []
        bench.later(2)
        await bench.until_submitted()
    assert bench.world.vm().state is VmState.FAILED


async def test_a_start_is_given_more_time_while_its_image_comes_and_no_longer() -> None:
    bench = Bench()
    bench.world.create(start=True)
    bench.later(121)
    bench.extended_until = Micros(bench.world.now + 30 * SECOND)
    async with running(bench) as deadlines:
        await asyncio.sleep(0)
        assert not bench.submitted.is_set()
        bench.later(31)
        # The time that stood still has gone on: it is looked at again.
        deadlines.follow(bench.world.history)
        await bench.until_submitted()
    assert bench.world.vm().state is VmState.FAILED
