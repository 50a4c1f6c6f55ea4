"""When the guests of a lost host are stopped for certain, by its agent's promise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.host.watchdog import promised_off_at
from controlplane.domain.time import SECOND, Micros

SECONDS = st.floats(0, 3600)


def test_lease_promise_and_margin_follow_each_other() -> None:
    assert promised_off_at(Micros(1_000 * SECOND), 30, 60, 5) == 1_095 * SECOND


@pytest.mark.parametrize("watchdog_s", [0.0, -1.0])
def test_without_a_promise_there_is_no_such_instant(watchdog_s: float) -> None:
    assert promised_off_at(Micros(1_000 * SECOND), 30, watchdog_s, 5) is None


@given(heard_s=st.integers(0, 10**9), sent_ago_s=SECONDS, lease_s=SECONDS, watchdog_s=st.floats(0.001, 3600))
def test_it_is_never_before_the_agents_own_count(
    heard_s: int, sent_ago_s: float, lease_s: float, watchdog_s: float
) -> None:
    """The agent counts from when it sent what the control plane heard last, or something before that."""
    by_the_agent = heard_s - sent_ago_s + lease_s + watchdog_s
    off = promised_off_at(Micros(heard_s * SECOND), lease_s, watchdog_s, 0)
    assert off is not None
    assert off / SECOND >= by_the_agent - 1e-5
