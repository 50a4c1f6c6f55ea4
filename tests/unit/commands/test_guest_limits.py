"""What a VM may use of its host: recorded, changed while it runs, and promised only where it can be kept."""

from dataclasses import replace

import pytest

from controlplane.commands.host import ReportHost
from controlplane.commands.vm import Definition, UpdateVm
from controlplane.domain.errors import InvalidField, NoCapacity, WrongState
from controlplane.domain.placement.host_rules import NotOvercommitted, host_rules, violated
from controlplane.domain.resources import ClassInventory
from controlplane.domain.vm.aggregate import CPU_LIMITS, Spec, Vm, recorded_spec, spec_of
from controlplane.domain.vm.guest_limits import CpuPolicy, IoLimits
from controlplane.domain.vm.states import TRANSITIONS, Verb, VmState
from controlplane.queries.violations.violation import Violation
from controlplane.rpc.host.messages import violation_text
from tests.support.controlplane import PROJECT, RUNNING, World, inventory, register, spec
from tests.unit.domain.conftest import REACHABLE, world_in

LIMITS = IoLimits(disk_read_iops=500, disk_write_bytes=10 << 20, network_send_bytes=1 << 20)
GUARANTEED = replace(spec(), cpu_policy=CpuPolicy.GUARANTEE)


def add_host(world: World, name: str, *, traits: tuple[str, ...] = (CPU_LIMITS,), ratio: float = 1.0) -> None:
    offered = inventory()
    offered["vcpus"] = ClassInventory(8, allocation_ratio=ratio)
    world.carry_out(ReportHost(replace(register(name, offered), traits=frozenset(traits))))


def world_with(**hosts: float) -> World:
    """Hosts that limit CPU time, by their overcommit factor."""
    world = World()
    world.project()
    for name, ratio in hosts.items():
        add_host(world, name, ratio=ratio)
    return world


def update(world: World, to: Spec) -> None:
    def change(vm: Vm) -> Definition:
        return Definition(to, vm.labels)

    world.carry_out(UpdateVm(f"{PROJECT}/vms/web", "", change))


def test_limits_are_recorded_and_no_limits_as_before_there_were_any() -> None:
    limited = replace(GUARANTEED, io_limits=LIMITS)
    assert spec_of(recorded_spec(limited)) == limited
    plain = recorded_spec(spec())
    assert not plain.HasField("io_limits")
    assert plain.cpu_policy == 0
    assert spec_of(plain).cpu_policy is CpuPolicy.SHARE


@pytest.mark.parametrize("state", REACHABLE, ids=lambda state: state.name)
def test_limits_change_while_a_vm_runs_as_its_disk_grows(state: VmState) -> None:
    world = world_in(state)
    before, since = world.vm(), len(world.history)
    after = replace(before.spec, io_limits=LIMITS)
    if (before.state, Verb.GROW_DISK) not in TRANSITIONS:
        with pytest.raises(WrongState):
            update(world, after)
        return
    update(world, after)
    assert world.kinds(since) == ["vm_updated"]
    assert world.vm().spec.io_limits == LIMITS


def test_cpus_are_guaranteed_where_no_more_are_offered_than_there_are() -> None:
    world = world_with(a=4.0, b=1.0)
    world.create(of=GUARANTEED, start=True)
    assert world.vm().host == "hosts/b"
    with pytest.raises(NoCapacity) as caught:
        world.create("more", replace(GUARANTEED, resources=spec(8, 64, 1).resources), start=True)
    assert caught.value.turned_down == {"vcpus.overcommitted": 1, "vcpus": 1}


def test_cpus_are_guaranteed_where_their_time_has_a_limit() -> None:
    world = world_with(a=1.0)
    add_host(world, "b", traits=())
    world.create(of=GUARANTEED, start=True)
    assert world.vm().host == "hosts/a"
    world = world_with()
    add_host(world, "b", traits=())
    with pytest.raises(InvalidField, match=r"vm\.spec\.cpu_policy: no host has the trait 'isolation\.cgroup\.cpu'"):
        world.create(of=GUARANTEED, start=True)


def test_a_running_vm_is_promised_nothing_that_its_host_cannot_keep() -> None:
    world = world_with(a=4.0)
    world.create(start=True)
    world.report(RUNNING)
    since = len(world.history)
    with pytest.raises(InvalidField, match=r"cannot be so on hosts/a, where it runs: vcpus\.overcommitted"):
        update(world, GUARANTEED)
    assert world.kinds(since) == []


def test_a_running_vm_can_be_promised_what_its_host_can_keep() -> None:
    world = world_with(a=1.0)
    world.create(start=True)
    world.report(RUNNING)
    update(world, GUARANTEED)
    assert world.vm().spec.cpu_policy is CpuPolicy.GUARANTEE


def test_a_host_that_begins_to_overcommit_violates_the_promise() -> None:
    world = world_with(a=1.0)
    world.create(of=GUARANTEED, start=True)
    world.report(RUNNING)
    add_host(world, "a", ratio=2.0)
    host, vm = world.fleet.hosts["uid-a"], world.vm()
    (broken,) = violated(host, host_rules(PROJECT, vm.spec.files, vm.spec.host_rules, vm.spec.resources))
    assert isinstance(broken, NotOvercommitted)
    words = f"{vm.name}: vcpus are guaranteed to it, and the host offers more of them than it has"
    assert violation_text(Violation(vm, host, broken)) == words
