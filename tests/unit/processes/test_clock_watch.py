"""The watch over the wall clock: an alarm at once, an event when the clock is followed, once for all servers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from controlplane.domain.command import Answer, Command, CommandContext
from controlplane.domain.errors import Unavailable
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.reasons import Reason
from controlplane.domain.time import SECOND, micros_in, micros_of
from controlplane.processes.clock_watch import ClockWatch
from controlplane.runtime.clock import LASTS_US
from controlplane.runtime.system_alarms import SystemAlarms
from tests.support.controlplane import World
from tests.support.machine import START, Machine

DAY = 86_400 * SECOND


@dataclass
class Bench:
    machine: Machine = field(default_factory=Machine)
    world: World = field(default_factory=World)
    refuse: int = 0

    def __post_init__(self) -> None:
        self.alarms = SystemAlarms(self.machine.clock)
        self.watch = ClockWatch(self.machine.clock, self.alarms, self.submit, self.recorded)

    async def submit(self, command: Command[Answer | None], context: CommandContext) -> object:
        if self.refuse:
            self.refuse -= 1
            raise Unavailable(Reason.LEDGER_UNAVAILABLE, "not now")
        self.world.now = self.machine.clock()
        return self.world.carry_out(command)

    async def recorded(self) -> Sequence[RecordedEvent]:
        return [each for each in self.world.history if each.stream == "clock"]


async def test_a_clock_that_agrees_raises_nothing() -> None:
    bench = Bench()
    await bench.watch.look()
    assert (bench.alarms.open, bench.alarms.over) == ([], [])


@pytest.mark.parametrize(("step", "words"), [(DAY, "24.0 h ahead of"), (-90 * SECOND, "90.0 s behind")])
async def test_a_step_is_one_alarm_until_it_is_over(step: int, words: str) -> None:
    bench = Bench()
    bench.machine.wall += step
    for _ in range(3):
        bench.machine.pass_(SECOND)
        await bench.watch.look()
    (alarm,) = bench.alarms.open
    assert (alarm.kind, alarm.raised, words in alarm.detail) == ("clock_step", START + SECOND, True)
    bench.machine.wall -= step
    await bench.watch.look()
    (over,) = bench.alarms.over
    assert (bench.alarms.open, over.ended) == ([], START + 3 * SECOND)


async def test_a_wrong_reading_between_two_looks_is_reported_all_the_same() -> None:
    bench = Bench()
    bench.machine.wall += DAY
    bench.machine.clock()
    bench.machine.wall -= DAY
    await bench.watch.look()
    await bench.watch.look()
    (over,) = bench.alarms.over
    assert over.detail == "the wall clock was far from the ledger's time for a moment"


async def test_a_clock_that_stays_ahead_is_followed_and_the_step_recorded() -> None:
    bench = Bench(refuse=1)
    bench.machine.wall += DAY
    await bench.watch.look()
    bench.machine.pass_(LASTS_US)
    with pytest.raises(Unavailable):
        await bench.watch.look()
    assert bench.machine.clock.moved_us == 0
    await bench.watch.look()
    (step,) = await bench.recorded()
    assert (step.version, micros_in(step.event.clock_stepped.skipped)) == (1, DAY)
    assert micros_of(step.event.commit_time) == START + LASTS_US
    assert bench.machine.clock() == bench.machine.wall
    await bench.watch.look()
    assert (len(await bench.recorded()), bench.alarms.open) == (1, [])


async def test_a_later_step_is_the_next_of_the_stream() -> None:
    bench = Bench()
    for number in (1, 2):
        bench.machine.wall += DAY
        await bench.watch.look()
        bench.machine.pass_(LASTS_US + SECOND)
        await bench.watch.look()
        assert [each.version for each in await bench.recorded()] == list(range(1, number + 1))


async def test_a_step_that_another_server_has_recorded_is_not_recorded_twice() -> None:
    bench = Bench()
    second = bench.machine.process()
    other = ClockWatch(second, SystemAlarms(second), bench.submit, bench.recorded)
    bench.machine.wall += DAY
    for watch in (bench.watch, other):
        await watch.look()
    bench.machine.pass_(LASTS_US)
    for watch in (bench.watch, other):
        await watch.look()
    assert len(await bench.recorded()) == 1
    assert second() == bench.machine.clock() == bench.machine.wall
