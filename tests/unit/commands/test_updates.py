"""UpdateVm, UpdateProject and DeleteProject: what they do to the fleet, and what they refuse."""

from dataclasses import replace

import pytest

from controlplane.commands import vm as vm_commands
from controlplane.commands.project import CreateProject, DeleteProject, UpdateProject
from controlplane.commands.vm import Definition, UpdateVm
from controlplane.domain.command import Answer
from controlplane.domain.errors import (
    AlreadyExists,
    EtagMismatch,
    InsufficientResources,
    InvalidField,
    NoCapacity,
    NotFound,
    ProjectInUse,
    QuotaExceeded,
    WrongState,
)
from controlplane.domain.etag import etag_of
from controlplane.domain.fleet import Fleet
from controlplane.domain.placement.rules import GroupKind, GroupRule, PlacementRules
from controlplane.domain.placement.selectors import parse
from controlplane.domain.project.aggregate import Project, ProjectTerms
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.domain.vm.states import TRANSITIONS, Verb, VmState
from tests.support.controlplane import PROJECT, RUNNING, SHUTOFF, World, contents, spec, world_with_host
from tests.unit.domain.conftest import REACHABLE, world_in
from tests.unit.ledger.snapshots_in_memory import through_a_snapshot

LONE = PlacementRules(groups=(GroupRule(GroupKind.ANTI_AFFINITY, parse("app=web")),))


def update(world: World, to: Spec | None = None, name: str = "web", etag: str = "", **labels: str) -> Answer:
    """Another spec, or these labels instead of those that there are."""
    new = tuple(sorted(labels.items()))

    def change(vm: Vm) -> Definition:
        return Definition(to or vm.spec, vm.labels if to else new)

    command = UpdateVm(f"{PROJECT}/vms/{name}", etag, change)
    return world.carry_out(command)


def set_terms(world: World, terms: ProjectTerms, etag: str = "") -> Answer:
    def change(_project: Project) -> ProjectTerms:
        return terms

    command = UpdateProject(PROJECT, etag, change)
    return world.carry_out(command)


def delete(world: World, name: str, etag: str = "") -> Answer:
    return world.carry_out(DeleteProject(name, etag))


def stopped_with_a_disk() -> World:
    world = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    world.ask(Verb.STOP)
    world.report(SHUTOFF)
    return world


@pytest.fixture(params=REACHABLE, ids=lambda state: state.name)
def in_any_state(request: pytest.FixtureRequest) -> World:
    return world_in(request.param)


def test_labels_change_in_every_state_and_nothing_else_does(in_any_state: World) -> None:
    world = in_any_state
    before, since = world.vm(), len(world.history)
    answer = update(world, app="web")
    assert (VmState(before.state), Verb.UPDATE_LABELS) in TRANSITIONS
    assert world.kinds(since) == ["vm_updated"]
    assert answer.version == before.version + 1
    assert world.vm() == before._replace(labels=(("app", "web"),), version=before.version + 1, updated=world.now)
    assert update(world, app="web").version == answer.version
    assert len(world.kinds(since)) == 1


def test_the_spec_changes_only_where_the_table_says(in_any_state: World) -> None:
    world = in_any_state
    before = contents(world.fleet)
    bigger = replace(world.vm().spec, resources=Resources(4, 2048, 10))
    if (world.vm().state, Verb.UPDATE_SPEC) in TRANSITIONS:
        update(world, bigger)
        assert world.vm().spec == bigger
        return
    with pytest.raises(WrongState) as refused:
        update(world, bigger)
    assert refused.value.command == "UpdateVm of spec"
    assert contents(world.fleet) == before


def test_a_vm_that_was_changed_starts_as_it_is_now() -> None:
    world = stopped_with_a_disk()
    held = world.vm().held
    update(world, spec(vcpus=4, memory_mib=2048, gpu__a100=0))
    assert world.vm().held == held == Resources(disk_gib=10)
    world.ask(Verb.START)
    assert world.vm().held == Resources(4, 2048, 10)
    assert world.fleet.hosts["uid-node-1"].allocated == Resources(4, 2048, 10)


def test_a_vm_that_is_being_destroyed_takes_labels_and_no_spec() -> None:
    world = stopped_with_a_disk()
    world.ask(Verb.DELETE)
    world.fail_step("delete")
    assert world.vm().state is VmState.FAILED
    update(world, app="web")
    with pytest.raises(WrongState):
        update(world, spec(vcpus=4))


@pytest.mark.parametrize(
    ("to", "fields"),
    [
        (spec(disk_gib=9), ["vm.spec.resources.disk_gib"]),
        (spec(image="other"), ["vm.spec.boot"]),
        (Spec(Resources(1, 64, 0), "", "vmlinuz", "initrd"), ["vm.spec.resources.disk_gib", "vm.spec.boot"]),
    ],
)
def test_a_disk_that_is_placed_keeps_its_image_and_does_not_shrink(to: Spec, fields: list[str]) -> None:
    world = stopped_with_a_disk()
    before = contents(world.fleet)
    with pytest.raises(InvalidField) as refused:
        update(world, to)
    assert [each.field for each in refused.value.violations] == fields
    assert contents(world.fleet) == before


def test_a_disk_grows_where_it_is_whether_its_guest_runs_or_not(in_any_state: World) -> None:
    world = in_any_state
    before, since = world.vm(), len(world.history)
    larger = replace(before.spec, resources=before.spec.resources.with_disk(15))
    if (before.state, Verb.GROW_DISK) not in TRANSITIONS:
        with pytest.raises(WrongState):
            update(world, larger)
        return
    update(world, larger)
    assert world.kinds(since) == (["vm_updated", "capacity_held"] if before.held else ["vm_updated"])
    assert world.vm().held == (before.held.with_disk(15) if before.held else before.held)
    assert world.fleet.hosts["uid-node-1"].allocated == world.vm().held


