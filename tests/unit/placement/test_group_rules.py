"""Rules about other VMs: placement over arrays bars the hosts on which the report would find a violation."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.commands.vm import CreateVm, ReportVm
from controlplane.domain.errors import NoCapacity
from controlplane.domain.host.aggregate import Host
from controlplane.domain.placement.policy import parse_policy
from controlplane.domain.placement.rules import GroupKind, GroupRule, PlacementRules
from controlplane.domain.placement.selectors import parse
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.domain.vm.states import Verb
from controlplane.placement.feasibility import FeasibilityCache
from controlplane.placement.group_index import GroupIndex
from controlplane.placement.group_rules import effects_on
from controlplane.placement.host_table import HostTable
from controlplane.projections.live.inventory import Inventory
from controlplane.queries.violations.group_rule_violations import GroupRuleViolations
from tests.support.controlplane import PROJECT, RUNNING, World, inventory, register
from tests.support.trouble import moving, next_of_migration

SMALL = Resources(1, 64, 1)


def _rule(kind: GroupKind, vms: str, within: str, limit: int) -> GroupRule:
    return GroupRule(kind, parse(vms), within, False, limit if kind is GroupKind.ANTI_AFFINITY else 0, 1 + limit)


group_rules = st.builds(
    _rule,
    st.sampled_from(GroupKind),
    st.sampled_from(["app=web", "app", "app in (web,db)", "app!=db,app"]),
    st.sampled_from(["host", "zone"]),
    st.integers(0, 2),
)
apps = st.sampled_from(["web", "db"])


def create(world: World, name: str, app: str, rules: PlacementRules, *, start: bool) -> Vm:
    command = CreateVm(f"uid-{name}", PROJECT, f"{PROJECT}/vms/{name}", Spec(SMALL, "tiny", rules=rules), {"app": app})
    world.carry_out(replace(command, start=start))
    return world.vm(name)


def barred(world: World, vm: Vm) -> dict[str, bool]:
    """Of each host that obeys the rules about hosts, whether the VM's own group rules bar it, by the arrays."""
    table, groups = HostTable(), GroupIndex()
    for host in world.fleet.hosts.values():
        table.put(host)
    for other in world.fleet.vms.values():
        groups.put(other.uid, other, table.row_of[other.host_uid] if other.holds_compute else None)
    feasibility = FeasibilityCache(table).of(vm.spec.resources, vm.spec, vm.project, parse_policy(""))
    found = np.zeros(table.count, np.bool_)
    for effect in effects_on(vm, table, groups, feasibility)[: len(vm.spec.rules.groups)]:
        if effect.barred is not None:
            found[effect.barred] = True
    return {
        host.uid: bool(found[row])
        for row, host in enumerate(table.hosts)
        if host is not None and feasibility.obeying[row]
    }


def violates(world: World, vm: Vm, host: Host) -> bool:
    """Whether the report finds a violation once the VM is on the host."""
    there = vm._replace(host_uid=host.uid, host=host.name, held=vm.spec.resources)
    state = world.fleet.captured(0, world.now)
    after = Inventory()
    after.restore(replace(state, vms=[*(each for each in state.vms if each.uid != vm.uid), there]))
    beside = [each for each in after.vms.values() if each.host_uid == host.uid]
    return any(each.vm is there for each in GroupRuleViolations(after).of(host, beside))


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["", "a", "b"]), min_size=1, max_size=4),
    st.lists(st.tuples(apps, st.integers(0, 3)), max_size=6),
    st.lists(group_rules, min_size=1, max_size=2).map(tuple),
    apps,
)
def test_arrays_bar_the_hosts_where_the_report_would_find_a_violation(
    zones: list[str], others: list[tuple[str, int]], rules: tuple[GroupRule, ...], app: str
) -> None:
    world = World()
    world.project()
    for number, zone in enumerate(zones):
        world.carry_out(register(f"h{number}", inventory(), zone=zone))
    for number, (label, on) in enumerate(others):
        try:
            create(world, f"v{number}", label, PlacementRules(host=f"hosts/h{on % len(zones)}"), start=True)
        except NoCapacity:
            continue
    vm = create(world, "new", app, PlacementRules(groups=rules), start=False)
    for uid, is_barred in barred(world, vm).items():
        assert is_barred == violates(world, vm, world.fleet.hosts[uid]), (uid, rules)


def test_a_vm_that_moves_counts_on_both_hosts_until_it_is_there() -> None:
    apart = PlacementRules(groups=(_rule(GroupKind.ANTI_AFFINITY, "app=web", "host", 1),))
    world = World()
    world.project()
    for number in range(3):
        world.carry_out(moving(register(f"h{number}", inventory())))
    first = create(world, "first", "web", apart, start=True)
    world.report(RUNNING, "first")
    world.ask(Verb.MIGRATE, "first")
    moved = world.vm("first")
    assert moved.migration is not None
    others = {"hosts/h0", "hosts/h1", "hosts/h2"} - {first.host, moved.migration.host}
    assert create(world, "second", "web", apart, start=True).host in others
    with pytest.raises(NoCapacity):
        create(world, "third", "web", apart, start=True)
    for _ in range(4):
        reported = next_of_migration(world.vm("first"), world.now)[0]
        world.carry_out(ReportVm(reported.host_uid, "uid-first", reported.report))
    assert create(world, "third", "web", apart, start=True).host == first.host
