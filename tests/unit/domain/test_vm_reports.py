"""What a VM makes of the reports of agents, and of deadlines."""

import pytest
from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.errors import WrongState
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.vm.states import Desired, Verb, VmState
from tests.support.controlplane import ABSENT, CRASHED, PAUSED, RUNNING, SHUTOFF, World, contents, spec, world_with_host
from tests.unit.domain.conftest import ReachState

COMPUTE, DISK = Resources(2, 1024, 0), Resources(disk_gib=10)
EVERY_GUEST_STATE = (RUNNING, PAUSED, SHUTOFF, CRASHED, ABSENT)


@pytest.mark.parametrize("guest_state", EVERY_GUEST_STATE)
@pytest.mark.parametrize("incarnation", [0, 2, -1, 1 << 62])
def test_a_report_of_another_incarnation_changes_nothing(
    in_any_state: World, guest_state: int, incarnation: int
) -> None:
    before = contents(in_any_state.fleet)
    assert in_any_state.report(guest_state, incarnation=incarnation) is None
    assert contents(in_any_state.fleet) == before


@pytest.mark.parametrize("guest_state", [0, 6, 99, -1])
def test_a_guest_state_that_is_not_known_changes_nothing(in_any_state: World, guest_state: int) -> None:
    before = contents(in_any_state.fleet)
    assert in_any_state.report(guest_state) is None
    assert contents(in_any_state.fleet) == before


@pytest.mark.parametrize("guest_state", EVERY_GUEST_STATE)
def test_the_same_report_twice_changes_nothing_the_second_time(in_any_state: World, guest_state: int) -> None:
    in_any_state.report(guest_state)
    before = contents(in_any_state.fleet)
    if "uid-web" in in_any_state.fleet.vms:
        assert in_any_state.report(guest_state) is None
    assert contents(in_any_state.fleet) == before


@pytest.mark.parametrize("guest_state", [SHUTOFF, ABSENT, CRASHED])
def test_a_guest_that_was_not_started_yet_does_not_end_a_start(reach: ReachState, guest_state: int) -> None:
    world = reach(VmState.STARTING)
    assert world.report(guest_state, started=False) is None
    assert world.vm().state is VmState.STARTING


def test_a_guest_that_started_and_ended_before_it_was_seen_running_has_stopped(reach: ReachState) -> None:
    world = reach(VmState.STARTING)
    world.report(SHUTOFF, detail="it powered off")
    vm = world.vm()
    assert (vm.state, vm.desired, vm.held) == (VmState.STOPPED, Desired.STOPPED, DISK)
    assert vm.failure == "the guest ended by itself: it powered off"


def test_a_stop_is_not_over_while_the_agent_may_still_be_about_to_start_the_guest(reach: ReachState) -> None:
    world = reach(VmState.STARTING)
    version_before = world.vm().desired_version
    world.ask(Verb.STOP)
    assert world.report(SHUTOFF, started=False, desired_version=version_before) is None
    assert world.report(ABSENT, started=False, desired_version=version_before) is None
    assert world.vm().state is VmState.STOPPING
    world.report(ABSENT, started=False)
    assert (world.vm().state, world.vm().held) == (VmState.STOPPED, DISK)


def test_a_stopped_vm_frees_its_compute_but_keeps_its_disk(reach: ReachState) -> None:
    world = reach(VmState.STOPPING)
    assert world.vm().held == COMPUTE + DISK
    world.report(SHUTOFF)
    assert (world.vm().state, world.vm().held) == (VmState.STOPPED, DISK)
    host = world.fleet.hosts["uid-node-1"]
    assert (host.allocated, host.holdings["uid-web"]) == (DISK, DISK)
    assert world.vm().failure == ""


@pytest.mark.parametrize("state", [VmState.RUNNING, VmState.PAUSED, VmState.REBOOTING])
def test_a_crash_fails_the_vm_frees_its_compute_and_keeps_its_disk(reach: ReachState, state: VmState) -> None:
    world = reach(state)
    world.report(CRASHED, detail="killed")
    vm = world.vm()
    assert (vm.state, vm.held, vm.failure) == (VmState.FAILED, DISK, "the guest crashed: killed")
    assert world.history[-2].event.vm_stopped.cause == ev.STOP_CAUSE_CRASHED


@pytest.mark.parametrize("state", [VmState.RUNNING, VmState.PAUSED, VmState.REBOOTING])
def test_a_guest_that_vanished_fails_the_vm(reach: ReachState, state: VmState) -> None:
    world = reach(state)
    world.report(ABSENT)
    assert (world.vm().state, world.vm().held) == (VmState.FAILED, DISK)
    assert world.history[-2].event.vm_stopped.cause == ev.STOP_CAUSE_VANISHED


