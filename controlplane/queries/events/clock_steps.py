"""Steps of the wall clock that commit times followed: what they skipped did not elapse. Blocks; use a thread."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import Micros, micros_in, micros_of
from controlplane.ledger.store import Ledger

STREAM = "clock"


class ClockStep(NamedTuple):
    """From `start` on, commit times skipped so much time; `position` is of the event that says so."""

    start: Micros
    skipped_us: int
    position: int

    @property
    def end(self) -> Micros:
        return Micros(self.start + self.skipped_us)


async def recorded(ledger: Ledger) -> Sequence[RecordedEvent]:
    """The events, in order."""
    return await asyncio.to_thread(ledger.whole_stream, STREAM)


def steps_within(ledger: Ledger, start: Micros, end: Micros, position: int) -> list[ClockStep]:
    """The steps recorded up to a position that skipped some of a window."""
    found = [
        ClockStep(micros_of(each.event.commit_time), micros_in(each.event.clock_stepped.skipped), each.position)
        for each in ledger.whole_stream(STREAM)
        if each.position <= position
    ]
    return [each for each in found if each.start < end and each.end > start]


def elapsed_parts(start: Micros, end: Micros, steps: Sequence[ClockStep]) -> Iterator[tuple[Micros, Micros]]:
    """The parts of a window that really elapsed, in order. The steps are in order."""
    for step in steps:
        if start < step.start:
            yield start, min(step.start, end)
        start = max(start, step.end)
    if start < end:
        yield start, end
