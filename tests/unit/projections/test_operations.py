"""Operations, folded from their VM's events: running, done, failed, replaced."""

from collections.abc import Callable

import pytest

from controlplane.domain.operations import Operation
from controlplane.domain.vm.states import Verb, VmState
from tests.support import operation_fold
from tests.support.controlplane import CRASHED, RUNNING, SHUTOFF, World, world_with_host
from tests.support.operation_fold import vm_of


def folded(world: World, version: int) -> Operation | None:
    """With positions, as if all had been committed."""
    history = [each._replace(position=position) for position, each in enumerate(world.history, 1)]
    return operation_fold.folded([each for each in history if each.stream == "vms/uid-web"], version)


def started() -> World:
    world = world_with_host()
    world.create()
    world.ask(Verb.START)
    return world


def test_an_operation_runs_while_its_request_is_pending() -> None:
    world = started()
    found = folded(world, 2)
    assert found
    assert (found.name, found.done, vm_of(found).state) == ("operations/uid-web.2", False, VmState.STARTING)


def test_an_operation_ends_with_what_it_requested_and_keeps_the_vm_as_it_was_then() -> None:
    world = started()
    world.report(RUNNING)
    world.ask(Verb.STOP)
    found = folded(world, 2)
    assert found
    assert found.done
    assert (vm_of(found).version, found.reason, vm_of(found).state) == (3, "", VmState.RUNNING)


def test_a_create_is_done_at_once() -> None:
    found = folded(started(), 1)
    assert found
    assert found.done
    assert (found.reason, vm_of(found).state) == ("", VmState.STOPPED)


def _deadline(world: World) -> None:
    world.pass_deadline(error="busy")


def _broken(world: World) -> None:
    world.fail_step("start")


def _shutoff(world: World) -> None:
    world.report(SHUTOFF)


def _crashed(world: World) -> None:
    world.report(CRASHED)


def _stop(world: World) -> None:
    world.ask(Verb.STOP)


def _delete(world: World) -> None:
    world.ask(Verb.DELETE)


@pytest.mark.parametrize(
    ("happens", "reason", "words"),
    [
        (_deadline, "DEADLINE_PASSED", "start did not end in time: busy"),
        (_broken, "STEP_FAILED", "cannot start"),
        (_shutoff, "GUEST_ENDED", "the guest ended by itself"),
        (_crashed, "GUEST_ENDED", "the guest crashed"),
        (_stop, "SUPERSEDED", "superseded by StopVm"),
        (_delete, "SUPERSEDED", "superseded by DeleteVm"),
    ],
)
def test_an_operation_that_did_not_succeed_says_why(happens: Callable[[World], None], reason: str, words: str) -> None:
    world = started()
    happens(world)
    found = folded(world, 2)
    assert found
    assert found.done
    assert (found.reason, found.failure) == (reason, words)


def test_there_is_no_operation_of_a_version_that_is_not_there() -> None:
    world = started()
    assert folded(world, 3) is None
    assert operation_fold.folded([], 1) is None


def test_a_destroy_of_a_vm_that_holds_nothing_is_done_with_its_second_event() -> None:
    world = world_with_host()
    world.create()
    world.ask(Verb.DELETE)
    found = folded(world, 2)
    assert found
    assert found.done
    assert (found.reason, vm_of(found).state) == ("", VmState.DELETED)
