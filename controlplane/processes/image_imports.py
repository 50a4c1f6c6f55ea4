"""Imports of images from their sources, and of VMs: each goes on until its image is READY or FAILED.

Through restarts and failures. Takes no hint: what is to be imported follows from the images that there are. An image
that does not wait for its bytes any more, as one that was cancelled or deleted, has its import stopped.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from uuid_utils import uuid7

from controlplane.commands.image import FailImport, FinishImport
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError, NotFound, QuotaExceeded, WrongState
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.image.aggregate import Image
from controlplane.domain.image.content import ImageContent
from controlplane.domain.image.imports import ImportProgress
from controlplane.domain.image.states import ImageState
from controlplane.domain.reasons import Reason
from controlplane.domain.resource_kinds import IMAGES
from controlplane.domain.time import SECOND, Micros
from controlplane.images.checks import CannotCheck
from controlplane.images.jobs import Job, SourceJob
from controlplane.images.qcow2_header import Unfit
from controlplane.images.source_files import SourceFailed
from controlplane.images.source_import import SourceImport, Stopped
from controlplane.images.sources import NotAllowed, Sources
from controlplane.images.store import ImageStore, NoRoom
from controlplane.images.vm_import import OpenDisk, VmImport
from controlplane.processes.image_care import Fleet
from controlplane.processes.pacing import FAULT, Submit, growing_pause
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)
ACTOR = "system:images"
T = TypeVar("T")
# So many failures in a row without a byte that came, and it is given up.
MOST_FAILURES = 8
FIRST_PAUSE_US, LONGEST_PAUSE_US = SECOND, 60 * SECOND


class Terms(NamedTuple):
    """How long an import may take from the image's creation on, and how long it pauses after its first failure."""

    longest_us: int = 6 * 3600 * SECOND
    first_pause_us: int = FIRST_PAUSE_US


class _UnderWay:
    def __init__(self, image: Image, job: Job, now: Micros) -> None:
        self.image, self.job, self.since = image, job, now
        self.failures, self.detail = 0, ""


