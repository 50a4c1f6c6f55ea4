"""One import of an image, wherever it is from: how it is carried out, and how far it is."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from controlplane.domain.image.content import ImageContent
from controlplane.images.source_import import SourceImport

T = TypeVar("T")


class InThread(Protocol):
    """Has work done off the event loop."""

    async def __call__(self, work: Callable[[], T]) -> T: ...


class Job(Protocol):
    """One import: `run`, again after a failure; `stop` ends it soon, and `discard` forgets what has come.

    `done`, `total` and `before` are bytes, as ImportProgress has them; `detail` is what it does before there are any.
    """

    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def before(self) -> int: ...
    @property
    def detail(self) -> str: ...

    # Raises Stopped, NotAllowed, SourceFailed, Unfit, NoRoom, CannotCheck, OSError.
    async def run(self) -> ImageContent: ...

    def stop(self) -> None: ...

    # Raises OSError.
    async def discard(self) -> None: ...


class SourceJob:
    """An import from a source, in a thread."""

    detail = ""

    def __init__(self, job: SourceImport, in_thread: InThread) -> None:
        self._job, self._in_thread = job, in_thread

    @property
    def done(self) -> int:
        return self._job.done

    @property
    def total(self) -> int:
        return self._job.total

    @property
    def before(self) -> int:
        return self._job.before

    async def run(self) -> ImageContent:
        return await self._in_thread(self._job.run)

    def stop(self) -> None:
        self._job.stop()

    async def discard(self) -> None:
        await self._in_thread(self._job.discard)
