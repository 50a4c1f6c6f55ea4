"""The lease as an agent counts it, and what is due when it is gone."""

import pytest
from hostagent.watchdog.lease import LONGEST_S, SHORTEST_S, Due, Lease, Promise, problem_of
from hypothesis import given
from hypothesis import strategies as st


class FakeClock:
    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_a_lease_that_was_never_renewed_is_gone() -> None:
    clock = FakeClock()
    lease = Lease(clock, 30)
    assert lease.is_gone()
    assert lease.expires_at == 1_000


def test_it_lasts_from_when_the_answered_message_was_sent() -> None:
    clock = FakeClock()
    lease = Lease(clock, 30)
    lease.renewed(995)
    assert lease.expires_at == 1_025
    assert not lease.is_gone()
    assert not lease.is_gone(1_024.9)
    assert lease.is_gone(1_025)


def test_an_answer_that_comes_late_changes_nothing() -> None:
    lease = Lease(FakeClock(), 30)
    lease.renewed(1_000)
    lease.renewed(990)
    assert lease.expires_at == 1_030


def test_nothing_was_sent_in_the_future() -> None:
    lease = Lease(FakeClock(), 30)
    lease.renewed(5_000)
    assert lease.expires_at == 1_030


def test_another_length_counts_from_the_next_answer_on() -> None:
    lease = Lease(FakeClock(), 30)
    lease.renewed(1_000)
    lease.granted(10)
    lease.renewed(1_000)
    assert lease.expires_at == 1_030
    lease = Lease(FakeClock(), 30)
    lease.granted(10)
    lease.renewed(1_000)
    assert lease.expires_at == 1_010


def test_it_is_gone_since_when_another_process_says() -> None:
    lease = Lease(FakeClock(), 30, expires_at=900)
    assert lease.is_gone()
    assert lease.expires_at == 900
    lease.renewed(980)
    assert lease.expires_at == 1_010


@pytest.mark.parametrize(
    ("timeout_s", "after_s", "due"),
    [
        # 20 s are for stopping: 10 by the hypervisor, 10 by killing, of which 5 the machine may take to be reset.
        (60, -1, Due.NOTHING),
        (60, 39.9, Due.NOTHING),
        (60, 40, Due.STOP),
        (60, 49.9, Due.STOP),
        (60, 50, Due.KILL),
        (60, 54.9, Due.KILL),
        (60, 55, Due.RESET),
        (60, 1e6, Due.RESET),
        # Of a short one, half.
        (10, 4.9, Due.NOTHING),
        (10, 5, Due.STOP),
        (10, 7.5, Due.KILL),
        (10, 9, Due.RESET),
    ],
)
def test_what_is_due_so_long_after_the_lease(timeout_s: float, after_s: float, due: Due) -> None:
    assert Promise(timeout_s).due(500.0, 500.0 + after_s) is due


@given(st.floats(SHORTEST_S, LONGEST_S), st.floats(-LONGEST_S, 2 * LONGEST_S))
def test_the_promise_is_kept_by_what_comes_before_its_end(timeout_s: float, after_s: float) -> None:
    promise = Promise(timeout_s)
    # Each means has some time, and the device no more than is left.
    assert 0 < promise.reset_s <= promise.stopping_s / 2 <= promise.stopping_s <= timeout_s / 2
    due = promise.due(0.0, after_s)
    if after_s <= timeout_s / 2 - 0.001:
        assert due is Due.NOTHING
    if after_s >= timeout_s - promise.reset_s + 0.001:
        assert due is Due.RESET


@given(st.floats(SHORTEST_S, LONGEST_S), st.lists(st.floats(-10, 8_000), min_size=2))
def test_what_is_due_only_grows(timeout_s: float, times: list[float]) -> None:
    dues = [Promise(timeout_s).due(0.0, each) for each in sorted(times)]
    assert dues == sorted(dues)


@pytest.mark.parametrize(("timeout_s", "good"), [(0, True), (5, True), (3600, True), (4.9, False), (3601, False)])
def test_what_can_be_promised(timeout_s: float, good: bool) -> None:
    assert (problem_of(timeout_s) == "") is good
    assert problem_of(-1)
    assert problem_of(float("nan"))
