"""When to try again: growing waits, shortened at random by up to a half so that clients do not come back together."""

import random
from dataclasses import dataclass

import grpc

from chronovisor.errors import ChronovisorError


@dataclass(frozen=True)
class RetryPolicy:
    """Of a call: only where the server is UNAVAILABLE, at most `attempts` times in all.

    Pauses double from `first_pause_s` up to `longest_pause_s`, and are never shorter than the server's RetryInfo. A
    pause that would pass the call's deadline is not begun.
    """

    attempts: int = 4
    first_pause_s: float = 0.1
    longest_pause_s: float = 2.0

    def pause_after(self, attempt: int, failure: ChronovisorError) -> float | None:
        """Seconds to wait after attempt number `attempt` (from 1) failed. None: do not try again."""
        if failure.code is not grpc.StatusCode.UNAVAILABLE or attempt >= self.attempts:
            return None
        return self.pause(attempt, failure)

    def pause(self, attempt: int, failure: ChronovisorError) -> float:
        """Seconds to wait after attempt number `attempt` (from 1), for whoever tries again in any case."""
        doubled = min(self.first_pause_s * 2 ** min(attempt - 1, 30), self.longest_pause_s)
        return max(_shortened(doubled), failure.retry_after or 0.0)


class Backoff:
    """Of work that is tried until it is done: waits of `first_s`, doubling up to `most_s`. Counts the tries."""

    def __init__(self, first_s: float, most_s: float) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._next_s = first_s

    def next_s(self) -> float:
        wait_s = _shortened(self._next_s)
        self._next_s = min(self._next_s * 2, self._most_s)
        return wait_s

    def longest_s(self) -> float:
        """A wait as after many tries, for what will hardly change soon."""
        self._next_s = self._most_s
        return self.next_s()

    def reset(self) -> None:
        self._next_s = self._first_s


def _shortened(seconds: float) -> float:
    return seconds * random.uniform(0.5, 1.0)
