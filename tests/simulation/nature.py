"""Chance and time, of which the simulated world has its own: every clock, random number and new id that code takes.

Code takes them from the standard library and `uuid_utils`. For as long as a history runs, what those give is this.
"""

import random
import sys
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uuid_utils
from google.protobuf.timestamp_pb2 import Timestamp

from tests.simulation.loop import BEGINNING_S, OWNER, VirtualLoop

EPOCH_S = 1_750_000_000
_ROOMS = ("controlplane", "hostagent", "chronovisor", "tests")
_real_uuid7 = uuid_utils.uuid7


class Nature:
    """The clocks and ids of one history."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._ids = 0

    def monotonic(self) -> float:
        return self._loop.time()

    def monotonic_ns(self) -> int:
        return round(self._loop.time() * 1e9)

    def boot_ns(self, _clock: int) -> int:
        return self.monotonic_ns()

    def wall(self) -> float:
        """By the clock of the process that reads it."""
        return EPOCH_S + self._loop.time() - BEGINNING_S + OWNER.get().skew_s

    def wall_ns(self) -> int:
        return round(self.wall() * 1e9)

    def new_id(self) -> uuid.UUID:
        self._ids += 1
        return uuid.UUID(int=(round(self.wall() * 1000) << 80) | (7 << 76) | (2 << 62) | self._ids)


_current: list[Nature] = []


def _new_id() -> Any:
    return _current[-1].new_id() if _current else _real_uuid7()


def _set_now(timestamp: Timestamp) -> None:
    timestamp.FromNanoseconds(_current[-1].wall_ns())


def _adopt_modules() -> None:
    """Modules have taken `uuid7` by name; they keep what is given here, and it gives the real one between histories."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _ROOMS and getattr(module, "uuid7", None) is _real_uuid7:
            setattr(module, "uuid7", _new_id)  # noqa: B010 a module has no such attribute to the type checker


def _sources(nature: Nature) -> list[tuple[object, str, object]]:
    mixin = next(base for base in Timestamp.__mro__ if "GetCurrentTime" in vars(base))
    return [
        (time, "monotonic", nature.monotonic),
        (time, "monotonic_ns", nature.monotonic_ns),
        (time, "time", nature.wall),
        (time, "time_ns", nature.wall_ns),
        (time, "clock_gettime_ns", nature.boot_ns),
        (uuid, "uuid4", nature.new_id),
        (mixin, "GetCurrentTime", _set_now),
    ]


@contextmanager
def simulated(loop: VirtualLoop, seed: int) -> Generator[Nature]:
    """Until the end, time is the loop's and chance is the seed's."""
    nature = Nature(loop)
    _adopt_modules()
    sources = _sources(nature)
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in sources]
    chance = random.getstate()
    _current.append(nature)
    random.seed(seed)
    for owner, name, source in sources:
        setattr(owner, name, source)
    try:
        yield nature
    finally:
        for owner, name, source in before:
            setattr(owner, name, source)
        random.setstate(chance)
        _current.pop()
