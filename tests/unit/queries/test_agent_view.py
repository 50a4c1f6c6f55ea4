"""The desired state that an agent is sent, in each state of a VM."""

import pytest

from controlplane.domain.vm.states import DesiredPower, Verb
from controlplane.queries import agent_view
from tests.support.controlplane import CRASHED, RUNNING, World, world_with_host


@pytest.mark.parametrize(
    ("verbs", "power"),
    [
        ((), DesiredPower.RUNNING),
        ((Verb.PAUSE,), DesiredPower.PAUSED),
        ((Verb.REBOOT,), DesiredPower.RUNNING),
        ((Verb.STOP,), DesiredPower.SHUTOFF),
        ((Verb.DELETE,), DesiredPower.ABSENT),
        ((Verb.PAUSE, Verb.STOP), DesiredPower.SHUTOFF),
        ((Verb.STOP, Verb.DELETE), DesiredPower.ABSENT),
    ],
)
def test_what_was_requested_last_is_what_is_desired(verbs: tuple[Verb, ...], power: int) -> None:
    world: World = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    for verb in verbs:
        world.ask(verb)
    assert agent_view.power_of(world.vm()) == power


def test_a_guest_that_crashed_is_not_brought_back_by_itself() -> None:
    world = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    world.report(CRASHED)
    assert agent_view.power_of(world.vm()) == DesiredPower.SHUTOFF
