"""Guests that are other than expected: where nothing is under way, and in words for both sides."""

import pytest

from controlplane.commands.trouble import LoseHost
from controlplane.domain.time import SECOND
from controlplane.domain.vm.aggregate import Observed
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import Verb
from controlplane.queries.drift import drift
from tests.support.controlplane import ABSENT, CRASHED, NOW, PAUSED, RUNNING, SHUTOFF, World, world_with_host

HOST = "uid-node-1"
IS_RUNNING = "running, incarnation 1"


def seen(state: int, incarnation: int = 1) -> Report:
    return Report(incarnation, Observed(state, NOW, ""), started=True)


def found(world: World, report: Report | None) -> tuple[str, str] | None:
    return drift(world.vm(), HOST, report)


@pytest.fixture
def running() -> World:
    world = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    return world


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (seen(PAUSED), "paused, incarnation 1"),
        (seen(SHUTOFF), "off, incarnation 1"),
        (seen(CRASHED), "crashed, incarnation 1"),
        (seen(ABSENT), "nothing"),
        (None, "nothing"),
        (seen(RUNNING, 2), "running, incarnation 2"),
    ],
)
def test_a_guest_that_does_not_run_as_expected_differs(running: World, report: Report | None, words: str) -> None:
    assert found(running, report) == (IS_RUNNING, words)


def test_what_is_as_expected_or_says_nothing_does_not_differ(running: World) -> None:
    assert found(running, seen(RUNNING)) is None
    assert found(running, seen(77)) is None
    assert drift(running.vm(), "uid-another", seen(RUNNING)) is None


def test_of_a_pause_under_way_either_side_may_be_ahead(running: World) -> None:
    running.ask(Verb.PAUSE)
    assert found(running, seen(PAUSED)) is None
    assert found(running, seen(RUNNING)) is None
    assert found(running, seen(SHUTOFF)) == (IS_RUNNING, "off, incarnation 1")


@pytest.mark.parametrize("state", [RUNNING, SHUTOFF, ABSENT])
def test_of_a_stop_under_way_nothing_is_expected(running: World, state: int) -> None:
    running.ask(Verb.STOP)
    assert found(running, seen(state)) is None


def test_what_is_off_may_be_there_or_not_but_does_not_run(running: World) -> None:
    running.ask(Verb.STOP)
    running.report(SHUTOFF)
    for report in (None, seen(SHUTOFF), seen(CRASHED), seen(ABSENT)):
        assert found(running, report) is None
    assert found(running, seen(RUNNING)) == ("off, incarnation 1", IS_RUNNING)


def test_of_a_lost_host_the_guests_are_expected_as_they_were(running: World) -> None:
    running.carry_out(LoseHost(HOST, 30 * SECOND))
    assert found(running, seen(RUNNING)) is None
    assert found(running, seen(CRASHED)) == (IS_RUNNING, "crashed, incarnation 1")
