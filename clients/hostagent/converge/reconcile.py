"""What makes one guest as desired: the steps, one class each, and `reconcile`, which chooses the next of them.

Choosing is a pure function of what is desired and what was read. It knows no clock and no past.
"""

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, assert_never

from hostagent.drivers.base import (
    DiskMove,
    Driver,
    Endpoint,
    Guest,
    GuestRef,
    GuestRefused,
    GuestSpec,
    ImageBoot,
    Limits,
    MigrationProgress,
    Outgoing,
    Power,
    StepFailed,
    VmUid,
)


class DesiredPower(enum.Enum):
    """By the names of chronovisor.v1.DesiredPower."""

    RUNNING = "running"
    PAUSED = "paused"
    SHUTOFF = "shutoff"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class DesiredGuest:
    """What one guest is to become. Reconciling against it twice is reconciling once."""

    spec: GuestSpec
    power: DesiredPower
    # Restarts requested so far in this incarnation.
    reboots: int = 0
    force_reboot: bool = False
    grace_s: float = 0.0
    # Grows with every change of what is desired; reports carry it back.
    version: int = 0
    # Set while it is to arrive from another host: what becomes of its disk. What has arrived stays paused.
    incoming: DiskMove | None = None
    # Set while it is to leave for another host.
    outgoing: Outgoing | None = None
    # Of one that is to be ABSENT: another host uses its disk.
    keep_disk: bool = False
    # The trace that led to it, as W3C's `traceparent`: it is no part of what is desired.
    trace: str = field(default="", compare=False)

    @property
    def vm_uid(self) -> VmUid:
        return self.spec.vm_uid

    @property
    def incarnation(self) -> int:
        return self.spec.incarnation


@dataclass(frozen=True, slots=True)
class Step(ABC):
    """One thing that is done to a guest with its driver. It ensures an outcome, and can be taken twice."""

    # The control plane's name for it: what is pending there, and what is reported as failed.
    name: ClassVar[str]
    # How a guest leaves the outcome by its own accord. Empty: it does not, or the step is not taken again then.
    undone: ClassVar[str] = ""

    @abstractmethod
    async def take(self, driver: Driver) -> None:
        """Raises DriverError."""

    @property
    def is_patient(self) -> bool:
        """Whether it waits, for the guest or its image, and may be broken off when something else is desired."""
        return False


@dataclass(frozen=True, slots=True)
class Define(Step):
    spec: GuestSpec
    name = "start"

    async def take(self, driver: Driver) -> None:
        await driver.define(self.spec)

    @property
    def is_patient(self) -> bool:
        """An image that is copied goes on where it was broken off."""
        return isinstance(self.spec.boot, ImageBoot) and self.spec.boot.content is not None


@dataclass(frozen=True, slots=True)
class Start(Step):
    ref: GuestRef
    paused: bool
    reboots: int = 0
    name = "start"

    async def take(self, driver: Driver) -> None:
        await driver.start(self.ref, paused=self.paused, reboots=self.reboots)


@dataclass(frozen=True, slots=True)
class Pause(Step):
    ref: GuestRef
    name = "pause"
    undone = "resumed by somebody else"

    async def take(self, driver: Driver) -> None:
        await driver.change_power(self.ref, Power.PAUSED)


@dataclass(frozen=True, slots=True)
class Resume(Step):
    ref: GuestRef
    name = "resume"
    undone = "paused by its hypervisor"

    async def take(self, driver: Driver) -> None:
        await driver.change_power(self.ref, Power.RUNNING)


@dataclass(frozen=True, slots=True)
class Stop(Step):
    ref: GuestRef
    grace_s: float
    name = "stop"
    undone = "started by somebody else"

    async def take(self, driver: Driver) -> None:
        await driver.stop(self.ref, grace_s=self.grace_s)

    @property
    def is_patient(self) -> bool:
        return self.grace_s > 0


