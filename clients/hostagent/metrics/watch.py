"""Somebody who watches the agent at work: what a watch is called with, and when. Changes nothing."""

from collections.abc import Callable, Iterable
from typing import Protocol

from hostagent.drivers.base import Driver, Guest, Samples

# What became of a step.
DONE, FAILED, BROKEN_OFF = "done", "failed", "broken_off"


class AgentWatch(Protocol):
    """Called on the agent's event loop."""

    def begins(self, host_id: str, guests: Callable[[], Iterable[Guest]]) -> None:
        """`guests` gives the newest reading of each; it may be called from any thread."""
        ...

    def driver(self, driver: Driver) -> Driver:
        """The driver, watched."""
        ...

    def connected(self, *, is_connected: bool) -> None: ...

    def sent(self, kind: str) -> None:
        """A message to the control plane: `hello`, `heartbeat`, `inventory`, `report`."""
        ...

    def lease_renewed(self, length_s: float | None = None) -> None:
        """The control plane has answered; with the lease's length, where it says that."""
        ...

    def step(self, name: str, outcome: str, took_s: float) -> None: ...

    def sampled(self, samples: Samples) -> None: ...


class NoWatch:
    """Nobody watches."""

    def begins(self, host_id: str, guests: Callable[[], Iterable[Guest]]) -> None: ...

    def driver(self, driver: Driver) -> Driver:
        return driver

    def connected(self, *, is_connected: bool) -> None: ...

    def sent(self, kind: str) -> None: ...

    def lease_renewed(self, length_s: float | None = None) -> None: ...

    def step(self, name: str, outcome: str, took_s: float) -> None: ...

    def sampled(self, samples: Samples) -> None: ...


UNWATCHED = NoWatch()
