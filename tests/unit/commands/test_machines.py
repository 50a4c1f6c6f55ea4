"""What a VM's machine has is required of its host; a TPM's state stays there. A protected VM is not destroyed."""

from dataclasses import replace

import pytest

from controlplane.commands.host import RegisterHost
from controlplane.commands.project import CreateProject, DeleteProject
from controlplane.commands.rehome import RehomeVm
from controlplane.commands.trouble import FenceHost
from controlplane.commands.vm import Definition, UpdateVm, VmCommand
from controlplane.domain.errors import InvalidField, NoCapacity, ProjectInUse, WrongState
from controlplane.domain.host.aggregate import Platform
from controlplane.domain.host.trouble import FenceMethod
from controlplane.domain.resources import ClassInventory
from controlplane.domain.vm.aggregate import DiskMove, Spec, Vm, recorded_spec, spec_of
from controlplane.domain.vm.errors import DeletionProtected
from controlplane.domain.vm.machine import NO_FIRST_BOOT, PLAIN_MACHINE, Firmware, FirstBoot, Machine
from controlplane.domain.vm.states import TRANSITIONS, Verb, VmState
from tests.support.controlplane import PROJECT, RUNNING, SHUTOFF, World, create, spec
from tests.unit.domain.conftest import REACHABLE, world_in

INVENTORY = {"vcpus": ClassInventory(8), "memory_mib": ClassInventory(8192), "disk_gib": ClassInventory(100)}
PLATFORM = Platform("x86_64", virt_type="qemu", images=frozenset(("*",)))
NAME = f"{PROJECT}/vms/web"
NEEDS = [
    (Machine(Firmware.BIOS), "firmware", "firmware.bios"),
    (Machine(Firmware.UEFI), "firmware", "firmware.uefi"),
    (Machine(Firmware.UEFI_SECURE_BOOT), "firmware", "firmware.uefi-secure-boot"),
    (Machine(tpm=True), "tpm", "tpm.2.0"),
    (Machine(machine_type="pc-q35-7.2"), "machine_type", "machine.pc-q35-7.2"),
    (Machine(rng=True), "rng", "device.rng"),
    (Machine(guest_agent=True), "guest_agent", "device.guest-agent"),
    (Machine(screen=True), "screen", "device.screen"),
]


def world_with(*hosts: str, traits: tuple[str, ...] = ()) -> World:
    world = World()
    world.project()
    for host_id in hosts:
        add_host(world, host_id, *traits)
    return world


def add_host(world: World, host_id: str, *traits: str) -> None:
    command = RegisterHost(f"uid-{host_id}", f"hosts/{host_id}", INVENTORY, PLATFORM, "", {}, frozenset(traits))
    world.carry_out(command)


def update(world: World, to: Spec | None = None, *, protected: bool = False) -> None:
    def change(vm: Vm) -> Definition:
        return Definition(to or vm.spec, vm.labels, deletion_protection=protected)

    world.carry_out(UpdateVm(NAME, "", change))


def test_it_is_recorded_and_nothing_is_where_there_was_none_before() -> None:
    machine = Machine(Firmware.UEFI, True, "pc-q35-7.2", True, True, True)
    whole = replace(spec(), machine=machine, first_boot=FirstBoot(("ssh-ed25519 AAAA a@b",), "web.example.com"))
    assert spec_of(recorded_spec(whole)) == whole
    plain = recorded_spec(spec())
    assert [field.name for field, _ in plain.ListFields()] == ["resources", "image"]
    assert spec_of(plain).machine is PLAIN_MACHINE
    assert spec_of(plain).first_boot is NO_FIRST_BOOT


@pytest.mark.parametrize(("machine", "field", "trait"), NEEDS, ids=[trait for _, _, trait in NEEDS])
def test_each_is_required_of_a_host_and_refused_by_its_field_where_none_has_it(
    machine: Machine, field: str, trait: str
) -> None:
    made = replace(spec(), machine=machine)
    world = world_with("a")
    with pytest.raises(InvalidField) as refused:
        world.create(of=made, start=True)
    (violation,) = refused.value.violations
    assert (violation.field, violation.rule) == (f"vm.spec.{field}", f"no host has the trait {trait!r}")
    add_host(world, "b", trait)
    world.create(of=made, start=True)
    assert world.vm().host == "hosts/b"


