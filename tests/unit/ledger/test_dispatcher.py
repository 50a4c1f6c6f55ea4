"""The dispatcher: every follower, in order, and whoever waits."""

import asyncio
import gc
import weakref

import pytest
from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.errors import PositionAhead
from controlplane.domain.fleet import RecordedEvent
from controlplane.ledger.events.dispatcher import EventDispatcher


def batch(*positions: int, stream: str = "vms/a") -> list[RecordedEvent]:
    return [RecordedEvent(stream, position, ev.Event(), position=position) for position in positions]


def test_every_follower_gets_every_batch_in_order_before_the_position_moves() -> None:
    dispatcher = EventDispatcher()
    seen: list[tuple[str, int, int]] = []
    for name in ("one", "two"):
        dispatcher.follow(lambda told, name=name: seen.append((name, told[-1].position, dispatcher.position)))
    dispatcher.publish(batch(1, 2))
    dispatcher.publish(batch(5))
    assert seen == [("one", 2, 0), ("two", 2, 0), ("one", 5, 2), ("two", 5, 2)]
    assert dispatcher.position == 5


async def test_a_position_is_waited_for_until_it_comes() -> None:
    dispatcher = EventDispatcher()
    waiting = asyncio.create_task(dispatcher.reach(3, 10.0))
    await asyncio.sleep(0)
    dispatcher.publish(batch(1, 2))
    await asyncio.sleep(0)
    assert not waiting.done()
    dispatcher.publish(batch(4))
    await waiting
    await dispatcher.reach(4, 0.0)


async def test_a_position_that_does_not_come_is_ahead() -> None:
    dispatcher = EventDispatcher()
    dispatcher.publish(batch(7))
    with pytest.raises(PositionAhead) as refused:
        await dispatcher.reach(9, 0.01)
    assert (refused.value.position, refused.value.head) == (9, 7)


async def test_a_watcher_hears_of_its_own_stream_only() -> None:
    dispatcher = EventDispatcher()
    mine, again, other = dispatcher.changed("vms/a"), dispatcher.changed("vms/a"), dispatcher.changed("vms/b")
    dispatcher.publish(batch(1, stream="vms/a"))
    assert (mine.done(), again.done(), other.done()) == (True, True, False)
    other.cancel()
    dispatcher.publish(batch(2, stream="vms/b"))


async def test_a_watcher_that_was_cancelled_is_not_kept() -> None:
    dispatcher = EventDispatcher()
    watchers = [dispatcher.changed(f"vms/{number}") for number in range(3)]
    refs = [weakref.ref(each) for each in watchers]
    while watchers:
        watchers.pop().cancel()
    await asyncio.sleep(0)
    gc.collect()
    assert [ref() for ref in refs] == [None, None, None]
