"""The serial console of a simulated guest: a log, and a shell that knows a few words. Made when somebody looks."""

import asyncio
import contextlib

from hostagent.drivers.base import GuestChanged, LogExtent

KEPT_BYTES = 256 << 10
PROMPT = "# "


class SimulatedConsole:
    """Of one VM on one host. It is its own log and serial port."""

    def __init__(self, name: str) -> None:
        self._name = name.rpartition("/")[2]
        self._kept = bytearray()
        self._oldest = 0
        self._line = bytearray()
        self._is_active = False
        # Cleared: the guest takes nothing that is typed.
        self.takes_input = asyncio.Event()
        self.takes_input.set()
        # One event for each who waits.
        self._waiting: set[asyncio.Event] = set()

    def power(self, *, is_active: bool) -> None:
        """The guest began to run, or has ended."""
        if is_active and not self._is_active:
            self._line.clear()
            self._say(f"simulated guest {self._name} ready\r\n{PROMPT}")
        self._is_active = is_active
        self._wake()

    # See ConsoleLog.

    async def extent(self) -> LogExtent:
        return LogExtent(self._oldest, self._oldest + len(self._kept))

    async def read(self, offset: int, most: int) -> bytes:
        place = max(0, offset - self._oldest)
        return bytes(self._kept[place : place + most])

    # See SerialPort.

    async def write(self, data: bytes) -> None:
        await self.takes_input.wait()
        self._require_active()
        for byte in data:
            self._type(byte)
        self._wake()

    async def written(self, wait_s: float) -> None:
        self._require_active()
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), wait_s)
        finally:
            self._waiting.discard(event)
        self._require_active()

    def close(self) -> None:
        """Nothing is held."""

    def _require_active(self) -> None:
        if not self._is_active:
            raise GuestChanged("the guest does not run here any more")

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    def _type(self, byte: int) -> None:
        if byte in b"\r\n":
            line, self._line = self._line.decode(errors="replace").strip(), bytearray()
            self._say(f"\r\n{self._answer(line)}{PROMPT}")
        elif byte in b"\x7f\b":
            if self._line:
                del self._line[-1]
                self._say("\b \b")
        else:
            self._line.append(byte)
            self._add(bytes([byte]))

    def _answer(self, line: str) -> str:
        word, _, rest = line.partition(" ")
        match word:
            case "":
                return ""
            case "echo":
                return f"{rest}\r\n"
            case "hostname":
                return f"{self._name}\r\n"
            case _:
                return f"sh: {word}: not found\r\n"

    def _say(self, text: str) -> None:
        self._add(text.encode())

    def _add(self, data: bytes) -> None:
        self._kept += data
        if len(self._kept) > 2 * KEPT_BYTES:
            dropped = len(self._kept) - KEPT_BYTES
            del self._kept[:dropped]
            self._oldest += dropped
