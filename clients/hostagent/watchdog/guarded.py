"""The agent's side of its guardian: starts one, gives it what the control plane has answered, and starts the next."""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hostagent.watchdog.lease import Lease, boottime
from hostagent.watchdog.place import MODULE, Place
from hostagent.watchdog.watchdog import WatchdogError
from hostagent.watchdog.words import Order, State

log = logging.getLogger(__name__)
READY = b"at work"
_START_S = 60.0
# A guardian that has not answered for so long is replaced.
_PING_S, _SILENCE_S = 2.0, 10.0
_RETRY_S = 1.0
_ADOPT_S, _LOOK_EVERY_S = 3.0, 0.1


@dataclass(frozen=True, slots=True)
class GuardianSettings:
    """What a guardian is started with. `device`: a watchdog of the kernel's, which it feeds."""

    uri: str
    state_dir: Path
    host_id: str
    timeout_s: float
    device: Path | None = None

    @property
    def place(self) -> Place:
        return Place(self.state_dir, self.host_id)

    def command(self, expires_at: float) -> list[str]:
        device = [str(self.device)] if self.device else []
        given = [self.uri, str(self.state_dir.absolute()), self.host_id, str(self.timeout_s), str(expires_at)]
        return [sys.executable, "-m", MODULE, *given, *device]


class Guarded:
    """A watchdog whose guardian is a process: the promise holds whatever becomes of this one."""

    def __init__(self, settings: GuardianSettings) -> None:
        self._settings = settings
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        # What a new guardian has to know at once, and as of when the lease is gone otherwise.
        self._last = Order()
        self._lease = Lease(boottime)

    @property
    def promised_s(self) -> float:
        return self._settings.timeout_s if self._writer else 0.0

    def now(self) -> float:
        return boottime()

    async def open(self) -> None:
        """Starts one, also in place of one that is there: of an earlier agent, and perhaps of another version."""
        await self._start()
        await self._connect()

    async def run(self, promise_changed: Callable[[], None]) -> None:
        while True:
            with contextlib.suppress(OSError, TimeoutError):
                await self._keep_in_touch()
            log.error("the guardian of this host's guests has ended, or does not answer")
            await self._open_again(promise_changed)

    async def close(self) -> None:
        writer, self._reader, self._writer = self._writer, None, None
        if writer:
            await _close(writer)

    def granted(self, length_s: float, at: float) -> None:
        if not length_s:
            log.warning("the control plane grants no lease: guests are not stopped when it is out of reach")
        self._lease.granted(length_s)
        self._lease.renewed(at)
        self._last = Order(length_s, at)
        self._send(self._last)

    def renewed(self, at: float) -> None:
        self._lease.renewed(at)
        self._last = self._last._replace(renewed_at=at)
        self._send(Order(renewed_at=at))

    async def _connect(self) -> None:
        """Raises OSError where none is there, and ValueError where it is not as this agent promised."""
        reader, writer = await _streams_of(self._settings.place.connected())
        try:
            writer.write(self._last.line())
            async with asyncio.timeout(_SILENCE_S):
                state = State.parse(await reader.readline())
            if state.timeout_s != self._settings.timeout_s:
                raise ValueError(f"process {state.pid} has promised {state.timeout_s:g} s")
        except BaseException:
            await _close(writer)
            raise
        self._reader, self._writer = reader, writer

    async def _keep_in_touch(self) -> None:
        """Returns when the guardian has ended, or has not answered in time."""
        reader = self._reader
        assert reader is not None
        pinging = asyncio.create_task(self._ping())
        try:
            line = b"at first"
            while line:
                # No wait_for: one that is cancelled as the line comes returns that, and nobody hears of the cancelling.
                async with asyncio.timeout(_SILENCE_S):
                    line = await reader.readline()
        finally:
            pinging.cancel()

    async def _ping(self) -> None:
        while True:
            self._send(Order())
            await asyncio.sleep(_PING_S)

    async def _open_again(self, promise_changed: Callable[[], None]) -> None:
        await self.close()
        withdrawn = False
        while True:
            try:
                if not await self._adopted():
                    await self.open()
            except (WatchdogError, OSError, ValueError) as error:
                log.error("no guardian: %s", error)
                if not withdrawn:
                    # The control plane is to know that nothing is promised.
                    withdrawn = True
                    promise_changed()
                await asyncio.sleep(_RETRY_S)
            else:
                if withdrawn:
                    promise_changed()
                return

    async def _adopted(self) -> bool:
        """Whether one is there as this agent promised: another agent of this host may have started it."""
        with contextlib.suppress(OSError):
            deadline = boottime() + _ADOPT_S
            await asyncio.sleep(_LOOK_EVERY_S)
            while self._settings.place.is_taken() and boottime() < deadline:
                with contextlib.suppress(OSError, ValueError):
                    await self._connect()
                    return True
                await asyncio.sleep(_LOOK_EVERY_S)
        return False

    async def _start(self) -> None:
        """Returns when it is at work, in place of one that is there. Raises WatchdogError."""
        process = await asyncio.create_subprocess_exec(
            *self._settings.command(self._lease.expires_at),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(_START_S):
                # To its end: it closes when the guardian is at work, or could not start.
                output = await process.stdout.read()
        except TimeoutError:
            raise WatchdogError(f"it is not at work after {_START_S:g} s") from None
        # What was started has forked and ended by now: the guardian is no child of this process.
        await process.wait()
        if output.strip() != READY:
            raise WatchdogError(output.decode(errors="replace").strip() or "it ended before it was at work")

    def _send(self, order: Order) -> None:
        if self._writer:
            self._writer.write(order.line())


async def _streams_of(connected: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        return await asyncio.open_unix_connection(sock=connected)
    except BaseException:
        connected.close()
        raise


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
