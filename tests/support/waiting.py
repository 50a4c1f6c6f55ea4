"""How long tests wait for what must come. Says nothing about how fast it should: that is for tests/benchmarks.

A deadline in a test is there to end one that would hang, so it costs nothing to be long. It grows by one factor
everywhere: a machine that does ten other things at once is slower, not wrong.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

PATIENCE = float(os.environ.get("CHRONOVISOR_TEST_PATIENCE", "6"))
# Between two looks at a condition that has no event to wait for.
_LOOK_EVERY_S = 0.02


def patient(seconds: float) -> float:
    """What takes `seconds` at worst on a quiet machine, as a deadline on any machine."""
    return seconds * PATIENCE


WAIT_S = patient(10.0)


async def until(
    holds: Callable[[], Awaitable[bool]], within_s: float = WAIT_S, look_every_s: float = _LOOK_EVERY_S
) -> None:
    """Returns once it holds. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not await holds():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(look_every_s)


def wait_until(holds: Callable[[], object], within_s: float = WAIT_S) -> None:
    """Returns once it holds, blocking the thread. Raises TimeoutError."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(_LOOK_EVERY_S)
