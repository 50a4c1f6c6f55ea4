"""Attempts of a fencer: nothing but a reading confirms, and what fails says why."""

import asyncio
from collections.abc import Callable

import pytest

from controlplane.fencers.fencer import FencerError, FenceTarget, PowerSwitch, ReadBack

TARGET = FenceTarget("hosts/node-1", "uid", {})


class Machine:
    """A machine whose switch has the faults that a test names."""

    def __init__(
        self,
        *,
        on: bool = True,
        ignores: int = 0,
        refuses: int = 0,
        unreadable: int = 0,
        readings_late: int = 0,
        hangs: bool = False,
    ) -> None:
        self.on, self.orders, self.readings = on, 0, 0
        self._ignores, self._refuses, self._unreadable = ignores, refuses, unreadable
        self._late, self._hangs = readings_late, hangs

    async def read(self) -> str:
        self.readings += 1
        if self._hangs:
            await asyncio.Event().wait()
        if self._unreadable > 0:
            self._unreadable -= 1
            raise FencerError("no answer")
        if not self.on and self._late > 0:
            self._late -= 1
            return ""
        return "" if self.on else "reads off"

    async def turn_off(self) -> None:
        self.orders += 1
        if self._refuses > 0:
            self._refuses -= 1
            raise FencerError("refused")
        if self._ignores > 0:
            self._ignores -= 1
        else:
            self.on = False


def fencer(machine: PowerSwitch, timeout_s: float = 60.0, attempts: int = 1) -> ReadBack:
    switch: Callable[[FenceTarget], PowerSwitch] = lambda _target: machine  # noqa: E731
    return ReadBack(switch, timeout_s, attempts, sleep=lambda _seconds: asyncio.sleep(0))


async def test_what_was_read_back_is_the_word() -> None:
    machine = Machine()
    assert await fencer(machine).power_off(TARGET) == "reads off"
    assert (machine.on, machine.orders) == (False, 1)


async def test_a_machine_that_is_off_gets_no_command() -> None:
    machine = Machine(on=False)
    assert await fencer(machine).power_off(TARGET) == "reads off"
    assert machine.orders == 0


async def test_a_machine_takes_its_time() -> None:
    machine = Machine(readings_late=5)
    assert await fencer(machine).power_off(TARGET) == "reads off"
    assert machine.readings == 7


async def test_a_command_that_was_accepted_and_not_carried_out_confirms_nothing() -> None:
    machine = Machine(ignores=9)
    with pytest.raises(FencerError, match=r"after 2 attempts: not confirmed within 0.05 s: it took the command, and"):
        await fencer(machine, timeout_s=0.05, attempts=2).power_off(TARGET)
    assert (machine.on, machine.orders) == (True, 2)


async def test_a_machine_that_answers_nothing_is_given_up() -> None:
    machine = Machine(hangs=True)
    with pytest.raises(FencerError, match=r"not confirmed within 0.05 s: its power was being read"):
        await fencer(machine, timeout_s=0.05).power_off(TARGET)
    assert machine.orders == 0


async def test_a_later_attempt_succeeds() -> None:
    machine = Machine(refuses=2)
    assert await fencer(machine, attempts=3).power_off(TARGET) == "reads off"
    assert machine.orders == 3


async def test_the_last_refusal_is_the_reason() -> None:
    with pytest.raises(FencerError, match=r"^refused$"):
        await fencer(Machine(refuses=1)).power_off(TARGET)


async def test_what_cannot_be_read_before_may_be_read_after() -> None:
    machine = Machine(unreadable=1)
    assert await fencer(machine).power_off(TARGET) == "reads off"
    assert machine.orders == 1


async def test_what_cannot_be_read_after_is_not_confirmed() -> None:
    machine = Machine(unreadable=2)
    with pytest.raises(FencerError, match="no answer"):
        await fencer(machine).power_off(TARGET)
    assert not machine.on
