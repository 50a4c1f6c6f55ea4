"""Plans of migrations: every step fits and obeys every rule, and what is promised comes about."""

import contextlib
from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.commands.host import UpdateHost
from controlplane.commands.project import CreateProject
from controlplane.commands.rebalance import Goal, Grounds, Planned, planned
from controlplane.domain.errors import NoCapacity
from controlplane.domain.host.decisions import HostTerms
from controlplane.domain.placement.policy import parse_policy
from controlplane.domain.placement.rules import HOST, GroupKind, GroupRule, PlacementRules
from controlplane.domain.placement.selectors import parse
from controlplane.domain.project.aggregate import ProjectTerms
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Spec
from controlplane.domain.vm.states import Verb, VmState
from controlplane.placement.rebalance import RebalanceScope
from controlplane.projections.live.inventory import Inventory
from controlplane.queries.violations.report import ViolationsReport
from controlplane.rpc.host.messages import violation_text
from tests.support.controlplane import PROJECT, RUNNING, SHUTOFF, World, create, inventory

APART = GroupRule(GroupKind.ANTI_AFFINITY, parse("app=db"), HOST, False, 1, 0)


def fleet_of(hosts: int, sizes: list[int], *, apart: tuple[int, ...] = (), gone: tuple[int, ...] = ()) -> World:
    """VMs of so many vCPUs, spread over the hosts; those that are apart may not share one; those that are gone left."""
    world = World()
    command = CreateProject("uid-default", PROJECT, ProjectTerms(policy=parse_policy("spread")))
    world.carry_out(command)
    for number in range(hosts):
        world.host(f"h{number}", vcpus=8, memory_mib=8192, disk_gib=100)
    for number, size in enumerate(sizes):
        rules = PlacementRules(groups=(APART,)) if number in apart else PlacementRules()
        spec = Spec(Resources(size, size * 512), image="tiny", rules=rules)
        labels = {"app": "db"} if number in apart else {}
        command = replace(create(f"vm-{number}", spec, start=True), labels=labels)
        with contextlib.suppress(NoCapacity):
            world.carry_out(command)
            world.report(RUNNING, f"vm-{number}")
    for number in gone:
        if world.fleet.vm_named(f"{PROJECT}/vms/vm-{number}") is None:
            continue
        world.ask(Verb.STOP, f"vm-{number}")
        world.report(SHUTOFF, f"vm-{number}")
    return world


def plan_of(world: World, goal: Goal = Goal.FREE_HOSTS, scope: RebalanceScope = RebalanceScope()) -> Planned:  # noqa: B008 a value
    state = world.fleet.captured(1, world.now)
    broken: dict[str, list[str]] = {}
    seen = Inventory()
    seen.restore(state)
    report = ViolationsReport(seen)
    for host in state.hosts:
        for violation in report.of(host):
            broken.setdefault(violation.vm.uid, []).append(violation_text(violation))
    return planned(state, goal, scope, Grounds(broken))


def check_steps(world: World, found: Planned) -> dict[str, str]:
    """Carries the moves out by hand, holding on both hosts while each lasts. Where every VM is then."""
    where = {vm.name: vm.host for vm in world.fleet.vms.values() if vm.held}
    sizes = {vm.name: vm.held for vm in world.fleet.vms.values() if vm.held}
    capacity = {host.name: host.capacity for host in world.fleet.hosts.values()}
    for move in found.plan.moves:
        assert where[move.vm] == move.source != move.target
        on: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for name, host in [*where.items(), (move.vm, move.target)]:
            on[host].update(dict(sizes[name]))
        for host, held in on.items():
            assert all(held[name] <= capacity[host].of(name) for name in held), (host, held)
        where[move.vm] = move.target
    return where


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    hosts=st.integers(2, 6),
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=14),
    data=st.data(),
)
def test_a_plan_frees_what_it_says_and_every_step_of_it_fits(hosts: int, sizes: list[int], data: st.DataObject) -> None:
    room = 0
    kept = [size for size in sizes if (room := room + size) <= hosts * 4]
    some = st.sets(st.integers(0, len(kept) - 1), max_size=min(hosts, len(kept)))
    apart = tuple(data.draw(some)) if kept else ()
    gone = tuple(data.draw(st.sets(st.integers(0, len(kept) - 1)))) if kept else ()
    world = fleet_of(hosts, kept, apart=apart, gone=gone)
    found = plan_of(world)
    where = check_steps(world, found)
    in_use = set(where.values())
    assert not in_use & set(found.plan.freed)
    assert found.after.hosts == len(in_use) == found.before.hosts - len(found.plan.freed)
    assert len({move.vm for move in found.plan.moves}) == len(found.plan.moves)
    databases = [host for name, host in where.items() if int(name.rpartition("-")[2]) in apart]
    assert len(databases) == len(set(databases))
    # Each move is for a host that is freed.
    assert {move.source for move in found.plan.moves} <= set(found.plan.freed)


