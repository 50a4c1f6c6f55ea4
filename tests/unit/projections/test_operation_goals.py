"""An operation that is done without an error has seen its goal, whatever its guest did meanwhile by its own accord."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.operations import Operation
from controlplane.domain.vm.reports import MOST_FLAPS
from controlplane.domain.vm.states import Verb, VmState
from controlplane.domain.vm.verbs import GUEST_VERBS
from tests.support import operation_fold
from tests.support.controlplane import ABSENT, CRASHED, PAUSED, RUNNING, SHUTOFF, World
from tests.support.operation_fold import vm_of
from tests.unit.domain.conftest import REACHABLE, world_in

METHODS = {row.method: verb for verb, row in GUEST_VERBS.items()} | {"CreateVm": Verb.START}
GUEST_STATES = {"runs": RUNNING, "pauses": PAUSED, "ends": SHUTOFF, "crashes": CRASHED, "vanishes": ABSENT}
Happening = Callable[[World], object]

HAPPENINGS: dict[str, Happening] = {
    **{name: lambda world, seen=seen: world.report(seen) for name, seen in GUEST_STATES.items()},
    "pauses, as an agent says that knows of no request": lambda world: world.report(PAUSED, desired_version=1),
    "has rebooted": lambda world: world.report(RUNNING, reboots=world.vm().reboots),
    "cannot": lambda world: world.fail_step(pending.step if (pending := world.vm().pending) else "resume"),
    "takes too long": lambda world: world.pass_deadline(),
}


def stream(world: World) -> list[RecordedEvent]:
    """With positions, as if it had been committed."""
    history = [each._replace(position=position) for position, each in enumerate(world.history, 1)]
    return [each for each in history if each.stream == "vms/uid-web"]


def operation(world: World, result: str) -> Operation:
    version, _, unchanged = result.removeprefix("operations/uid-web.").partition(".")
    history = stream(world)
    found = operation_fold.found_so(history, int(version), unchanged) if unchanged else None
    found = found or operation_fold.folded(history, int(version))
    assert found, result
    assert found.name == result
    return found


def check(found: Operation, verb: Verb) -> None:
    assert METHODS[found.method] is verb
    if found.done and not found.reason:
        assert vm_of(found).state is GUEST_VERBS[verb].goal
    if found.reason:
        assert found.failure


def ask(world: World, verb: Verb) -> str:
    """The name of the operation; empty where the command is refused, or there is no VM any more."""
    try:
        return world.ask(verb).result
    except DomainError:
        return ""


def happen(world: World, happening: str) -> None:
    if world.fleet.vm_named("projects/default/vms/web"):
        HAPPENINGS[happening](world)


@pytest.mark.parametrize("happening", HAPPENINGS)
@pytest.mark.parametrize(("state", "verb"), list(itertools.product(REACHABLE, GUEST_VERBS)), ids=lambda each: each.name)
def test_a_verb_in_a_state_ends_with_its_goal_or_says_why_not(state: VmState, verb: Verb, happening: str) -> None:
    world = world_in(state)
    name = ask(world, verb)
    if not name:
        return
    check(operation(world, name), verb)
    happen(world, happening)
    check(operation(world, name), verb)
    second = {other: ask(world, other) for other in GUEST_VERBS if not world.vm_is_gone()}
    for other, result in second.items():
        if result:
            check(operation(world, result), other)
    check(operation(world, name), verb)


steps = st.lists(
    st.tuples(st.just("ask"), st.sampled_from(sorted(GUEST_VERBS)))
    | st.tuples(st.just("see"), st.sampled_from(list(HAPPENINGS))),
    max_size=25,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(steps)
def test_whatever_happens_an_operation_ends_with_its_goal_or_with_a_reason(lived: list[tuple[str, object]]) -> None:
    world = world_in(VmState.STARTING)
    request: list[tuple[str, Verb]] = []
    for kind, what in lived:
        if kind == "see":
            happen(world, str(what))
        elif result := ask(world, Verb(what)):
            request.append((result, Verb(what)))
    pending = None if world.vm_is_gone() else world.vm().pending
    for result, verb in request:
        found = operation(world, result)
        check(found, verb)
        runs = not found.unchanged and pending is not None and pending.version == found.began.version
        assert found.done != runs


def paused_by_itself(detail: str = "ioerror") -> World:
    world = world_in(VmState.RUNNING)
    world.report(PAUSED, detail=detail)
    assert (world.vm().state, world.vm().failure) == (VmState.PAUSED, f"paused by its hypervisor: {detail}")
    return world


def test_a_resume_of_a_guest_that_its_hypervisor_paused_waits_for_it_to_run() -> None:
    world = paused_by_itself()
    request = world.vm().desired_version
    name = ask(world, Verb.RESUME)
    assert world.vm().desired_version > request
    assert not operation(world, name).done
    # What the agent reported before is not an answer.
    world.report(PAUSED, detail="ioerror")
    assert not operation(world, name).done
    assert ask(world, Verb.RESUME) == name
    world.report(RUNNING)
    found = operation(world, name)
    assert (found.method, found.reason, vm_of(found).state) == ("ResumeVm", "", VmState.RUNNING)


def test_a_resume_that_the_agent_gives_up_fails_and_leaves_the_guest_paused() -> None:
    world = paused_by_itself()
    name = ask(world, Verb.RESUME)
    world.fail_step("resume")
    found = operation(world, name)
    assert (found.reason, found.failure) == ("STEP_FAILED", "resume failed: cannot resume")
    assert (world.vm().state, world.vm().paused) == (VmState.PAUSED, True)


def test_a_pause_of_a_guest_that_its_hypervisor_paused_holds_once_its_agent_knows_of_it() -> None:
    world = paused_by_itself()
    before = world.vm().desired_version
    name = ask(world, Verb.PAUSE)
    assert world.vm().paused
    world.report(PAUSED, desired_version=before)
    assert not operation(world, name).done
    # The agent was resuming it.
    world.report(RUNNING, desired_version=before)
    assert (world.vm().state, operation(world, name).done) == (VmState.RUNNING, False)
    world.report(PAUSED)
    found = operation(world, name)
    assert (found.method, found.reason, vm_of(found).state, vm_of(found).failure) == ("PauseVm", "", VmState.PAUSED, "")


def test_a_word_of_an_agent_on_an_older_request_does_not_fail_a_newer_one() -> None:
    world = paused_by_itself()
    before = world.vm().desired_version
    name = ask(world, Verb.RESUME)
    world.fail_step("resume", desired_version=before)
    assert not operation(world, name).done


def test_a_command_with_nothing_to_do_is_an_operation_of_its_own_verb() -> None:
    world = world_in(VmState.RUNNING)
    world.ask(Verb.PAUSE)
    started = operation(world, ask(world, Verb.START))
    assert (started.method, started.unchanged, started.reason) == ("StartVm", "start", "")
    world.report(SHUTOFF)
    stopped = operation(world, ask(world, Verb.STOP))
    assert (stopped.method, vm_of(stopped).state) == ("StopVm", VmState.STOPPED)
    assert stopped.name == f"operations/uid-web.{world.vm().version}.stop"


def test_no_name_makes_an_operation_of_what_was_not_so() -> None:
    history = stream(world_in(VmState.RUNNING))
    for version, verb in (
        (1, "start"),
        (3, "stop"),
        (3, "reboot"),
        (3, "create"),
        (3, "nonsense"),
        (9, "start"),
        (0, "start"),
    ):
        assert operation_fold.found_so(history, version, verb) is None, (version, verb)
    assert operation_fold.found_so(history, 3, "start") is not None


def flap(world: World, times: int) -> None:
    for _ in range(times):
        world.report(PAUSED, detail="ioerror")
        world.report(RUNNING)


def test_a_guest_that_pauses_again_and_again_is_left_paused_and_says_why() -> None:
    world = world_in(VmState.RUNNING)
    flap(world, MOST_FLAPS - 1)
    assert not world.vm().paused
    request = world.vm().desired_version
    world.report(PAUSED, detail="ioerror")
    vm = world.vm()
    assert (vm.state, vm.paused, vm.desired_version) == (VmState.PAUSED, True, vm.version)
    assert vm.desired_version > request
    assert vm.failure == f"paused by its hypervisor {MOST_FLAPS} times and not resumed any more: ioerror"
    # A request is a new beginning.
    name = ask(world, Verb.RESUME)
    world.report(RUNNING)
    assert operation(world, name).reason == ""
    assert world.vm().flaps == 0


def test_a_guest_that_ran_for_long_begins_a_new_row() -> None:
    world = world_in(VmState.RUNNING)
    for _ in range(3 * MOST_FLAPS):
        flap(world, 1)
        world.later(601)
    world.report(PAUSED)
    assert (world.vm().paused, world.vm().flaps) == (False, 1)


def test_a_guest_that_somebody_resumes_again_and_again_is_left_running() -> None:
    world = world_in(VmState.PAUSED)
    for _ in range(MOST_FLAPS):
        assert world.vm().paused
        world.report(RUNNING)
        world.report(PAUSED)
    assert (world.vm().paused, world.vm().flaps) == (False, 1)


@pytest.mark.parametrize(("state", "step", "paused"), [(PAUSED, "resume", True), (RUNNING, "pause", False)])
def test_an_agent_that_gives_up_what_it_repeats_is_believed(state: int, step: str, paused: bool) -> None:
    world = world_in(VmState.PAUSED if step == "pause" else VmState.RUNNING)
    world.report(state)
    assert world.vm().paused is not paused
    world.fail_step(step)
    assert (world.vm().paused, world.vm().failure) == (paused, f"{step} failed: cannot {step}")
