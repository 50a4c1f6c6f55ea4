"""Waits that end by themselves."""

import asyncio


async def wait_for_event(event: asyncio.Event, seconds: float | None) -> bool:
    """Whether it is set: as soon as it is, or once so many seconds have passed; None: never by themselves.

    asyncio.wait_for() of Python 3.11 loses a cancellation that comes as the event does: who is cancelled would go on.
    """
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True
