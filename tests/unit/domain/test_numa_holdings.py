"""What NUMA nodes hold is, after every history, the sum of the parts that VMs have of them."""

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from hypothesis import given
from hypothesis import strategies as st

from controlplane.commands import host as commands
from controlplane.domain.errors import InsufficientResources
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.numa import NumaCell, NumaPart, capacities
from controlplane.domain.resources import ClassInventory, Resources
from controlplane.domain.time import Micros
from controlplane.domain.unit_of_work import UnitOfWork
from tests.support.controlplane import World, inventory, register
from tests.unit.ledger.snapshots_in_memory import through_a_snapshot

UID = "uid-node-1"
NODES = (NumaCell(8, 8192), NumaCell(4, 4096), NumaCell(4, 4096))


def numa_world(**amounts: int) -> World:
    world = World()
    world.project()
    offered = inventory(vcpus=16, memory_mib=16384, **amounts)
    offered["vcpus"] = ClassInventory(16, 0, 2.0)
    plain = register("node-1", offered)
    command = commands.RegisterHost(
        plain.uid, plain.name, plain.inventory, plain.platform, "", {}, frozenset({"ssd"}), NODES
    )
    world.carry_out(command)
    return world


def host_of(world: World) -> Host:
    return world.fleet.hosts[UID]


def amount_of(parts: tuple[NumaPart, ...]) -> Resources:
    return Resources(sum(part.vcpus for part in parts), sum(part.memory_mib for part in parts))


def hold(unit: UnitOfWork, vm_uid: str, parts: tuple[NumaPart, ...]) -> None:
    unit.hold(unit.fleet.hosts[UID], vm_uid, amount_of(parts), parts)


def release(unit: UnitOfWork, vm_uid: str) -> None:
    host = unit.fleet.hosts[UID]
    unit.record(f"hosts/{UID}", hosts.decide_release(host, vm_uid, host.holdings[vm_uid].compute))


def is_the_sum_of_its_parts(host: Host) -> bool:
    sums = [[0, 0] for _ in host.numa]
    for parts in host.parts.values():
        for part in parts:
            sums[part.node][0] += part.vcpus
            sums[part.node][1] += part.memory_mib
    return [list(cell) for cell in host.numa_allocated] == sums


def test_a_node_can_hold_what_the_hosts_ratios_make_of_it() -> None:
    host = host_of(numa_world())
    assert host.numa_reported == NODES
    assert host.numa == (NumaCell(16, 8192), NumaCell(8, 4096), NumaCell(8, 4096))
    assert capacities((NumaCell(3, 3),), {"vcpus": ClassInventory(3, 0, 0.5)}) == (NumaCell(1, 3),)


parts_of_a_vm = st.lists(
    st.builds(NumaPart, st.integers(0, 2), st.integers(0, 6), st.integers(0, 3000)),
    max_size=3,
    unique_by=lambda part: part.node,
).map(tuple)
steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["hold", "hold together", "release", "undo"]), parts_of_a_vm),
    max_size=25,
)


@pytest.mark.slow
@given(steps)
def test_what_the_nodes_hold_is_the_sum_of_the_parts(taken: list[tuple[str, str, tuple[NumaPart, ...]]]) -> None:
    world = numa_world()
    for vm_uid, step, parts in taken:
        before = host_of(world)

        def work(unit: UnitOfWork, vm_uid: str = vm_uid, step: str = step, parts: tuple[NumaPart, ...] = parts) -> None:
            if step == "release":
                release(unit, vm_uid)
                return
            mark = unit.mark()
            hold(unit, vm_uid, parts)
            if step == "hold together":
                hold(unit, "d", parts)
            elif step == "undo":
                unit.undo(mark)

        try:
            world.decide(work)
        except (InsufficientResources, KeyError):
            assert host_of(world) == before
        host = host_of(world)
        assert is_the_sum_of_its_parts(host)
        assert all(held <= can for can, held in zip(sum(host.numa, ()), sum(host.numa_allocated, ()), strict=True))
        assert all(host.parts.values())
    folded: Host | None = None
    for each in world.history:
        if each.stream == f"hosts/{UID}":
            folded = hosts.evolve(folded, each.event, each.version)
    assert folded == host_of(world)


def test_a_release_frees_the_parts_with_the_compute_and_not_before() -> None:
    world = numa_world()
    parts = (NumaPart(0, 2, 512), NumaPart(2, 2, 512))
    with_disk = Resources(4, 1024, 10)
    world.decide(lambda unit: unit.hold(host_of(world), "a", with_disk, parts))
    (disk_alone,) = hosts.decide_release(host_of(world), "a", Resources(disk_gib=5))
    assert isinstance(disk_alone, ev.CapacityReleased)
    assert not disk_alone.holdings[0].parts
    world.decide(lambda unit: release(unit, "a"))
    host = host_of(world)
    assert host.holdings["a"] == Resources(disk_gib=10)
    assert ("a" in host.parts, host.numa_allocated) == (False, (NumaCell(0, 0),) * 3)


@pytest.mark.parametrize(
    ("part", "short"),
    [
        (NumaPart(1, 9, 1), "numa_nodes[1].vcpus"),
        (NumaPart(2, 1, 4097), "numa_nodes[2].memory_mib"),
        (NumaPart(3, 1, 1), "numa_nodes[3]"),
        (NumaPart(-1, 1, 1), "numa_nodes[-1]"),
    ],
)
def test_a_part_that_its_node_has_no_room_for_is_refused(part: NumaPart, short: str) -> None:
    world = numa_world()
    with pytest.raises(InsufficientResources) as refused:
        world.decide(lambda unit: hold(unit, "a", (part,)))
    assert refused.value.resource_class == short


def test_a_host_without_nodes_takes_no_parts() -> None:
    world = World()
    world.project()
    world.host()
    with pytest.raises(InsufficientResources):
        world.decide(lambda unit: hold(unit, "a", (NumaPart(0, 1, 1),)))


def test_where_vms_sit_outlives_a_snapshot() -> None:
    world = numa_world()
    world.create("web", start=True)
    host = host_of(world)
    assert host.parts["uid-web"]
    (restored,) = through_a_snapshot(world.fleet.captured(1, Micros(1))).hosts
    assert restored == host
