"""One history: a plan carried out in a simulated world, healed, left to settle, and checked."""

import asyncio
import gc
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from tests.simulation.actions import ACTIONS
from tests.simulation.loop import Deadlock, VirtualLoop
from tests.simulation.nature import simulated
from tests.simulation.plan import Plan
from tests.simulation.trace import Trace
from tests.simulation.world import World

# After everything is healed: as long as it takes, and how often it is looked whether it has.
LONGEST_S = 900.0
LOOK_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a history: `violations` is empty where all that is promised held."""

    violations: tuple[str, ...]
    trace: Trace

    @property
    def digest(self) -> str:
        """The same for the same history."""
        return self.trace.digest()


def run(plan: Plan) -> Result:
    """Carries a plan out. The same plan gives the same result."""
    loop = VirtualLoop(Random(f"threads {plan.seed}"))
    with simulated(loop, plan.seed), without_collector():
        world = World(plan, loop)
        with _Faults(world.violated):
            _carry_out(world)
    return Result(tuple(world.violations), world.trace)


def _carry_out(world: World) -> None:
    loop = world.loop
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(world.loop_fault)
    main = loop.create_task(_live(world))
    main.add_done_callback(lambda _: loop.stop())
    try:
        loop.run_forever()
        if not world.violations:
            main.result()
    except Deadlock:
        world.violated("nothing is scheduled any more")
    finally:
        world.over = True
        loop.bury()
        asyncio.set_event_loop(None)
        loop.close()


@contextmanager
def without_collector() -> Generator[None]:
    """When memory is collected depends on what was before, and it ends what is forgotten."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


async def _live(world: World) -> None:
    world.start_plane()
    for host in world.hosts.values():
        host.start_agent()
    await asyncio.sleep(1.0)
    began_s = world.loop.time()
    for step in world.plan.steps:
        await asyncio.sleep(max(0.0, began_s + step.at_s - world.loop.time()))
        world.trace.step(step)
        ACTIONS[step.kind](world, step)
    world.heal()
    await _settle(world)


async def _settle(world: World) -> None:
    """Waits until everything is as it is to be, and checks that it is."""
    problems = ["not looked at"]
    until_s = world.loop.time() + LONGEST_S
    while problems and world.loop.time() < until_s:
        await asyncio.sleep(LOOK_EVERY_S)
        problems = world.problems()
        if world.plane and world.loop.time() > until_s - LONGEST_S / 2:
            world.checks.check_deadlines(world.plane.clock())
    for problem in problems:
        world.violated(f"in the end, {problem}")
    if not problems and world.plane:
        world.checks.compare(world.plane.reads.inventory)
        world.checks.refold(world.ledger, world.plane.fleet)


class _Faults(logging.Handler):
    """What code logs as an error is a fault in any history."""

    def __init__(self, violated: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._violated = violated

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            text += f": {record.exc_info[1]!r}"
        self._violated(f"logged: {text}")

    def __enter__(self) -> None:
        logging.getLogger().addHandler(self)
        self._before = logging.root.manager.disable
        logging.disable(logging.WARNING)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        logging.disable(self._before)
