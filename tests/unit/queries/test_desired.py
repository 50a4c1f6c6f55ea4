"""What an agent is told to bring about, in each state of a VM."""

import pytest

from controlplane.domain.vm_states import Verb
from controlplane.queries import desired
from tests.support.controlplane import CRASHED, RUNNING, World, world_with_host


@pytest.mark.parametrize(
    ("asked", "power"),
    [
        ((), desired.RUNNING),
        ((Verb.PAUSE,), desired.PAUSED),
        ((Verb.REBOOT,), desired.RUNNING),
        ((Verb.STOP,), desired.SHUTOFF),
        ((Verb.DELETE,), desired.ABSENT),
        ((Verb.PAUSE, Verb.STOP), desired.SHUTOFF),
        ((Verb.STOP, Verb.DELETE), desired.ABSENT),
    ],
)
def test_what_was_asked_last_is_what_is_desired(asked: tuple[Verb, ...], power: int) -> None:
    world: World = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    for verb in asked:
        world.ask(verb)
    assert desired.power_of(world.vm()) == power


def test_a_guest_that_crashed_is_not_brought_back_by_itself() -> None:
    world = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    world.report(CRASHED)
    assert desired.power_of(world.vm()) == desired.SHUTOFF
