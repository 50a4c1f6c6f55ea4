"""What no rule allows is found where it stands, whoever sealed it; what rules allow is not."""

from collections.abc import Callable

import pytest
from chronovisor.events.v1 import event_pb2 as ev

from controlplane.consistency.history_rules import MOST_KEPT, ConsistencyRules, RuleViolation
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.resources import Resources, amount_of
from controlplane.domain.time import timestamp_of
from controlplane.domain.vm.states import Verb
from tests.support.controlplane import NOW, PROJECT, RUNNING, SHUTOFF, World, spec, world_with_host

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
