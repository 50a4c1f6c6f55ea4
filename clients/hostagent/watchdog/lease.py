"""The host's lease as its agent counts it, and what is due when it is gone. Pure: time is a parameter or a clock.

It lasts from when the agent SENT the last message that the control plane has answered. Hearing the control plane is
not enough: where only one direction is cut, the control plane does not hear the agent, and takes its host for lost.
"""

import time
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

# Seconds that also elapse while the machine is suspended.
Clock = Callable[[], float]
# As the control plane accepts them.
SHORTEST_S, LONGEST_S = 5.0, 3600.0
# However long the promise: from the first guest that is stopped, to its end.
_LONGEST_STOPPING_S = 20.0


def boottime() -> float:
    """Seconds since this machine was started, suspended or not. Of all its processes alike."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    """Granted by the control plane for a length, renewed from an instant. Before both, it is gone as of `expires_at`.

    By default that is now. Whoever counts on for another process says since when it is gone.
    """

    def __init__(self, clock: Clock, length_s: float = 0.0, expires_at: float | None = None) -> None:
        self._clock = clock
        self._length_s = length_s
        self._expires_at = clock() if expires_at is None else expires_at

    @property
    def expires_at(self) -> float:
        return self._expires_at

    def granted(self, length_s: float) -> None:
        """Of another length from now on; what was renewed before lasts as long as it did."""
        self._length_s = length_s

    def renewed(self, at: float) -> None:
        """The control plane has answered what was sent at that time. An older answer changes nothing."""
        self._expires_at = max(self._expires_at, min(at, self._clock()) + self._length_s)

    def is_gone(self, now: float | None = None) -> bool:
        return (self._clock() if now is None else now) >= self._expires_at


class Due(IntEnum):
    """What is to be done, each with all before it."""

    # The lease holds, or the agent still has time to come back.
    NOTHING = 0
    # Guests are stopped by their hypervisor.
    STOP = 1
    # Their processes are killed: the hypervisor has had its time.
    KILL = 2
    # The machine is reset, where that can be done: guests still run, and the promise ends with that.
    RESET = 3


class Promise(NamedTuple):
    """Guests are stopped `timeout_s` after the lease is gone: early enough begun that each means has its time."""

    timeout_s: float

    @property
    def stopping_s(self) -> float:
        return min(self.timeout_s / 2, _LONGEST_STOPPING_S)

    @property
    def reset_s(self) -> float:
        """How long a device may go without a sign of life: no longer than what is left of the promise then."""
        return max(1.0, self.stopping_s // 4)

    def due(self, expires_at: float, now: float) -> Due:
        left_s = expires_at + self.timeout_s - now
        for due, at_s in ((Due.RESET, self.reset_s), (Due.KILL, self.stopping_s / 2), (Due.STOP, self.stopping_s)):
            if left_s <= at_s:
                return due
        return Due.NOTHING


def problem_of(timeout_s: float) -> str:
    """The rule that a number of seconds breaks; empty for one that can be promised."""
    if timeout_s == 0 or SHORTEST_S <= timeout_s <= LONGEST_S:
        return ""
    return f"expected 0, or {SHORTEST_S:g} to {LONGEST_S:g} seconds"
