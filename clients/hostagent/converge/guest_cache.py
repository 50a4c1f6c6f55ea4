"""Readings of the host's guests: the newest of each, and which changed. Draws no conclusion from them."""

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Iterable

from hostagent.drivers.base import Driver, Guest, Power, VmUid

log = logging.getLogger(__name__)


class GuestCache:
    """Keeps the newest reading of every guest. One is taken at a time, so that none is older than the last."""

    def __init__(self, driver: Driver, on_reading: Callable[[VmUid], None]) -> None:
        self._driver = driver
        self._on_reading = on_reading
        self._lock = asyncio.Lock()
        self._guests: dict[VmUid, Guest] = {}

    def guest(self, vm_uid: VmUid) -> Guest | None:
        return self._guests.get(vm_uid)

    @property
    def guests(self) -> Iterable[Guest]:
        return self._guests.values()

    async def read_all(self) -> None:
        """Reads every guest. Raises DriverError, and keeps the old readings then."""
        async with self._lock:
            found = {guest.vm_uid: guest for guest in await self._driver.list_guests()}
            for vm_uid in [*found, *(uid for uid in self._guests if uid not in found)]:
                self._take(vm_uid, found.get(vm_uid))

    async def read(self, vm_uid: VmUid) -> None:
        """Reads one guest. Raises DriverError."""
        async with self._lock:
            self._take(vm_uid, await self._driver.get_guest(vm_uid))

    def forget(self, vm_uid: VmUid) -> None:
        """Drops a guest that was deleted on purpose; if it is still there, the next reading finds it."""
        self._guests.pop(vm_uid, None)

    def _take(self, vm_uid: VmUid, guest: Guest | None) -> None:
        before = self._guests.get(vm_uid)
        if guest is not None and guest.power is Power.UNREADABLE and before is not None:
            # What was read of it before is remembered, for when it is gone or can be read again.
            guest = dataclasses.replace(before, power=guest.power, detail=guest.detail)
        if guest is None and before is not None and before.started:
            # Remembered, so that a guest undefined behind our back does not look like one that never was.
            guest = dataclasses.replace(before, power=Power.GONE, detail="no longer known to the hypervisor")
        if guest == before:
            return
        if guest is None:
            del self._guests[vm_uid]
        else:
            self._guests[vm_uid] = guest
            if guest.power is Power.UNREADABLE:
                log.warning("guest %s is there, and %s: left alone", vm_uid, guest.detail)
        self._on_reading(vm_uid)
