"""Time: dates from the wall clock, durations from the time since boot.

A wall clock can be wrong for a moment or for good. What a commit's time is used for is mostly a duration: usage,
deadlines, ages. So the commit time runs with the time that really elapses. A wall clock that is a little off is
approached slowly; one that is far off is an alarm, and not followed before it has stayed there for a while. The commit
time never goes back.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from controlplane.domain.time import SECOND, Micros, Ticks

# A wall clock that is further off was set, or is wrong. One that is nearer is approached by so many parts of a million.
STEP_US = SECOND
SLEW_PPM = 500
# For how long a wall clock must stay ahead until it is followed.
LASTS_US = 600 * SECOND
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def clock() -> Micros:
    """The wall clock of this machine."""
    return Micros(time.time_ns() // 1000)


def elapsed() -> int:
    """Microseconds since this machine was booted, asleep or not."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return (time.monotonic_ns() if boot is None else time.clock_gettime_ns(boot)) // 1000


def boot_id() -> bytes:
    """Which boot of which machine this is; empty where nobody says."""
    try:
        return bytes.fromhex(_BOOT_ID.read_text(encoding="ascii").strip().replace("-", ""))
    except (OSError, ValueError):
        return b""


class ClockStep(NamedTuple):
    """A wall clock that is far from the commit time: by how much (above 0: ahead), and since which tick."""

    offset_us: int
    since: int


class Clock:
    """The commit time. Called, it gives the time now; never less than before."""

    def __init__(
        self,
        wall: Callable[[], int] = clock,
        ticks: Callable[[], int] = elapsed,
        boot: bytes | None = None,
    ) -> None:
        self._wall = wall
        self._elapsed = ticks
        self._boot = boot_id() if boot is None else boot
        # The time at a tick, from which all later ones follow.
        self._tick = self._slewed = ticks()
        self._time = wall()
        self._step: ClockStep | None = None
        # How many steps were seen, and by how much time was moved ahead of what elapsed.
        self.steps_seen = 0
        self.moved_us = 0

    def __call__(self) -> Micros:
        tick = self._elapsed()
        now = self._time + tick - self._tick
        offset = self._wall() - now
        if -STEP_US < offset < STEP_US:
            self._step = None
            now += self._slew(offset, tick)
        else:
            self._see(offset, tick)
        return Micros(now)

    def _slew(self, offset: int, tick: int) -> int:
        most = (tick - self._slewed) * SLEW_PPM // 1_000_000
        if not most:
            return 0
        self._slewed = tick
        by = max(-most, min(most, offset))
        self._time += by
        return by

    def _see(self, offset: int, tick: int) -> None:
        self._slewed = tick
        step = self._step
        if step is None or abs(offset - step.offset_us) >= STEP_US:
            self.steps_seen += 1
            self._step = ClockStep(offset, tick)
        else:
            # A clock that is itself slewed meanwhile is still the same one.
            self._step = step._replace(offset_us=offset)

    def ticks(self, at: Micros) -> Ticks:
        """What shows, beside a commit time, how long ago it was: also after a restart of the process.

        Those of that time, not of now: what is committed may have been decided a while ago.
        """
        return Ticks(self._boot, max(0, min(self._tick + at - self._time, self._elapsed())))

    def step(self) -> ClockStep | None:
        """How far the wall clock is off, where that is far; as of now."""
        self()
        return self._step

    def offset_us(self) -> int:
        """By how much the wall clock is ahead of the commit time; 0 where that is little."""
        step = self.step()
        return step.offset_us if step else 0

    def to_follow_us(self) -> int:
        """By how much a wall clock is ahead that has been so for long enough to be followed; 0 where none is."""
        step = self.step()
        if step is None or step.offset_us < 0 or self._elapsed() - step.since < LASTS_US:
            return 0
        return step.offset_us

    def move(self, by_us: int) -> None:
        """Goes ahead by what did not elapse."""
        self._time += by_us
        self.moved_us += by_us
        self._step = None

    def resume(self, last: Micros, at: Ticks) -> None:
        """Continues after the last commit of an earlier process. On the same boot, what elapsed since is known."""
        tick = self._elapsed()
        same = bool(at.boot) and at.boot == self._boot and at.micros <= tick
        self._tick = self._slewed = tick
        self._time = last + tick - at.micros if same else max(self._wall(), last)
        self._step = None

    def not_before(self, committed: Micros) -> None:
        """Another writer is ahead: its commits are not to come after later ones."""
        ahead = committed - self()
        if ahead > 0:
            self.move(ahead)
