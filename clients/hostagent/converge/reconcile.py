"""What makes one guest as desired: the steps, one class each, and `reconcile`, which chooses the next of them.

Choosing is a pure function of what is desired and what was read. It knows no clock and no past.
"""

import enum
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, assert_never

from hostagent.drivers.base import Driver, Guest, GuestRef, GuestSpec, Power, VmUid


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
        """Whether it waits for the guest to react, and may be broken off when something else is desired."""
        return False


@dataclass(frozen=True, slots=True)
class Define(Step):
    spec: GuestSpec
    name = "start"

    async def take(self, driver: Driver) -> None:
        await driver.define(self.spec)


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
    name = "delete"

    async def take(self, driver: Driver) -> None:
        await driver.delete(self.ref)


def reconcile(desired: DesiredGuest, observed: Guest | None) -> list[Step]:
    """Returns the steps, in order, that make the guest as desired; none when it is so, or may not be touched."""
    if observed is not None and observed.incarnation > desired.incarnation:
        return []  # A newer placement than the desired one: the message that requests it is still on its way.
    match desired.power:
        case DesiredPower.ABSENT:
            # Even when nothing is found: a disk may be left. Done once, it is desired no more.
            return [Delete(desired.spec.ref)]
        case DesiredPower.SHUTOFF:
            return _shut_off(desired, observed)
        case DesiredPower.RUNNING | DesiredPower.PAUSED:
            return _run(desired, observed)
        case _:
            assert_never(desired.power)


def _shut_off(desired: DesiredGuest, observed: Guest | None) -> list[Step]:
    # One that cannot be read may be any incarnation, running or not.
    if observed is None or not observed.power.is_active:
        return []
    return [Stop(observed.ref, grace_s=desired.grace_s)]


def _run(desired: DesiredGuest, observed: Guest | None) -> list[Step]:
    if observed is None:
        return _start_anew(desired)
    if observed.power is Power.UNREADABLE:
        return []  # It may be any incarnation, running or not.
    if observed.incarnation < desired.incarnation:
        return [*_force_off(observed), *_start_anew(desired)]
    if not observed.started:
        # Defined again, for the disk may not have been made yet.
        return _start_anew(desired)
    if not observed.power.is_active:
        return []  # It ran and ended by itself. What that means is the control plane's decision.
    return _while_active(desired, observed)


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
