"""Spare capacity: which failures leave VMs without a place, and which starts would make it so."""

import random
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.commands.host import UpdateHost
from controlplane.commands.project import CreateProject, UpdateProject
from controlplane.commands.spare_capacity import checked
from controlplane.commands.vm import CreateVm
from controlplane.domain.errors import NoCapacity, NoSpareCapacity
from controlplane.domain.fleet import Fleet
from controlplane.domain.host.decisions import HostTerms
from controlplane.domain.placement.rules import GroupKind, GroupRule, PlacementRules
from controlplane.domain.placement.selectors import parse
from controlplane.domain.placement.spare_capacity import BadSpareRule, SpareRule, SpareRules, parse_rule
from controlplane.domain.project.aggregate import ProjectTerms
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.vm.aggregate import Spec
from controlplane.domain.vm.limits import Limits
from controlplane.domain.vm.states import Verb
from controlplane.placement.spare_admission import Guard, SpareAdmission
from controlplane.placement.spare_capacity import SpareCheck
from tests.support.controlplane import PROJECT, RUNNING, SHUTOFF, World, create, inventory, register

ONE_HOST = SpareRule()
RACK = SpareRule(within="rack")
GIB = 1024


def world_of(*hosts: int, rules: SpareRules = ()) -> World:
    """Hosts h0, h1, ... of so many GiB, in racks of two; the server has these rules."""
    world = World(limits=Limits().keeping(rules))
    world.project()
    for number, memory_gib in enumerate(hosts):
        add_host(world, number, memory_gib)
    return world


def add_host(world: World, number: int, memory_gib: int) -> None:
    offered = inventory(64, memory_gib * GIB, 1000)
    world.carry_out(replace(register(f"h{number}", offered), labels={"rack": f"r{number // 2}"}, zone="z"))


def of_gib(memory_gib: int, rules: PlacementRules | None = None) -> Spec:
    return Spec(Resources(1, memory_gib * GIB), image="tiny", rules=rules or PlacementRules())


def start(world: World, name: str, memory_gib: int, host: str = "", **labels: str) -> None:
    """On that host, whatever rule there is, if one is given: it was there first."""
    rules = PlacementRules(require=parse(f"host={host}")) if host else PlacementRules()
    actor, world.actor = world.actor, "system:test" if host else world.actor
    world.carry_out(replace(create(name, of_gib(memory_gib, rules), start=True), labels=labels))
    world.actor = actor
    if host:
        # It may go elsewhere.
        vm = world.vm(name)
        world.fleet.put_vm(vm._replace(spec=of_gib(memory_gib)))
    world.report(RUNNING, name)


def check(world: World, rule: SpareRule = ONE_HOST) -> SpareCheck:
    return checked(world.fleet.captured(1, world.now), rule)


def short(found: SpareCheck) -> dict[tuple[str, ...], list[str]]:
    return {each.domains: [one.vm.name.rpartition("/")[2] for one in each.unplaced] for each in found.shortages}


# The check.


def test_what_fits_on_the_rest_is_survived() -> None:
    world = world_of(8, 8)
    start(world, "a", 4, "h0")
    start(world, "b", 4, "h1")
    found = check(world)
    assert (found.domains, found.combinations, found.tried, short(found)) == (2, 2, 2, {})


def test_what_does_not_is_named_with_why_and_how_much_is_missing() -> None:
    world = world_of(8, 8)
    start(world, "a", 4, "h0")
    start(world, "b", 6, "h1")
    found = check(world)
    # 4 of h1 are free, 2 of h0 are.
    assert short(found) == {("h0",): ["a"], ("h1",): ["b"]}
    by_domain = {each.domains: each for each in found.shortages}
    assert by_domain["h1",].missing == Resources(1, 6 * GIB)
    assert by_domain["h0",].unplaced[0].refusal.turned_down == {"not_active": 1, "memory_mib": 1}


def test_a_rack_fails_as_a_whole() -> None:
    world = world_of(9, 8, 8, 8)
    for number, memory_gib in enumerate((5, 5, 4)):
        start(world, f"vm-{number}", memory_gib, f"h{number}")
    assert not check(world).shortages
    assert short(check(world, RACK)) == {("r0",): ["vm-1"]}
    assert not check(world, SpareRule(within="rack", zone="elsewhere")).domains


def test_two_hosts_fail_together() -> None:
    world = world_of(8, 8, 8)
    for number in range(3):
        start(world, f"vm-{number}", 4, f"h{number}")
    assert not check(world).shortages
    found = check(world, SpareRule(survive=2))
    assert (found.combinations, found.tried, len(found.shortages)) == (3, 3, 3)


def test_more_domains_fail_together_than_there_are() -> None:
    world = world_of(8)
    start(world, "a", 1, "h0")
    assert short(check(world, SpareRule(survive=3))) == {("h0",): ["a"]}
    assert check(World()).combinations == 0


