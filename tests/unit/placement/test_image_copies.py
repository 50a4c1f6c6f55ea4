"""Hosts that have a VM's image are preferred: by so much, and no more; and the decision says which had it."""

from dataclasses import replace

import pytest
from chronovisor.events.v1 import event_pb2 as ev

from controlplane.commands.host import RegisterHost, ReportHost
from controlplane.commands.image import CreateImage, FinishImport
from controlplane.domain.host.aggregate import Platform
from controlplane.domain.image.aggregate import Expected, ImageTerms
from controlplane.domain.image.content import ImageContent, ImageFormat
from controlplane.domain.placement.rules import PlacementRules, Preference
from controlplane.domain.placement.selectors import parse
from controlplane.domain.vm.aggregate import FETCHES_IMAGES, Spec
from controlplane.placement.engine import COPY, Engine
from tests.support.controlplane import PROJECT, World, inventory, spec

WEB = f"{PROJECT}/images/web"
DIGEST = b"\1" * 32
FROM_WEB = Spec(spec().resources, image=WEB)


@pytest.fixture
def world() -> World:
    made = World()
    made.project()
    made.carry_out(CreateImage("i", PROJECT, WEB, ImageTerms(), Expected()))
    made.carry_out(FinishImport("i", WEB, ImageContent("i", DIGEST, ImageFormat.QCOW2, 1 << 30, 1000)))
    return made


def host(world: World, name: str, *copies: bytes, vcpus: int = 8, zone: str = "") -> None:
    platform = Platform(virt_type="simulated", images=frozenset("*"), copies=frozenset(copies))
    offered = inventory(vcpus=vcpus)
    traits = frozenset({FETCHES_IMAGES})
    world.carry_out(ReportHost(RegisterHost(f"uid-{name}", f"hosts/{name}", offered, platform, zone, {}, traits)))


def recorded(world: World) -> ev.Placement:
    """Of the last start."""
    starts = [each.event for each in world.history if each.event.HasField("vm_start_requested")]
    return starts[-1].vm_start_requested.placement


def test_of_equal_hosts_the_one_that_has_the_image_is_chosen_and_it_is_recorded(world: World) -> None:
    host(world, "a")
    host(world, "b", DIGEST)
    host(world, "c", b"\2" * 32)
    world.create(of=FROM_WEB, start=True)
    assert world.vm().host == "hosts/b"
    placement = recorded(world)
    assert list(placement.image_hosts) == ["hosts/b"]
    others = {each.host: each.score for each in placement.alternatives}
    assert placement.score - COPY == pytest.approx(others["hosts/a"])


def test_a_vm_of_another_image_is_placed_as_ever(world: World) -> None:
    host(world, "a")
    host(world, "b", DIGEST)
    world.create(start=True)
    assert world.vm().host == "hosts/a"
    assert not recorded(world).image_hosts


def test_a_host_that_has_it_and_no_room_is_turned_down(world: World) -> None:
    host(world, "a")
    host(world, "b", DIGEST, vcpus=1)
    world.create(of=FROM_WEB, start=True)
    assert world.vm().host == "hosts/a"


def test_a_preference_of_the_caller_outweighs_it(world: World) -> None:
    host(world, "a", zone="near")
    host(world, "b", DIGEST, zone="far")
    preferring = replace(FROM_WEB, rules=PlacementRules(prefer=(Preference(parse("zone=near"), 20),)))
    world.create(of=preferring, start=True)
    assert world.vm().host == "hosts/a"


def test_a_copy_that_is_removed_or_made_counts_from_then_on(world: World) -> None:
    host(world, "a")
    host(world, "b", DIGEST)
    engine = world.fleet.index(Engine)
    world.create(of=FROM_WEB)
    vm = world.vm()

    def chosen() -> tuple[str, tuple[str, ...]]:
        placed = engine.place(vm, vm.spec.resources, world.now)
        return placed.host, placed.image_hosts

    assert chosen() == ("hosts/b", ("hosts/b",))
    host(world, "b")
    assert chosen() == ("hosts/a", ())
    host(world, "a", DIGEST)
    host(world, "b", DIGEST)
    assert chosen() == ("hosts/a", ("hosts/a", "hosts/b"))
    host(world, "c", DIGEST)
    host(world, "a", b"\2" * 32)
    assert chosen() == ("hosts/b", ("hosts/b", "hosts/c"))