def test_a_guest_that_ends_by_itself_is_a_stop_that_nobody_requested(reach: ReachState) -> None:
    world = reach(VmState.RUNNING)
    world.report(SHUTOFF)
    assert (world.vm().state, world.vm().desired) == (VmState.STOPPED, Desired.STOPPED)
    assert world.history[-2].event.vm_stopped.cause == ev.STOP_CAUSE_UNREQUESTED


def test_a_crash_while_stopping_is_the_stop_that_was_requested(reach: ReachState) -> None:
    world = reach(VmState.STOPPING)
    world.report(CRASHED)
    assert (world.vm().state, world.vm().failure) == (VmState.STOPPED, "")


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (VmState.STARTING, VmState.FAILED),
        (VmState.REBOOTING, VmState.RUNNING),
        (VmState.STOPPING, VmState.FAILED),
        (VmState.DELETING, VmState.FAILED),
    ],
)
def test_a_deadline_keeps_the_capacity_until_the_agents_word(reach: ReachState, state: VmState, after: VmState) -> None:
    world = reach(state)
    world.pass_deadline(error="busy")
    assert (world.vm().state, world.vm().held, world.vm().pending) == (after, COMPUTE + DISK, None)
    assert world.vm().failure.endswith("did not end in time: busy")
    assert world.fleet.hosts["uid-node-1"].allocated == COMPUTE + DISK


def test_after_a_start_that_took_too_long_the_guest_is_desired_off_and_then_frees_its_compute(
    reach: ReachState,
) -> None:
    world = reach(VmState.STARTING)
    world.pass_deadline()
    assert world.report(RUNNING) is None
    assert world.vm().desired is Desired.STOPPED
    world.report(SHUTOFF)
    assert (world.vm().state, world.vm().held) == (VmState.STOPPED, DISK)


def test_a_deadline_of_a_request_that_ended_changes_nothing(reach: ReachState) -> None:
    world = reach(VmState.STARTING)
    version = world.vm().version
    world.report(RUNNING)
    assert world.pass_deadline(version=version) is None


def test_a_deadline_of_a_request_that_another_replaced_changes_nothing(reach: ReachState) -> None:
    world = reach(VmState.STARTING)
    version = world.vm().version
    world.ask(Verb.STOP)
    assert world.pass_deadline(version=version) is None
    assert world.vm().state is VmState.STOPPING


@pytest.mark.parametrize("state", [VmState.DELETING, VmState.FAILED])
def test_a_vm_that_is_being_destroyed_is_gone_when_nothing_is_left(reach: ReachState, state: VmState) -> None:
    world = reach(VmState.DELETING)
    if state is VmState.FAILED:
        world.pass_deadline()
    world.report(ABSENT)
    assert "uid-web" not in world.fleet.vms
    host = world.fleet.hosts["uid-node-1"]
    assert (host.allocated, dict(host.holdings)) == (NOTHING, {})
    assert world.fleet.held_by_project("uid-default") == NOTHING


def test_a_destroy_that_took_too_long_is_not_turned_into_a_stop_by_a_guest_that_is_off(reach: ReachState) -> None:
    world = reach(VmState.DELETING)
    world.pass_deadline()
    for guest_state in (SHUTOFF, CRASHED):
        world.report(guest_state)
        assert world.vm().desired is Desired.DELETED
    world.report(ABSENT)
    assert "uid-web" not in world.fleet.vms


@pytest.mark.parametrize("how", ["pending", "too late"])
@pytest.mark.parametrize("verb", [Verb.START, Verb.STOP, Verb.REBOOT, Verb.PAUSE, Verb.RESUME])
def test_a_vm_that_is_being_destroyed_takes_nothing_but_another_destroy(
    reach: ReachState, how: str, verb: Verb
) -> None:
    world = reach(VmState.DELETING)
    if how == "too late":
        world.pass_deadline()
    before = contents(world.fleet)
    with pytest.raises(WrongState) as refused:
        world.ask(verb)
    assert refused.value.allowed == ["DeleteVm"]
    assert contents(world.fleet) == before
    world.ask(Verb.DELETE)
    assert world.vm().state is VmState.DELETING


def test_a_guest_that_is_gone_may_have_left_its_disk_until_its_agent_knows_of_the_deletion() -> None:
    world = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    world.report(ABSENT)
    known = world.vm().desired_version
    world.ask(Verb.DELETE)
    assert world.report(ABSENT, desired_version=known) is None
    assert world.vm().held.disk_gib
    world.report(ABSENT)
    assert world.vm_is_gone()


def test_a_guest_without_a_disk_that_is_gone_leaves_nothing_whatever_its_agent_knows() -> None:
    world = world_with_host()
    world.create(of=spec(disk_gib=0), start=True)
    world.report(RUNNING)
    known = world.vm().desired_version
    world.ask(Verb.DELETE)
    world.report(ABSENT, desired_version=known)
    assert world.vm_is_gone()


