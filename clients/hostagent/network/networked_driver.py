"""A driver whose guests get their networks first: all else passes on as it is."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from hostagent.drivers.base import DiskMove, Driver, Endpoint, GuestSpec, Interface

Ready = Callable[[str, tuple[Interface, ...]], Awaitable[None]]


def networked(driver: Driver, ready: Ready) -> Driver:
    """`ready` waits until a guest's cards have their bridges and rules, or raises DriverError."""
    return cast("Driver", _Networked(driver, ready))


class _Networked:
    def __init__(self, driver: Driver, ready: Ready) -> None:
        self._driver = driver
        self._ready = ready

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    async def define(self, spec: GuestSpec) -> None:
        await self._ready(spec.vm_uid, spec.interfaces)
        await self._driver.define(spec)

    async def prepare_incoming(self, spec: GuestSpec, disk: DiskMove) -> Endpoint:
        await self._ready(spec.vm_uid, spec.interfaces)
        return await self._driver.prepare_incoming(spec, disk)
