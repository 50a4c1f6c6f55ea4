"""The commit time beside wall clocks that are set, wrong, or fast."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.time import SECOND, Micros, Ticks
from controlplane.runtime.clock import LASTS_US, SLEW_PPM, STEP_US, Clock, boot_id, clock, elapsed
from tests.support.machine import BOOT, START, Machine

DAY = 86_400 * SECOND


def test_a_right_clock_is_followed() -> None:
    machine = Machine()
    for seconds in (0, 1, 3600):
        machine.pass_(seconds * SECOND)
        assert machine.clock() == machine.wall
    assert machine.clock.step() is None


@pytest.mark.parametrize("step", [DAY, -DAY, 3 * SECOND, -3 * SECOND, 10_000 * DAY])
def test_a_step_is_not_followed_at_once_and_what_lasts_is_right(step: int) -> None:
    machine = Machine()
    before = machine.clock()
    machine.wall += step
    machine.pass_(5 * SECOND)
    assert machine.clock() - before == 5 * SECOND
    assert machine.clock.offset_us() == step
    machine.wall -= step
    machine.pass_(5 * SECOND)
    assert machine.clock() - before == 10 * SECOND
    assert (machine.clock.offset_us(), machine.clock.steps_seen) == (0, 1)


def test_a_clock_that_stays_ahead_is_to_be_followed_after_a_while() -> None:
    machine = Machine()
    machine.wall += DAY
    machine.clock()
    machine.pass_(LASTS_US - 1)
    assert machine.clock.to_follow_us() == 0
    machine.pass_(1)
    assert machine.clock.to_follow_us() == DAY
    machine.clock.move(DAY)
    assert (machine.clock(), machine.clock.moved_us, machine.clock.step()) == (machine.wall, DAY, None)


def test_a_clock_that_keeps_being_set_is_not_followed() -> None:
    machine = Machine()
    for _ in range(20):
        machine.wall += DAY
        machine.pass_(LASTS_US // 2)
        assert machine.clock.to_follow_us() == 0
    assert machine.clock.steps_seen == 20


def test_a_clock_that_stays_behind_is_never_followed() -> None:
    machine = Machine()
    before = machine.clock()
    machine.wall -= DAY
    machine.clock()
    machine.pass_(10 * LASTS_US)
    assert machine.clock.to_follow_us() == 0
    assert machine.clock() - before == 10 * LASTS_US


@pytest.mark.parametrize("off", [SECOND // 2, -SECOND // 2])
def test_a_clock_that_is_a_little_off_is_approached_slowly(off: int) -> None:
    machine = Machine()
    machine.wall += off
    machine.pass_(100 * SECOND)
    lag = machine.wall - machine.clock()
    assert abs(off - lag) == 100 * SECOND * SLEW_PPM // 1_000_000
    for _ in range(60):
        machine.pass_(100 * SECOND)
        machine.clock()
    assert machine.clock() == machine.wall


moves = st.lists(st.tuples(st.integers(0, 2 * DAY), st.integers(-2 * DAY, 2 * DAY)), max_size=30)


@given(moves)
def test_time_never_goes_back_and_is_never_far_from_what_elapsed(lived: list[tuple[int, int]]) -> None:
    machine = Machine()
    last, began = machine.clock(), machine.up
    for passes, stepped in lived:
        machine.wall += stepped
        machine.pass_(passes)
        now = machine.clock()
        assert now >= last
        last = now
    passed = machine.up - began
    assert abs(last - START - passed) <= passed * SLEW_PPM // 1_000_000


@pytest.mark.parametrize("step", [DAY, -DAY, 0])
def test_a_restart_on_the_same_boot_knows_what_elapsed(step: int) -> None:
    machine = Machine()
    last = machine.clock()
    # A large commit takes its time.
    machine.pass_(2 * SECOND)
    ticks = machine.clock.ticks(last)
    machine.pass_(118 * SECOND)
    machine.wall += step
    after = machine.process()
    after.resume(last, ticks)
    assert after() == last + 120 * SECOND
    assert after.offset_us() == step


@pytest.mark.parametrize(("step", "expected"), [(DAY, START + DAY + 120 * SECOND), (-DAY, START)])
@pytest.mark.parametrize("ticks", [Ticks(BOOT, 10**15), Ticks(b"another", 5), Ticks()])
def test_a_restart_on_another_boot_begins_at_the_later_of_the_wall_and_the_last_commit(
    step: int, expected: int, ticks: Ticks
) -> None:
    machine = Machine()
    last = machine.clock()
    machine.pass_(120 * SECOND)
    machine.wall += step
    after = machine.process()
    after.resume(last, ticks)
    assert after() == expected
    # From there on, what lasts is right again.
    machine.pass_(7 * SECOND)
    assert after() == expected + 7 * SECOND


def test_another_writer_that_is_ahead_is_not_waited_for() -> None:
    machine = Machine()
    machine.clock.not_before(Micros(START - DAY))
    assert machine.clock() == START
    machine.clock.not_before(Micros(START + DAY))
    machine.pass_(SECOND)
    assert machine.clock() == START + DAY + SECOND
    assert (machine.clock.moved_us, machine.clock.offset_us()) == (DAY, -DAY)


def test_the_clocks_of_this_machine() -> None:
    first, mine = elapsed(), Clock()
    assert abs(mine() - clock()) < STEP_US
    assert elapsed() >= first
    assert mine.ticks(mine()).boot == boot_id()
    assert len(boot_id()) in (0, 16)
