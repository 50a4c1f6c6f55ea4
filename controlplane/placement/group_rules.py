"""What the VMs that are there already mean for one that is to be placed: hosts that are barred, hosts that are better.

A host that lacks the label that makes domains is in no domain: affinity and spread turn it down, anti-affinity not.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, assert_never

import numpy as np

from controlplane.domain.placement.rules import GroupKind, GroupRule
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Vm
from controlplane.placement.feasibility import FITS, Feasibility
from controlplane.placement.group_index import GroupIndex
from controlplane.placement.host_table import Bools, Codes, Floats, HostTable, Ints

# What a soft rule adds or takes away: more than a policy does, and less than a preference of 100.
SOFT = 3.25


class Effect(NamedTuple):
    """Of one rule: its name, and the rows that it bars, or how much better it makes each row."""

    rule: str
    barred: "Bools | Ints | None" = None
    bonus: Floats | None = None


def effects_on(vm: Vm, table: HostTable, groups: GroupIndex, feasibility: Feasibility) -> list[Effect]:
    """The effects of its own rules, and of those that others have against it. `feasibility` is without other VMs."""
    labels = dict(vm.labels)
    effects = [_effect(rule, vm.project_uid, labels, table, groups, feasibility) for rule in vm.spec.rules.groups]
    for apart, holders in groups.apart_from(vm.project_uid, labels) if labels else ():
        matching = groups.rows_of(vm.project_uid, apart.vms)
        effects.append(Effect("anti_affinity", _full(table, apart.within, matching, apart.most, holders)))
    return effects


def _effect(
    rule: GroupRule,
    project_uid: str,
    labels: Mapping[str, str],
    table: HostTable,
    groups: GroupIndex,
    feasibility: Feasibility,
) -> Effect:
    matching = groups.rows_of(project_uid, rule.vms)
    itself = int(rule.vms.matches(labels))
    match rule.kind:
        case GroupKind.ANTI_AFFINITY:
            full = _full(table, rule.within, matching, rule.most(labels), None, itself)
            return _soft("anti_affinity", full, table) if rule.soft else Effect("anti_affinity", full)
        case GroupKind.AFFINITY:
            if itself and not matching and not rule.soft:
                room = room_for_mates(table, feasibility, _codes(table, rule.within))
                return Effect("affinity", bonus=SOFT * room)
            return _together(rule, matching, table)
        case GroupKind.SPREAD:
            return _spread(rule, matching, itself, table, feasibility.obeying)
        case _:
            assert_never(rule.kind)


def _codes(table: HostTable, within: str) -> Codes:
    column = table.coded(within)
    return np.zeros(table.count, np.int32) if column is None else column.codes[: table.count]


def _per_domain(codes: Codes, rows: Mapping[int, int]) -> Ints:
    """How many there are in each domain, by its code."""
    counts = np.zeros(int(codes.max(initial=0)) + 1, np.int64)
    for row, count in rows.items():
        counts[codes[row]] += count
    counts[0] = 0
    return counts


def _full(
    table: HostTable,
    within: str,
    matching: Mapping[int, int],
    most: int,
    holders: Iterable[int] | None,
    itself: int = 1,
) -> "Bools | Ints":
    """The rows of the domains that have no place for one more; only of those with a holder, if there are holders."""
    if within == "host":
        rows = matching if holders is None else holders
        full = [row for row in rows if matching.get(row, 0) + itself > most]
        return np.array(full, np.int64)
    codes = _codes(table, within)
    full_domains = _per_domain(codes, matching) + itself > most
    if holders is not None:
        held = np.zeros(len(full_domains), np.bool_)
        held[[int(codes[row]) for row in holders]] = True
        full_domains &= held
    elif not itself:
        full_domains &= _per_domain(codes, matching) > 0
    full_domains[0] = False
    return full_domains[codes]


def _soft(rule: str, worse: "Bools | Ints", table: HostTable) -> Effect:
    bonus = np.zeros(table.count)
    bonus[worse] = -SOFT
    return Effect(rule, bonus=bonus)


def _together(rule: GroupRule, matching: Mapping[int, int], table: HostTable) -> Effect:
    if not matching:
        # The first of them may go anywhere.
        return Effect("affinity")
    codes = _codes(table, rule.within)
    there = (_per_domain(codes, matching) > 0)[codes]
    if rule.soft:
        return Effect("affinity", bonus=np.where(there, SOFT, 0.0))
    return Effect("affinity", ~there)


def _spread(rule: GroupRule, matching: Mapping[int, int], itself: int, table: HostTable, fits: Bools) -> Effect:
    """Even over the domains that have a host which the VM could be on by its other rules, room apart."""
    codes = _codes(table, rule.within)
    counts = _per_domain(codes, matching)
    reachable = np.zeros(len(counts), np.bool_)
    reachable[codes[fits]] = True
    reachable[0] = False
    least = int(counts[reachable].min()) if reachable.any() else 0
    above = counts - least
    if rule.soft:
        most = max(1, int(above.max(initial=0)))
        bonus = (-SOFT * above / most)[codes]
        bonus[codes == 0] = -SOFT
        return Effect("spread", bonus=bonus)
    return Effect("spread", ((above + itself > rule.max_skew) | (np.arange(len(counts)) == 0))[codes])


def room_for_mates(table: HostTable, feasibility: Feasibility, codes: Codes) -> Floats:
    """Of each row, how many such VMs its domain has room for, as a share of the most. `codes`: the rows' domains.

    For the first VM of a group that must stay together. How many mates will come is not known, and they can go nowhere
    else. They are taken to be like the first: one that is packed onto a nearly full host has the next ones refused,
    however empty the fleet is.
    """
    count = table.count
    alike = np.where(feasibility.obeying, _alike(table, feasibility.request.requested, count), 0)
    if nodes := feasibility.request.rules.numa_nodes:
        alike = np.minimum(alike, _alike_in_nodes(table, feasibility.request.requested, nodes, count))
    of_domain: Floats = np.bincount(codes, weights=alike).astype(np.float64)
    # A host in no domain can have no mates at all.
    of_domain[0] = 0.0
    room = of_domain[codes]
    most = float(room[feasibility.broken == FITS].max(initial=0.0))
    return np.minimum(room / most, 1.0) if most else room


def _alike(table: HostTable, requested: Resources, count: int) -> Ints:
    amounts = [(table.free_of(name)[:count], amount) for name, amount in requested if amount]
    return np.maximum(_whole(amounts, count), 0)


def _whole(amounts: Sequence[tuple[Ints, int]], count: int) -> Ints:
    """How many times all of the amounts are there."""
    times = np.full(count, np.iinfo(np.int32).max, np.int64)
    for free, amount in amounts:
        np.minimum(times, free // amount, out=times)
    return times


def _alike_in_nodes(table: HostTable, requested: Resources, nodes: int, count: int) -> Ints:
    """The same by NUMA nodes: each VM has a part in as many, and no two of its parts share a node."""
    vcpus, memory = max(-(-requested.vcpus // nodes), 1), max(-(-requested.memory_mib // nodes), 1)
    parts = np.minimum(table.numa.vcpus[:count] // vcpus, table.numa.memory_mib[:count] // memory)
    parts = np.maximum(parts, 0)
    alike: Ints = parts.sum(axis=1) // nodes
    while True:
        # Of one node, no more parts are of use than there are VMs.
        fewer: Ints = np.minimum(parts, alike[:, np.newaxis]).sum(axis=1) // nodes
        if np.array_equal(fewer, alike):
            return alike
        alike = fewer
