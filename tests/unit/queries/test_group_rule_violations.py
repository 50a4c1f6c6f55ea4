"""Violations of rules between VMs, over hosts, zones and racks: against brute force, and within their bounds."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.commands.host import UpdateHost
from controlplane.commands.vm import CreateVm, Definition, UpdateVm
from controlplane.domain.errors import NoCapacity
from controlplane.domain.fleet import Fleet
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.decisions import HostTerms
from controlplane.domain.placement.host_rules import violated
from controlplane.domain.placement.rules import GroupKind, GroupRule, PlacementRules
from controlplane.domain.placement.selectors import parse
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.inventory import Inventory
from controlplane.queries import as_of
from controlplane.queries.identity import host_then
from controlplane.queries.violations.group_rule_violations import MOST_LOOKED_AT, rules_about_hosts
from controlplane.queries.violations.report import ViolationsReport
from controlplane.rpc.host.messages import violation_text
from tests.support.controlplane import PROJECT, SHUTOFF, World, inventory, register
from tests.unit.placement import oracle
from tests.unit.projections.test_history_reader import sealed, write

WITHIN = ["host", "zone", "rack"]
SMALL = Resources(1, 64, 1)


def rule(kind: GroupKind, within: str = "zone", vms: str = "app=web", most: int = 0, skew: int = 1) -> GroupRule:
    return GroupRule(kind, parse(vms), within, False, most if kind is GroupKind.ANTI_AFFINITY else 0, skew)


def world_of(*zones: str) -> World:
    """A host in each zone, named by its number; in a rack of two."""
    world = World()
    world.project()
    for number, zone in enumerate(zones):
        command = replace(register(f"h{number}", inventory(), zone=zone), labels={"rack": f"r{number // 2}"})
        world.carry_out(command)
    return world


def start(world: World, name: str, *rules: GroupRule, on: str = "", app: str = "web") -> Vm:
    spec = Spec(SMALL, "tiny", rules=PlacementRules(groups=rules, host=on))
    command = CreateVm(f"uid-{name}", PROJECT, f"{PROJECT}/vms/{name}", spec, {"app": app}, start=True)
    world.carry_out(command)
    return world.vm(name)


def move(world: World, host: str, zone: str) -> None:
    command = UpdateHost(f"hosts/{host}", "", frozenset({"zone"}), HostTerms({}, zone))
    world.carry_out(command)


def relabel(world: World, name: str, app: str) -> None:
    def change(vm: Vm) -> Definition:
        return Definition(vm.spec, (("app", app),))

    command = UpdateVm(f"{PROJECT}/vms/{name}", "", change)
    world.carry_out(command)


def violations_of(world: World, host: str, most: int = MOST_LOOKED_AT) -> list[str]:
    """By an inventory that followed all, and by one that begins from a snapshot."""
    live, restored = Inventory(), Inventory()
    live.apply(world.history)
    restored.restore(world.fleet.captured(0, world.now))
    of_host = world.fleet.hosts[f"uid-{host}"]
    found = ViolationsReport(live, of_host, most).of(of_host)
    assert ViolationsReport(restored, of_host, most).of(of_host) == found
    return [violation_text(each).replace(f"{PROJECT}/vms/", "") for each in found]


def test_vms_that_keep_apart_by_zone_are_listed_when_their_hosts_come_together() -> None:
    world = world_of("a", "b")
    start(world, "v0", rule(GroupKind.ANTI_AFFINITY))
    start(world, "v1")
    assert violations_of(world, "h0") == violations_of(world, "h1") == []
    move(world, "h1", "a")
    assert violations_of(world, "h0") == ["v0: at most 1 of app=web with it in a zone; there are 2"]
    assert violations_of(world, "h1") == []
    move(world, "h1", "")
    assert violations_of(world, "h0") == []


def test_vms_that_belong_together_are_listed_when_they_part() -> None:
    world = world_of("a", "a", "b")
    start(world, "v0", on="hosts/h0")
    start(world, "v1", rule(GroupKind.AFFINITY), on="hosts/h1")
    assert violations_of(world, "h1") == []
    move(world, "h1", "b")
    assert violations_of(world, "h1") == ["v1: with app=web in a zone; they are elsewhere"]
    relabel(world, "v0", "other")
    assert violations_of(world, "h1") == []


def test_vms_that_spread_are_listed_when_a_domain_is_left_behind() -> None:
    world = world_of("a", "b")
    for name in ("v0", "v1"):
        start(world, name, rule(GroupKind.SPREAD))
    start(world, "v2", rule(GroupKind.SPREAD), on="hosts/h0")
    assert violations_of(world, "h0") == violations_of(world, "h1") == []
    (left,) = [vm.name.rpartition("/")[2] for vm in world.fleet.vms.values() if vm.host == "hosts/h1"]
    world.report(SHUTOFF, left)
    words = "app=web spread by zone, within 1; there are 2 here, and 0 elsewhere"
    # For a VM that is pinned, there is no domain but its own.
    assert violations_of(world, "h0") == [f"{name}: {words}" for name in ("v0", "v1") if name != left]
    # A domain that the VMs could not be in is none to spread to; nor is one that is gone.
    move(world, "h1", "")
    assert violations_of(world, "h0") == []


def test_a_label_that_changes_counts_at_once() -> None:
    world = world_of("a", "a")
    start(world, "lone", rule(GroupKind.ANTI_AFFINITY), app="db")
    start(world, "other", app="cache")
    assert violations_of(world, "h0") == []
    relabel(world, "other", "web")
    assert violations_of(world, "h0") == ["lone: at most 0 of app=web with it in a zone; there are 1"]


def test_of_more_vms_than_may_be_looked_at_nothing_is_listed() -> None:
    world = world_of("a", "b")
    start(world, "v0", rule(GroupKind.ANTI_AFFINITY))
    start(world, "v1")
    move(world, "h1", "a")
    assert len(violations_of(world, "h0", most=2)) == 1
    assert violations_of(world, "h0", most=1) == []


def past_violations(world: World, host: str, most: int = MOST_LOOKED_AT) -> list[str]:
    database = ReadDatabase("memory:")
    database.open()
    events = sealed(world.history)
    write(database, events, [len(events)])
    with HistoryReader(database).view(events[-1].position) as view:
        (found,) = as_of.violations_then(view, [host_then(view, f"hosts/{host}")], most)
    database.close()
    return [violation_text(each).replace(f"{PROJECT}/vms/", "") for each in found]


@pytest.mark.parametrize(("most", "words"), [(3, 1), (2, 0)])
def test_the_past_is_listed_as_the_present_is_or_not_at_all(most: int, words: int) -> None:
    """Of three VMs that are together, seen by two they would seem apart."""
    world = world_of("a", "b")
    start(world, "v0", on="hosts/h0")
    start(world, "v1", rule(GroupKind.AFFINITY), on="hosts/h0")
    start(world, "v2", on="hosts/h1")
    assert past_violations(world, "h0") == violations_of(world, "h0") == []
    relabel(world, "v0", "other")
    assert (
        past_violations(world, "h0") == violations_of(world, "h0") == ["v1: with app=web in a zone; they are elsewhere"]
    )
    assert len(past_violations(world, "h0", most)) == words


rules = st.builds(
    rule,
    st.sampled_from(list(GroupKind)),
    st.sampled_from(WITHIN),
    st.sampled_from(["app=web", "app in (web,db)", "app", "app!=db,app"]),
    st.integers(0, 2),
    st.integers(1, 2),
)
apps = st.sampled_from(["web", "db"])
zones = st.sampled_from(["", "a", "b"])


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    st.lists(zones, min_size=1, max_size=4),
    st.lists(st.tuples(st.lists(rules, max_size=2), apps), max_size=7),
    st.lists(st.tuples(st.integers(0, 3), zones), max_size=3),
    st.lists(st.tuples(st.integers(0, 6), apps), max_size=3),
    st.sets(st.integers(0, 6), max_size=3),
)
def test_what_is_listed_is_what_brute_force_finds(
    at: list[str],
    requested: list[tuple[list[GroupRule], str]],
    moved: list[tuple[int, str]],
    relabelled: list[tuple[int, str]],
    stopped: set[int],
) -> None:
    world = world_of(*at)
    for number, (own, app) in enumerate(requested):
        try:
            start(world, f"v{number}", *own, app=app)
        except NoCapacity:
            continue
    for number, zone in moved:
        if number < len(at):
            move(world, f"h{number}", zone)
    for number, app in relabelled:
        if f"uid-v{number}" in world.fleet.vms:
            relabel(world, f"v{number}", app)
    for number in stopped:
        if f"uid-v{number}" in world.fleet.vms:
            world.report(SHUTOFF, f"v{number}")
    for number in range(len(at)):
        host = world.fleet.hosts[f"uid-h{number}"]
        found = [each.partition(":")[0] for each in violations_of(world, f"h{number}")]
        assert found == broken(world.fleet, host)


def broken(fleet: Fleet, host: Host) -> list[str]:
    """The VM of each rule that is not obeyed, in order, as the oracle of placement counts."""
    return [
        vm.name.rpartition("/")[2]
        for vm in (fleet.vms[uid] for uid in sorted(host.holdings))
        for each in vm.spec.rules.groups
        if vm.holds_compute and not _obeyed(fleet, host, vm, each)
    ]


def _obeyed(fleet: Fleet, host: Host, vm: Vm, rule: GroupRule) -> bool:
    domain = oracle.words(host).get(rule.within)
    places = [
        (other.uid, oracle.words(fleet.hosts[other.host_uid]).get(rule.within))
        for other in fleet.vms.values()
        if other.holds_compute and oracle.selects(rule.vms, dict(other.labels))
    ]
    here = [uid for uid, place in places if place == domain and domain is not None]
    if rule.kind is GroupKind.ANTI_AFFINITY:
        return len(here) <= max(rule.max_per_domain, int(oracle.selects(rule.vms, dict(vm.labels))))
    if rule.kind is GroupKind.AFFINITY:
        return not {uid for uid, _ in places} - {vm.uid} or bool(set(here) - {vm.uid})
    reachable = {oracle.words(each).get(rule.within) for each in fleet.hosts.values()} - {None}
    counts = [sum(place == each for _, place in places) for each in reachable]
    return domain is not None and len(here) - min(counts, default=0) <= rule.max_skew


@pytest.mark.parametrize(
    "rules",
    [
        PlacementRules(require=parse("zone=b")),
        PlacementRules(host="hosts/other"),
        PlacementRules(avoid_hosts=("hosts/h0",)),
        PlacementRules(numa_nodes=1),
    ],
)
def test_a_host_that_breaks_a_rule_of_its_own_could_not_take_the_vm(rules: PlacementRules) -> None:
    world = world_of("a")
    vm, host = start(world, "v"), world.fleet.hosts["uid-h0"]
    assert not violated(host, rules_about_hosts(vm))
    assert violated(host, rules_about_hosts(vm._replace(spec=replace(vm.spec, rules=rules))))
    assert violated(host._replace(dedicated="projects/other"), rules_about_hosts(vm))
    units = {"min_unit": 2, "max_unit": 0, "step_size": 0}, {"min_unit": 0, "max_unit": 0, "step_size": 2}
    for each in units:
        offer = {**host.inventory, "vcpus": replace(host.inventory["vcpus"], **each)}
        assert violated(host._replace(inventory=offer), rules_about_hosts(vm))
