"""Fencers as their callers know them: what is powered off, who does it, and how often until it is confirmed.

A power-off is confirmed when it has been read back. That a command was accepted confirms nothing: it may be carried
out late, or never.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from controlplane.domain.host.aggregate import Host

# Between two readings of the power, and between two attempts, in seconds.
READ_EVERY_S = 1.0
Sleep = Callable[[float], Awaitable[None]]


class FencerError(Exception):
    """The power-off is not confirmed; the text says why. The machine may be on or off."""


class FenceTarget(NamedTuple):
    """The host that is to be powered off: `hosts/{host}`, and what parameters of a fencer can name of it."""

    name: str
    uid: str
    labels: Mapping[str, str]

    @classmethod
    def of(cls, host: Host) -> "FenceTarget":
        return cls(host.name, host.uid, dict(host.labels))

    @property
    def host(self) -> str:
        """Its id, without the collection."""
        return self.name.partition("/")[2]


class Fencer(Protocol):
    """Powers machines off."""

    async def power_off(self, host: FenceTarget) -> str:
        """Returns in words what was read back. Raises FencerError when nothing confirms that the machine is off."""
        ...


class PowerSwitch(Protocol):
    """The power of one machine, for one attempt."""

    async def read(self) -> str:
        """What says that the machine is off, in words; empty while it is not off. Raises FencerError."""
        ...

    async def turn_off(self) -> None:
        """Requests it. Raises FencerError when that is refused."""
        ...


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A fencer on a kind's power switch: `attempts` of `timeout_s` seconds each, until off has been read."""

    switch: Callable[[FenceTarget], PowerSwitch]
    timeout_s: float
    attempts: int
    sleep: Sleep = asyncio.sleep

    async def power_off(self, host: FenceTarget) -> str:
        for attempt in range(1, self.attempts + 1):
            try:
                return await self._attempt(host)
            except FencerError as error:
                if attempt == self.attempts:
                    tries = f"after {attempt} attempts: " if attempt > 1 else ""
                    raise FencerError(f"{tries}{error}") from error
                await self.sleep(READ_EVERY_S)
        raise AssertionError("a fencer has at least one attempt")

    async def _attempt(self, host: FenceTarget) -> str:
        doing = "its power was being read"
        try:
            async with asyncio.timeout(self.timeout_s):
                switch = self.switch(host)
                # A machine that is off already needs no command; one that cannot be read may still take it.
                if off := await self._first_reading(switch):
                    return off
                doing = "the power-off was being requested"
                await switch.turn_off()
                doing = "it took the command, and was still on"
                while not (off := await switch.read()):
                    await self.sleep(READ_EVERY_S)
                return off
        except TimeoutError:
            raise FencerError(f"not confirmed within {self.timeout_s:g} s: {doing}") from None

    @staticmethod
    async def _first_reading(switch: PowerSwitch) -> str:
        try:
            return await switch.read()
        except FencerError:
            return ""
