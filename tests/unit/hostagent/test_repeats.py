"""Steps that guests undo: repeated later and later, then given up."""

import dataclasses

import pytest
from hostagent.converge.reconcile import DesiredGuest, DesiredPower, Pause, Reboot, Resume, Start, Step, Stop
from hostagent.converge.repeats import LONGEST_S, MOST, STABLE_S, Repeats
from hostagent.drivers.base import GuestRef, GuestSpec, KernelBoot, VmUid

UID = VmUid("6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111")
REF = GuestRef(UID, 1)
RUN = DesiredGuest(
    GuestSpec(UID, "projects/p/vms/a", 1, 1, 128, 1, KernelBoot("k", "i")), DesiredPower.RUNNING, version=3
)


class Bench:
    def __init__(self) -> None:
        self.now = 1_000.0
        self.repeats = Repeats(1.0, clock=lambda: self.now)

    def take(self, steps: list[Step], desired: DesiredGuest = RUN) -> float:
        """Waits as long as it must, takes the steps, and says how long it waited."""
        waited = self.repeats.wait_s(desired, steps)
        self.now += waited
        self.repeats.took(desired, steps)
        return waited


@pytest.mark.parametrize("step", [Resume(REF), Pause(REF), Stop(REF, grace_s=0.0)], ids=lambda each: each.name)
def test_each_repeat_waits_about_twice_as_long_as_the_one_before(step: Step) -> None:
    bench = Bench()
    waits = [bench.take([step]) for _ in range(MOST)]
    assert waits[0] == 0.0
    for number, waited in enumerate(waits[1:]):
        longest = min(2.0**number, LONGEST_S)
        assert longest / 2 <= waited <= longest


def test_after_many_repeats_the_step_has_failed_and_says_why() -> None:
    bench = Bench()
    for _ in range(MOST - 1):
        bench.take([Resume(REF)])
    assert bench.repeats.failure(RUN, [Resume(REF)], "ioerror") is None
    bench.take([Resume(REF)])
    assert bench.repeats.failure(RUN, [Resume(REF)], "ioerror") == (
        Resume(REF),
        f"paused by its hypervisor {MOST} times: ioerror",
    )


def test_another_request_is_carried_out_at_once() -> None:
    bench = Bench()
    for _ in range(MOST):
        bench.take([Resume(REF)])
    again = dataclasses.replace(RUN, version=4)
    assert bench.repeats.wait_s(again, [Resume(REF)]) == 0.0
    assert bench.repeats.failure(again, [Resume(REF)], "") is None
    assert bench.repeats.wait_s(RUN, [Stop(REF, grace_s=0.0)]) == 0.0


def test_a_guest_that_stayed_as_it_was_made_begins_anew() -> None:
    bench = Bench()
    for _ in range(MOST):
        bench.take([Resume(REF)])
    bench.now += LONGEST_S + STABLE_S
    assert bench.repeats.failure(RUN, [Resume(REF)], "") is None
    bench.take([Resume(REF)])
    assert 0.0 < bench.repeats.wait_s(RUN, [Resume(REF)]) <= 1.0


def test_a_resume_before_a_reboot_is_a_resume_and_a_start_is_no_repeat() -> None:
    bench = Bench()
    bench.take([Resume(REF), Reboot(REF, reboots=1, force=False)])
    assert bench.repeats.wait_s(RUN, [Resume(REF)]) > 0.0
    other = Bench()
    other.take([Start(REF, paused=False)])
    assert other.repeats.wait_s(RUN, [Start(REF, paused=False)]) == 0.0


def test_a_guest_that_is_forgotten_begins_anew() -> None:
    bench = Bench()
    bench.take([Resume(REF)])
    bench.repeats.forget(UID)
    assert bench.repeats.wait_s(RUN, [Resume(REF)]) == 0.0
