"""When rows are made anew, and when that has not helped."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from controlplane.projections.projector.repair import Repair
from controlplane.projections.projector.unreadable_rows import UnreadableRows


class Remakes:
    """Counts how often rows are made anew."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self, _found: Callable[[str], None]) -> int:
        self.times += 1
        return 8


async def repaired(repair: Repair, error: UnreadableRows) -> None:
    repair.begin_from_thread(error)
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_read_that_began_before_the_rows_were_made_anew_says_nothing_of_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    remakes = Remakes()
    repair = Repair(remakes)
    repair.loop = asyncio.get_running_loop()
    slow = UnreadableRows(ValueError("of the rows before"))
    with caplog.at_level(logging.ERROR):
        await repaired(repair, UnreadableRows(ValueError("the first")))
        await repaired(repair, slow)
    assert remakes.times == 1
    assert caplog.text == ""


async def test_rows_that_are_unreadable_again_are_not_made_anew_again(caplog: pytest.LogCaptureFixture) -> None:
    remakes = Remakes()
    repair = Repair(remakes)
    repair.loop = asyncio.get_running_loop()
    with caplog.at_level(logging.ERROR):
        await repaired(repair, UnreadableRows(ValueError("the first")))
        await repaired(repair, UnreadableRows(ValueError("the second")))
    assert remakes.times == 1
    assert "ALARM" in caplog.text
