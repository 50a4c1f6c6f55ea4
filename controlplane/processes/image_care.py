"""Images whose upload ended with the process before have failed; bytes that nothing needs any more are removed.

Takes no hint: what is needed follows from the images and VMs that there are.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from uuid_utils import uuid7

from controlplane.commands.image import FailImport
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.image.aggregate import Image
from controlplane.domain.image.states import ImageState
from controlplane.domain.resource_kinds import IMAGES, R, ResourceKind
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.processes.pacing import Submit
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)
ACTOR = "system:images"
INTERRUPTED = "the control plane ended during its import"
RETRY_S = 30.0
# So long from its beginning, an upload can go on.
RESUMABLE_US = 24 * 3600 * SECOND
EXPIRED = "its upload did not end within a day"
LOOK_EVERY_S = 3600.0


class Bytes(Protocol):
    """The bytes that are kept, by their SHA-256. Blocking."""

    def known(self) -> set[bytes]: ...

    def remove(self, digests: Collection[bytes]) -> None: ...

    def partials(self) -> set[str]: ...

    def remove_partials(self, uids: Collection[str]) -> None: ...


class Fleet(Protocol):
    """What there is."""

    @property
    def vms(self) -> Mapping[str, Vm]: ...

    def of(self, kind: ResourceKind[R]) -> Mapping[str, R]: ...


class ImageCare:
    """Follows the dispatcher for images and VMs that end."""

    def __init__(self, submit: Submit, clock: Callable[[], Micros], kept: Bytes, fleet: Fleet) -> None:
        self._submit, self._clock, self._kept, self._fleet = submit, clock, kept, fleet
        self._ended = asyncio.Event()

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for each in batch:
            after = each.after
            if (isinstance(after, Image) and after.state in (ImageState.DELETED, ImageState.FAILED)) or (
                isinstance(after, Vm) and after.state is VmState.DELETED and after.spec.content
            ):
                self._ended.set()

    async def run(self) -> None:
        """Runs until cancelled."""
        # Those that have a source, or a VM, go on, and others can.
        interrupted = [each for each in self._pending() if not each.import_version and not each.resumable]
        self._ended.set()
        while True:
            await wait_for_event(self._ended, RETRY_S if interrupted else LOOK_EVERY_S)
            self._ended.clear()
            try:
                while interrupted:
                    await self._fail(interrupted[-1], INTERRUPTED)
                    interrupted.pop()
                oldest = self._clock() - RESUMABLE_US
                for each in self._pending():
                    if each.resumable and each.created < oldest:
                        await self._fail(each, EXPIRED)
                await self.sweep()
            except (DomainError, OSError) as error:
                log.warning("images are looked after later: %s", error)
            except Exception:
                # A fault of ours must not end the process.
                log.exception("images could not be looked after")

    def _pending(self) -> list[Image]:
        return [each for each in self._fleet.of(IMAGES).values() if each.state is ImageState.PENDING]

    async def _fail(self, image: Image, error: str) -> None:
        await self._submit(FailImport(image.uid, error), CommandContext(ACTOR, str(uuid7())))

    async def sweep(self) -> None:
        """Removes the bytes that nothing needs. Raises OSError."""
        if abandoned := self._kept.partials() - {image.uid for image in self._pending()}:
            await asyncio.to_thread(self._kept.remove_partials, abandoned)
        # On the loop, so that nothing becomes needed between the two.
        unused = self._kept.known() - self._needed()
        if unused:
            await asyncio.to_thread(self._kept.remove, unused)
            log.info("the bytes of %d images are removed: nothing needs them", len(unused))

    def _needed(self) -> set[bytes]:
        """Those of images, and of VMs, which keep what they were made from."""
        contents = [image.content for image in self._fleet.of(IMAGES).values()]
        contents += {vm.spec.content for vm in self._fleet.vms.values()}
        return {content.sha256 for content in contents if content}
