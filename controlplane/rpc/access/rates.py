"""Rates: how often, and how much, one principal may send. A bucket for each, which fills as time passes."""

import time
from collections.abc import Callable
from typing import NamedTuple

from controlplane.domain.errors import RateLimited

# A bucket holds what comes in so many seconds.
BURST_S = 2.0
# Full buckets are forgotten when there are more than this.
MOST_BUCKETS = 10_000


class RateTerms(NamedTuple):
    """What one principal may send: calls and commands a second, bytes a second, and streams at once. 0: any number.

    `failures_a_second` is how often one address may fail to say who calls.
    """

    calls_a_second: float = 5_000
    bytes_a_second: float = 64 << 20
    most_streams: int = 1_000
    failures_a_second: float = 10


DEFAULT_RATES = RateTerms()


class _Bucket:
    """`level` may be below 0: one call that is larger than the bucket is taken, and paid for later."""

    __slots__ = ("at", "level")

    def __init__(self, level: float, at: float) -> None:
        self.level, self.at = level, at


class Rates:
    """Of proven principals. Whoever may do everything is not counted."""

    def __init__(self, terms: RateTerms = DEFAULT_RATES, now: Callable[[], float] = time.monotonic) -> None:
        self.terms = terms
        self._now = now
        self._calls: dict[str, _Bucket] = {}
        self._bytes: dict[str, _Bucket] = {}
        self._failures: dict[str, _Bucket] = {}

    def take(self, principal: str, size: int) -> None:
        """Counts a call, or a message of a stream, of so many bytes. Raises RateLimited."""
        now = self._now()
        calls, bytes_ = self.terms.calls_a_second, self.terms.bytes_a_second
        if calls and (wait_s := _taken(self._calls, principal, 1, calls, now)):
            raise RateLimited(principal, f"sent more than {calls:g} calls a second", wait_s)
        if bytes_ and (wait_s := _taken(self._bytes, principal, size, bytes_, now)):
            raise RateLimited(principal, f"sent more than {bytes_:g} bytes a second", wait_s)

    def failed(self, peer: str) -> None:
        """Counts a call by nobody who was known, by its address without the port. Raises RateLimited."""
        rate, address = self.terms.failures_a_second, peer.rpartition(":")[0]
        if rate and address and (wait_s := _taken(self._failures, address, 1, rate, self._now())):
            raise RateLimited(address, "failed too often to say who calls", wait_s)


def _taken(buckets: dict[str, _Bucket], principal: str, amount: float, rate: float, now: float) -> float:
    """Takes an amount. 0, or for how many seconds there is nothing to take."""
    full = rate * BURST_S
    bucket = buckets.get(principal)
    if bucket is None:
        if len(buckets) >= MOST_BUCKETS:
            for name in [name for name, each in buckets.items() if each.level + (now - each.at) * rate >= full]:
                del buckets[name]
        bucket = buckets[principal] = _Bucket(full, now)
    level = min(full, bucket.level + (now - bucket.at) * rate)
    bucket.at = now
    if level <= 0:
        bucket.level = level
        return max(-level / rate, 0.05)
    bucket.level = level - amount
    return 0.0
