"""The steps that make one guest as desired: a pure function of desired and observed state. Knows no clock, no past."""

import enum
from dataclasses import dataclass

from hostagent.drivers.base import Guest, GuestRef, GuestSpec, Power, VmUid


class DesiredPower(enum.Enum):
    RUNNING = "running"
    PAUSED = "paused"
    SHUTOFF = "shutoff"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class DesiredGuest:
    """The desired state of one guest. Reconciling against it twice is reconciling once."""

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
class Define:
    spec: GuestSpec
    name = "start"


@dataclass(frozen=True, slots=True)
class Start:
    ref: GuestRef
    paused: bool
    reboots: int = 0
    name = "start"


@dataclass(frozen=True, slots=True)
class Pause:
    ref: GuestRef
    name = "pause"


@dataclass(frozen=True, slots=True)
class Resume:
    ref: GuestRef
    name = "resume"


@dataclass(frozen=True, slots=True)
class Stop:
    ref: GuestRef
    grace_s: float
    name = "stop"


@dataclass(frozen=True, slots=True)
class Reboot:
    ref: GuestRef
    reboots: int
    force: bool
    name = "reboot"


@dataclass(frozen=True, slots=True)
class Delete:
    ref: GuestRef
    name = "delete"


Step = Define | Start | Pause | Resume | Stop | Reboot | Delete


def reconcile(desired: DesiredGuest, observed: Guest | None) -> list[Step]:
    """Returns the steps, in order, that make the guest as desired; none when it is so, or may not be touched."""
    if observed is not None and observed.incarnation > desired.incarnation:
        return []  # A newer placement than the desired one: its desired state is still on its way.
    if desired.power is DesiredPower.ABSENT:
        return [
            Delete(desired.spec.ref)
        ]  # Even when nothing is seen: a disk may be left. Done once, it is desired no more.
    if observed is not None and observed.power is Power.UNREADABLE:
        return []  # It may be any incarnation, running or not.
    if desired.power is DesiredPower.SHUTOFF:
        return _shut_off(desired, observed)
    if observed is None:
        return _start_anew(desired)
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


def _shut_off(desired: DesiredGuest, observed: Guest | None) -> list[Step]:
    if observed is None or not observed.power.is_active:
        return []
    return [Stop(observed.ref, grace_s=desired.grace_s)]


def _while_active(desired: DesiredGuest, observed: Guest) -> list[Step]:
    steps: list[Step] = []
    if desired.power is DesiredPower.RUNNING and observed.power is Power.PAUSED:
        steps.append(Resume(observed.ref))
    if observed.reboots < desired.reboots:
        steps.append(Reboot(observed.ref, reboots=desired.reboots, force=desired.force_reboot))
    if desired.power is DesiredPower.PAUSED and (steps or observed.power is Power.RUNNING):
        steps.append(Pause(observed.ref))
    return steps
