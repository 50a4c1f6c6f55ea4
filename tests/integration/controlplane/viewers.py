"""A viewer of a screen, for tests: as much of RFB 3.8 as it takes to see and type."""

import asyncio
import contextlib
import struct
from typing import Any

import grpc
from chronovisor.v1 import console_service_pb2 as api

from tests.integration.controlplane.consoles import Opened
from tests.integration.controlplane.plane import ACTOR, vm_name
from tests.support.waiting import WAIT_S

WEB = vm_name("web")
END = vars(grpc.aio)["EOF"]
SHARED = b"\x01"


class Viewer(Opened):
    """One client of a screen."""

    def __init__(self, stubs: Any, name: str = WEB, mode: int = 0, metadata: Any = ACTOR, **more: Any) -> None:
        self._call = stubs.consoles.OpenScreen(metadata=metadata)
        self._opening = api.ScreenOpening(name=name, mode=mode, **more)  # pyright: ignore[reportArgumentType]
        self._received = bytearray()
        self.opened: api.ScreenOpened | None = None
        self.writers: list[api.ConsoleWriterChanged] = []
        self.size = (0, 0)

    async def open(self) -> "Viewer":
        await self._call.write(api.OpenScreenRequest(open=self._opening))
        await self.next()
        assert self.opened
        return self

    async def seen(self) -> "Viewer":
        """Opens it, and shakes hands."""
        await self.open()
        assert await self.exactly(12) == b"RFB 003.008\n"
        await self.send(b"RFB 003.008\n")
        (count,) = await self.exactly(1)
        # Without a password.
        assert 1 in await self.exactly(count)
        await self.send(b"\x01")
        assert await self.exactly(4) == bytes(4)
        await self.send(SHARED)
        width, height = struct.unpack(">HH", await self.exactly(4))
        self.size = (width, height)
        await self.exactly(16)
        (length,) = struct.unpack(">I", await self.exactly(4))
        await self.exactly(length)
        # Blue, green, red, nothing; and raw alone.
        await self.send(struct.pack(">B3xBBBBHHHBBBxxx", 0, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0))
        await self.send(struct.pack(">BxHi", 2, 1, 0))
        return self

    async def picture(self, *, incremental: bool = False) -> bytes:
        """The pixels of the next update of all of it: red, green, blue."""
        await self.ask(incremental=incremental)
        assert await self.exactly(1) == b"\0"
        _, count = struct.unpack(">BH", await self.exactly(3))
        rows = [bytearray(self.size[0] * 3) for _ in range(self.size[1])]
        for _ in range(count):
            left, top, width, height, encoding = struct.unpack(">HHHHi", await self.exactly(12))
            assert encoding == 0
            raw = await self.exactly(4 * width * height)
            for row in range(height):
                line = raw[4 * width * row : 4 * width * (row + 1)]
                for colour in range(3):
                    rows[top + row][3 * left + colour : 3 * (left + width) : 3] = line[2 - colour :: 4]
        return b"".join(rows)

    async def ask(self, *, incremental: bool = False) -> None:
        await self.send(struct.pack(">BBHHHH", 3, incremental, 0, 0, *self.size))

    async def press(self, key: int) -> None:
        for down in (1, 0):
            await self.send(struct.pack(">BBxxI", 4, down, key))

    async def send(self, data: bytes) -> None:
        await self._call.write(api.OpenScreenRequest(data=data))

    async def exactly(self, count: int) -> bytes:
        while len(self._received) < count:
            assert await self.next()
        data = bytes(self._received[:count])
        del self._received[:count]
        return data

    async def next(self) -> bool:
        message = await asyncio.wait_for(self._call.read(), WAIT_S)
        if message is END:
            return False
        match message.WhichOneof("message"):
            case "opened":
                self.opened = message.opened
            case "data":
                self._received += message.data
            case "writer_changed":
                self.writers.append(message.writer_changed)
            case "ended":
                self.ended = message.ended
            case _:
                raise AssertionError(message)
        return True

    async def until_writer(self) -> api.ConsoleWriterChanged:
        while not self.writers:
            assert await self.next()
        return self.writers.pop(0)


async def seen(plane: Any, **how: Any) -> Viewer:
    """As soon as the agent is there."""
    async with asyncio.timeout(WAIT_S):
        while True:
            with contextlib.suppress(grpc.aio.AioRpcError):
                return await Viewer(plane, **how).seen()
            await asyncio.sleep(0.02)
