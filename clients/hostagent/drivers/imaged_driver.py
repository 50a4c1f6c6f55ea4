"""A driver whose guests get their images first: all else passes on as it is."""

from collections.abc import Callable
from typing import Any, cast

from hostagent.drivers.base import DiskMove, Driver, Endpoint, GuestSpec, ImageBoot, ImageCopies, ImageSource, VmUid

# What is reported of a guest while its image is copied.
Copying = Callable[[VmUid, str], None]


def imaged(driver: Driver, source: ImageSource, copying: Copying) -> Driver:
    """`source` has the bytes of images; `copying` hears how far a copy is."""
    copies = driver.image_copies
    return cast("Driver", _Imaged(driver, copies, source, copying)) if copies else driver


class _Imaged:
    def __init__(self, driver: Driver, copies: ImageCopies, source: ImageSource, copying: Copying) -> None:
        self._driver, self._copies, self._source, self._copying = driver, copies, source, copying

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    async def define(self, spec: GuestSpec) -> None:
        await self._bring(spec)
        await self._driver.define(spec)

    async def prepare_incoming(self, spec: GuestSpec, disk: DiskMove) -> Endpoint:
        # A disk that is copied holds all that it was made from.
        if disk is DiskMove.SHARED:
            await self._bring(spec)
        return await self._driver.prepare_incoming(spec, disk)

    async def _bring(self, spec: GuestSpec) -> None:
        if isinstance(spec.boot, ImageBoot) and spec.boot.content:
            await self._copies.ensure(spec.boot.content, self._source, lambda text: self._copying(spec.vm_uid, text))
