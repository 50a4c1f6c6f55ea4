"""Histories of samples: bounded, in order, and their rates."""

import sys

import pytest

from controlplane.domain.samples import ABSENT, Rates, Sample, rates
from controlplane.domain.time import SECOND, Micros
from controlplane.projections.metrics.series import History


def at(second: float, incarnation: int = 1, **measured: int) -> Sample:
    return Sample(Micros(round(second * SECOND)), incarnation, **measured)


def test_the_newest_samples_are_kept_in_order_and_no_more_of_them() -> None:
    history = History()
    for second in range(100):
        history.add(at(second, memory=second), 5)
        assert len(history) == min(second + 1, 5)
    assert [each.memory for each in history] == [95, 96, 97, 98, 99]
    assert history.last == at(99, memory=99)
    assert history.from_end(2) == at(98, memory=98)
    history.add(at(100), 2)
    assert [each.taken for each in history] == [Micros(99 * SECOND), Micros(100 * SECOND)]


def test_an_empty_history_has_no_last_sample() -> None:
    history = History()
    assert (history.last, history.from_end(2), list(history)) == (None, None, [])
    history.add(at(1), 0)
    assert (len(history), history.from_end(2)) == (1, None)


def test_a_full_history_takes_80_bytes_a_sample() -> None:
    history = History()
    for second in range(1_000):
        history.add(at(second, cpu=second, memory=1 << 40), 60)
    cells = history._cells  # pyright: ignore[reportPrivateUsage]
    assert sys.getsizeof(cells) <= 60 * 80 * 1.25


def test_what_was_not_measured_is_not_0() -> None:
    history = History()
    history.add(at(1, cpu=0), 5)
    assert history.last is not None
    assert (history.last.cpu, history.last.memory) == (0, ABSENT)


def test_rates_are_differences_of_counters_over_time() -> None:
    before = at(10, cpu=1 * SECOND, disk_read=1_000, disk_written=0, received=5, sent=5)
    after = at(20, cpu=16 * SECOND, disk_read=1_000, disk_written=4_000, received=15, sent=6)
    assert rates(before, after) == Rates(1.5, 0.0, 400.0, 1.0, 0.1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, at(1, cpu=5)),
        (at(1, cpu=5), at(2, cpu=4)),
        (at(1, incarnation=1, cpu=5), at(2, incarnation=2, cpu=50)),
        (at(1, cpu=5), at(1, cpu=6)),
        (at(1, cpu=ABSENT), at(2, cpu=6)),
        (at(1, cpu=5), at(2, cpu=ABSENT)),
    ],
    ids=["the first", "went back", "started anew", "no time between", "not measured before", "not measured now"],
)
def test_there_is_no_rate_where_none_can_be_computed(before: Sample | None, after: Sample) -> None:
    assert rates(before, after).vcpus is None


def test_a_counter_that_went_back_hides_no_other() -> None:
    grown = rates(at(0, cpu=SECOND, disk_read=100), at(1, cpu=2 * SECOND, disk_read=10))
    assert (grown.vcpus, grown.disk_read) == (1.0, None)
