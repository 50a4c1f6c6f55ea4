"""The migration of a simulated guest: a copy fills up elsewhere, both stand still, and the source's ends."""

import asyncio
import dataclasses
from collections.abc import Callable
from enum import Enum

from hostagent.drivers.base import (
    DiskMove,
    Endpoint,
    Guest,
    GuestRef,
    HypervisorUnavailable,
    MigrationFailed,
    MigrationProgress,
    Outgoing,
    Power,
)
from hostagent.drivers.simulated.network import SimulatedHost, SimulatedNetwork

_MIB, _GIB = 1 << 20, 1 << 30
# How often it is looked whether the memory can go on to be sent.
_SLICES = 4
# A guest that stands still because its memory was handed over, and how that went is not known yet.
HANDED_OVER = "migration"
LEFT = "migrated"


class Stage(Enum):
    """What it can be delayed in and fail at, in this order, by the names of faults and delays."""

    TRANSFER = "migrate"
    # All is sent, and the copy not complete.
    FINISH = "migrate.finish"
    # The copy is complete, and the source has not heard of it: a fault here leaves one that stands still elsewhere.
    CONFIRM = "migrate.confirm"


def endpoint_of(host: str) -> Endpoint:
    return Endpoint({"host": host})


class SimulatedMigration:
    """One guest's way to another host. It goes on without the agent that began it, as a hypervisor's does."""

    def __init__(
        self, network: SimulatedNetwork, source: SimulatedHost, name: str, ref: GuestRef, outgoing: Outgoing
    ) -> None:
        self._network, self._source, self._name = network, source, name
        self._ref, self._outgoing = ref, outgoing
        # The agent that waits for it was killed: nobody breaks it off.
        self.orphaned = False
        self._destination = outgoing.endpoint.address.get("host", "")
        self._listeners: list[Callable[[MigrationProgress], None]] = []
        self._aborted = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"migration of {ref.vm_uid}")
        # asyncio complains of failures that nobody awaits.
        self._task.add_done_callback(lambda task: task.cancelled() or task.exception())

    @property
    def done(self) -> bool:
        return self._task.done()

    def is_for(self, outgoing: Outgoing) -> bool:
        """Whether it brings about this outcome, however fast."""
        return (self._outgoing.endpoint, self._outgoing.incarnation) == (outgoing.endpoint, outgoing.incarnation)

    async def abort(self) -> None:
        """Breaks it off, if it still can be, and waits for its end."""
        self._aborted.set()
        await asyncio.wait([self._task])

    async def outcome(self, progress: Callable[[MigrationProgress], None]) -> None:
        """Waits for its end. Cancelled, it does not break the migration off. Raises DriverError."""
        self._listeners.append(progress)
        try:
            await asyncio.wait([self._task])
            self._task.result()
        finally:
            self._listeners.remove(progress)

    async def _run(self) -> None:
        copy = self._begin()
        try:
            async with asyncio.timeout(self._outgoing.timeout_s or None):
                await self._transfer()
                await self._pass(Stage.FINISH)
        except BaseException as error:
            self._drop(copy)
            if isinstance(error, TimeoutError):
                raise MigrationFailed(f"not done within {self._outgoing.timeout_s:g} s") from error
            raise
        before = self._hand_over(copy)
        await self._confirm(before)

    def _begin(self) -> Guest:
        """The copy, which the source's guest is the model of, as it begins to fill up."""
        guest, host = self._guest(), self._reached()
        there = host.guests.get(guest.vm_uid)
        if there is not None and (there.power.is_active or there.power is Power.ARRIVING):
            raise MigrationFailed("operation failed: domain is already active at the destination")
        copy = dataclasses.replace(
            guest,
            incarnation=self._outgoing.incarnation,
            power=Power.ARRIVING,
            started=False,
            detail=HANDED_OVER,
            limits=None,
        )
        spec = self._source.spec_of(guest.vm_uid)
        host.put(copy, dataclasses.replace(spec, incarnation=copy.incarnation) if spec else None)
        return copy

    async def _transfer(self) -> None:
        if error := self._source.fault_of(Stage.TRANSFER.value):
            raise MigrationFailed(error)
        for sent in range(_SLICES):
            self._report(_SLICES - sent)
            await self._sleep(self._source.delay_of(Stage.TRANSFER.value) / _SLICES)
            self._check()
        self._report(0)

    async def _pass(self, stage: Stage) -> None:
        await self._sleep(self._source.delay_of(stage.value))
        if error := self._source.fault_of(stage.value):
            raise MigrationFailed(error)
        self._check()

    def _hand_over(self, copy: Guest) -> Power:
        """Both stand still: the source for it gave its memory away, the copy until it is to run."""
        guest = self._guest()
        self._source.put(dataclasses.replace(guest, power=Power.PAUSED, detail=HANDED_OVER))
        self._reached().put(dataclasses.replace(copy, power=Power.PAUSED, started=True, detail=""))
        return guest.power

    async def _confirm(self, before: Power) -> None:
        """The source hears that the copy is complete, and ends its own; or cannot hear, and goes on."""
        stage = Stage.CONFIRM.value
        await asyncio.sleep(self._source.delay_of(stage))
        if self._source.outage:
            # It stays as it is. Whoever finds it so can let it go on: the copy never ran.
            raise HypervisorUnavailable(self._source.outage)
        try:
            if error := self._source.fault_of(stage):
                raise MigrationFailed(error)
            self._reached()
        except MigrationFailed:
            self._take_up(before)
            raise
        self._leave()

    def _leave(self) -> None:
        if self._stands_still():
            guest = self._source.guests[self._ref.vm_uid]
            self._source.put(dataclasses.replace(guest, power=Power.SHUTOFF, detail=LEFT))

    def _take_up(self, power: Power) -> None:
        if self._stands_still():
            self._source.put(dataclasses.replace(self._source.guests[self._ref.vm_uid], power=power, detail=""))

    def _stands_still(self) -> bool:
        guest = self._source.guests.get(self._ref.vm_uid)
        return (
            guest is not None and (guest.ref, guest.power) == (self._ref, Power.PAUSED) and guest.detail == HANDED_OVER
        )

    def _check(self) -> None:
        """Raises DriverError where the copy cannot become complete any more."""
        if self._aborted.is_set():
            raise MigrationFailed("operation aborted: migration out job: canceled by client")
        if self._source.outage:
            raise HypervisorUnavailable(self._source.outage)
        self._guest()
        there = self._reached().guests.get(self._ref.vm_uid)
        if there is None or (there.incarnation, there.power) != (self._outgoing.incarnation, Power.ARRIVING):
            raise MigrationFailed("operation failed: the copy at the destination is gone")

    def _reached(self) -> SimulatedHost:
        host = self._network.host(self._destination)
        if host is None or not self._network.connects(self._name, self._destination):
            raise MigrationFailed(f"unable to connect to server at {self._destination!r}: No route to host")
        if host.outage:
            raise MigrationFailed(f"unable to connect to server at {self._destination!r}: {host.outage}")
        return host

    def _guest(self) -> Guest:
        guest = self._source.guests.get(self._ref.vm_uid)
        if guest is None or guest.ref != self._ref or not guest.power.is_active:
            raise MigrationFailed("operation failed: domain is not running")
        return guest

    def _drop(self, copy: Guest) -> None:
        """A copy that is not complete goes with the connection that filled it."""
        host = self._network.host(self._destination)
        there = host.guests.get(copy.vm_uid) if host else None
        if host is not None and there is not None and (there.ref, there.power) == (copy.ref, Power.ARRIVING):
            host.vanish(copy.vm_uid)

    async def _sleep(self, seconds: float) -> None:
        """Ends early when the migration is broken off."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        try:
            await asyncio.wait_for(self._aborted.wait(), seconds)
        except TimeoutError:
            return

    def _report(self, slices_left: int) -> None:
        spec = self._source.spec_of(self._ref.vm_uid)
        memory = spec.memory_mib * _MIB if spec else 0
        disk = spec.disk_gib * _GIB if spec and self._outgoing.disk is DiskMove.COPY else 0
        progress = MigrationProgress(
            memory, memory * slices_left // _SLICES, disk, disk * slices_left // _SLICES, iteration=1
        )
        for listener in list(self._listeners):
            listener(progress)
