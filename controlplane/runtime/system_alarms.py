"""Alarms about the control plane itself, by kind: at most one of each. Repairs nothing, forgets with the process."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from controlplane.domain.time import Micros

# Of alarms that are over.
MOST_KEPT = 100


class SystemAlarm(NamedTuple):
    """`kind` is such as `clock_step`; `detail` is what is so, as it was last seen."""

    kind: str
    detail: str
    raised: Micros
    ended: Micros | None = None


class SystemAlarms:
    """The alarms that there are, and the last that are over."""

    def __init__(self, clock: Callable[[], Micros]) -> None:
        self._clock = clock
        self._open: dict[str, SystemAlarm] = {}
        self._over: deque[SystemAlarm] = deque(maxlen=MOST_KEPT)

    @property
    def open(self) -> list[SystemAlarm]:
        return list(self._open.values())

    @property
    def over(self) -> list[SystemAlarm]:
        """The last ones, newest first."""
        return list(reversed(self._over))

    def begin(self, kind: str, detail: str) -> bool:
        """Returns whether the alarm is new; one that there is gets the newer detail."""
        before = self._open.get(kind)
        self._open[kind] = before._replace(detail=detail) if before else SystemAlarm(kind, detail, self._clock())
        return before is None

    def end(self, kind: str) -> bool:
        """Returns whether there was one."""
        alarm = self._open.pop(kind, None)
        if alarm:
            self._over.append(alarm._replace(ended=self._clock()))
        return alarm is not None