class ImageImports:
    """Follows the dispatcher, and imports while it runs."""

    def __init__(
        self,
        submit: Submit,
        clock: Callable[[], Micros],
        store: ImageStore,
        sources: Sources,
        fleet: Fleet,
        open_disk: OpenDisk,
        terms: Terms = Terms(),  # noqa: B008 - it never changes
    ) -> None:
        self._submit, self._clock, self._store, self._sources = submit, clock, store, sources
        self._fleet, self._open_disk, self._terms = fleet, open_disk, terms
        self._threads = ThreadPoolExecutor(store.settings.most_imports, "import")
        self._slots = asyncio.Semaphore(store.settings.most_imports)
        self._changed = asyncio.Event()
        self._under_way: dict[str, _UnderWay] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_closing = False

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        if any(isinstance(each.after, Image) and each.after.import_version for each in batch):
            self._changed.set()

    def progress(self, image_uid: str) -> ImportProgress | None:
        """How far one is; None of one that is not under way."""
        found = self._under_way.get(image_uid)
        if found is None:
            return None
        return ImportProgress(
            found.job.done, found.job.total, found.job.before, found.since, found.job.detail or found.detail
        )

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            waiting = self._waiting()
            for uid, under_way in self._under_way.items():
                if uid not in waiting:
                    under_way.job.stop()
            for uid in waiting.keys() - self._tasks.keys():
                task = asyncio.create_task(self._import(waiting[uid]), name=f"import of {waiting[uid].name}")
                self._tasks[uid] = task
                task.add_done_callback(lambda _, uid=uid: self._ended(uid))
            self._changed.clear()
            await wait_for_event(self._changed, None)

    async def close(self) -> None:
        """Stops what is under way. It goes on when the control plane is there again."""
        self._is_closing = True
        for under_way in self._under_way.values():
            under_way.job.stop()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._threads.shutdown(wait=False)

    def _waiting(self) -> Mapping[str, Image]:
        """The images that are to be imported, by uid."""
        images = self._fleet.of(IMAGES)
        return {uid: each for uid, each in images.items() if each.import_version and each.state is ImageState.PENDING}

    def _is_waiting(self, image: Image) -> bool:
        return image.uid in self._waiting()

    def _ended(self, uid: str) -> None:
        del self._tasks[uid]

    async def _import(self, image: Image) -> None:
        async with self._slots:
            job = self._job(image)
            under_way = self._under_way[image.uid] = _UnderWay(image, job, self._clock())
            late = asyncio.get_running_loop().call_later(self._seconds_left(image), job.stop)
            try:
                if content := await self._imported(under_way):
                    await self._finish(image, content)
                if not self._is_waiting(image):
                    await job.discard()
            except OSError as error:
                log.warning("what is left of %s is removed at the next start: %s", image.name, error)
            finally:
                late.cancel()
                del self._under_way[image.uid]

    def _job(self, image: Image) -> Job:
        if image.source_vm_uid:
            return VmImport(self._store, image, self._open_disk, self._in_thread)
        source = (image.uid, image.source_uri, image.expected)
        return SourceJob(SourceImport(self._store, self._sources, *source), self._in_thread)

    def _seconds_left(self, image: Image) -> float:
        return max(0, self._ends(image) - self._clock()) / SECOND

    def _ends(self, image: Image) -> Micros:
        """When its import is given up."""
        return image.deadline or Micros(image.created + self._terms.longest_us)

    async def _imported(self, under_way: _UnderWay) -> ImageContent | None:
        """None of one that has failed, or need not be any more."""
        image, job = under_way.image, under_way.job
        while self._is_waiting(image) and not self._is_closing:
            under_way.since = self._clock()
            try:
                return await job.run()
            except SourceFailed as error:
                under_way.failures = 1 if job.done > job.before else under_way.failures + 1
                under_way.detail = str(error)
                if not error.for_now or under_way.failures >= MOST_FAILURES:
                    await self._fail(image, Reason.IMAGE_SOURCE_FAILED, str(error))
                    return None
                log.info("%s: %s; it is tried again", image.name, error)
            except Stopped:
                if not self._is_closing:
                    await self._fail_late(image)
                return None
            except (Unfit, NoRoom, NotAllowed, CannotCheck, OSError) as error:
                await self._fail(image, *_failure(image, error))
                return None
            except Exception:
                log.exception("%s cannot be imported", image.name)
                await self._fail(image, Reason.IMAGE_UNAVAILABLE, FAULT)
                return None
            pause_us = growing_pause(under_way.failures, self._terms.first_pause_us, LONGEST_PAUSE_US)
            await asyncio.sleep(pause_us / SECOND)
        return None

    async def _fail_late(self, image: Image) -> None:
        longest_s = (self._ends(image) - image.created) / SECOND
        reason = Reason.DEADLINE_PASSED if image.deadline else Reason.IMAGE_SOURCE_FAILED
        await self._fail(image, reason, f"it did not come within {longest_s:g} s")

    async def _finish(self, image: Image, content: ImageContent) -> None:
        try:
            try:
                await self._recorded(FinishImport(image.uid, image.name, content), image)
            finally:
                self._store.settled(content.sha256)
        except QuotaExceeded as error:
            # Once its bytes are settled: they are looked for when the ledger has that it failed.
            await self._fail(image, Reason.QUOTA_EXCEEDED, str(error))

    async def _fail(self, image: Image, reason: Reason, words: str) -> None:
        await self._recorded(FailImport(image.uid, words, reason), image)

    async def _recorded(self, command: FinishImport | FailImport, image: Image) -> None:
        """Until the ledger has it, or has something else of the image. Raises QuotaExceeded."""
        failures = 0
        while self._is_waiting(image):
            try:
                await self._submit(command, CommandContext(ACTOR, str(uuid7())))
                return
            except (NotFound, WrongState):
                return
            except QuotaExceeded:
                raise
            except DomainError as error:
                failures += 1
                log.warning("%s stays PENDING for now: %s", image.name, error)
                await asyncio.sleep(growing_pause(failures, self._terms.first_pause_us, LONGEST_PAUSE_US) / SECOND)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _failure(image: Image, error: Unfit | NoRoom | NotAllowed | CannotCheck | OSError) -> tuple[Reason, str]:
    match error:
        case Unfit():
            return Reason.IMAGE_REJECTED, str(error)
        case NoRoom():
            return Reason.IMAGE_STORE_FULL, str(error)
        case NotAllowed():
            return Reason.IMAGE_SOURCE_NOT_ALLOWED, str(error)
        case CannotCheck():
            return Reason.IMAGE_UNAVAILABLE, str(error)
        case OSError():
            log.error("%s cannot be written: %s", image.name, error)
            return Reason.IMAGE_UNAVAILABLE, f"its bytes cannot be written: {error.strerror}"
