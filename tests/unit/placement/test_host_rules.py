"""Rules about hosts: evaluated over arrays as by each value itself, on random fleets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.domain.host.aggregate import Host, Platform
from controlplane.domain.host.numa import NumaCell
from controlplane.domain.host.states import HostState
from controlplane.domain.placement.host_rules import Avoided, HostRule, NumaNodes, Require, host_rules, violated
from controlplane.domain.placement.rules import GroupKind, GroupRule, PlacementRules
from controlplane.domain.placement.selectors import parse
from controlplane.domain.resources import ClassInventory, Resources
from controlplane.domain.time import Micros
from controlplane.placement.host_table import HostTable
from controlplane.placement.rule_arrays import rule_holds

PROJECTS = ["projects/own", "projects/other"]
SELECTORS = ["", "zone=a", "zone!=a", "rack", "!rack", "rack in (r1,r2)", "trait:ssd", "!trait:ssd,zone", "host=h0"]
NAMES = st.sampled_from([f"hosts/h{number}" for number in range(4)])

units = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
inventories = st.dictionaries(
    st.sampled_from(["vcpus", "memory_mib", "disk_gib", "gpu"]),
    units.map(lambda each: ClassInventory(8, 0, 1.0, *each)),
)


@st.composite
def hosts(draw: st.DrawFn, number: int) -> Host:
    images = draw(st.sampled_from([frozenset[str](), frozenset("*"), frozenset({"a"}), frozenset({"a", "b"})]))
    rack = draw(st.sampled_from(["", "r1", "r2"]))
    return Host(
        f"uid-h{number}",
        f"hosts/h{number}",
        draw(inventories),
        Platform("x86_64", images=images),
        draw(st.sampled_from(["", "a", "b"])),
        (("rack", rack),) if rack else (),
        Micros(0),
        Micros(0),
        state=draw(st.sampled_from(HostState)),
        traits=draw(st.sampled_from([frozenset[str](), frozenset({"ssd"})])),
        dedicated=draw(st.sampled_from(["", *PROJECTS])),
        numa=(NumaCell(1, 1),) * draw(st.integers(0, 2)),
    )


fleets = st.integers(1, 4).flatmap(lambda count: st.tuples(*(hosts(number) for number in range(count))))
rule_lists = st.builds(
    host_rules,
    st.sampled_from(PROJECTS),
    st.sampled_from([("a",), ("a", "b"), ("c",)]),
    st.builds(
        PlacementRules,
        st.sampled_from(SELECTORS).map(parse),
        host=st.one_of(st.just(""), NAMES),
        avoid_hosts=st.lists(NAMES, max_size=2, unique=True).map(lambda names: tuple(sorted(names))),
        numa_nodes=st.integers(0, 2),
    ),
    st.builds(
        Resources,
        st.integers(0, 4),
        st.integers(0, 4),
        st.integers(0, 4),
        st.sampled_from([(), (("gpu", 2),), (("fpga", 1),)]),
    ),
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(fleets, fleets, rule_lists, st.sets(st.integers(0, 3)))
def test_arrays_and_values_agree(
    fleet: tuple[Host, ...],
    later: tuple[Host, ...],
    rules: tuple[HostRule, ...],
    chosen: set[int],
) -> None:
    table = HostTable()
    # The second time, some hosts are as before, some changed and some are new.
    known: dict[str, Host] = {}
    for changes in (fleet, later):
        for host in changes:
            table.put(host)
            known[host.uid] = host
        rows = [table.row_of[uid] for uid in known]
        some = np.array([row for row in rows if row in chosen], np.int64)
        for rule in rules:
            expected = {table.row_of[uid]: rule.holds(host) for uid, host in known.items()}
            found = rule_holds(table, rule, slice(0, table.count))
            assert dict(zip(range(table.count), found.tolist(), strict=True)) == expected, rule
            assert rule_holds(table, rule, some).tolist() == [expected[row] for row in some.tolist()], rule


def test_the_order_and_the_names_are_those_that_callers_read() -> None:
    rules = PlacementRules(
        parse("zone=a,trait:ssd"),
        groups=(GroupRule(GroupKind.SPREAD, parse("app=web")),),
        host="hosts/h1",
        avoid_hosts=("hosts/h2",),
        numa_nodes=2,
    )
    names = [rule.name for rule in host_rules(PROJECTS[0], ("a",), rules, Resources(2, 0, 1))]
    assert names == [
        "not_active",
        "dedicated",
        "pinned",
        "avoided",
        "image",
        "require zone=a",
        "require trait:ssd",
        "numa_nodes",
        *(f"{each}.{unit}" for each in ("vcpus", "disk_gib") for unit in ("min_unit", "max_unit", "step")),
    ]


def test_what_a_host_violates_is_named_by_the_rules_themselves() -> None:
    host = Host("uid-h0", "hosts/h0", {}, Platform(images=frozenset("*")), "a", (), Micros(0), Micros(0))
    rules = PlacementRules(parse("zone=b"), avoid_hosts=("hosts/h0",), numa_nodes=1)
    assert violated(host, host_rules(PROJECTS[0], ("a",), rules, Resources(1, 1, 1))) == [
        Avoided(("hosts/h0",)),
        Require(parse("zone=b").terms[0]),
        NumaNodes(1),
    ]
