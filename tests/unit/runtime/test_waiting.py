"""Waits for an event, or so long."""

import asyncio

import pytest

from controlplane.runtime.waiting import wait_for_event
from tests.support.waiting import WAIT_S


async def looks_forever(changed: asyncio.Event) -> None:
    while True:
        await wait_for_event(changed, 3600.0)
        changed.clear()


@pytest.mark.parametrize("turns", range(4))
async def test_a_change_that_comes_as_it_is_cancelled_does_not_keep_it(turns: int) -> None:
    changed = asyncio.Event()
    changed.set()
    looking = asyncio.create_task(looks_forever(changed))
    for _ in range(turns):
        await asyncio.sleep(0)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(looking, WAIT_S)


async def test_it_returns_when_the_time_has_passed() -> None:
    assert not await wait_for_event(asyncio.Event(), 0.01)


async def test_what_is_set_is_not_waited_for() -> None:
    event = asyncio.Event()
    event.set()
    assert await wait_for_event(event, 0.0)
