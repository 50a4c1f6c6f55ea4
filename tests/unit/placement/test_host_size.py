"""How large hosts are for a kind of VM, and that packing starts with the largest."""

import numpy as np

from controlplane.domain.resources import Resources
from controlplane.domain.vm.states import Verb
from controlplane.placement.feasibility import sizes
from controlplane.placement.host_table import HostTable
from controlplane.placement.scoring import pack
from tests.support.controlplane import World, inventory, register, spec


def columns(*shapes: tuple[int, int]) -> HostTable:
    world, made = World(), HostTable()
    for number, (vcpus, gib) in enumerate(shapes):
        command = register(f"h{number}", inventory(vcpus, gib * 1024))
        world.carry_out(command)
    for host in world.fleet.hosts.values():
        made.put(host)
    return made


def sizes_of(made: HostTable, vcpus: int, gib: int, *among: int) -> list[float]:
    chosen = np.isin(np.arange(made.count), among or range(made.count))
    return sizes(made, Resources(vcpus, gib * 1024), chosen).tolist()


def test_a_host_is_as_large_as_the_class_that_runs_out_first() -> None:
    made = columns((32, 128), (128, 256), (64, 512))
    assert sizes_of(made, 1, 1) == [0.25, 1.0, 0.5]
    # Memory counts for VMs that want much of it.
    assert sizes_of(made, 1, 8) == [0.25, 0.5, 1.0]


def test_size_is_measured_by_the_largest_that_may_be_chosen() -> None:
    made = columns((32, 128), (128, 256), (64, 512))
    assert sizes_of(made, 1, 1, 0, 2) == [0.5, 1.0, 1.0]


def test_a_host_without_a_class_has_no_size() -> None:
    made = columns((0, 128), (8, 8))
    assert sizes_of(made, 1, 1) == [0.0, 1.0]
    assert sizes_of(made, 1, 1, 0) == [0.0, 0.0]
    assert sizes_of(made, 0, 0) == [0.0, 0.0]


def test_an_empty_fleet_is_filled_from_the_largest_host() -> None:
    assert pack(0.9, 0.9, 1.0) > pack(0.85, 0.85, 0.25)
    # A host that is nearly full is better still.
    assert pack(0.1, 0.1, 0.25) > pack(0.9, 0.9, 1.0)
    world = World()
    world.project()
    for name, vcpus in (("small", 16), ("large", 64), ("middling", 32)):
        world.host(name, vcpus=vcpus, memory_mib=1024 * vcpus)
    world.create(start=True, of=spec(1, 1024, 1))
    assert world.vm().host == "hosts/large"


def test_sizes_follow_the_largest_host() -> None:
    world = World()
    world.project()
    world.host("small", vcpus=16, memory_mib=16384)
    for name in ("first", "second"):
        world.create(name, spec(1, 1024, 1))
    world.ask(Verb.START, "first")
    world.host("large", vcpus=256, memory_mib=262144)
    world.ask(Verb.START, "second")
    assert (world.vm("first").host, world.vm("second").host) == ("hosts/small", "hosts/large")
