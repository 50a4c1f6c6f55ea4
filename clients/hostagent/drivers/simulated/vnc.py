"""The VNC server of a simulated guest: as much of RFB 3.8 (RFC 6143) as a viewer needs. Made when somebody looks.

Each key that is pressed draws another picture, so that what is typed is seen.
"""

import asyncio
import struct

from hostagent.drivers.simulated.pipe import Pipe
from hostagent.drivers.simulated.screen import Picture, drawn

_VERSION = b"RFB 003.008\n"
# Without a password; and that this is well.
_SECURITY_TYPES, _WELL = b"\x01\x01", b"\0\0\0\0"
# 32 bits a pixel, little-endian, of which red, green and blue have 8 each, from these bits on.
_BITS, _SHIFTS = 32, (16, 8, 0)
_FORMAT = struct.pack(">BBBBHHHBBBxxx", _BITS, 24, 0, 1, 255, 255, 255, *_SHIFTS)
# How many bytes follow the number of a viewer's message: pixel format, encodings, update, key, pointer, clipboard.
_LENGTHS = {0: 19, 2: 3, 3: 9, 4: 7, 5: 5, 6: 7}


class SimulatedScreen:
    """Of one VM on one host, for all its viewers."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._viewers: set[SimulatedViewer] = set()
        # Keys that were pressed, as RFB numbers them.
        self.pressed: list[int] = []
        # How many pictures each viewer was sent, or is being sent, by the order in which they came.
        self.shown: list[int] = []

    @property
    def picture(self) -> Picture:
        return drawn("".join([self._name, *(f" {key}" for key in self.pressed)]))

    def view(self) -> "SimulatedViewer":
        viewer = SimulatedViewer(self, len(self.shown))
        self.shown.append(0)
        self._viewers.add(viewer)
        return viewer

    def press(self, key: int) -> None:
        self.pressed.append(key)
        for viewer in self._viewers:
            viewer.changed.set()

    def close(self) -> None:
        """The guest has ended."""
        for viewer in [*self._viewers]:
            viewer.close()

    def left(self, viewer: "SimulatedViewer") -> None:
        self._viewers.discard(viewer)


class SimulatedViewer:
    """See ScreenPort. A viewer that does not read is sent nothing more, and what it types waits."""

    def __init__(self, screen: SimulatedScreen, number: int) -> None:
        self._screen, self._number = screen, number
        self._sent, self._typed = Pipe(), Pipe()
        self._shifts = _SHIFTS
        # Whether the picture is another than the one that was sent, and the viewer has requested it.
        self.changed, self._is_requested = asyncio.Event(), asyncio.Event()
        self._tasks = [asyncio.create_task(self._serve()), asyncio.create_task(self._update())]

    async def read(self, most: int) -> bytes:
        return await self._sent.read(most)

    async def write(self, data: bytes) -> None:
        await self._typed.write(data)

    def close(self) -> None:
        self._sent.close()
        self._typed.close()
        for task in self._tasks:
            task.cancel()
        self._screen.left(self)

    async def _serve(self) -> None:
        try:
            await self._shake_hands()
            while True:
                number = (await self._typed.exactly(1))[0]
                # One that it does not know ends it, as with others of its kind.
                await self._take(number, await self._typed.exactly(_LENGTHS[number]))
        except (EOFError, KeyError):
            self.close()

    async def _shake_hands(self) -> None:
        await self._sent.write(_VERSION)
        await self._typed.exactly(len(_VERSION))
        await self._sent.write(_SECURITY_TYPES)
        await self._typed.exactly(1)
        await self._sent.write(_WELL)
        await self._typed.exactly(1)
        picture, name = self._screen.picture, b"simulated"
        head = struct.pack(">HH", picture.width, picture.height)
        await self._sent.write(head + _FORMAT + struct.pack(">I", len(name)) + name)

    async def _take(self, number: int, rest: bytes) -> None:
        match number:
            case 0:
                if rest[3] != _BITS:
                    raise EOFError
                self._shifts = (rest[13], rest[14], rest[15])
            case 2:
                await self._typed.exactly(4 * int.from_bytes(rest[1:3]))
            case 3:
                if not rest[0]:
                    self.changed.set()
                self._is_requested.set()
            case 4:
                if rest[0]:
                    self._screen.press(int.from_bytes(rest[3:7]))
            case 6:
                await self._typed.exactly(int.from_bytes(rest[3:7]))
            case _:
                pass

    async def _update(self) -> None:
        """Sends the picture when it has changed, and the viewer has requested it."""
        while True:
            await self.changed.wait()
            await self._is_requested.wait()
            self.changed.clear()
            self._is_requested.clear()
            self._screen.shown[self._number] += 1
            picture = self._screen.picture
            head = struct.pack(">BxHHHHHi", 0, 1, 0, 0, picture.width, picture.height, 0)
            await self._sent.write(head + self._raw(picture))

    def _raw(self, picture: Picture) -> bytes:
        """Its pixels of 32 bits, in the viewer's order of colours."""
        raw = bytearray(4 * picture.width * picture.height)
        for colour, shift in enumerate(self._shifts):
            raw[shift // 8 :: 4] = picture.pixels[colour::3]
        return bytes(raw)