def test_a_machine_changes_while_it_is_off_alone() -> None:
    world = world_with("a", traits=("firmware.uefi",))
    world.create(start=True)
    world.report(RUNNING)
    with pytest.raises(WrongState):
        update(world, replace(world.vm().spec, machine=Machine(Firmware.UEFI)))
    world.carry_out(VmCommand(Verb.STOP, NAME))
    world.report(SHUTOFF)
    update(world, replace(world.vm().spec, machine=Machine(Firmware.UEFI)))
    assert world.vm().spec.machine.firmware is Firmware.UEFI


@pytest.mark.parametrize("state", REACHABLE, ids=lambda state: state.name)
def test_what_a_next_start_gives_a_guest_changes_in_every_state(state: VmState) -> None:
    world = world_in(state)
    before, since = world.vm(), len(world.history)
    after = replace(before.spec, first_boot=FirstBoot(("ssh-ed25519 AAAA",)))
    if (before.state, Verb.GROW_DISK) not in TRANSITIONS:
        with pytest.raises(WrongState):
            update(world, after)
        return
    update(world, after)
    assert world.kinds(since) == ["vm_updated"]
    assert world.vm().spec.first_boot.ssh_authorized_keys == ("ssh-ed25519 AAAA",)


def stopped(world: World, *, tpm: bool) -> Vm:
    """A VM that was on the first host, whose disk both hosts have."""
    world.create(of=replace(spec(), machine=Machine(tpm=tpm)), start=True)
    world.report(RUNNING)
    world.carry_out(VmCommand(Verb.STOP, NAME))
    world.report(SHUTOFF)
    return world.vm()


@pytest.mark.parametrize("tpm", [False, True])
def test_a_vm_with_a_tpm_is_started_where_its_state_is(tpm: bool) -> None:
    world = world_with("a", "b", traits=("tpm.2.0", "disk.pool.san", "migration.libvirt"))
    vm = stopped(world, tpm=tpm)
    rehome = RehomeVm(vm.uid, vm.host_uid)
    if tpm:
        with pytest.raises(NoCapacity):
            world.carry_out(rehome)
    else:
        world.carry_out(rehome)
        assert world.vm().host != vm.host


def test_a_vm_with_a_tpm_moves_while_it_runs() -> None:
    world = world_with("a", "b", traits=("tpm.2.0", "disk.pool.san", "migration.libvirt"))
    world.create(of=replace(spec(), machine=Machine(tpm=True)), start=True)
    world.report(RUNNING)
    world.carry_out(VmCommand(Verb.MIGRATE, NAME))
    migration = world.vm().migration
    assert migration is not None
    assert migration.disk is DiskMove.SHARED


@pytest.mark.parametrize("tpm", [False, True])
def test_what_a_fenced_host_had_alone_is_not_started_elsewhere(tpm: bool) -> None:
    world = world_with("a", "b", traits=("tpm.2.0", "disk.pool.san"))
    world.create(of=replace(spec(), machine=Machine(tpm=tpm)), start=True)
    world.report(RUNNING)
    host = world.vm().host
    world.carry_out(FenceHost(host, method=FenceMethod.OPERATOR))
    assert world.vm().state is VmState.FAILED
    if tpm:
        with pytest.raises(NoCapacity):
            world.carry_out(VmCommand(Verb.START, NAME))
    else:
        world.carry_out(VmCommand(Verb.START, NAME))
        assert world.vm().host != host


def test_a_protected_vm_is_destroyed_once_that_is_taken_off() -> None:
    world = world_with("a")
    world.create()
    update(world, protected=True)
    since = len(world.history)
    with pytest.raises(DeletionProtected, match=f"{NAME} is protected from deletion"):
        world.carry_out(VmCommand(Verb.DELETE, NAME))
    assert world.kinds(since) == []
    update(world, protected=True)
    assert world.kinds(since) == []
    update(world)
    world.carry_out(VmCommand(Verb.DELETE, NAME))
    assert world.fleet.vm_named(NAME) is None


def test_a_project_with_a_protected_vm_stays() -> None:
    world = world_with("a")
    shop = "projects/shop"
    world.carry_out(CreateProject("uid-shop", shop))
    made = replace(create("web"), project=shop, name=f"{shop}/vms/web", deletion_protection=True)
    world.carry_out(made)
    with pytest.raises(ProjectInUse):
        world.carry_out(DeleteProject(shop))
    with pytest.raises(DeletionProtected):
        world.carry_out(VmCommand(Verb.DELETE, made.name))