def test_of_many_combinations_those_of_the_fullest_domains_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(*[8] * 6)
    for number in range(6):
        start(world, f"vm-{number}", number + 2, f"h{number}")
    monkeypatch.setattr("controlplane.placement.spare_capacity.MOST_COMBINATIONS", 3)
    found = check(world, SpareRule(survive=2))
    assert (found.combinations, found.tried) == (15, 3)
    assert ("h4", "h5") not in short(found)
    assert {domain for each in found.shortages for domain in each.domains} == {"h5", "h4", "h3"}


def test_hosts_without_the_label_are_counted_and_do_not_fail() -> None:
    world = world_of(8, 8)
    world.host("plain", memory_mib=8 * GIB)
    assert (check(world, RACK).outside, check(world, RACK).domains) == (1, 1)


def test_what_is_being_stopped_needs_no_place() -> None:
    world = world_of(8)
    start(world, "a", 1, "h0")
    assert check(world).shortages
    world.ask(Verb.STOP, "a")
    assert not check(world).shortages


# The texts of rules.


def test_a_rule_is_what_its_text_says() -> None:
    for rule in (SpareRule(), RACK, SpareRule(2, "zone", "eu-1a")):
        assert parse_rule(str(rule)) == rule
    assert parse_rule("within=rack") == RACK


