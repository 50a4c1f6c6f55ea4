"""reconcile as a table, and what holds for every pair of desired and observed."""

import dataclasses

import pytest
from hostagent.converge.reconcile import (
    Define,
    Delete,
    DesiredGuest,
    DesiredPower,
    Pause,
    Reboot,
    Resume,
    Start,
    Step,
    Stop,
)
from hostagent.drivers.base import Guest, GuestSpec, KernelBoot, Power, VmUid
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hostagent.still import reconcile

UID = VmUid("6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111")
KERNEL = KernelBoot("vmlinuz", "initramfs")


def spec(incarnation: int = 2) -> GuestSpec:
    return GuestSpec(UID, "projects/p/vms/a", incarnation, 1, 128, 1, KERNEL)


def want(power: DesiredPower, **changes: int | bool | float) -> DesiredGuest:
    return dataclasses.replace(DesiredGuest(spec(), power), **changes)


def seen(power: Power, *, incarnation: int = 2, started: bool = True, reboots: int = 0) -> Guest:
    return Guest(UID, "projects/p/vms/a", incarnation, power, started, reboots)


RUN, HOLD, OFF, GONE = DesiredPower.RUNNING, DesiredPower.PAUSED, DesiredPower.SHUTOFF, DesiredPower.ABSENT
NEW: list[Step] = [Define(spec()), Start(spec().ref, paused=False)]
NEW_PAUSED: list[Step] = [Define(spec()), Start(spec().ref, paused=True)]
OLD_OFF = Stop(spec(1).ref, grace_s=0.0)
NEVER_STARTED = seen(Power.SHUTOFF, started=False)
TABLE: list[tuple[str, DesiredGuest, Guest | None, list[Step]]] = [
    ("a new guest is defined and started", want(RUN), None, NEW),
    ("a new guest may begin paused", want(HOLD), None, NEW_PAUSED),
    ("a guest defined by an agent that was killed is started", want(RUN), NEVER_STARTED, NEW),
    ("a guest created by an agent that was killed is started", want(RUN), seen(Power.PAUSED, started=False), NEW),
    ("a running guest is left running", want(RUN), seen(Power.RUNNING), []),
    ("a guest that powered off by itself is not restarted", want(RUN), seen(Power.SHUTOFF), []),
    ("a guest that crashed is not restarted", want(RUN), seen(Power.CRASHED), []),
    ("a guest that was undefined behind our back is not restarted", want(RUN), seen(Power.GONE), []),
    ("a guest that ended is not restarted to be paused", want(HOLD), seen(Power.SHUTOFF), []),
    ("a paused guest is resumed", want(RUN), seen(Power.PAUSED), [Resume(spec().ref)]),
    ("a running guest is paused", want(HOLD), seen(Power.RUNNING), [Pause(spec().ref)]),
    ("a paused guest is left paused", want(HOLD), seen(Power.PAUSED), []),
    ("a running guest is stopped", want(OFF, grace_s=9.0), seen(Power.RUNNING), [Stop(spec().ref, grace_s=9.0)]),
    ("a paused guest is stopped", want(OFF), seen(Power.PAUSED), [Stop(spec().ref, grace_s=0.0)]),
    ("a stopped guest is left stopped", want(OFF), seen(Power.SHUTOFF), []),
    ("a guest that was never started is not started to be stopped", want(OFF), NEVER_STARTED, []),
    ("a guest that is not there is stopped", want(OFF), None, []),
    ("a running guest is destroyed at once", want(GONE, grace_s=9.0), seen(Power.RUNNING), [Delete(spec().ref)]),
    ("what may be left of a guest is deleted", want(GONE), None, [Delete(spec().ref)]),
    ("an older incarnation is destroyed too", want(GONE), seen(Power.SHUTOFF, incarnation=1), [Delete(spec().ref)]),
    ("an older incarnation makes way", want(RUN), seen(Power.RUNNING, incarnation=1), [OLD_OFF, *NEW]),
    ("an older incarnation that ended is replaced", want(RUN), seen(Power.SHUTOFF, incarnation=1), NEW),
    ("a vanished older incarnation is replaced", want(RUN), seen(Power.GONE, incarnation=1), NEW),
    (
        "an older incarnation is stopped with grace",
        want(OFF, grace_s=9.0),
        seen(Power.RUNNING, incarnation=1),
        [Stop(spec(1).ref, grace_s=9.0)],
    ),
    ("a newer incarnation is left running", want(OFF), seen(Power.RUNNING, incarnation=3), []),
    ("a newer incarnation is not destroyed", want(GONE), seen(Power.RUNNING, incarnation=3), []),
    (
        "a guest is rebooted",
        want(RUN, reboots=2),
        seen(Power.RUNNING, reboots=1),
        [Reboot(spec().ref, reboots=2, force=False)],
    ),
    (
        "a guest is reset",
        want(RUN, reboots=1, force_reboot=True),
        seen(Power.RUNNING),
        [Reboot(spec().ref, reboots=1, force=True)],
    ),
    ("a guest is not rebooted twice", want(RUN, reboots=1), seen(Power.RUNNING, reboots=1), []),
    (
        "a first start is as good as a restart",
        want(RUN, reboots=1),
        None,
        [Define(spec()), Start(spec().ref, paused=False, reboots=1)],
    ),
    ("a guest that ended is not rebooted", want(RUN, reboots=1), seen(Power.SHUTOFF), []),
    (
        "a paused guest is resumed before its reboot",
        want(RUN, reboots=1),
        seen(Power.PAUSED),
        [Resume(spec().ref), Reboot(spec().ref, reboots=1, force=False)],
    ),
]


