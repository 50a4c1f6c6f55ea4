"""A driver whose guests get their networks first, and are reached through them: all else passes on as it is."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from hostagent.drivers.base import (
    DiskMove,
    Driver,
    Endpoint,
    GuestChanged,
    GuestPort,
    GuestRef,
    GuestSpec,
    Interface,
)

Ready = Callable[[str, tuple[Interface, ...]], Awaitable[None]]
OpenPort = Callable[[str, int], Awaitable[GuestPort | None]]


def networked(driver: Driver, ready: Ready, open_port: OpenPort) -> Driver:
    """`ready` waits until a guest's cards have their bridges and rules, or raises DriverError.

    `open_port` is by the UID of a VM; None of one that no network of the host leads to.
    """
    return cast("Driver", _Networked(driver, ready, open_port))


class _Networked:
    def __init__(self, driver: Driver, ready: Ready, open_port: OpenPort) -> None:
        self._driver = driver
        self._ready = ready
        self._open_port = open_port

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    async def define(self, spec: GuestSpec) -> None:
        await self._ready(spec.vm_uid, _on_bridges(spec))
        await self._driver.define(spec)

    async def prepare_incoming(self, spec: GuestSpec, disk: DiskMove) -> Endpoint:
        await self._ready(spec.vm_uid, _on_bridges(spec))
        return await self._driver.prepare_incoming(spec, disk)

    async def open_port(self, ref: GuestRef, port: int) -> GuestPort:
        guest = await self._driver.get_guest(ref.vm_uid)
        if guest is None or guest.ref != ref or not guest.power.is_active:
            raise GuestChanged("the guest does not run here")
        return await self._open_port(ref.vm_uid, port) or await self._driver.open_port(ref, port)


def _on_bridges(spec: GuestSpec) -> tuple[Interface, ...]:
    return tuple(each for each in spec.interfaces if not each.is_user)
