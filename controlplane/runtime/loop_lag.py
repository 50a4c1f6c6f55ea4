"""How late the event loop is: what is to run at a time, and when it did. Measures, and does nothing about it."""

import asyncio

from controlplane.runtime.tallies import Histogram

EVERY_S = 0.1
BOUNDS_S = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5)


class LoopLag:
    """`seconds` has one value each `EVERY_S`: by how much the loop was late."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self._every_s = every_s
        self.seconds = Histogram(BOUNDS_S)

    async def run(self) -> None:
        """Runs until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self._every_s
            await asyncio.sleep(self._every_s)
            self.seconds.add(max(0.0, loop.time() - due))