@pytest.mark.parametrize(("desired", "observed", "steps"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_steps(desired: DesiredGuest, observed: Guest | None, steps: list[Step]) -> None:
    assert reconcile(desired, observed) == steps


def follow(guest: Guest | None, step: Step) -> Guest | None:
    """What a step makes of a guest, on any sound hypervisor."""
    match step:
        case Define(spec=spec):
            same = guest is not None and guest.incarnation == spec.incarnation
            return guest if same else Guest(UID, spec.vm_name, spec.incarnation, Power.SHUTOFF, started=False)
        case Delete():
            return None
        case _:
            assert guest is not None
    match step:
        case Start(paused=paused, reboots=reboots):
            power = Power.PAUSED if paused else Power.RUNNING
            return dataclasses.replace(guest, power=power, started=True, reboots=reboots)
        case Pause():
            return dataclasses.replace(guest, power=Power.PAUSED)
        case Resume():
            return dataclasses.replace(guest, power=Power.RUNNING)
        case Stop():
            return dataclasses.replace(guest, power=Power.SHUTOFF)
        case Reboot(reboots=reboots):
            return dataclasses.replace(guest, reboots=reboots)
        case _:
            raise AssertionError(step)


incarnations = st.integers(1, 4)
desired_guests = st.builds(
    DesiredGuest,
    spec=incarnations.map(spec),
    power=st.sampled_from(DesiredPower),
    reboots=st.integers(0, 3),
    force_reboot=st.booleans(),
    grace_s=st.sampled_from([0.0, 30.0]),
)
observed_guests = st.none() | st.builds(
    seen,
    st.sampled_from(Power),
    incarnation=incarnations,
    started=st.booleans(),
    reboots=st.integers(0, 3),
)


def after(desired: DesiredGuest, guest: Guest | None) -> Guest | None:
    for step in reconcile(desired, guest):
        guest = follow(guest, step)
    return guest


@given(desired_guests, observed_guests)
def test_an_incarnation_never_runs_twice(desired: DesiredGuest, observed: Guest | None) -> None:
    ended = observed is not None and observed.started and not observed.power.is_active
    if observed is not None and ended and observed.incarnation == desired.incarnation:
        assert not [step for step in reconcile(desired, observed) if isinstance(step, Define | Start | Resume)]


@given(desired_guests, observed_guests)
def test_no_step_touches_a_newer_incarnation(desired: DesiredGuest, observed: Guest | None) -> None:
    if observed is not None and observed.incarnation > desired.incarnation:
        assert reconcile(desired, observed) == []


@given(desired_guests, observed_guests)
def test_once_is_enough(desired: DesiredGuest, observed: Guest | None) -> None:
    steps = reconcile(desired, after(desired, observed))
    assert not [step for step in steps if not isinstance(step, Delete)]


@given(desired_guests, observed_guests)
def test_a_guest_that_may_be_touched_ends_as_desired(desired: DesiredGuest, observed: Guest | None) -> None:
    guest = after(desired, observed)
    if guest is not None and guest.incarnation > desired.incarnation:
        return
    match desired.power:
        case DesiredPower.ABSENT:
            assert guest is None
        case DesiredPower.SHUTOFF:
            assert guest is None or not guest.power.is_active
        case DesiredPower.RUNNING | DesiredPower.PAUSED:
            assert guest is not None
            expected = Power.RUNNING if desired.power is DesiredPower.RUNNING else Power.PAUSED
            assert guest.power is expected or (guest == observed and not guest.power.is_active)


@given(desired_guests, observed_guests)
def test_any_interruption_still_ends_as_if_there_was_none(desired: DesiredGuest, observed: Guest | None) -> None:
    whole = after(desired, observed)
    guest = observed
    for step in reconcile(desired, observed):
        guest = follow(guest, step)
        assert after(desired, guest) == whole
