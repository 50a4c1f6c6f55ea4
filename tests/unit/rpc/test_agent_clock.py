"""A host's clock beside the ledger's: how far off it is, and what its times are by ours."""

from dataclasses import dataclass, field

import pytest

from controlplane.domain.time import SECOND, Micros
from controlplane.rpc.agent.clock import AgentClock

DAY = 86_400 * SECOND
START = 1_790_000_000 * SECOND


@dataclass
class Bench:
    now: int = START
    clock: AgentClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = AgentClock("hosts/node-1", lambda: Micros(self.now))

    def hear(self, off: int, after: int = 5 * SECOND, late: int = 0) -> None:
        """Something sent by a clock that is `off`, which took `late` to come."""
        self.now += after
        self.clock.heard(Micros(self.now - late + off))


def test_before_anything_is_heard_its_times_are_taken_as_they_are() -> None:
    bench = Bench()
    assert (bench.clock.offset_us, bench.clock.ours(Micros(START - 9))) == (None, START - 9)
    bench.clock.heard(Micros(0))
    assert bench.clock.offset_us is None


@pytest.mark.parametrize("off", [DAY, -DAY, 10 * SECOND, -10 * SECOND])
def test_a_clock_that_is_off_is_corrected(off: int) -> None:
    bench = Bench()
    bench.hear(off)
    assert bench.clock.offset_us == off
    assert bench.clock.ours(Micros(bench.now + off - SECOND)) == bench.now - SECOND


def test_a_clock_that_agrees_is_not_corrected_by_how_long_messages_take() -> None:
    bench = Bench()
    for late in (SECOND // 2, SECOND // 10, SECOND // 3):
        bench.hear(0, late=late)
    assert bench.clock.offset_us == -SECOND // 10
    assert bench.clock.ours(Micros(START + 7)) == START + 7


def test_one_late_message_is_not_a_clock_that_was_set_back_and_two_are() -> None:
    bench = Bench()
    bench.hear(0)
    bench.hear(0, late=3 * SECOND)
    assert bench.clock.offset_us == 0
    bench.hear(0)
    bench.hear(0, late=3 * SECOND)
    assert bench.clock.offset_us == 0
    bench.hear(-3 * SECOND)
    assert bench.clock.offset_us == -3 * SECOND


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_a_clock_that_is_set_by_much_is_believed_at_once(off: int) -> None:
    bench = Bench()
    bench.hear(0)
    bench.hear(off)
    assert bench.clock.offset_us == off
    bench.hear(0)
    assert bench.clock.offset_us == 0


@pytest.mark.parametrize("seen", [0, START - DAY, START + 3 * SECOND, START + DAY, 1 << 62])
def test_nothing_was_seen_before_the_stream_began_nor_is_to_be_seen_later(seen: int) -> None:
    bench = Bench()
    bench.now += 5 * SECOND
    assert bench.clock.observed(Micros(seen)) == max(START, min(seen, bench.now))
