"""What VM commands do to the fleet, and what they refuse."""

import pytest

from controlplane.domain.errors import AlreadyExists, EtagMismatch, InvalidField, NoCapacity, NotFound, QuotaExceeded
from controlplane.domain.etag import etag_of
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Spec
from controlplane.domain.vm.states import Verb, VmState
from tests.support.controlplane import RUNNING, SHUTOFF, World, contents, spec, world_with_host


def test_a_created_vm_is_stopped_and_holds_nothing() -> None:
    world = world_with_host()
    answer = world.create()
    assert (world.vm().state, world.vm().held) == (VmState.STOPPED, Resources())
    assert answer.result == "operations/uid-web.1"


def test_a_start_and_the_hold_of_its_capacity_are_recorded_together() -> None:
    world = world_with_host()
    world.create()
    since = len(world.history)
    world.ask(Verb.START)
    assert world.kinds(since) == ["vm_start_requested", "capacity_held"]
    assert world.history[-2].event.vm_start_requested.placement.policy == "pack-balanced"


def test_a_stop_and_the_release_of_its_capacity_are_recorded_together() -> None:
    world = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    world.ask(Verb.STOP)
    since = len(world.history)
    world.report(SHUTOFF)
    assert world.kinds(since) == ["vm_stopped", "capacity_released"]


def test_create_with_start_is_both_or_neither() -> None:
    world = world_with_host(vcpus=1)
    before = contents(world.fleet)
    with pytest.raises(NoCapacity) as refused:
        world.create(start=True)
    assert refused.value.turned_down == {"vcpus": 1}
    assert contents(world.fleet) == before


def test_stopping_a_vm_makes_room_for_one_that_was_refused() -> None:
    world = world_with_host(vcpus=2)
    world.create("first", start=True)
    world.create("second")
    with pytest.raises(NoCapacity):
        world.ask(Verb.START, "second")
    world.report(RUNNING, "first")
    world.ask(Verb.STOP, "first")
    with pytest.raises(NoCapacity):
        world.ask(Verb.START, "second")
    world.report(SHUTOFF, "first")
    world.ask(Verb.START, "second")
    assert world.vm("second").state is VmState.STARTING


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        (VmState.STOPPED, Verb.STOP),
        (VmState.STARTING, Verb.START),
        (VmState.RUNNING, Verb.START),
        (VmState.RUNNING, Verb.RESUME),
        (VmState.DELETING, Verb.DELETE),
    ],
)
def test_asking_for_what_is_already_so_is_a_success_that_appends_nothing(state: VmState, verb: Verb) -> None:
    world = world_with_host()
    world.create(start=state is not VmState.STOPPED)
    if state in (VmState.RUNNING, VmState.DELETING):
        world.report(RUNNING)
    if state is VmState.DELETING:
        world.ask(Verb.DELETE)
    assert world.vm().state is state
    since = len(world.history)
    answer = world.ask(verb)
    assert world.kinds(since) == []
    assert answer.resource == world.vm()


def test_a_second_stop_with_a_shorter_grace_period_is_a_new_request_and_a_longer_one_is_not() -> None:
    world = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    first = world.ask(Verb.STOP, grace_period_s=60.0)
    assert world.ask(Verb.STOP, grace_period_s=90.0).result == first.result
    sooner = world.ask(Verb.STOP, grace_period_s=0.0)
    assert sooner.result != first.result
    assert world.vm().grace_period_s == 0.0


def test_a_stale_etag_is_refused_before_anything_else() -> None:
    world = world_with_host()
    world.create()
    with pytest.raises(EtagMismatch) as refused:
        world.ask(Verb.REBOOT, etag='"7"')
    current = etag_of(world.vm())
    assert (refused.value.given, refused.value.current) == ('"7"', current)
    world.ask(Verb.START, etag=current)


def test_a_name_can_be_taken_again_once_its_vm_is_destroyed() -> None:
    world = world_with_host()
    world.create()
    with pytest.raises(AlreadyExists):
        world.create()
    world.ask(Verb.DELETE)
    world.create()
    assert world.vm().version == 1


def test_a_project_that_is_not_there_has_no_vms() -> None:
    with pytest.raises(NotFound) as refused:
        World().create()
    assert (refused.value.kind, refused.value.name) == ("project", "projects/default")


def test_an_image_that_no_host_has_is_a_mistake_once_there_are_hosts() -> None:
    world = World()
    world.project()
    world.create("before", spec(image="nowhere"))
    world.host("node-1", "tiny")
    with pytest.raises(InvalidField) as refused:
        world.create("after", spec(image="nowhere"))
    assert [each.field for each in refused.value.violations] == ["vm.spec.boot.image.image"]
    boots = Spec(Resources(1, 64, 0), kernel="tiny", initramfs="nowhere")
    with pytest.raises(InvalidField) as refused:
        world.create("kernel", boots)
    assert [each.field for each in refused.value.violations] == ["vm.spec.boot.kernel.initramfs"]


def test_a_quota_limits_what_a_project_holds_at_once() -> None:
    world = World()
    world.project(quota=Resources(vcpus=3))
    world.host()
    world.create("one", start=True)
    world.create("two")
    with pytest.raises(QuotaExceeded) as refused:
        world.ask(Verb.START, "two")
    error = refused.value
    assert (error.resource_class, error.quota, error.held, error.requested) == ("vcpus", 3, 2, 2)
    world.report(SHUTOFF, "one")
    world.ask(Verb.START, "two")


def test_every_command_for_a_vm_that_is_not_there_says_so() -> None:
    world = world_with_host()
    for verb in (Verb.START, Verb.STOP, Verb.REBOOT, Verb.PAUSE, Verb.RESUME, Verb.DELETE):
        with pytest.raises(NotFound):
            world.ask(verb, "nobody")
