"""The log: one line a message, and no line without end."""

import logging
import sys

import pytest

from controlplane.runtime.log_lines import MOST_ALIKE, MOST_THE_SAME, WINDOW_S, Bounded, OneLine


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("a.module", logging.WARNING, __file__, 1, message, args, None)


def test_the_text_of_others_stays_in_one_line() -> None:
    line = OneLine("%(levelname)s %(name)s: %(message)s").format(
        record("%s cannot: %s", "node-1", "a\nERROR x: \x1b[2J\0")
    )
    assert line == "WARNING a.module: node-1 cannot: a ERROR x: \\x1b[2J\\x00"


def test_a_traceback_keeps_its_lines() -> None:
    failed = record("it failed")
    try:
        raise ValueError("why")
    except ValueError:
        failed.exc_info = sys.exc_info()
    assert OneLine("%(message)s").format(failed).splitlines()[-1] == "ValueError: why"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_same_line_comes_some_times_and_then_its_number(clock: Clock) -> None:
    bounded = Bounded(clock)
    assert [bounded.filter(record("it failed: %s", "why")) for _ in range(50)].count(True) == MOST_THE_SAME
    assert bounded.filter(record("another"))
    clock.now += WINDOW_S
    later = record("it failed: %s", "why")
    assert bounded.filter(later)
    assert later.getMessage() == "it failed: why (45 lines like this were left out before)"


def test_lines_of_one_wording_come_often_and_not_without_end(clock: Clock) -> None:
    bounded = Bounded(clock)
    taken = [bounded.filter(record("host %s is lost", number)) for number in range(5 * MOST_ALIKE)]
    assert taken.count(True) == MOST_ALIKE
    assert bounded.filter(record("host is back"))