def test_what_fits_on_one_host_ends_there() -> None:
    found = plan_of(fleet_of(4, [2, 2, 2, 2]))
    assert (found.before.hosts, found.after.hosts, len(found.plan.moves)) == (4, 1, 3)
    assert found.after.eta["vcpus"] == 1.0
    assert found.before.eta["vcpus"] == 0.25


def test_what_must_be_apart_stays_apart_and_is_listed() -> None:
    found = plan_of(fleet_of(3, [1, 1, 1], apart=(0, 1, 2)))
    assert found.plan.moves == []
    assert all("no host in use has room" in words for words in found.plan.left)


def test_no_more_migrations_than_requested() -> None:
    found = plan_of(fleet_of(4, [2, 2, 2, 2]), scope=RebalanceScope(most=2))
    assert len(found.plan.moves) <= 2


def test_only_what_runs_is_moved() -> None:
    world = fleet_of(2, [2, 2])
    world.ask(Verb.PAUSE, "vm-0")
    world.ask(Verb.PAUSE, "vm-1")
    assert {vm.pending is not None for vm in world.fleet.vms.values()} == {True}
    found = plan_of(world)
    assert found.plan.moves == []
    assert "only what runs is moved" in found.plan.left[0]


def test_planning_changes_nothing() -> None:
    world = fleet_of(4, [2, 2, 2, 2])
    before = dict(world.fleet.vms), dict(world.fleet.hosts)
    plan_of(world)
    assert (dict(world.fleet.vms), dict(world.fleet.hosts)) == before


@pytest.mark.parametrize(("hosts", "moved"), [(3, 1), (1, 0)])
def test_rules_that_are_broken_are_obeyed_again_by_the_fewest_moves(hosts: int, moved: int) -> None:
    """Two that must be apart share a host: moving one helps both."""
    world = fleet_of(1, [1, 1], apart=(0,))
    second = world.vm("vm-1")
    # As if the label had come later.
    world.fleet.vms[second.uid] = second._replace(
        labels=(("app", "db"),), spec=Spec(second.spec.resources, image="tiny", rules=PlacementRules(groups=(APART,)))
    )
    for number in range(1, hosts):
        world.host(f"h{number}", vcpus=8, memory_mib=8192, disk_gib=100)
    found = plan_of(world, Goal.VIOLATIONS)
    assert len(found.plan.moves) == moved
    check_steps(world, found)
    assert len(found.plan.removed) == 2 * moved
    assert bool(found.plan.left) is not bool(moved)


def test_a_host_that_has_lost_its_label_loses_who_required_it() -> None:
    world = World()
    world.project()
    world.host("h0", vcpus=8, memory_mib=8192)
    world.host("h1", vcpus=8, memory_mib=8192)
    for name in ("h0", "h1"):
        terms = HostTerms(inventory(8, 8192), "", (("tier", "gold"),))
        update = UpdateHost(f"hosts/{name}", "", frozenset({"labels"}), terms)
        world.carry_out(update)
    rules = PlacementRules(require=parse("tier=gold"))
    world.create("web", Spec(Resources(1, 512), image="tiny", rules=rules), start=True)
    world.report(RUNNING)
    source = world.vm().host
    update = UpdateHost(source, "", frozenset({"labels"}), HostTerms(inventory(8, 8192)))
    world.carry_out(update)
    found = plan_of(world, Goal.VIOLATIONS)
    assert [(move.vm, move.source) for move in found.plan.moves] == [(world.vm().name, source)]
    assert world.vm().state is VmState.RUNNING
