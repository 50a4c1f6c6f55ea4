"""Reports of guests, by what is observed and what is desired."""

import pytest
from chronovisor.v1 import vm_pb2
from hostagent.control.guest_report import NEVER_STARTED, Sighting, sighting_of
from hostagent.converge.reconcile import DesiredGuest, DesiredPower
from hostagent.drivers.base import Guest, GuestSpec, Power, VmUid

UID = VmUid("6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111")


def want(power: DesiredPower, *, incarnation: int = 2) -> DesiredGuest:
    return DesiredGuest(GuestSpec(UID, "projects/p/vms/a", incarnation, 1, 128, 0, None), power, version=7)


NAME = "projects/p/vms/a"


def seen(power: Power, *, incarnation: int = 2, started: bool = True, detail: str = "") -> Guest:
    return Guest(UID, NAME, incarnation, power, started, detail=detail)


@pytest.mark.parametrize(
    ("power", "state"),
    [
        (Power.RUNNING, vm_pb2.GUEST_STATE_RUNNING),
        (Power.PAUSED, vm_pb2.GUEST_STATE_PAUSED),
        (Power.SHUTOFF, vm_pb2.GUEST_STATE_SHUTOFF),
        (Power.CRASHED, vm_pb2.GUEST_STATE_CRASHED),
        (Power.GONE, vm_pb2.GUEST_STATE_ABSENT),
    ],
)
def test_a_started_guest_speaks_for_itself(power: Power, state: vm_pb2.GuestState.ValueType) -> None:
    sighting = sighting_of(seen(power, detail="its words"), want(DesiredPower.RUNNING))
    assert sighting == Sighting(UID, 2, state, started=True, detail="its words", desired_version=7, vm_name=NAME)


def test_a_guest_that_nobody_desires_is_reported_without_a_version() -> None:
    sighting = sighting_of(seen(Power.RUNNING), None)
    assert sighting == Sighting(UID, 2, vm_pb2.GUEST_STATE_RUNNING, started=True, vm_name=NAME)


def test_nothing_seen_and_nothing_desired_is_nothing_to_report() -> None:
    assert sighting_of(None, None) is None


def test_a_guest_that_was_never_started_is_reported() -> None:
    sighting = sighting_of(seen(Power.SHUTOFF, started=False, detail="unknown"), want(DesiredPower.RUNNING))
    assert sighting == Sighting(
        UID, 2, vm_pb2.GUEST_STATE_SHUTOFF, detail=NEVER_STARTED, desired_version=7, vm_name=NAME
    )


def test_a_guest_that_has_not_run_an_instruction_yet_is_not_called_running() -> None:
    sighting = sighting_of(seen(Power.RUNNING, started=False), want(DesiredPower.RUNNING))
    assert sighting == Sighting(
        UID, 2, vm_pb2.GUEST_STATE_PAUSED, detail=NEVER_STARTED, desired_version=7, vm_name=NAME
    )


@pytest.mark.parametrize("power", DesiredPower)
def test_a_guest_that_is_not_there_is_absent_in_the_desired_incarnation(power: DesiredPower) -> None:
    sighting = sighting_of(None, want(power))
    assert sighting == Sighting(UID, 2, vm_pb2.GUEST_STATE_ABSENT, desired_version=7)


def test_a_guest_that_is_gone_as_desired_did_not_vanish() -> None:
    sighting = sighting_of(seen(Power.GONE, detail="vanished"), want(DesiredPower.ABSENT))
    assert sighting == Sighting(UID, 2, vm_pb2.GUEST_STATE_ABSENT, desired_version=7)


def test_an_ended_older_incarnation_means_that_the_desired_one_is_off() -> None:
    sighting = sighting_of(seen(Power.SHUTOFF, incarnation=1), want(DesiredPower.SHUTOFF))
    assert sighting == Sighting(UID, 2, vm_pb2.GUEST_STATE_SHUTOFF, detail=NEVER_STARTED, desired_version=7)


def test_an_older_incarnation_with_a_disk_left_is_not_absent() -> None:
    sighting = sighting_of(seen(Power.SHUTOFF, incarnation=1), want(DesiredPower.ABSENT))
    assert sighting is not None
    assert sighting.state == vm_pb2.GUEST_STATE_SHUTOFF


def test_an_older_incarnation_that_runs_is_reported_as_it_is() -> None:
    sighting = sighting_of(seen(Power.RUNNING, incarnation=1), want(DesiredPower.SHUTOFF))
    assert sighting == Sighting(UID, 1, vm_pb2.GUEST_STATE_RUNNING, started=True, desired_version=7, vm_name=NAME)
