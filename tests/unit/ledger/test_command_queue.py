"""The writer's queue: batches of all that waits, and an end to how much may wait."""

import asyncio

import pytest

from controlplane.commands.clock import RecordClockStep
from controlplane.domain.command import AnyAnswer, CommandContext, Outcome
from controlplane.domain.errors import ConcurrentChange, Unavailable
from controlplane.ledger.writer.queue import CommandQueue, QueuedCommand, settle_all
from tests.support.waiting import patient


def queued(number: int = 0) -> QueuedCommand:
    future: asyncio.Future[Outcome[AnyAnswer]] = asyncio.get_running_loop().create_future()
    return QueuedCommand(RecordClockStep(number), CommandContext("user:test", "r"), None, False, future)


async def test_all_that_waits_is_one_batch_in_order() -> None:
    queue = CommandQueue(10)
    commands = [queued(number) for number in range(3)]
    for each in commands:
        queue.put(each)
    assert await queue.batch() == commands


async def test_more_than_may_wait_are_refused_with_a_time_to_retry() -> None:
    queue = CommandQueue(2)
    queue.put(queued())
    queue.put(queued())
    with pytest.raises(Unavailable) as refused:
        queue.put(queued())
    assert (refused.value.reason, refused.value.retry_after_s > 0) == ("OVERLOADED", True)


async def test_what_is_decided_again_is_not_refused_and_is_the_next_batch() -> None:
    queue = CommandQueue(1)
    queue.put(queued())
    (first,) = await queue.batch()
    queue.put(queued(1))
    queue.put_back([first])
    assert first in await asyncio.wait_for(queue.batch(), patient(5))


async def test_an_empty_batch_begins_when_the_queue_is_woken_or_closed() -> None:
    queue = CommandQueue(1)
    queue.wake()
    assert await asyncio.wait_for(queue.batch(), patient(5)) == []
    queue.close()
    assert await asyncio.wait_for(queue.batch(), patient(5)) == []


async def test_the_first_result_of_a_command_stays() -> None:
    answered, failed = queued(), queued()
    answered.settle(Outcome(None, 7))
    settle_all([answered, failed], ConcurrentChange())
    assert (await answered.future).position == 7
    assert isinstance(failed.future.exception(), ConcurrentChange)
