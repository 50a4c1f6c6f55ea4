"""A client of a serial console, for tests."""

import asyncio
import contextlib
from typing import Any

import grpc
from chronovisor.v1 import console_service_pb2 as api
from chronovisor.v1 import history_service_pb2

from tests.integration.controlplane.plane import ACTOR, Plane, vm_name
from tests.support.waiting import WAIT_S

BERT = (("chronovisor-actor", "user:bert"),)
WRITE, TAKE_OVER = api.CONSOLE_MODE_WRITE, api.CONSOLE_MODE_TAKE_OVER
WEB = vm_name("web")
END = vars(grpc.aio)["EOF"]


class Opened:
    """A stream of ConsoleService: `next` reads a message, and says whether there was one."""

    _call: Any
    ended: api.ConsoleEnded | None = None

    async def next(self) -> bool:
        raise NotImplementedError

    async def until_ended(self) -> api.ConsoleEnded:
        while await self.next():
            pass
        assert self.ended
        return self.ended

    def leave(self) -> None:
        self._call.cancel()


class Console(Opened):
    """One client of a serial console."""

    def __init__(self, stubs: Any, name: str = WEB, mode: int = 0, metadata: Any = ACTOR, **more: Any) -> None:
        self._call = stubs.consoles.OpenSerialConsole(metadata=metadata)
        self._opening = api.SerialConsoleOpening(name=name, mode=mode, **more)  # pyright: ignore[reportArgumentType]
        self.output = b""
        self.skipped = 0
        self.opened: api.SerialConsoleOpened | None = None
        self.writers: list[api.ConsoleWriterChanged] = []

    async def open(self) -> "Console":
        await self._call.write(api.OpenSerialConsoleRequest(open=self._opening))
        await self.next()
        assert self.opened
        return self

    @property
    def state(self) -> tuple[bool, str]:
        """Whether it wrote when it was opened, and who did otherwise."""
        assert self.opened
        return self.opened.writer, self.opened.written_by

    async def type(self, text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        await self._call.write(api.OpenSerialConsoleRequest(input=data))

    async def next(self) -> bool:
        message = await asyncio.wait_for(self._call.read(), WAIT_S)
        if message is END:
            return False
        match message.WhichOneof("message"):
            case "opened":
                self.opened = message.opened
            case "output":
                self.output += message.output.data
                self.skipped += message.output.skipped
            case "writer_changed":
                self.writers.append(message.writer_changed)
            case "ended":
                self.ended = message.ended
            case _:
                raise AssertionError(message)
        return True

    async def until(self, text: bytes) -> None:
        while text not in self.output:
            assert await self.next(), self.output

    async def until_writer(self) -> api.ConsoleWriterChanged:
        while not self.writers:
            assert await self.next()
        return self.writers.pop(0)


async def opened(plane: Plane, **how: Any) -> Console:
    """As soon as the agent is there."""
    async with asyncio.timeout(WAIT_S):
        while True:
            with contextlib.suppress(grpc.aio.AioRpcError):
                return await Console(plane, **how).open()
            await asyncio.sleep(0.02)


async def log_of(plane: Plane, **request: Any) -> list[api.ReadConsoleLogResponse]:
    call = plane.consoles.ReadConsoleLog(api.ReadConsoleLogRequest(name=WEB, **request), metadata=ACTOR)
    return [each async for each in call]


async def console_events(plane: Plane) -> list[Any]:
    request = history_service_pb2.ListEventsRequest(
        parent=WEB, event_types=["ConsoleOpened", "ConsoleClosed"], page_size=100
    )
    return list((await plane.history.ListEvents(request)).events)


async def until_closed(plane: Plane, sessions: int) -> list[Any]:
    """Waits until so many sessions are closed in the ledger, and returns their ends."""
    async with asyncio.timeout(WAIT_S):
        while True:
            closed = [each for each in await console_events(plane) if each.HasField("console_closed")]
            if len(closed) >= sessions:
                return closed
            await asyncio.sleep(0.02)
