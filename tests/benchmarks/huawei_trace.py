"""Requests with placement rules on servers of two NUMA nodes: read, best fit, and a check of any placement.

The data are those of mdl1104/Dataset-for-topology-aware-VM-placement (CC0), or of the same columns. Nothing is known
here of the engine: the rules are written a second time, in another way.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

AFFINITY, ANTI_AFFINITY, FAULT_DOMAIN = "affinity", "anti-affinity", "fault_domain"
STRATEGIES = ("", AFFINITY, ANTI_AFFINITY, FAULT_DOMAIN)


class BadData(Exception):
    """A file that is not what it should be; the message names line, column and rule."""


class Node(NamedTuple):
    """vCPUs and GiB of memory of one NUMA node."""

    vcpus: int
    memory_gib: int


class Request(NamedTuple):
    """One VM, in `numa` nodes with an equal part in each. Groups of different strategies are different groups."""

    vcpus: int
    memory_gib: int
    numa: int
    strategy: str
    group: str
    domain: str

    @property
    def part(self) -> Node:
        return Node(-(-self.vcpus // self.numa), -(-self.memory_gib // self.numa))


class Choice(NamedTuple):
    """The server that a request was given, and its nodes there."""

    server: int
    nodes: tuple[int, ...]


def read_servers(path: Path) -> list[tuple[Node, Node]]:
    """Raises BadData, OSError."""
    with path.open(newline="") as file:
        rows = csv.DictReader(file)
        return [(_node(path, rows, row, "1"), _node(path, rows, row, "2")) for row in rows]


def _node(path: Path, rows: "csv.DictReader[str]", row: "dict[str, str]", which: str) -> Node:
    return Node(_whole(path, rows, row, f"CPU{which}", 0), _whole(path, rows, row, f"RAM{which}", 0))


def read_requests(path: Path) -> list[Request]:
    """Raises BadData, OSError."""
    with path.open(newline="") as file:
        rows = csv.DictReader(file)
        return [_request(path, rows, row) for row in rows]


def _request(path: Path, rows: "csv.DictReader[str]", row: "dict[str, str]") -> Request:
    strategy, group, domain = (row.get(name) or "" for name in ("strategy", "group", "domain"))
    where = f"{path}, line {rows.line_num}"
    if strategy not in STRATEGIES:
        raise BadData(f"{where}, column strategy: must be one of {', '.join(STRATEGIES[1:])}, or empty")
    if bool(strategy) != bool(group):
        raise BadData(f"{where}, column group: must be there with a strategy, and only then")
    if bool(domain) != (strategy == FAULT_DOMAIN):
        raise BadData(f"{where}, column domain: must be there with {FAULT_DOMAIN}, and only then")
    vcpus, memory = _whole(path, rows, row, "flavor_vcpus", 1), _whole(path, rows, row, "flavor_ram", 1)
    return Request(vcpus, memory, _whole(path, rows, row, "numa", 1), strategy, group, domain)


def _whole(path: Path, rows: "csv.DictReader[str]", row: "dict[str, str]", column: str, least: int) -> int:
    text = row.get(column) or ""
    if not text.isdigit() or int(text) < least:
        raise BadData(f"{path}, line {rows.line_num}, column {column}: must be {least} or more, not {text!r}")
    return int(text)


@dataclass(slots=True)
class _Server:
    """What is free on each node, and who is there: by strategy and group, the domains of its members."""

    free: list[Node]
    groups: dict[tuple[str, str], set[str]] = field(default_factory=dict[tuple[str, str], set[str]])

    def fitting(self, part: Node, numa: int) -> tuple[int, ...] | None:
        """The fullest nodes that have room for a part each."""
        nodes = [
            number
            for number, node in enumerate(self.free)
            if node.vcpus >= part.vcpus and node.memory_gib >= part.memory_gib
        ]
        if len(nodes) < numa:
            return None
        return tuple(sorted(sorted(nodes, key=lambda number: self.free[number][::-1])[:numa]))

    @property
    def free_memory_gib(self) -> int:
        return sum(node.memory_gib for node in self.free)


def best_fit(servers: Sequence[Sequence[Node]], requests: Sequence[Request]) -> list[Choice | None]:
    """Of the servers that have room and obey the request's rule, the one with the least free memory."""
    fleet = [_Server(list(nodes)) for nodes in servers]
    home: dict[str, int] = {}
    chosen: list[Choice | None] = []
    for request in requests:
        choice = _best(fleet, request, home)
        chosen.append(choice)
        if choice is not None:
            _take(fleet, request, choice, home)
    return chosen


