"""What the VMs that are there already mean for one that is to be placed: hosts that are barred, hosts that are better.

A host that lacks the label that makes domains is in no domain: affinity and spread turn it down, anti-affinity not.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from controlplane.domain.placement.rules import GroupKind, GroupRule
from controlplane.domain.vm.aggregate import Vm
from controlplane.placement.feasibility import Feasibility
from controlplane.placement.group_founders import room_for_mates
from controlplane.placement.group_index import GroupIndex, limit_of
from controlplane.placement.host_table import Bools, Codes, Floats, HostTable, Ints

# What a soft rule adds or takes away: more than a policy does, and less than a preference of 100.
SOFT = 3.25


class Effect(NamedTuple):
    """Of one rule: its name, and the rows that it bars, or how much better it makes each row."""

    rule: str
    barred: "Bools | Ints | None" = None
    bonus: Floats | None = None


def effects_on(vm: Vm, columns: HostTable, groups: GroupIndex, shape: Feasibility) -> list[Effect]:
    """The effects of its own rules, and of those that others have against it. `shape`: what hosts say to it alone."""
    labels = dict(vm.labels)
    effects = [_effect(rule, vm.project_uid, labels, columns, groups, shape) for rule in vm.spec.rules.groups]
    for apart, holders in groups.apart_from(vm.project_uid, labels) if labels else ():
        matching = groups.rows_of(vm.project_uid, apart.vms)
        effects.append(Effect("anti_affinity", _full(columns, apart.within, matching, apart.most, holders)))
    return effects


def _effect(
    rule: GroupRule,
    project_uid: str,
    labels: Mapping[str, str],
    columns: HostTable,
    groups: GroupIndex,
    shape: Feasibility,
) -> Effect:
    matching = groups.rows_of(project_uid, rule.vms)
    itself = int(rule.vms.matches(labels))
    match rule.kind:
        case GroupKind.ANTI_AFFINITY:
            full = _full(columns, rule.within, matching, limit_of(rule, labels), None, itself)
            return _soft("anti_affinity", full, columns) if rule.soft else Effect("anti_affinity", full)
        case GroupKind.AFFINITY:
            if itself and not matching and not rule.soft:
                room = room_for_mates(columns, shape, _codes(columns, rule.within))
                return Effect("affinity", bonus=SOFT * room)
            return _together(rule, matching, columns)
        case GroupKind.SPREAD:
            return _spread(rule, matching, itself, columns, shape.obeying)


def _codes(columns: HostTable, within: str) -> Codes:
    column = columns.coded(within)
    return np.zeros(columns.count, np.int32) if column is None else column.codes[: columns.count]


def _per_domain(codes: Codes, rows: Mapping[int, int]) -> Ints:
    """How many there are in each domain, by its code."""
    counts = np.zeros(int(codes.max(initial=0)) + 1, np.int64)
    for row, count in rows.items():
        counts[codes[row]] += count
    counts[0] = 0
    return counts


def _full(
    columns: HostTable,
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
    codes = _codes(columns, within)
    full_domains = _per_domain(codes, matching) + itself > most
    if holders is not None:
        held = np.zeros(len(full_domains), np.bool_)
        held[[int(codes[row]) for row in holders]] = True
        full_domains &= held
    elif not itself:
        full_domains &= _per_domain(codes, matching) > 0
    full_domains[0] = False
    return full_domains[codes]


def _soft(rule: str, worse: "Bools | Ints", columns: HostTable) -> Effect:
    bonus = np.zeros(columns.count)
    bonus[worse] = -SOFT
    return Effect(rule, bonus=bonus)


def _together(rule: GroupRule, matching: Mapping[int, int], columns: HostTable) -> Effect:
    if not matching:
        # The first of them may go anywhere.
        return Effect("affinity")
    codes = _codes(columns, rule.within)
    there = (_per_domain(codes, matching) > 0)[codes]
    if rule.soft:
        return Effect("affinity", bonus=np.where(there, SOFT, 0.0))
    return Effect("affinity", ~there)


def _spread(rule: GroupRule, matching: Mapping[int, int], itself: int, columns: HostTable, fits: Bools) -> Effect:
    """Even over the domains that have a host which the VM could be on by its other rules, room apart."""
    codes = _codes(columns, rule.within)
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
