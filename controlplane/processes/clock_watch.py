"""Watches the wall clock: an alarm while it is far from the commit time, an event where it is followed after all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from uuid_utils import uuid7

from controlplane.commands.clock import RecordClockStep
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import SECOND, micros_of
from controlplane.processes.deadlines import Submit
from controlplane.runtime.clock import LASTS_US, Clock

log = logging.getLogger(__name__)
EVERY_S = 1.0
KIND = "clock_step"


class Alarms(Protocol):
    """Where operators look."""

    def begin(self, kind: str, detail: str) -> bool: ...

    def end(self, kind: str) -> bool: ...


class ClockWatch:
    """`recorded` reads the steps that were followed before, by whichever server, in order."""

    def __init__(
        self,
        clock: Clock,
        alarms: Alarms,
        submit: Submit,
        recorded: Callable[[], Awaitable[Sequence[RecordedEvent]]],
        every_s: float = EVERY_S,
    ) -> None:
        self._clock = clock
        self._alarms = alarms
        self._submit = submit
        self._recorded = recorded
        self._every_s = every_s
        self._seen = 0
        # Why it could not be recorded last that the clock is followed: logged once.
        self._refused = ""

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            try:
                await self.look()
            except DomainError as error:
                if str(error) != self._refused:
                    log.warning("the wall clock is followed later: %s", error)
                self._refused = str(error)
            except Exception:
                # A fault of ours here must not end the watch.
                log.exception("watching the wall clock")
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Raises DomainError when a step could not be recorded."""
        self._report()
        if by_us := self._clock.to_follow_us():
            await self._follow(by_us)

    def _report(self) -> None:
        offset_us, seen = self._clock.offset_us(), self._clock.steps_seen
        if offset_us or seen > self._seen:
            detail = _words(offset_us)
            if self._alarms.begin(KIND, detail):
                log.error("ALARM %s: %s", KIND, detail)
        self._seen = seen
        if not offset_us and self._alarms.end(KIND):
            log.warning("no alarm any more: %s: the wall clock agrees with the ledger's time", KIND)

    async def _follow(self, by_us: int) -> None:
        steps = await self._recorded()
        last = (steps[-1].version, micros_of(steps[-1].event.commit_time)) if steps else None
        # Another server on the same ledger may have been quicker: one step is recorded once.
        if last is None or self._clock() - last[1] > LASTS_US:
            context = CommandContext("system:clock", str(uuid7()), reason="the wall clock stayed ahead")
            await self._submit(RecordClockStep(by_us, last), context)
        self._clock.move(by_us)
        log.warning("the wall clock has stayed %s ahead of the ledger's time, and is followed", _span(by_us))


def _words(offset_us: int) -> str:
    if not offset_us:
        return "the wall clock was far from the ledger's time for a moment"
    if offset_us > 0:
        return (
            f"the wall clock is {_span(offset_us)} ahead of the ledger's time; followed if it stays so for 10 minutes"
        )
    return f"the wall clock is {_span(offset_us)} behind the ledger's time, which never goes back"


def _span(micros: int) -> str:
    seconds = abs(micros) / SECOND
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
