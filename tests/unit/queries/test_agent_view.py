"""What an agent is told to bring about, in each state of a VM."""

import pytest

from controlplane.domain.vm.states import Verb
from controlplane.queries import agent_view
from tests.support.controlplane import CRASHED, RUNNING, World, world_with_host


@pytest.mark.parametrize(
    ("asked", "power"),
    [
        ((), agent_view.RUNNING),
        ((Verb.PAUSE,), agent_view.PAUSED),
        ((Verb.REBOOT,), agent_view.RUNNING),
        ((Verb.STOP,), agent_view.SHUTOFF),
        ((Verb.DELETE,), agent_view.ABSENT),
        ((Verb.PAUSE, Verb.STOP), agent_view.SHUTOFF),
        ((Verb.STOP, Verb.DELETE), agent_view.ABSENT),
    ],
)
def test_what_was_asked_last_is_what_is_desired(asked: tuple[Verb, ...], power: int) -> None:
    world: World = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    for verb in asked:
        world.ask(verb)
    assert agent_view.power_of(world.vm()) == power


def test_a_guest_that_crashed_is_not_brought_back_by_itself() -> None:
    world = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    world.report(CRASHED)
    assert agent_view.power_of(world.vm()) == agent_view.SHUTOFF
