"""The engine: which host, why not the others, and always the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.errors import NoCapacity
from controlplane.domain.vm.states import Verb
from tests.support.controlplane import SHUTOFF, World, spec


def world() -> World:
    made = World()
    made.project()
    return made


def test_the_host_that_is_left_with_the_least_is_chosen() -> None:
    fleet = world()
    fleet.host("large", vcpus=32, memory_mib=65536)
    fleet.host("small", vcpus=4, memory_mib=2048)
    fleet.create(start=True)
    assert fleet.vm().host == "hosts/small"


def test_of_equal_hosts_the_one_known_longest_is_chosen() -> None:
    fleet = world()
    for name in ("b", "a", "c"):
        fleet.host(name)
    fleet.create(start=True)
    assert fleet.vm().host == "hosts/b"


def test_every_host_that_was_turned_down_is_counted_by_its_rule() -> None:
    fleet = world()
    fleet.create(of=spec(vcpus=4, memory_mib=4096, disk_gib=50, gpu__a100=1))
    fleet.host("few-vcpus", vcpus=3)
    fleet.host("little-memory", memory_mib=4095)
    fleet.host("little-disk", disk_gib=49)
    fleet.host("no-gpu")
    fleet.host("no-gpu-either")
    fleet.host("no-image", "another")
    with pytest.raises(NoCapacity) as refused:
        fleet.ask(Verb.START)
    assert refused.value.hosts_considered == 6
    assert refused.value.turned_down == {"vcpus": 1, "memory_mib": 1, "disk_gib": 1, "gpu.a100": 2, "image": 1}


def test_without_hosts_nothing_was_considered() -> None:
    fleet = world()
    fleet.create()
    with pytest.raises(NoCapacity) as refused:
        fleet.ask(Verb.START)
    assert (refused.value.hosts_considered, refused.value.turned_down) == (0, {})


def test_a_vm_with_a_disk_starts_where_its_disk_is_or_not_at_all() -> None:
    fleet = world()
    fleet.host("home", vcpus=2)
    fleet.create(start=True)
    fleet.report(SHUTOFF)
    fleet.create("squatter", spec(vcpus=1), start=True)
    fleet.host("elsewhere", vcpus=32)
    with pytest.raises(NoCapacity) as refused:
        fleet.ask(Verb.START)
    assert refused.value.turned_down == {"vcpus": 1, "holds_elsewhere": 1}


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from([512, 1024, 8192])), max_size=6), st.integers(1, 8))
def test_a_host_with_room_is_found_exactly_when_there_is_one(hosts: list[tuple[int, int]], vcpus: int) -> None:
    fleet = world()
    for number, (offered, memory) in enumerate(hosts):
        fleet.host(f"h{number}", vcpus=offered, memory_mib=memory)
    fleet.create(of=spec(vcpus=vcpus))
    fits = [number for number, (offered, memory) in enumerate(hosts) if offered >= vcpus and memory >= 1024]
    if fits:
        fleet.ask(Verb.START)
        assert fleet.vm().host in {f"hosts/h{number}" for number in fits}
        return
    with pytest.raises(NoCapacity) as refused:
        fleet.ask(Verb.START)
    assert sum(refused.value.turned_down.values()) == len(hosts)
