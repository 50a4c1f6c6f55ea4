"""What no rule allows is found where it stands, whoever sealed it; what rules allow is not."""

from collections.abc import Callable

import pytest
from chronovisor.events.v1 import event_pb2 as ev

from controlplane.commands.trouble import FenceHost, LoseHost, RegainHost
from controlplane.commands.vm import ReportVm
from controlplane.consistency.history_rules import MOST_KEPT, ConsistencyRules, RuleViolation
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.states import HostState
from controlplane.domain.host.trouble import FenceMethod
from controlplane.domain.resources import Resources, amount_of
from controlplane.domain.time import SECOND, timestamp_of
from controlplane.domain.vm.states import Verb, VmState
from tests.support.controlplane import NOW, PROJECT, RUNNING, SHUTOFF, World, inventory, register, spec, world_with_host
from tests.support.trouble import moving, next_of_migration

VM = "vms/uid-web"
HOST = "hosts/uid-node-1"
SEAL = ev.Event(batch_sealed=ev.BatchSealed())


def violations_of(history: list[RecordedEvent], after: int = 0) -> list[RuleViolation]:
    """As of one batch, whose seal is at its end."""
    rules = ConsistencyRules(after)
    for position, each in enumerate([*history, RecordedEvent("ledger", 1, SEAL)], 1):
        rules.take(each.at(position))
    assert rules.found >= len(rules.violations)
    return rules.violations


def a_life() -> World:
    world = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    return world


def added(world: World, stream: str, event: ev.Event) -> list[RecordedEvent]:
    """The world's history, and one more event that no command decided."""
    event.commit_time.CopyFrom(timestamp_of(NOW))
    version = sum(each.stream == stream for each in world.history) + 1
    return [*world.history, RecordedEvent(stream, version, event)]


def held(vm_uid: str, vcpus: int, memory_mib: int = 0, disk_gib: int = 0) -> ev.Event:
    amount = amount_of(Resources(vcpus, memory_mib, disk_gib))
    return ev.Event(capacity_held=ev.CapacityHeld(holdings=[ev.Holding(vm_uid=vm_uid, amount=amount)]))


def created(uid: str, name: str, project_uid: str = "uid-default") -> ev.Event:
    spec = ev.Spec(resources=amount_of(Resources(1, 1, 1)))
    return ev.Event(vm_created=ev.VmCreated(uid=uid, name=name, project_uid=project_uid, spec=spec))


def started(incarnation: int, host_uid: str = "uid-node-1", host: str = "hosts/node-1") -> ev.Event:
    amount = amount_of(Resources(2, 1024))
    payload = ev.VmStartRequested(incarnation=incarnation, host_uid=host_uid, host=host, held=amount)
    return ev.Event(vm_start_requested=payload)


def test_what_commands_decide_breaks_no_rule() -> None:
    world = a_life()
    world.ask(Verb.STOP)
    world.report(SHUTOFF)
    world.ask(Verb.START)
    world.report(RUNNING)
    world.ask(Verb.DELETE)
    world.report(5)
    world.create()
    assert violations_of(world.history) == []


FORGED: dict[str, tuple[str, str, Callable[[], ev.Event], str]] = {
    "a second VM of a name": ("unique_name", "vms/other", lambda: created("other", f"{PROJECT}/vms/web"), "uid-web"),
    "a VM of no project": ("project", "vms/x", lambda: created("x", f"{PROJECT}/vms/x", "nobody"), "nobody"),
    "a VM under another project's name": (
        "project",
        "vms/x",
        lambda: created("x", "projects/p/vms/x"),
        "no such project",
    ),
    "a uid that is not its stream's": ("stream", "vms/x", lambda: created("y", f"{PROJECT}/vms/x"), "vms/x"),
    "a second beginning": ("stream", VM, lambda: created("uid-web", f"{PROJECT}/vms/web"), "has begun"),
    "an event before the first": ("stream", "vms/x", lambda: started(1), "not begun"),
    "an edge that is none": ("edge", VM, lambda: ev.Event(vm_rebooted=ev.VmRebooted(incarnation=1)), "RUNNING"),
    "more held than a host has": ("capacity", HOST, lambda: held("uid-web", vcpus=100), "of its 8"),
    "an amount held for nobody": ("held", HOST, lambda: held("nobody", vcpus=1), "nobody"),
    "more held for a VM than it holds": ("held", HOST, lambda: held("uid-web", vcpus=1), "3 vcpus"),
    "a release of what is not held": (
        "edge",
        HOST,
        lambda: ev.Event(
            capacity_released=ev.CapacityReleased(
                holdings=[ev.Holding(vm_uid="uid-web", amount=amount_of(Resources(100)))]
            )
        ),
        "cannot release",
    ),
    "another incarnation": ("incarnation", VM, lambda: ev.Event(vm_paused=ev.VmPaused(incarnation=7)), "about 7"),
    "a project that goes before its VMs": (
        "project",
        "projects/uid-default",
        lambda: ev.Event(project_deleted=ev.ProjectDeleted()),
        "1 VMs",
    ),
}


@pytest.mark.parametrize(("rule", "stream", "make", "words"), FORGED.values(), ids=FORGED)
def test_a_forged_event_is_found_with_its_rule(
    rule: str, stream: str, make: Callable[[], ev.Event], words: str
) -> None:
    history = added(a_life(), stream, make())
    found = violations_of(history)
    assert found
    assert (found[0].position, found[0].rule) == (len(history), rule)
    assert words in f"{found[0].subject} {found[0].text}"


