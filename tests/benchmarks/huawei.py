"""Requests with placement rules on servers of two NUMA nodes: how many the engine places, against best fit.

The data are huawei_topo_PM_res.csv and huawei_topo_VM_data_*.csv in the directory that CHRONOVISOR_TRACES names. Quick,
they are made up.
"""

import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from controlplane.commands import host as hosts
from controlplane.commands import project as projects
from controlplane.commands.host import RegisterHost
from controlplane.commands.project import CreateProject
from controlplane.domain.errors import NoCapacity
from controlplane.domain.fleet import Fleet
from controlplane.domain.host.aggregate import Platform
from controlplane.domain.host.numa import NumaCell
from controlplane.domain.placement.rules import GroupKind, GroupRule, PlacementRules
from controlplane.domain.placement.selectors import parse
from controlplane.domain.resources import ClassInventory, Resources
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Spec
from controlplane.domain.vm.definition import decide_create
from controlplane.domain.vm.terms import Terms
from controlplane.domain.vm.verbs import START
from controlplane.placement.engine import Engine
from tests.benchmarks.huawei_trace import (
    AFFINITY,
    ANTI_AFFINITY,
    FAULT_DOMAIN,
    Choice,
    Node,
    Request,
    best_fit,
    read_requests,
    read_servers,
    violations,
    wrongly_refused,
)
from tests.benchmarks.measure import Row
from tests.benchmarks.placement import PROJECT, draft_on

TRACES = "CHRONOVISOR_TRACES"
SERVERS, REQUESTS = "huawei_topo_PM_res.csv", "huawei_topo_VM_data_*.csv"
GIB = 1024


def fleet_of(servers: Sequence[Sequence[Node]]) -> Fleet:
    fleet = Fleet()
    projects.create(draft_on(fleet), CreateProject("uid-default", PROJECT))
    platform = Platform(images=frozenset("*"))
    for number, nodes in enumerate(servers):
        inventory = {
            "vcpus": ClassInventory(sum(node.vcpus for node in nodes)),
            "memory_mib": ClassInventory(sum(node.memory_gib for node in nodes) * GIB),
        }
        cells = tuple(NumaCell(node.vcpus, node.memory_gib * GIB) for node in nodes)
        command = RegisterHost(f"h{number}", f"hosts/h{number}", inventory, platform, "", {}, numa_nodes=cells)
        hosts.register(draft_on(fleet), command)
        fleet.settle()
    return fleet


def rule_of(request: Request) -> tuple[dict[str, str], tuple[GroupRule, ...]]:
    """The labels of a VM, and its rules about others that have them. A group belongs to its strategy."""
    group = f"g{request.group}"
    match request.strategy:
        case "affinity":
            return {AFFINITY: group}, (GroupRule(GroupKind.AFFINITY, parse(f"{AFFINITY}={group}")),)
        case "anti-affinity":
            return {ANTI_AFFINITY: group}, (GroupRule(GroupKind.ANTI_AFFINITY, parse(f"{ANTI_AFFINITY}={group}")),)
        case "fault_domain":
            # Partitions: other domains of the group are kept away, one's own are not.
            others = parse(f"{FAULT_DOMAIN}={group},domain!=d{request.domain}")
            return (
                {FAULT_DOMAIN: group, "domain": f"d{request.domain}"},
                (GroupRule(GroupKind.ANTI_AFFINITY, others),),
            )
        case _:
            return {}, ()


