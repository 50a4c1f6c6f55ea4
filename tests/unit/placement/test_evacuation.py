"""Evacuations: every move fits and obeys every rule, what has no place is named with why, and nothing is changed."""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.commands.evacuation import evacuated
from controlplane.domain.errors import NoCapacity
from controlplane.domain.measured import MeasuredUse, Used
from controlplane.domain.placement.rules import GroupKind, GroupRule, PlacementRules
from controlplane.domain.placement.selectors import parse
from controlplane.domain.resources import ClassInventory, Resources
from controlplane.domain.vm.aggregate import Spec
from controlplane.domain.vm.states import Verb
from controlplane.placement.evacuation import Evacuation, Measured, plan
from tests.support.controlplane import RUNNING, SHUTOFF, World, create, register

APART = PlacementRules(groups=(GroupRule(GroupKind.ANTI_AFFINITY, parse("app=db"), "host", False, 1, 0),))


def world_of(hosts: Sequence[int]) -> World:
    """Hosts of so many GiB of memory, and of vCPUs enough."""
    world = World()
    world.project()
    for number, memory_gib in enumerate(hosts):
        world.host(f"h{number}", vcpus=64, memory_mib=memory_gib * 1024, disk_gib=1000)
    return world


def run(world: World, name: str, memory_gib: int, host: str, rules: PlacementRules | None = None) -> None:
    """A running VM on that host. Its rules are those given: where it began is forgotten."""
    spec = Spec(Resources(1, memory_gib * 1024), image="tiny", rules=PlacementRules(host=f"hosts/{host}"))
    world.carry_out(replace(create(name, spec, start=True), labels={"app": "db"} if rules is APART else {}))
    world.report(RUNNING, name)
    vm = world.vm(name)
    world.fleet.put_vm(vm._replace(spec=replace(vm.spec, rules=rules or PlacementRules())))


def planned(world: World, *hosts: str, measured: Measured | None = None) -> Evacuation:
    state = world.fleet.captured(1, world.now)
    return evacuated(state, [f"uid-{host}" for host in hosts], measured=measured)


def targets(found: Evacuation) -> dict[str, str]:
    return {move.vm.rpartition("/")[2]: move.target.removeprefix("hosts/") for move in found.moves}


def check(world: World, found: Evacuation, sources: set[str]) -> None:
    """Every move fits while the source still holds it, too; databases are apart; what has no place has none."""
    where = {vm.name: vm.host for vm in world.fleet.vms.values() if vm.holds_compute}
    held = {host.name: host.allocated for host in world.fleet.hosts.values()}
    for move in found.moves:
        assert where[move.vm] == move.source
        assert move.source in sources
        assert move.target not in sources
        where[move.vm] = move.target
        held[move.target] += move.held
    for host in world.fleet.hosts.values():
        assert not held[host.name].beyond(host.capacity)
    databases: defaultdict[str, list[str]] = defaultdict(list)
    for vm in world.fleet.vms.values():
        if vm.labels and vm.name in where:
            databases[where[vm.name]].append(vm.name)
    moved = {move.vm for move in found.moves}
    for each in databases.values():
        # Two may stay together where neither was moved: they were before.
        assert len(each) == 1 or not moved & set(each)
    left = {vm.name for vm in world.fleet.vms.values() if vm.holds_compute and vm.host in sources} - moved
    assert {each.vm.name for each in found.unplaced} == left


@settings(max_examples=100, deadline=None)
@given(
    hosts=st.lists(st.integers(2, 16), min_size=2, max_size=6),
    vms=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 5), st.booleans()), max_size=14),
    emptied=st.integers(1, 3),
)
def test_every_move_fits_and_obeys_the_rules_and_the_rest_is_named(
    hosts: list[int], vms: list[tuple[int, int, bool]], emptied: int
) -> None:
    world = world_of(hosts)
    for number, (memory_gib, host, apart) in enumerate(vms):
        with contextlib.suppress(NoCapacity):
            run(world, f"vm-{number}", memory_gib, f"h{host % len(hosts)}", APART if apart else None)
    sources = [f"h{number}" for number in range(min(emptied, len(hosts)))]
    before = dict(world.fleet.vms), dict(world.fleet.hosts)
    found = planned(world, *sources)
    check(world, found, {f"hosts/{name}" for name in sources})
    assert (dict(world.fleet.vms), dict(world.fleet.hosts)) == before


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.lists(st.integers(2, 8), min_size=1, max_size=4))
def test_what_fits_one_by_one_largest_first_fits_together(sizes: list[int], rooms: list[int]) -> None:
    """Never worse than the plain way."""
    world = world_of([sum(sizes), *rooms])
    for number, size in enumerate(sizes):
        run(world, f"vm-{number}", size, "h0")
    left = list(rooms)
    alone = 0
    for size in sorted(sizes, reverse=True):
        # Best fit, as a policy that packs chooses.
        if fitting := sorted(room for room in left if room >= size):
            left[left.index(fitting[0])] -= size
            alone += 1
    assert len(planned(world, "h0").moves) >= alone


