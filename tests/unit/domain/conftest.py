"""VMs in each state, as their histories bring them there."""

from collections.abc import Callable

import pytest

from controlplane.domain.vm.states import Verb, VmState
from tests.support.controlplane import CRASHED, PAUSED, RUNNING, SHUTOFF, World, world_with_host

ReachState = Callable[[VmState], World]


def _pause(world: World) -> None:
    world.ask(Verb.PAUSE)
    world.report(PAUSED)


def _stop(world: World) -> None:
    world.ask(Verb.STOP)
    world.report(SHUTOFF)


_HOW: dict[VmState, tuple[Callable[[World], object], ...]] = {
    VmState.STARTING: (),
    VmState.RUNNING: (lambda world: world.report(RUNNING),),
    VmState.PAUSED: (lambda world: world.report(RUNNING), _pause),
    VmState.REBOOTING: (lambda world: world.report(RUNNING), lambda world: world.ask(Verb.REBOOT)),
    VmState.STOPPING: (lambda world: world.report(RUNNING), lambda world: world.ask(Verb.STOP)),
    VmState.STOPPED: (lambda world: world.report(RUNNING), _stop),
    VmState.FAILED: (lambda world: world.report(RUNNING), lambda world: world.report(CRASHED)),
    VmState.DELETING: (lambda world: world.report(RUNNING), lambda world: world.ask(Verb.DELETE)),
}
REACHABLE = tuple(_HOW)


def world_in(state: VmState) -> World:
    """A world whose VM `web` was started once and is now in `state`."""
    world = world_with_host()
    world.create(start=True)
    for step in _HOW[state]:
        step(world)
    assert world.vm().state is state
    return world


@pytest.fixture(params=REACHABLE, ids=lambda state: state.name)
def in_any_state(request: pytest.FixtureRequest) -> World:
    return world_in(request.param)


@pytest.fixture
def reach() -> ReachState:
    return world_in