def ours(servers: Sequence[Sequence[Node]], requests: Sequence[Request]) -> list[Choice | None]:
    """What the engine chooses, each decision applied before the next."""
    fleet = fleet_of(servers)
    engine = fleet.index(Engine)
    chosen: list[Choice | None] = []
    for number, request in enumerate(requests):
        labels, groups = rule_of(request)
        resources = Resources(request.vcpus, request.memory_gib * GIB)
        spec = Spec(resources, image="x", rules=PlacementRules(groups=groups, numa_nodes=request.numa))
        uid, unit = f"u{number}", draft_on(fleet)
        unit.record(f"vms/{uid}", decide_create(uid, f"{PROJECT}/vms/v{number}", "uid-default", spec, labels))
        try:
            placed = engine.place(fleet.vms[uid], resources, Micros(0))
        except NoCapacity:
            chosen.append(None)
            continue
        unit.record(f"vms/{uid}", START.decide(fleet.vms[uid], Terms(Micros(0), START.limit_s, placed=placed)))
        unit.hold(fleet.hosts[placed.host_uid], uid, resources, placed.parts)
        fleet.settle()
        chosen.append(Choice(int(placed.host_uid[1:]), tuple(part.node for part in placed.parts)))
    return chosen


def made_up(servers: int, requests: int) -> tuple[list[tuple[Node, Node]], list[Request]]:
    """Data of the same kind, more than fit."""
    chance = random.Random(1)
    sizes = [(chance.randint(8, 40), chance.randint(8, 40)) for _ in range(servers)]
    nodes = [(Node(one, 2 * one), Node(two, 2 * two)) for one, two in sizes]
    made: list[Request] = []
    for _ in range(requests):
        vcpus, strategy = chance.choice((2, 4, 8)), chance.choice(("", AFFINITY, ANTI_AFFINITY, FAULT_DOMAIN))
        group = str(chance.randrange(servers)) if strategy else ""
        domain = str(chance.randrange(3)) if strategy == FAULT_DOMAIN else ""
        made.append(Request(vcpus, vcpus * chance.choice((2, 4)), chance.choice((1, 2)), strategy, group, domain))
    return nodes, made


def first_refusal(chosen: Sequence[Choice | None]) -> int:
    """How many were placed before it."""
    return next((number for number, choice in enumerate(chosen) if choice is None), len(chosen))


def rows_of(name: str, servers: Sequence[Sequence[Node]], requests: Sequence[Request]) -> list[Row]:
    mine, theirs = ours(servers, requests), best_fit(servers, requests)
    if faults := violations(servers, requests, theirs):
        raise AssertionError(f"the baseline breaks rules: {faults[:3]}")
    broken = violations(servers, requests, mine)
    wrong = wrongly_refused(servers, requests, mine)
    for fault in (*broken, *(f"request {number} was refused, and fits" for number in wrong)):
        print(f"{name}: {fault}", file=sys.stderr)
    placed, placed_theirs = (sum(choice is not None for choice in chosen) for chosen in (mine, theirs))
    refused = len(requests) - placed
    measure = f"{name}, placed of {len(requests):,} requests"
    obeyed = f"{name}, of these with every rule obeyed"
    return [
        _more(f"{measure} before a refusal", first_refusal(theirs), first_refusal(mine)),
        _more(f"{measure}, in all", placed_theirs, placed),
        Row(obeyed, "VMs", None, placed - len(broken), None, f"= {placed:,}", not broken),
        Row(
            f"{name}, refused where no server fits",
            "VMs",
            None,
            refused - len(wrong),
            None,
            f"= {refused:,}",
            not wrong,
        ),
    ]


def _more(measure: str, baseline: int, ours: int) -> Row:
    return Row(measure, "VMs", baseline, ours, ours / max(baseline, 1), "> 1", ours > baseline)


async def run(directory: Path, *, quick: bool) -> list[Row]:
    del directory
    return rows_of("made up", *made_up(8, 120)) if quick else rows_in(Path(os.environ.get(TRACES, "/nonexistent")))


def rows_in(traces: Path) -> list[Row]:
    """Of all the data in a directory; none when there are none."""
    if not (traces / SERVERS).exists():
        print(f"huawei: skipped: {TRACES} names no directory that has {SERVERS}", file=sys.stderr)
        return []
    servers = read_servers(traces / SERVERS)
    rows: list[Row] = []
    for path in sorted(traces.glob(REQUESTS)):
        rows += rows_of(f"Huawei {path.stem.rpartition('_')[2]}", servers, read_requests(path))
    return rows