@dataclass(frozen=True, slots=True)
class Reboot(Step):
    ref: GuestRef
    reboots: int
    force: bool
    name = "reboot"

    async def take(self, driver: Driver) -> None:
        await driver.reboot(self.ref, reboots=self.reboots, force=self.force)

    @property
    def is_patient(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Delete(Step):
    ref: GuestRef
    keep_disk: bool = False
    name = "delete"

    async def take(self, driver: Driver) -> None:
        await driver.delete(self.ref, keep_disk=self.keep_disk)


@dataclass(frozen=True, slots=True)
class PrepareIncoming(Step):
    """Ends with `endpoint`, which the source is to be given."""

    spec: GuestSpec
    disk: DiskMove
    on_ready: Callable[[GuestRef, Endpoint], None] = field(compare=False)
    name = "migrate"

    async def take(self, driver: Driver) -> None:
        self.on_ready(self.spec.ref, await driver.prepare_incoming(self.spec, self.disk))


@dataclass(frozen=True, slots=True)
class Migrate(Step):
    ref: GuestRef
    outgoing: Outgoing
    on_progress: Callable[[GuestRef, MigrationProgress], None] = field(compare=False)
    name = "migrate"

    async def take(self, driver: Driver) -> None:
        await driver.migrate(self.ref, self.outgoing, lambda progress: self.on_progress(self.ref, progress))

    @property
    def is_patient(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class AbortMigration(Step):
    ref: GuestRef
    name = "migrate"

    async def take(self, driver: Driver) -> None:
        await driver.abort_migration(self.ref)


@dataclass(frozen=True, slots=True)
class GrowDisk(Step):
    """Of a guest that runs: the disk of one that is started is made as large as it is to be."""

    ref: GuestRef
    disk_gib: int
    on_grown: Callable[[GuestRef, int], None] = field(compare=False)
    name = "start"

    async def take(self, driver: Driver) -> None:
        try:
            await driver.resize_disk(self.ref, self.disk_gib)
        except GuestRefused as error:
            # It runs as it is. Nothing else is given up for it.
            raise StepFailed(str(error)) from error
        self.on_grown(self.ref, self.disk_gib)


@dataclass(frozen=True, slots=True)
class Limit(Step):
    """Of a guest that runs: it is given other limits, or those that it had on the host that it came from."""

    ref: GuestRef
    limits: Limits
    name = "start"

    async def take(self, driver: Driver) -> None:
        try:
            await driver.limit(self.ref, self.limits)
        except GuestRefused as error:
            # It runs as it is. Nothing else is given up for it.
            raise StepFailed(str(error)) from error


class Moves(Protocol):
    """What is known of a guest that no hypervisor shows, and hears what steps come to."""

    # Whether its disk was made as large as this, or was larger.
    def has_disk(self, ref: GuestRef, disk_gib: int) -> bool: ...

    def grown(self, ref: GuestRef, disk_gib: int) -> None: ...

    # Whether the host is ready for this incarnation to arrive.
    def is_prepared(self, ref: GuestRef) -> bool: ...

    def prepared(self, ref: GuestRef, endpoint: Endpoint) -> None: ...

    def progressed(self, ref: GuestRef, progress: MigrationProgress, /) -> None: ...


def reconcile(desired: DesiredGuest, observed: Guest | None, moves: Moves) -> list[Step]:
    """Returns the steps, in order, that make the guest as desired; none when it is so, or may not be touched."""
    if observed is not None and observed.incarnation > desired.incarnation:
        return []  # A newer placement than the desired one: the message that requests it is still on its way.
    match desired.power:
        case DesiredPower.ABSENT:
            # Even when nothing is found: a disk may be left. Done once, it is desired no more.
            return [Delete(desired.spec.ref, desired.keep_disk)]
        case DesiredPower.SHUTOFF:
            return _shut_off(desired, observed)
        case DesiredPower.RUNNING | DesiredPower.PAUSED if desired.incoming:
            return _let_arrive(desired, desired.incoming, observed, moves)
        case DesiredPower.RUNNING | DesiredPower.PAUSED:
            return _run(desired, observed, moves)
        case _:
            assert_never(desired.power)


def _shut_off(desired: DesiredGuest, observed: Guest | None) -> list[Step]:
    # One that cannot be read may be any incarnation, running or not.
    if observed is None or not observed.power.is_active:
        return []
    return [Stop(observed.ref, grace_s=desired.grace_s)]


def _let_arrive(desired: DesiredGuest, disk: DiskMove, observed: Guest | None, moves: Moves) -> list[Step]:
    if observed is not None and observed.power in (Power.UNREADABLE, Power.ARRIVING):
        return []
    if observed is not None and observed.incarnation == desired.incarnation and observed.started:
        # It is there. Whoever lets it run before the source is known not to, makes two of it.
        return [Pause(observed.ref)] if observed.power is Power.RUNNING else []
    if moves.is_prepared(desired.spec.ref):
        return []
    prepare = PrepareIncoming(desired.spec, disk, moves.prepared)
    return [*_force_off(observed), prepare] if observed is not None else [prepare]


def _run(desired: DesiredGuest, observed: Guest | None, moves: Moves) -> list[Step]:
    if observed is None:
        return _start_anew(desired)
    if observed.power in (Power.UNREADABLE, Power.ARRIVING):
        return []  # It may be any incarnation, running or not; or it cannot run yet.
    if observed.incarnation < desired.incarnation:
        return [*_force_off(observed), *_start_anew(desired)]
    if not observed.started:
        # Defined again, for the disk may not have been made yet.
        return _start_anew(desired)
    if not observed.power.is_active:
        return []  # It ran and ended by itself. What that means is the control plane's decision.
    if desired.outgoing:
        return [Migrate(observed.ref, desired.outgoing, moves.progressed)]
    # Whoever began it: an earlier agent, perhaps.
    stays = [AbortMigration(observed.ref)] if observed.leaving else []
    disk_gib = desired.spec.disk_gib
    # Last: whatever keeps it from growing keeps nothing else from being done.
    grows = [] if moves.has_disk(observed.ref, disk_gib) else [GrowDisk(observed.ref, disk_gib, moves.grown)]
    limits = desired.spec.limits
    limited = [] if observed.limits == limits else [Limit(observed.ref, limits)]
    return [*stays, *_while_active(desired, observed), *limited, *grows]


def _start_anew(desired: DesiredGuest) -> list[Step]:
    # A first start is as good as any restart requested before it.
    paused = desired.power is DesiredPower.PAUSED
    return [Define(desired.spec), Start(desired.spec.ref, paused=paused, reboots=desired.reboots)]


def _force_off(observed: Guest) -> list[Step]:
    return [Stop(observed.ref, grace_s=0.0)] if observed.power.is_active else []


def _while_active(desired: DesiredGuest, observed: Guest) -> list[Step]:
    steps: list[Step] = []
    if desired.power is DesiredPower.RUNNING and observed.power is Power.PAUSED:
        steps.append(Resume(observed.ref))
    if observed.reboots < desired.reboots:
        steps.append(Reboot(observed.ref, reboots=desired.reboots, force=desired.force_reboot))
    if desired.power is DesiredPower.PAUSED and (steps or observed.power is Power.RUNNING):
        steps.append(Pause(observed.ref))
    return steps
