"""Imports of images: bytes to the store, and how that ended to the ledger. Each has a thread; some at once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from controlplane.commands.image import FailImport, FinishImport
from controlplane.domain.command import Answer, CommandContext
from controlplane.domain.errors import DomainError, NotFound, QuotaExceeded, RateLimited, Unavailable
from controlplane.domain.image.aggregate import Image
from controlplane.domain.image.content import ImageContent
from controlplane.domain.image.errors import ImageRejected, ImageStoreFull
from controlplane.domain.reasons import Reason
from controlplane.domain.resource_kinds import IMAGES
from controlplane.images.checks import CannotCheck
from controlplane.images.qcow2_header import Unfit
from controlplane.images.store import ImageStore, Incoming, NoRoom
from controlplane.queries.reads import Reads
from controlplane.rpc.access.caller import caller
from controlplane.rpc.dependencies import Commands

log = logging.getLogger(__name__)
RETRY_S = 5.0
BROKEN_OFF = "its import was broken off"
T = TypeVar("T")


class Imports:
    """Those that are under way on this server."""

    def __init__(self, commands: Commands, reads: Reads, store: ImageStore) -> None:
        self._commands, self._reads, self._store = commands, reads, store
        self._threads = ThreadPoolExecutor(store.settings.most_uploads, "image")
        self._under_way: set[asyncio.Task[Any]] = set()
        self.is_closing = False
        # Uploads that can go on, by their image.
        self._resumable: dict[str, asyncio.Task[Any]] = {}
        # Failures on their way into the ledger.
        self._failing: set[asyncio.Task[None]] = set()

    def require_room(self) -> None:
        """Raises RateLimited where as many are under way as there may be."""
        most = self._store.settings.most_uploads
        if len(self._under_way) >= most:
            raise RateLimited(caller().name, f"an import, while {most} are under way", RETRY_S)

    async def run(self, image: Image, chunks: AsyncIterator[bytes], size: int, by: CommandContext) -> Image:
        """The image with all its bytes, READY. It is FAILED when this raises, but where it can go on.

        Raises ImageRejected, ImageStoreFull, QuotaExceeded, Unavailable, and what `chunks` raises.
        """
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            content = await (self._gone_on(image, chunks, size) if image.resumable else self._kept(image, chunks, size))
        except asyncio.CancelledError:
            if not image.resumable:
                self._fail_later(image, BROKEN_OFF, by)
            raise
        except _BrokenOff as error:
            raise Unavailable(
                Reason.IMAGE_UNAVAILABLE, f"{image.name}: {error}; go on with `resume_uid`", 0.0
            ) from None
        except Exception as error:
            refusal = _refusal(image.name, error)
            await self._fail_later(image, getattr(refusal, "why", str(refusal)), by)
            if refusal is error:
                raise
            raise refusal from error
        finally:
            self._under_way.discard(task)
        return await self._finished(image, content, by)

    async def take_over(self, image: Image) -> int:
        """Ends the call that the upload of an image is open in. Returns how many bytes have come. Raises OSError."""
        if (older := self._resumable.get(image.uid)) is not None:
            older.cancel()
            await asyncio.wait([older])
        return (await self._in_thread(lambda: self._store.partial(image.uid, image.expected))).size

    async def _gone_on(self, image: Image, chunks: AsyncIterator[bytes], size: int) -> ImageContent:
        """What has come, and the rest of it. Raises _BrokenOff where that is not all."""
        task = asyncio.current_task()
        assert task is not None
        self._resumable[image.uid] = task
        partial = await self._in_thread(lambda: self._store.partial(image.uid, image.expected))
        try:
            await self._in_thread(lambda: partial.begin(partial.size, "", size))
            async for chunk in _unless_silent(chunks):
                if image.uid not in self._reads.inventory.of(IMAGES):
                    raise NotFound("image", image.name)
                if partial.size + len(chunk) > size:
                    raise Unfit(f"more than the {size} bytes were sent that were declared to come")
                await self._in_thread(lambda chunk=chunk: partial.add(chunk))
            if partial.size < size:
                raise _BrokenOff(f"{partial.size} of {size} bytes have come")
            return await self._in_thread(partial.finish)
        finally:
            if self._resumable.get(image.uid) is task:
                del self._resumable[image.uid]
            await self._in_thread(partial.close)

    async def close(self) -> None:
        """Breaks off what is under way, and returns once the ledger has that."""
        self.is_closing = True
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await asyncio.gather(*self._failing, return_exceptions=True)
        self._threads.shutdown(wait=False)

    async def _kept(self, image: Image, chunks: AsyncIterator[bytes], size: int) -> ImageContent:
        incoming: Incoming | None = None

        def begin() -> Incoming:
            # Also where whoever waits for it goes meanwhile: it is discarded then.
            nonlocal incoming
            incoming = self._store.receive(image.uid, image.expected, size)
            return incoming

        try:
            incoming = await self._in_thread(begin)
            async for chunk in chunks:
                if image.uid not in self._reads.inventory.of(IMAGES):
                    raise NotFound("image", image.name)
                await self._in_thread(partial(incoming.add, chunk))
            return await self._in_thread(incoming.finish)
        finally:
            if incoming:
                await self._in_thread(incoming.discard)

    async def _finished(self, image: Image, content: ImageContent, by: CommandContext) -> Image:
        try:
            try:
                outcome = await self._commands.enqueue(FinishImport(image.uid, image.name, content), by)
            finally:
                self._store.settled(content.sha256)
        except QuotaExceeded as error:
            # Once its bytes are settled: they are looked for when the ledger has that it failed.
            await self._fail_later(image, str(error), by)
            raise
        assert isinstance(outcome.answer, Answer)
        assert isinstance(outcome.answer.resource, Image)
        return outcome.answer.resource

    def _fail_later(self, image: Image, error: str, by: CommandContext) -> "asyncio.Task[None]":
        """Records it, also where whoever waits for it goes."""
        task = asyncio.create_task(self._fail(image, error, by), name=f"the failure of {image.name}")
        self._failing.add(task)
        task.add_done_callback(self._failing.discard)
        return task

    async def _fail(self, image: Image, error: str, by: CommandContext) -> None:
        try:
            await self._commands.enqueue(FailImport(image.uid, error), by)
        except DomainError as refused:
            # The next start finds it, and does so then.
            log.warning("%s stays PENDING: %s", image.name, refused)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """To its end, whatever becomes of whoever waits: no two work on one file."""
        working = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait([working])
            raise


class _BrokenOff(Exception):
    """An upload that can go on has ended before its end."""


class Silent(Unfit):
    """A client sends nothing."""


async def _unless_silent(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Raises _BrokenOff where the client sends nothing."""
    try:
        async for chunk in chunks:
            yield chunk
    except Silent as error:
        raise _BrokenOff(str(error)) from None


def _refusal(name: str, error: Exception) -> Exception:
    """What ended an import, as callers hear of it."""
    match error:
        case Unfit():
            return ImageRejected(name, str(error))
        case NoRoom():
            return ImageStoreFull(name, str(error))
        case CannotCheck():
            return Unavailable(Reason.IMAGE_UNAVAILABLE, f"{name} cannot be imported: {error}", RETRY_S)
        case OSError():
            log.exception("an image cannot be written")
            text = f"{name} cannot be imported: its bytes cannot be written: {error.strerror}"
            return Unavailable(Reason.IMAGE_UNAVAILABLE, text, RETRY_S)
        case _:
            return error