def wrongly_refused(
    servers: Sequence[Sequence[Node]], requests: Sequence[Request], chosen: Sequence[Choice | None]
) -> list[int]:
    """The requests that were not placed although a server had room and obeyed their rule at that moment."""
    fleet = [_Server(list(nodes)) for nodes in servers]
    home: dict[str, int] = {}
    wrong: list[int] = []
    for number, (request, choice) in enumerate(zip(requests, chosen, strict=True)):
        if choice is not None:
            _take(fleet, request, choice, home)
        elif _best(fleet, request, home) is not None:
            wrong.append(number)
    return wrong


def _take(fleet: Sequence[_Server], request: Request, choice: Choice, home: dict[str, int]) -> None:
    server, part = fleet[choice.server], request.part
    for node in choice.nodes:
        free = server.free[node]
        server.free[node] = Node(free.vcpus - part.vcpus, free.memory_gib - part.memory_gib)
    if request.strategy:
        server.groups.setdefault((request.strategy, request.group), set()).add(request.domain)
    if request.strategy == AFFINITY:
        home[request.group] = choice.server


def _best(fleet: Sequence[_Server], request: Request, home: Mapping[str, int]) -> Choice | None:
    """`home`: the server of each affinity group."""
    best: Choice | None = None
    least = 0
    only = home.get(request.group) if request.strategy == AFFINITY else None
    part, key = request.part, (request.strategy, request.group)
    for number in range(len(fleet)) if only is None else (only,):
        server = fleet[number]
        if best is not None and server.free_memory_gib >= least:
            continue
        there = server.groups.get(key)
        if there and (request.strategy == ANTI_AFFINITY or there - {request.domain}):
            continue
        nodes = server.fitting(part, request.numa)
        if nodes is not None:
            best, least = Choice(number, nodes), server.free_memory_gib
    return best


def violations(
    servers: Sequence[Sequence[Node]], requests: Sequence[Request], chosen: Sequence[Choice | None]
) -> list[str]:
    """Every rule that is broken by what holds at the end, in words. Nothing leaves: what holds then held always."""
    taken: defaultdict[tuple[int, int], list[Node]] = defaultdict(list)
    where: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    broken: list[str] = []
    for number, (request, choice) in enumerate(zip(requests, chosen, strict=True)):
        if choice is None:
            continue
        if len(set(choice.nodes)) != request.numa:
            broken.append(f"request {number} requests {request.numa} nodes and has {choice.nodes}")
        for node in choice.nodes:
            taken[choice.server, node].append(request.part)
        where[request.strategy, request.group].append((choice.server, request.domain))
    for (server, node), parts in taken.items():
        has = servers[server][node]
        if sum(part.vcpus for part in parts) > has.vcpus or sum(part.memory_gib for part in parts) > has.memory_gib:
            broken.append(f"node {node} of server {server} holds more than it has")
    for (strategy, group), members in where.items():
        broken += [f"{strategy} {group}: {fault}" for fault in _faults(strategy, members)]
    return broken


def _faults(strategy: str, members: Sequence[tuple[int, str]]) -> list[str]:
    on: defaultdict[int, list[str]] = defaultdict(list)
    for server, domain in members:
        on[server].append(domain)
    match strategy:
        case "affinity":
            return [f"on {len(on)} servers"] if len(on) > 1 else []
        case "anti-affinity":
            return [f"{len(domains)} on server {server}" for server, domains in on.items() if len(domains) > 1]
        case "fault_domain":
            return [f"domains {sorted(set(d))} on server {server}" for server, d in on.items() if len(set(d)) > 1]
        case _:
            return []
