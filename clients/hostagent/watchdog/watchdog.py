"""What the agent knows of its watchdog, whichever one it has."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from hostagent.watchdog.lease import boottime
from hostagent.watchdog.place import Place, Taken

log = logging.getLogger(__name__)


class WatchdogError(Exception):
    """The watchdog cannot be had; says why."""


class Watchdog(Protocol):
    """Stops the host's guests in time. All instants are by its `now`."""

    @property
    def promised_s(self) -> float:
        """How long after the end of the lease guests are stopped; 0 while it cannot promise that."""
        ...

    def now(self) -> float: ...

    async def open(self) -> None:
        """Before the first lease. Raises WatchdogError."""
        ...

    async def run(self, promise_changed: Callable[[], None]) -> None:
        """Keeps it at work, until cancelled."""
        ...

    async def close(self) -> None:
        """Lets go of it. What guards the guests goes on."""
        ...

    def granted(self, length_s: float, at: float) -> None:
        """The control plane has answered the hello of that time with a lease so long; 0: it grants none."""
        ...

    def renewed(self, at: float) -> None:
        """It has answered a heartbeat that was sent at that time."""
        ...


class NoWatchdog:
    """Nothing is promised. What an earlier agent left behind is ended, once the control plane knows that."""

    promised_s = 0.0

    def __init__(self, place: Place | None = None) -> None:
        self._place = place

    def now(self) -> float:
        return boottime()

    async def open(self) -> None:
        """There is nothing to open."""

    async def run(self, promise_changed: Callable[[], None]) -> None:
        """There is nothing to keep at work."""

    async def close(self) -> None:
        """There is nothing to let go of."""

    def granted(self, length_s: float, at: float) -> None:
        if self._place is not None:
            asyncio.get_running_loop().run_in_executor(None, _end_guardian, self._place)

    def renewed(self, at: float) -> None:
        """No one counts."""


def _end_guardian(place: Place) -> None:
    try:
        place.end_what_is_there()
    except (OSError, Taken) as error:
        log.error("an earlier agent's guardian goes on: %s", error)
