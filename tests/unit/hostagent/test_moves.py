"""What is done to guests that move from one host to another: nothing that could make two of one."""

import dataclasses

import pytest
from hostagent.converge.migrations import GuestMoves
from hostagent.converge.reconcile import (
    AbortMigration,
    DesiredGuest,
    DesiredPower,
    GrowDisk,
    Migrate,
    Pause,
    PrepareIncoming,
    Resume,
    Stop,
    reconcile,
)
from hostagent.drivers.base import DiskMove, Endpoint, Guest, GuestRef, GuestSpec, KernelBoot, Outgoing, Power, VmUid

UID = VmUid("6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111")
OUTGOING = Outgoing(Endpoint({"host": "there"}), 3, DiskMove.COPY)


def moves() -> GuestMoves:
    known = GuestMoves(lambda _ref, _progress: None)
    for incarnation in (1, 2, 3):
        known.grown(GuestRef(UID, incarnation), 1)
    return known


def desired(incarnation: int, power: DesiredPower = DesiredPower.RUNNING) -> DesiredGuest:
    spec = GuestSpec(UID, "projects/p/vms/a", incarnation, 1, 128, 1, KernelBoot("vmlinuz", "initramfs"))
    return DesiredGuest(spec, power)


def guest(incarnation: int, power: Power) -> Guest:
    return Guest(UID, "projects/p/vms/a", incarnation, power, started=True)


INCOMING = dataclasses.replace(desired(3), incoming=DiskMove.COPY)
LEAVING = dataclasses.replace(desired(2), outgoing=OUTGOING)


def test_a_host_is_prepared_once_for_a_guest_that_is_to_arrive() -> None:
    known = moves()
    (step,) = reconcile(INCOMING, None, known)
    assert isinstance(step, PrepareIncoming)
    assert (step.spec, step.disk) == (INCOMING.spec, DiskMove.COPY)
    step.on_ready(INCOMING.spec.ref, Endpoint({"host": "here"}))
    assert reconcile(INCOMING, None, known) == []
    assert known.endpoint(INCOMING.spec.ref) == Endpoint({"host": "here"})
    known.forget(UID)
    assert len(reconcile(INCOMING, None, known)) == 1


@pytest.mark.parametrize("power", [Power.ARRIVING, Power.UNREADABLE])
def test_what_is_on_its_way_is_left_alone(power: Power) -> None:
    assert reconcile(INCOMING, guest(3, power), moves()) == []
    assert reconcile(desired(3), guest(3, power), moves()) == []


def test_what_has_arrived_stays_paused_until_it_is_not_incoming_any_more() -> None:
    assert reconcile(INCOMING, guest(3, Power.PAUSED), moves()) == []
    assert reconcile(INCOMING, guest(3, Power.RUNNING), moves()) == [Pause(INCOMING.spec.ref)]
    known = moves()
    assert reconcile(desired(3), guest(3, Power.PAUSED), known) == [Resume(INCOMING.spec.ref)]
    assert reconcile(desired(3, DesiredPower.PAUSED), guest(3, Power.PAUSED), known) == []


def test_an_older_copy_that_still_runs_is_ended_before_the_newer_one_arrives() -> None:
    first, second = reconcile(INCOMING, guest(1, Power.RUNNING), moves())
    assert first == Stop(guest(1, Power.RUNNING).ref, grace_s=0.0)
    assert isinstance(second, PrepareIncoming)


@pytest.mark.parametrize("power", [Power.RUNNING, Power.PAUSED])
def test_a_guest_that_is_to_leave_is_moved_while_it_runs(power: Power) -> None:
    (step,) = reconcile(LEAVING, guest(2, power), moves())
    assert isinstance(step, Migrate)
    assert (step.ref, step.outgoing, step.is_patient) == (LEAVING.spec.ref, OUTGOING, True)


@pytest.mark.parametrize("power", [Power.SHUTOFF, Power.CRASHED, Power.GONE])
def test_a_guest_that_has_left_is_not_started_again(power: Power) -> None:
    assert reconcile(LEAVING, guest(2, power), moves()) == []


def test_a_migration_that_is_not_desired_any_more_is_broken_off_once() -> None:
    known = moves()
    running = guest(2, Power.RUNNING)
    leaving = dataclasses.replace(running, leaving=True)
    (step,) = reconcile(desired(2), leaving, known)
    assert step == AbortMigration(running.ref)
    assert reconcile(desired(2), running, known) == []
    assert len(reconcile(desired(2), leaving, known)) == 1


def test_a_disk_is_made_larger_while_its_guest_runs_and_once() -> None:
    known, running = moves(), guest(2, Power.RUNNING)
    spec = dataclasses.replace(desired(2).spec, disk_gib=5)
    larger = dataclasses.replace(desired(2), spec=spec)
    (step,) = reconcile(larger, running, known)
    assert isinstance(step, GrowDisk)
    assert step.disk_gib == 5
    step.on_grown(running.ref, 5)
    assert reconcile(larger, running, known) == []
    # Before it leaves, nothing else is begun.
    leaving = dataclasses.replace(larger, outgoing=OUTGOING)
    assert [type(each) for each in reconcile(leaving, running, moves())] == [Migrate]
