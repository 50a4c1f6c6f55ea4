"""The simulated world's own rules: virtual time, processes that end without a word, time and chance from the seed."""

import asyncio
import random
import time
from collections.abc import Coroutine
from random import Random
from typing import Any

import pytest

from tests.simulation.loop import BEGINNING_S, Deadlock, Process, VirtualLoop, running_loop, spawn
from tests.simulation.nature import simulated
from tests.simulation.plan import plan_of
from tests.simulation.shrink import shrunk


def lived(main: Coroutine[Any, Any, Any]) -> VirtualLoop:
    loop = VirtualLoop(Random(1))
    try:
        with simulated(loop, 1):
            loop.run_until_complete(main)
    finally:
        loop.bury()
        loop.close()
    return loop


def test_time_jumps_to_the_next_timer() -> None:
    began = time.perf_counter()
    assert lived(asyncio.sleep(3_600.0)).time() == pytest.approx(BEGINNING_S + 3_600.0)
    assert time.perf_counter() - began < 60.0


def test_waiting_for_nothing_is_a_deadlock() -> None:
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock):
        lived(wait())


def test_clocks_are_the_loops_and_each_process_has_its_wall_clock() -> None:
    seen: list[float] = []

    async def look() -> None:
        seen.append(time.time())

    async def main() -> None:
        began_s = time.monotonic()
        await asyncio.sleep(5.0)
        assert time.monotonic() - began_s == pytest.approx(5.0)
        await spawn(Process("right"), look())
        await spawn(Process("ahead", skew_s=60.0), look())

    lived(main())
    assert seen[1] - seen[0] == pytest.approx(60.0)
    assert abs(time.time() - seen[0]) > 60.0


def test_chance_is_the_seeds_within_and_as_before_afterwards() -> None:
    drawn: list[float] = []

    async def draw() -> None:
        drawn.append(random.random())

    state = random.getstate()
    lived(draw())
    lived(draw())
    assert drawn[0] == drawn[1]
    assert random.getstate() == state


def test_a_killed_process_does_nothing_more_not_even_finally() -> None:
    done: list[str] = []

    async def work() -> None:
        try:
            while True:
                done.append("work")
                await asyncio.sleep(1.0)
        finally:
            done.append("finally")

    async def main() -> None:
        process = Process("victim")
        spawn(process, work())
        await asyncio.sleep(2.5)
        running_loop().kill(process)
        await asyncio.sleep(10.0)
        assert done == ["work"] * 3

    lived(main())


def test_what_a_killed_process_waits_for_does_not_wake_it() -> None:
    done: list[str] = []

    async def work(wait: "asyncio.Future[None]") -> None:
        await wait
        done.append("woken")

    async def main() -> None:
        loop = running_loop()
        wait, process = loop.create_future(), Process("victim")
        spawn(process, work(wait))
        await asyncio.sleep(1.0)
        loop.kill(process)
        wait.set_result(None)
        await asyncio.sleep(1.0)

    lived(main())
    assert not done


def test_a_plan_is_made_smaller_until_no_step_can_go() -> None:
    plan = plan_of(3)
    needed = {2, 5, 11}
    smaller = shrunk(plan, lambda each: needed <= {step.number for step in each.steps})
    assert {step.number for step in smaller.steps} == needed


def test_plans_of_many_seeds_have_every_kind_of_step() -> None:
    from tests.simulation.actions import ACTIONS  # noqa: PLC0415 the control plane, which the others do without

    kinds = {step.kind for seed in range(300) for step in plan_of(seed).steps}
    assert kinds == set(ACTIONS)