def test_a_request_that_is_accepted_twice_is_found() -> None:
    accepted = ev.Event(request_accepted=ev.RequestAccepted(method="CreateVm"))
    twice = [RecordedEvent("requests/r", version, accepted) for version in (1, 2)]
    assert [(each.position, each.rule) for each in violations_of(twice)] == [(2, "request_once")]


@pytest.mark.parametrize(
    ("incarnation", "host_uid", "host", "rule"),
    [
        (1, "uid-node-1", "hosts/node-1", "incarnation"),
        (2, "nobody", "hosts/node-1", "host"),
        (2, "uid-node-1", "hosts/node-2", "host"),
    ],
)
def test_a_start_that_no_command_decided_is_found(incarnation: int, host_uid: str, host: str, rule: str) -> None:
    world = a_life()
    world.ask(Verb.STOP)
    world.report(SHUTOFF)
    history = added(world, VM, started(incarnation, host_uid, host))
    assert rule in {each.rule for each in violations_of(history)}


def test_a_start_beyond_the_quota_is_found() -> None:
    world = World()
    world.project(Resources(vcpus=3))
    world.host()
    world.create("one", spec(vcpus=2), start=True)
    world.create("two", spec(vcpus=2))
    event = started(1)
    event.vm_start_requested.held.disk_gib = 10
    history = [
        *added(world, "vms/uid-two", event),
        RecordedEvent(HOST, 3, held("uid-two", vcpus=2, memory_mib=1024, disk_gib=10)),
    ]
    assert [each.rule for each in violations_of(history)] == ["quota"]


def test_what_an_operator_has_accepted_is_not_found_again() -> None:
    history = added(a_life(), "vms/other", created("other", f"{PROJECT}/vms/web"))
    assert violations_of(history, after=len(history)) == []
    assert violations_of(history, after=len(history) - 1)


def test_only_the_first_of_very_many_are_kept() -> None:
    accepted = ev.Event(request_accepted=ev.RequestAccepted())
    rules = ConsistencyRules()
    for version in range(1, MOST_KEPT + 12):
        rules.take(RecordedEvent("requests/r", version, accepted).at(version))
    assert (len(rules.violations), rules.found) == (MOST_KEPT, MOST_KEPT + 10)


def a_move(reports: int) -> World:
    """A VM on its way from node-1 to node-2, after so many reports of a migration that goes well."""
    world = World()
    world.project()
    for name in ("node-1", "node-2"):
        world.carry_out(moving(register(name, inventory())))
    world.create(start=True)
    world.report(RUNNING)
    world.ask(Verb.MIGRATE)
    for _ in range(reports):
        reported = next_of_migration(world.vm(), world.now)[0]
        world.carry_out(ReportVm(reported.host_uid, world.vm().uid, reported.report))
    return world


def switched() -> ev.Event:
    step = ev.VmMigrationAdvanced(incarnation=2, step=ev.VmMigrationAdvanced.STEP_SWITCHED)
    return ev.Event(vm_migration_advanced=step)


def lost_vm() -> ev.Event:
    return ev.Event(vm_host_lost=ev.VmHostLost(host_uid="uid-node-1"))


def stopped(cause: ev.StopCause.ValueType) -> ev.Event:
    return ev.Event(vm_stopped=ev.VmStopped(incarnation=1, cause=cause))


@pytest.mark.parametrize("reports", range(5))
def test_a_migration_breaks_no_rule_however_far_it_is(reports: int) -> None:
    assert violations_of(a_move(reports).history) == []


def test_what_befalls_hosts_breaks_no_rule() -> None:
    world = a_move(2)
    for command in (
        LoseHost("uid-node-1", 30 * SECOND),
        RegainHost("uid-node-1", HostState.DOWN),
        LoseHost("uid-node-1", 30 * SECOND),
        FenceHost("hosts/node-1", method=FenceMethod.OPERATOR),
    ):
        world.carry_out(command)
        assert violations_of(world.history) == []
    assert world.vm().state is VmState.FAILED


@pytest.mark.parametrize(
    ("world", "stream", "event", "rule", "words"),
    [
        (a_move(2), VM, switched(), "runs_once", "hosts/node-1 has not reported that its guest has ended"),
        (a_move(0), VM, switched(), "runs_once", "its copy on hosts/node-2 is to run"),
        (
            a_life(),
            VM,
            lost_vm(),
            "lost",
            "1024 memory_mib on hosts/node-1, which is ACTIVE",
        ),
        (a_life(), HOST, ev.Event(host_lost=ev.HostLost()), "lost", "it is RUNNING, with 2 vcpus"),
    ],
)
def test_what_no_migration_and_no_loss_may_be_is_found(
    world: World, stream: str, event: ev.Event, rule: str, words: str
) -> None:
    found = violations_of(added(world, stream, event))
    assert rule in [each.rule for each in found]
    assert any(words in each.text for each in found)


def test_a_lost_host_frees_nothing_before_it_is_fenced() -> None:
    world = a_life()
    world.carry_out(LoseHost("uid-node-1", 30 * SECOND))
    found = violations_of(added(world, VM, stopped(ev.STOP_CAUSE_HOST_FENCED)))
    assert (found[0].rule, found[0].text) == ("lost", "it ended on hosts/node-1, which is lost and was not fenced")


def test_no_start_elsewhere_while_the_vm_may_run() -> None:
    """Crashed, and its compute not released: an event that no command decides."""
    world = a_move(0)
    crashed = added(world, VM, stopped(ev.STOP_CAUSE_CRASHED))
    again = started(3, "uid-node-2", "hosts/node-2")
    again.commit_time.CopyFrom(timestamp_of(NOW))
    found = violations_of([*crashed, RecordedEvent(VM, crashed[-1].version + 1, again)])
    assert "runs_once" in [each.rule for each in found]
