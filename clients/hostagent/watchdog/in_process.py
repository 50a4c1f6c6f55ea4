"""The watchdog of simulated guests: the same lease and promise, in the process that simulates the machine."""

import asyncio
from collections.abc import Callable

from hostagent.drivers.simulated.driver import SimulatedDriver
from hostagent.watchdog.lease import Clock, Due, Lease, Promise, boottime

_EVERY_S = 0.1


class SimulatedWatchdog:
    """Part of the simulated machine, as its guests are: it outlives agents. `tick` now and then, or `run`."""

    def __init__(self, driver: SimulatedDriver, timeout_s: float, clock: Clock = boottime) -> None:
        self._driver = driver
        self._clock = clock
        self._promise = Promise(timeout_s)
        # None: the control plane grants none, so that nothing is promised to it.
        self.lease: Lease | None = Lease(clock)

    @property
    def promised_s(self) -> float:
        return self._promise.timeout_s

    def now(self) -> float:
        return self._clock()

    async def open(self) -> None:
        """The machine runs, and so does its watchdog."""

    async def run(self, promise_changed: Callable[[], None]) -> None:
        while True:
            self.tick()
            await asyncio.sleep(_EVERY_S)

    async def close(self) -> None:
        """The machine runs on."""

    def granted(self, length_s: float, at: float) -> None:
        if not length_s:
            self.lease = None
            return
        if self.lease is None:
            self.lease = Lease(self._clock)
        self.lease.granted(length_s)
        self.lease.renewed(at)

    def renewed(self, at: float) -> None:
        if self.lease is not None:
            self.lease.renewed(at)

    def tick(self) -> None:
        """Stops what runs, once that is due."""
        if self.lease is None or self._promise.due(self.lease.expires_at, self._clock()) is Due.NOTHING:
            return
        for vm_uid in list(self._driver.guests):
            self._driver.end(vm_uid, detail="destroyed")
