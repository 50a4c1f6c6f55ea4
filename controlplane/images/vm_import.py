"""The making of one image of a VM: what the agent of its host sends of its disk comes in, and is checked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from controlplane.domain.image.aggregate import Image
from controlplane.domain.image.content import ImageContent
from controlplane.images.jobs import InThread
from controlplane.images.source_files import SourceFailed
from controlplane.images.source_import import Stopped
from controlplane.images.store import ImageStore, Incoming

T = TypeVar("T")
LOST = "the connection to the agent of the VM's host was lost"


class DiskPart(NamedTuple):
    """What an agent says next: bytes of the image, or how far it is with making it.

    `done` of `total` bytes of the disk, or of the image where there is `data`.
    """

    data: bytes
    done: int
    total: int


class DiskReading(Protocol):
    """A VM's disk that is being read."""

    # The SHA-256 of all parts, once they have ended.
    sha256: bytes

    def parts(self) -> AsyncIterator[DiskPart]:
        """Raises SourceFailed."""
        ...


# A VM's disk, by the VM's uid and how many bytes it, and its image, may have. Raises SourceFailed.
OpenDisk = Callable[[str, int], AbstractAsyncContextManager[DiskReading]]


class VmImport:
    """`run` again after a failure: it begins anew then. What has come ends with each attempt."""

    def __init__(self, store: ImageStore, image: Image, open_disk: OpenDisk, in_thread: InThread) -> None:
        self._store, self._image, self._open_disk, self._in_thread = store, image, open_disk, in_thread
        self._stopped = asyncio.Event()
        # Whether all has come: what is kept then is to be accounted for.
        self._is_finishing = False
        # In bytes, as those of SourceImport; `detail` is how far the agent is before there are any.
        self.done, self.total, self.before, self.detail = 0, 0, 0, ""

    async def run(self) -> ImageContent:
        """Raises Stopped, SourceFailed, Unfit, NoRoom, CannotCheck, OSError."""
        reading = asyncio.ensure_future(self._read())
        stopping = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait([reading, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not reading.done() and not self._is_finishing:
                raise Stopped
            return await reading
        finally:
            stopping.cancel()
            reading.cancel()
            await asyncio.wait([reading])

    def stop(self) -> None:
        self._stopped.set()

    async def discard(self) -> None:
        """Nothing outlives an attempt."""

    async def _read(self) -> ImageContent:
        self.done = self.total = 0
        incoming: Incoming | None = None

        def begin(size: int) -> Incoming:
            # Also where this is stopped meanwhile: it is discarded then.
            nonlocal incoming
            incoming = self._store.receive(self._image.uid, self._image.expected, size)
            return incoming

        try:
            async with self._open_disk(self._image.source_vm_uid, self._store.settings.largest) as disk:
                parts = disk.parts()
                while (part := await self._next(parts)) is not None:
                    if not part.data:
                        self.detail = f"its host's agent reads the disk: {100 * part.done // max(part.total, 1)}%"
                        continue
                    self.detail, self.total = "", part.total
                    if incoming is None:
                        incoming = await self._to_its_end(partial(begin, part.total))
                    await self._add(incoming, part.data)
                if incoming is None:
                    raise SourceFailed("the agent of the VM's host has sent nothing", for_now=False)
                self._is_finishing = True
                return await self._to_its_end(partial(incoming.finish, disk.sha256))
        finally:
            self.detail, self._is_finishing = "", False
            if incoming:
                await self._to_its_end(incoming.discard)

    async def _add(self, incoming: Incoming, data: bytes) -> None:
        await self._to_its_end(partial(incoming.add, data))
        self.done += len(data)

    async def _to_its_end(self, work: Callable[[], T]) -> T:
        """Whatever becomes of whoever waits: no two work on one file."""
        working = asyncio.ensure_future(self._in_thread(work))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait([working])
            raise

    async def _next(self, parts: AsyncIterator[DiskPart]) -> DiskPart | None:
        """None at the end. Raises SourceFailed."""
        silence_s = self._store.settings.silence_s
        try:
            async with asyncio.timeout(silence_s):
                return await anext(parts, None)
        except TimeoutError:
            text = f"the agent of the VM's host has been silent for {silence_s:g} s"
            raise SourceFailed(text, for_now=True) from None
