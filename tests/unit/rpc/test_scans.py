"""Reads that scan: few at once, in the order in which they come, and refused at once where too many wait."""

import asyncio
import threading

import pytest

from controlplane.domain.errors import Unavailable
from controlplane.queries.scans import Scans

WAIT_S = 30.0


async def test_past_its_bound_a_read_is_refused_at_once_with_a_time_to_come_back() -> None:
    scans, gate = Scans(1, 2, "test"), threading.Event()
    waiting = [asyncio.create_task(scans.run(gate.wait, WAIT_S)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await scans.run(int)
    assert (refused.value.reason, refused.value.retry_after_s > 0) == ("OVERLOADED", True)
    gate.set()
    assert await asyncio.wait_for(asyncio.gather(*waiting), WAIT_S) == [True] * 3
    assert await scans.run(int) == 0


async def test_reads_begin_in_the_order_in_which_they_came() -> None:
    scans, gate, begun = Scans(1, 9, "test"), threading.Event(), list[int]()
    first = asyncio.create_task(scans.run(gate.wait, WAIT_S))
    others = [asyncio.create_task(scans.run(begun.append, number)) for number in range(5)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.wait_for(first, WAIT_S)
    await asyncio.wait_for(asyncio.gather(*others), WAIT_S)
    assert begun == [0, 1, 2, 3, 4]


async def test_a_read_whose_caller_has_gone_is_let_go_and_leaves_its_place() -> None:
    scans, gate, begun = Scans(1, 1, "test"), threading.Event(), list[int]()
    first = asyncio.create_task(scans.run(gate.wait, WAIT_S))
    gone = asyncio.create_task(scans.run(begun.append, 1))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    last = asyncio.create_task(scans.run(begun.append, 2))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.wait_for(asyncio.gather(first, last), WAIT_S)
    assert begun == [2]


async def test_what_a_read_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await Scans(1, 1, "test").run(divmod, 1, 0)
