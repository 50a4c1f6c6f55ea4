"""Rules about hosts evaluated for all hosts at once. What each rule means is in `domain.placement.host_rules`."""

from typing import assert_never

import numpy as np

from controlplane.domain.placement.host_rules import (
    Active,
    Avoided,
    Dedicated,
    HostRule,
    Image,
    MaxUnit,
    MinUnit,
    NotOvercommitted,
    NumaNodes,
    Pinned,
    Require,
    StepSize,
)
from controlplane.domain.placement.selectors import Op, Selector, Term
from controlplane.placement.host_table import DEDICATED, IMAGES, Bools, HostTable, Rows


def rule_holds(table: HostTable, rule: HostRule, rows: Rows) -> Bools:
    """For each of `rows`, whether its host obeys the rule: as `rule.holds(host)`."""
    match rule:
        case Active():
            return table.active[rows]
        case Dedicated(project):
            return _dedicated_to(table, project, rows)
        case Pinned(host):
            return _named(table, (host,), rows)
        case Avoided(hosts):
            return ~_named(table, hosts, rows)
        case Image(files):
            return _has_files(table, files, rows)
        case Require(term):
            return _term_holds(table, term, rows)
        case NumaNodes(nodes):
            return table.numa.nodes[rows] >= nodes
        case MinUnit(resource_class, amount):
            return table.unit_of(resource_class, "min_unit")[rows] <= amount
        case MaxUnit(resource_class, amount):
            most = table.unit_of(resource_class, "max_unit")[rows]
            return (most == 0) | (most >= amount)
        case StepSize(resource_class, amount):
            return amount % np.maximum(table.unit_of(resource_class, "step_size")[rows], 1) == 0
        case NotOvercommitted(resource_class):
            return table.unit_of(resource_class, "overcommits")[rows] == 0
        case _:
            assert_never(rule)


def selected(table: HostTable, selector: Selector, rows: Rows) -> Bools:
    """For each of `rows`, whether all terms of the selector hold."""
    chosen = np.ones(table.known[rows].shape, np.bool_)
    for term in selector.terms:
        chosen &= _term_holds(table, term, rows)
    return chosen


def _term_holds(table: HostTable, term: Term, rows: Rows) -> Bools:
    column = table.coded(term.key)
    if column is None:
        # No host has the key: a term that needs it holds nowhere, one that excludes it everywhere.
        return np.full(table.known[rows].shape, term.op in (Op.NOT_IN, Op.ABSENT))
    codes = column.codes[rows]
    if term.op is Op.EXISTS:
        return codes != 0
    if term.op is Op.ABSENT:
        return codes == 0
    listed = [column.of[value] for value in term.values if value in column.of]
    among = codes == listed[0] if len(listed) == 1 else np.isin(codes, listed)
    return ~among if term.op is Op.NOT_IN else among


def _named(table: HostTable, hosts: tuple[str, ...], rows: Rows) -> Bools:
    return _term_holds(table, Term("host", Op.IN, tuple([host.partition("/")[2] for host in hosts])), rows)


def _dedicated_to(table: HostTable, project: str, rows: Rows) -> Bools:
    column = table.coded(DEDICATED)
    if column is None:
        return np.ones(table.known[rows].shape, np.bool_)
    codes = column.codes[rows]
    return (codes == 0) | (codes == column.of.get(project, -1))


def _has_files(table: HostTable, files: tuple[str, ...], rows: Rows) -> Bools:
    column = table.coded(IMAGES)
    if column is None:
        return np.ones(table.known[rows].shape, np.bool_)
    has = np.zeros(len(column.of) + 1, np.bool_)
    for images, code in column.of.items():
        assert isinstance(images, frozenset)
        has[code] = "*" in images or images.issuperset(files)
    return has[column.codes[rows]]
