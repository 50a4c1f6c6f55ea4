"""What one principal may send, by a clock that is a parameter."""

import pytest

from controlplane.domain.errors import RateLimited
from controlplane.rpc.access.rates import BURST_S, MOST_BUCKETS, Rates, RateTerms


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def taken(rates: Rates, principal: str, size: int = 1, most: int = 1_000) -> int:
    """How many calls are taken at once."""
    for count in range(most):
        try:
            rates.take(principal, size)
        except RateLimited:
            return count
    return most


def test_a_bucket_fills_as_time_passes() -> None:
    clock = Clock()
    rates = Rates(RateTerms(calls_a_second=10, bytes_a_second=0), clock)
    assert taken(rates, "user:a") == 10 * BURST_S
    # Others are not concerned.
    assert taken(rates, "user:b") == 10 * BURST_S
    clock.at += 1.0
    assert taken(rates, "user:a") == 10
    with pytest.raises(RateLimited) as refused:
        rates.take("user:a", 1)
    assert 0 < refused.value.retry_after_s <= 0.1
    clock.at += 1_000
    assert taken(rates, "user:a") == 10 * BURST_S


def test_one_large_call_is_taken_and_paid_for_later() -> None:
    clock = Clock()
    rates = Rates(RateTerms(calls_a_second=0, bytes_a_second=100), clock)
    rates.take("user:a", 1_000)
    with pytest.raises(RateLimited) as refused:
        rates.take("user:a", 1)
    assert refused.value.retry_after_s == pytest.approx(8.0)
    clock.at += 8.5
    rates.take("user:a", 1)


def test_0_is_any_number() -> None:
    rates = Rates(RateTerms(0, 0, 0, 0), Clock())
    assert taken(rates, "user:a") == 1_000
    for _ in range(100):
        rates.failed("ipv4:10.0.0.1:5")


def test_an_address_fails_whatever_its_port() -> None:
    rates = Rates(RateTerms(failures_a_second=1), Clock())
    for port in range(int(BURST_S)):
        rates.failed(f"ipv4:10.0.0.1:{port}")
    with pytest.raises(RateLimited):
        rates.failed("ipv4:10.0.0.1:99")
    rates.failed("ipv4:10.0.0.2:1")


def test_buckets_that_are_full_are_forgotten() -> None:
    clock = Clock()
    rates = Rates(RateTerms(calls_a_second=10, bytes_a_second=0), clock)
    for number in range(MOST_BUCKETS):
        rates.take(f"user:{number}", 1)
    clock.at += 10
    rates.take("user:more", 1)
    assert len(rates._calls) == 1  # pyright: ignore[reportPrivateUsage]