def test_a_fleet_that_was_planned_on_is_as_it_was() -> None:
    world = world_of([8, 8])
    run(world, "a", 2, "h0")
    before = dict(world.fleet.vms), dict(world.fleet.hosts), dict(world.fleet.projects)
    assert len(plan(world.fleet, ["uid-h0"]).moves) == 1
    assert (dict(world.fleet.vms), dict(world.fleet.hosts), dict(world.fleet.projects)) == before


def test_another_order_is_tried_when_one_does_not_fit() -> None:
    """The largest takes the tighter host, which is the only one that the other may be on."""
    world = world_of([16])
    world.carry_out(register("only", {"vcpus": ClassInventory(2), "memory_mib": ClassInventory(5 * 1024)}, "*"))
    world.carry_out(register("other", {"vcpus": ClassInventory(2), "memory_mib": ClassInventory(6 * 1024)}, "*"))
    run(world, "large", 5, "h0")
    run(world, "picky", 4, "h0", PlacementRules(require=parse("host=only")))
    found = planned(world, "h0")
    assert targets(found) == {"large": "other", "picky": "only"}
    assert plan(world.fleet, ["uid-h0"], tries=1).unplaced


def test_what_has_no_place_is_named_with_the_counts_of_rules() -> None:
    world = world_of([16, 4, 4])
    run(world, "large", 8, "h0")
    run(world, "picky", 1, "h0", PlacementRules(require=parse("gpu=yes")))
    run(world, "plain", 1, "h0")
    found = planned(world, "h0")
    assert set(targets(found)) == {"plain"}
    why = {each.vm.name.rpartition("/")[2]: each.refusal.turned_down for each in found.unplaced}
    assert why == {
        "large": {"not_active": 1, "memory_mib": 2},
        "picky": {"not_active": 1, "require gpu=yes": 2},
    }


def test_no_vm_goes_to_another_host_that_is_emptied() -> None:
    world = world_of([8, 8, 8])
    run(world, "a", 4, "h0")
    run(world, "b", 4, "h1")
    assert targets(planned(world, "h0", "h1")) == {"a": "h2", "b": "h2"}


def test_what_is_being_stopped_or_has_only_a_disk_needs_no_place() -> None:
    world = world_of([8, 8])
    run(world, "stopping", 1, "h0")
    run(world, "stopped", 1, "h0")
    run(world, "running", 1, "h0")
    world.ask(Verb.STOP, "stopping")
    world.ask(Verb.STOP, "stopped")
    world.report(SHUTOFF, "stopped")
    found = planned(world, "h0")
    assert targets(found) == {"running": "h1"}
    assert not found.unplaced


def gib(amount: float) -> float:
    return amount * 1024


def test_a_host_that_is_busy_by_what_was_measured_is_turned_down() -> None:
    world = world_of([8, 8, 8])
    run(world, "a", 4, "h0")
    # Of h1 little is held, and much is used: 6.3 of 8 GiB, where 7.2 may be.
    hosts = {"uid-h1": Used(vcpus=1, memory_mib=gib(6.3)), "uid-h2": Used(vcpus=63.9, memory_mib=gib(1))}
    idle = MeasuredUse(hosts, {"uid-a": Used(0.05, gib(0.5))})
    assert targets(planned(world, "h0", measured=Measured(idle))) == {"a": "h1"}
    fat = MeasuredUse(hosts, {"uid-a": Used(0.05, gib(1))})
    assert targets(planned(world, "h0", measured=Measured(fat))) == {"a": "h2"}
    busy = MeasuredUse(hosts, {"uid-a": Used(0.5, gib(1))})
    found = planned(world, "h0", measured=Measured(busy))
    (left,) = found.unplaced
    assert left.refusal.turned_down == {"not_active": 1, "used.vcpus": 1, "used.memory_mib": 1}


def test_what_was_not_measured_may_use_all_memory_that_it_holds() -> None:
    world = world_of([8, 8])
    run(world, "a", 4, "h0")
    use = MeasuredUse({"uid-h1": Used(memory_mib=gib(3.3))})
    assert not planned(world, "h0", measured=Measured(use)).moves
    assert planned(world, "h0", measured=Measured(MeasuredUse())).moves


def test_what_several_vms_bring_to_a_host_is_summed() -> None:
    world = world_of([8, 8, 8])
    for name in "abc":
        run(world, name, 1, "h0")
    hosts = {f"uid-h{number}": Used(vcpus=0) for number in (1, 2)}
    use = MeasuredUse(hosts, {f"uid-{name}": Used(vcpus=30) for name in "abc"})
    found = planned(world, "h0", measured=Measured(use))
    assert sorted(Counter(targets(found).values()).values()) == [1, 2]
    use = MeasuredUse(hosts, {f"uid-{name}": Used(vcpus=40) for name in "abc"})
    assert len(planned(world, "h0", measured=Measured(use)).unplaced) == 1
