"""The desired state that an agent is sent, in each state of a VM."""

from dataclasses import replace

import pytest

from controlplane.commands.vm import ReportVm
from controlplane.domain.vm.aggregate import Observed
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import DesiredPower, Verb
from controlplane.queries import agent_view
from tests.support.controlplane import ABSENT, CRASHED, RUNNING, SHUTOFF, World, inventory, register, world_with_host


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


def test_a_guest_that_has_left_its_source_is_not_begun_anew_there() -> None:
    """Nor is its copy resumed: it may be that only the source has reported."""
    world = World()
    world.project()
    for name in ("h1", "h2"):
        command = replace(register(name, inventory()), traits=frozenset({"migration.test"}))
        world.carry_out(command)
    world.create(start=True)
    world.report(RUNNING)
    source = world.vm().host_uid
    world.ask(Verb.MIGRATE)
    migration = world.vm().migration
    assert migration
    seen = Observed(SHUTOFF, world.now, "")
    prepared = Report(migration.incarnation, seen._replace(guest_state=ABSENT), address={"host": "other"})
    world.carry_out(ReportVm(migration.host_uid, world.vm().uid, prepared))
    copied = agent_view.desired_on(world.vm(), source)
    assert copied
    assert (copied.power, copied.outgoing) == (DesiredPower.RUNNING, world.vm().migration)
    world.carry_out(ReportVm(source, world.vm().uid, Report(1, seen, started=True)))
    left, arriving = (agent_view.desired_on(world.vm(), uid) for uid in (source, migration.host_uid))
    assert left
    assert arriving
    assert (left.power, left.outgoing) == (DesiredPower.SHUTOFF, None)
    assert arriving.incoming == world.vm().migration