def test_a_vm_that_never_had_a_host_is_destroyed_at_once(reach: ReachState) -> None:
    world = reach(VmState.STOPPED)
    world.create("other")
    answer = world.ask(Verb.DELETE, "other")
    assert world.kinds()[-2:] == ["vm_delete_requested", "vm_deleted"]
    assert "uid-other" not in world.fleet.vms
    assert answer.result == "operations/uid-other.2"


def test_a_start_that_cannot_work_fails_and_frees_its_compute(reach: ReachState) -> None:
    world = reach(VmState.STARTING)
    assert world.fail_step("start", permanent=False) is None
    world.fail_step("start")
    assert (world.vm().state, world.vm().held, world.vm().failure) == (VmState.FAILED, DISK, "cannot start")


@pytest.mark.parametrize(
    ("state", "step", "after"),
    [
        (VmState.REBOOTING, "reboot", VmState.RUNNING),
        (VmState.STOPPING, "stop", VmState.FAILED),
        (VmState.DELETING, "delete", VmState.FAILED),
    ],
)
def test_a_step_that_cannot_work_ends_its_request_and_keeps_the_capacity(
    reach: ReachState, state: VmState, step: str, after: VmState
) -> None:
    world = reach(state)
    assert world.fail_step("another") is None
    world.fail_step(step)
    assert (world.vm().state, world.vm().held) == (after, COMPUTE + DISK)
    assert world.vm().failure == f"{step} failed: cannot {step}"


def test_a_pause_that_cannot_work_leaves_the_vm_running_and_desired_so(reach: ReachState) -> None:
    world = reach(VmState.RUNNING)
    world.ask(Verb.PAUSE)
    world.fail_step("pause")
    assert (world.vm().state, world.vm().paused, world.vm().pending) == (VmState.RUNNING, False, None)


def test_a_pause_that_is_not_under_way_any_more_is_requested_anew(reach: ReachState) -> None:
    world = reach(VmState.RUNNING)
    vm = world.vm()
    world.fleet.vms[vm.uid] = vm._replace(paused=True, pending=None)
    world.ask(Verb.PAUSE)
    pending = world.vm().pending
    assert pending is not None
    assert (pending.step, pending.version) == ("pause", vm.version + 1)


def test_a_resume_that_took_too_long_leaves_the_vm_paused_and_desired_so(reach: ReachState) -> None:
    world = reach(VmState.PAUSED)
    world.ask(Verb.RESUME)
    world.pass_deadline()
    assert (world.vm().state, world.vm().paused, world.vm().pending) == (VmState.PAUSED, True, None)


def test_a_guest_that_was_paused_behind_our_back_is_shown_paused(reach: ReachState) -> None:
    world = reach(VmState.RUNNING)
    world.report(PAUSED)
    assert world.vm().state is VmState.PAUSED
    world.report(RUNNING)
    assert world.vm().state is VmState.RUNNING


def test_a_reboot_is_over_when_the_agent_has_counted_it(reach: ReachState) -> None:
    world = reach(VmState.REBOOTING)
    assert world.report(RUNNING, reboots=0) is None
    world.report(RUNNING, reboots=1)
    assert (world.vm().state, world.vm().reboots) == (VmState.RUNNING, 1)


def test_a_reboot_replaces_a_pause_that_was_under_way(reach: ReachState) -> None:
    world = reach(VmState.RUNNING)
    world.ask(Verb.PAUSE)
    world.ask(Verb.REBOOT)
    assert not world.vm().paused
    world.report(RUNNING, reboots=1)
    assert (world.vm().state, world.vm().pending) == (VmState.RUNNING, None)


def test_a_new_start_counts_a_new_incarnation_and_no_reboots(reach: ReachState) -> None:
    world = reach(VmState.REBOOTING)
    world.report(SHUTOFF)
    world.ask(Verb.START)
    assert (world.vm().incarnation, world.vm().reboots, world.vm().failure) == (2, 0, "")


def test_a_failed_vm_without_compute_stops_at_once(reach: ReachState) -> None:
    world = reach(VmState.FAILED)
    world.ask(Verb.STOP)
    assert (world.vm().state, world.vm().pending) == (VmState.STOPPED, None)


def test_a_failed_vm_starts_again_where_its_disk_is(reach: ReachState) -> None:
    world = reach(VmState.FAILED)
    world.host("a-better-fit", vcpus=2, memory_mib=1024, disk_gib=10)
    world.ask(Verb.START)
    assert (world.vm().state, world.vm().host) == (VmState.STARTING, "hosts/node-1")