@pytest.mark.parametrize("text", ["", "rack", "survive=0", "survive=4", "survive=x", "within=", "a=b", "zone=a,zone=a"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(BadSpareRule):
        parse_rule(text)


# Starts.


def test_a_start_that_would_leave_a_vm_without_a_place_is_refused_and_leaves_no_trace() -> None:
    world = world_of(8, 8, rules=(ONE_HOST,))
    start(world, "a", 4)
    start(world, "b", 4)
    with pytest.raises(NoSpareCapacity) as refused:
        start(world, "c", 1)
    assert refused.value.rule == "survive=1,within=host"
    assert refused.value.project == ""
    assert refused.value.refusal.turned_down
    assert world.fleet.vm_named(f"{PROJECT}/vms/c") is None
    # As often as it is tried; and then there is room.
    with pytest.raises(NoSpareCapacity):
        start(world, "c", 1)
    world.ask(Verb.STOP, "a")
    world.report(SHUTOFF, "a")
    start(world, "c", 4)


def test_without_a_rule_nothing_is_refused_and_nothing_is_made() -> None:
    world = world_of(8, 8)
    for name in "abcd":
        start(world, name, 4)
    assert SpareAdmission not in world.fleet._indexes  # pyright: ignore[reportPrivateUsage] noqa: SLF001


def test_what_the_system_starts_is_never_refused() -> None:
    world = world_of(8, 8, rules=(ONE_HOST,))
    start(world, "a", 4)
    start(world, "b", 4)
    world.actor = "system:restarts"
    start(world, "c", 4)
    world.actor = "user:test"
    with pytest.raises(NoSpareCapacity):
        start(world, "d", 1)


def test_a_stop_is_never_refused_and_what_is_broken_is_not_made_worse() -> None:
    world = world_of(8, 8, 8, rules=(ONE_HOST,))
    start(world, "a", 4)
    start(world, "b", 4)
    # Of another size than any other host: nothing that fills it has a place elsewhere.
    add_host(world, 7, 32)
    start(world, "large", 30, "h7")
    # They take nothing from `large`, which has no place with them or without.
    start(world, "c", 1, "h1")
    start(world, "d", 1)
    with pytest.raises(NoSpareCapacity):
        start(world, "e", 8)
    world.ask(Verb.STOP, "large")


def test_a_rule_of_a_project_is_about_its_vms_and_against_all() -> None:
    world = world_of(8, 8)
    world.carry_out(CreateProject("uid-other", "projects/other", ProjectTerms()))
    world.carry_out(UpdateProject(PROJECT, "", lambda _project: ProjectTerms(spare_capacity=(ONE_HOST,))))
    start(world, "a", 4, "h0")
    others = CreateVm("uid-x", "projects/other", "projects/other/vms/x", of_gib(4), {}, True)
    # What h1 holds for another project needs no place; what it leaves is enough for `a`.
    world.carry_out(replace(others, spec=of_gib(4, PlacementRules(require=parse("host=h1")))))
    more = CreateVm("uid-y", "projects/other", "projects/other/vms/y", of_gib(1), {}, True)
    with pytest.raises(NoSpareCapacity) as refused:
        world.carry_out(replace(more, spec=of_gib(1, PlacementRules(require=parse("host=h1")))))
    assert refused.value.project == PROJECT
    assert refused.value.unplaced == f"{PROJECT}/vms/a"
    # Where `a` is, there is room enough.
    world.carry_out(more)
    world.carry_out(UpdateProject(PROJECT, "", lambda _project: ProjectTerms()))
    assert not world.fleet.spare_rules


def test_a_plan_is_made_anew_where_another_order_finds_places() -> None:
    world = world_of(6, 6, 10, rules=(SpareRule(zone="z"),))
    start(world, "a", 3, "h2")
    start(world, "b", 3, "h2")
    # Both have a place on the same host until half of it is taken.
    start(world, "c", 3, "h0")
    admission = world.fleet.index(SpareAdmission)
    admission.catch_up((Guard(SpareRule(zone="z")),))
    assert not admission.unplaced()


def test_rules_between_vms_count() -> None:
    apart = PlacementRules(groups=(GroupRule(GroupKind.ANTI_AFFINITY, parse("app=db"), "host", False, 1, 0),))
    world = world_of(8, 8, 8, rules=(ONE_HOST,))
    for number in range(2):
        world.carry_out(replace(create(f"db-{number}", of_gib(1, apart), start=True), labels={"app": "db"}))
    # A third has a host; if it fails, no host is left without another database.
    with pytest.raises(NoSpareCapacity):
        world.carry_out(replace(create("db-2", of_gib(1, apart), start=True), labels={"app": "db"}))


# The plans, through random histories.


def fits(fleet: Fleet, admission: SpareAdmission) -> None:
    """Every VM that needs a place has one that is not where it fails, or is known to have none; and places fit."""
    rows = admission._engine.table.hosts  # pyright: ignore[reportPrivateUsage] noqa: SLF001
    for failure in admission.failures():
        assert set(failure.hosts) == {
            host.uid for host in fleet.hosts.values() if host.words.get(failure.guard.rule.within) in failure.domains
        }
        needing = {vm.uid for vm in fleet.vms.values() if failure.guard.needs(vm) and vm.host_uid in failure.hosts}
        assert {*failure.places, *failure.unplaced} == needing
        assert not failure.places.keys() & failure.unplaced.keys()
        needed: dict[int, Resources] = {}
        for place in failure.places.values():
            needed[place.row] = needed.get(place.row, NOTHING) + place.held
        assert needed == failure.needed
        for row, amount in needed.items():
            host = rows[row]
            assert host is not None
            assert host.uid not in failure.hosts
            assert not (host.allocated + amount).beyond(host.capacity)


def racked(world: World, number: int, rack: str) -> None:
    terms = HostTerms(world.fleet.hosts[f"uid-h{number}"].inventory, "z", (("rack", rack),))
    world.carry_out(UpdateHost(f"hosts/h{number}", "", frozenset({"labels"}), terms))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    survive=st.sampled_from([1, 1, 2]),
    within=st.sampled_from(["host", "rack"]),
    steps=st.integers(5, 40),
)
def test_plans_are_good_whatever_has_happened(seed: int, survive: int, within: str, steps: int) -> None:
    chance = random.Random(seed)
    rule = SpareRule(survive, within)
    world = world_of(*(chance.randint(4, 12) for _ in range(5)), rules=(rule,))
    admission = world.fleet.index(SpareAdmission)
    guards = (Guard(rule),)
    hosts, refused = 5, 0
    for step in range(steps):
        match chance.randrange(8):
            case 0:
                running = sorted(vm.name.rpartition("/")[2] for vm in world.fleet.vms.values() if vm.holds_compute)
                if running:
                    name = chance.choice(running)
                    world.ask(Verb.STOP, name)
                    world.report(SHUTOFF, name)
            case 1 if hosts < 8:
                add_host(world, hosts, chance.randint(4, 12))
                hosts += 1
            case 2:
                racked(world, chance.randrange(hosts), f"r{chance.randrange(3)}")
            case _:
                world.actor = chance.choice(["user:test", "user:test", "system:restarts"])
                before = unplaced_now(world, guards)
                try:
                    start(world, f"vm-{step}", chance.randint(1, 4))
                except NoSpareCapacity:
                    refused += 1
                    assert unplaced_now(world, guards) == before
                except NoCapacity:
                    pass
                else:
                    if world.actor == "user:test":
                        after = unplaced_now(world, guards)
                        assert all(len(vms) <= len(before.get(which, ())) for which, vms in after.items())
        admission.catch_up(guards)
        fits(world.fleet, admission)


def unplaced_now(world: World, guards: tuple[Guard, ...]) -> dict[tuple[str, ...], set[str]]:
    admission = world.fleet.index(SpareAdmission)
    admission.catch_up(guards)
    return {domains: set(vms) for (_, domains), vms in admission.unplaced().items()}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_rule_that_held_holds_by_the_check_after_any_starts(seed: int) -> None:
    """What starts leave is what the check would have found, tried from the beginning."""
    chance = random.Random(seed)
    world = world_of(*(chance.randint(6, 12) for _ in range(4)), rules=(ONE_HOST,))
    for step in range(25):
        with_room = True
        try:
            start(world, f"vm-{step}", chance.randint(1, 3))
        except (NoSpareCapacity, NoCapacity):
            with_room = False
        if not with_room:
            break
    assert world.fleet.vms
    hosts = sorted(world.fleet.hosts)
    found = check(world)
    # Plans are kept by the same rules; the check tries more orders, and finds what they found.
    assert not found.shortages, [*combinations(hosts, 1)]
