"""What counts as things happen, all of it: made where metrics are on, and nowhere else."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client.core import Metric

from controlplane.domain.errors import DomainError
from controlplane.domain.reasons import Reason
from controlplane.metrics.call_tallies import CallTallies
from controlplane.metrics.command_tallies import CommandTallies
from controlplane.metrics.event_tallies import EventTallies
from controlplane.metrics.families import histogram
from controlplane.runtime.loop_lag import LoopLag


class Instruments:
    """`reason_of` gives the reason of a refusal."""

    def __init__(self, reason_of: Callable[[DomainError], Reason]) -> None:
        self.commands = CommandTallies(reason_of)
        self.calls = CallTallies()
        self.events = EventTallies()
        self.lag = LoopLag()

    def captured(self) -> Callable[[], Iterable[Metric]]:
        """They are few, and change on the event loop: the families are made there."""
        found = list(self._families())
        return lambda: found

    def _families(self) -> Iterator[Metric]:
        yield from self.commands.families()
        yield from self.events.families()
        yield from self.calls.families()
        yield histogram(
            "event_loop_lag_seconds", "By how much the event loop was late, ten times a second.", self.lag.seconds
        )

    def begin(self) -> Sequence["asyncio.Task[None]"]:
        """The past has been read: from now on, all counts. Returns the tasks that measure."""
        self.events.begin()
        return [asyncio.create_task(self.lag.run(), name="event loop lag")]