def test_a_disk_grows_only_as_far_as_its_host_has_room() -> None:
    world = stopped_with_a_disk()
    before = contents(world.fleet)
    with pytest.raises(InsufficientResources):
        update(world, spec(disk_gib=100_000))
    assert contents(world.fleet) == before


def test_a_disk_that_is_not_placed_yet_may_be_any() -> None:
    world = world_with_host()
    world.create()
    for to in (spec(disk_gib=40, image="other"), Spec(Resources(1, 64, 0), "", "vmlinuz", "initrd")):
        update(world, to)
        assert world.vm().spec == to


def test_a_file_that_no_host_has_is_refused_as_it_is_at_creation() -> None:
    world = World()
    world.project()
    world.host("node-1", "tiny")
    world.create()
    with pytest.raises(InvalidField) as refused:
        update(world, spec(image="nowhere"))
    assert [each.field for each in refused.value.violations] == ["vm.spec.boot.image.image"]


def test_a_stale_etag_and_a_vm_that_is_not_there_are_refused() -> None:
    world = world_with_host()
    world.create()
    with pytest.raises(EtagMismatch):
        update(world, etag='"7"', app="web")
    with pytest.raises(NotFound):
        update(world, name="nobody", app="web")
    update(world, etag=etag_of(world.vm()), app="web")


def test_placement_sees_labels_and_rules_that_changed() -> None:
    """A VM that gets a label counts at once for those that keep away from it, and no more when it loses it."""
    world = world_with_host(vcpus=16)
    world.create("plain", start=True)
    world.create("lone", replace(spec(), rules=LONE))
    update(world, name="plain", app="web")
    with pytest.raises(NoCapacity):
        world.ask(Verb.START, "lone")
    update(world, name="plain")
    world.ask(Verb.START, "lone")


def test_a_quota_below_what_is_held_stops_nothing_and_lets_nothing_start() -> None:
    world = world_with_host()
    world.create(start=True)
    world.create("second")
    set_terms(world, ProjectTerms(quota=Resources(vcpus=1)))
    assert world.vm().state is VmState.STARTING
    with pytest.raises(QuotaExceeded) as refused:
        world.ask(Verb.START, "second")
    assert (refused.value.held, refused.value.quota) == (2, 1)
    world.report(SHUTOFF)
    with pytest.raises(QuotaExceeded):
        world.ask(Verb.START, "second")
    set_terms(world, ProjectTerms(quota=Resources(vcpus=2)))
    world.ask(Verb.START, "second")


def test_an_update_that_changes_nothing_appends_nothing_and_a_stale_etag_is_refused() -> None:
    world = world_with_host()
    since = len(world.history)
    before = etag_of(world.fleet.projects["uid-default"])
    assert set_terms(world, ProjectTerms("Default"), before).version == 1
    assert world.kinds(since) == []
    assert set_terms(world, ProjectTerms("Shop")).version == 2
    with pytest.raises(EtagMismatch):
        set_terms(world, ProjectTerms("Other"), before)


def test_a_project_is_deleted_once_it_has_no_vms_and_its_name_can_be_taken_again() -> None:
    world = world_with_host()
    shop = CreateProject("uid-shop", "projects/shop", ProjectTerms("Shop"))
    etag = etag_of(world.carry_out(shop).resource)
    vm = vm_commands.CreateVm("uid-v", shop.name, f"{shop.name}/vms/v", spec(), {})
    world.carry_out(vm)
    with pytest.raises(ProjectInUse) as refused:
        delete(world, shop.name)
    assert {what: count for what, count in refused.value.uses.items() if count} == {"vms": 1}
    gone = vm_commands.VmCommand(Verb.DELETE, vm.name)
    world.carry_out(gone)
    with pytest.raises(EtagMismatch):
        delete(world, shop.name, '"9"')
    since = len(world.history)
    assert delete(world, shop.name, etag).result == "projects/uid-shop"
    assert world.kinds(since) == ["project_deleted"]
    assert world.fleet.tombstones[shop.name] == "uid-shop"
    with pytest.raises(NotFound):
        delete(world, shop.name)
    with pytest.raises(NotFound):
        world.carry_out(vm)
    world.carry_out(replace(shop, uid="uid-shop-2"))
    with pytest.raises(AlreadyExists):
        world.carry_out(shop)


def test_a_project_with_a_dedicated_host_is_in_use() -> None:
    world = world_with_host()
    world.carry_out(CreateProject("s", "projects/shop"))
    host = world.fleet.hosts["uid-node-1"]
    world.fleet.hosts[host.uid] = host._replace(dedicated="projects/shop")
    with pytest.raises(ProjectInUse) as refused:
        delete(world, "projects/shop")
    assert {what: count for what, count in refused.value.uses.items() if count} == {"dedicated_hosts": 1}


def test_the_default_project_is_there_for_ever() -> None:
    with pytest.raises(InvalidField):
        delete(world_with_host(), PROJECT)


def test_what_changed_is_kept_by_a_snapshot_and_can_be_distinguished_from_what_was() -> None:
    world = stopped_with_a_disk()
    update(world, spec(vcpus=5))
    update(world, app="web")
    set_terms(world, ProjectTerms("Shop", (("a", "b"),), Resources(vcpus=9)))
    state = through_a_snapshot(world.fleet.captured(1, world.now))
    again = Fleet()
    again.restore(state)
    assert contents(again) == contents(world.fleet)
    assert again.count("vms", "uid-default") == world.fleet.count("vms", "uid-default") == 1
