"""NUMA nodes of a host: what each can hold and holds, and the parts that VMs have of them. Chooses no node."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from controlplane.domain.resources import ClassInventory


class NumaCell(NamedTuple):
    """vCPUs and memory of one NUMA node: all there is, what it can hold, or what is held on it."""

    vcpus: int
    memory_mib: int


class NumaPart(NamedTuple):
    """What a VM takes of one NUMA node. Nodes count from 0."""

    node: int
    vcpus: int
    memory_mib: int


Cells = tuple[NumaCell, ...]
Parts = tuple[NumaPart, ...]
EMPTY = NumaCell(0, 0)


def capacities(cells: Cells, inventory: Mapping[str, ClassInventory]) -> Cells:
    """What the nodes can hold: the host's allocation ratios apply."""
    vcpus, memory = (inventory[name].allocation_ratio if name in inventory else 1.0 for name in ("vcpus", "memory_mib"))
    return tuple(NumaCell(math.floor(cell.vcpus * vcpus), math.floor(cell.memory_mib * memory)) for cell in cells)


def resized(allocated: Cells, nodes: int) -> Cells:
    """What is held, on as many nodes as there are now, and on those that are gone and still hold something."""
    kept = len(allocated)
    while kept > nodes and allocated[kept - 1] == EMPTY:
        kept -= 1
    return (*allocated[:kept], *(EMPTY,) * (nodes - kept))


def with_parts(cells: Cells, parts: Parts, sign: int = 1) -> Cells:
    """The cells with the parts put on their nodes, or taken off them. Of a node that is gone a part may be left."""
    changed = list(cells)
    for part in parts:
        changed += [EMPTY] * (part.node + 1 - len(changed))
        cell = changed[part.node]
        changed[part.node] = NumaCell(cell.vcpus + sign * part.vcpus, cell.memory_mib + sign * part.memory_mib)
    return tuple(changed)


def combined(parts: Parts, more: Parts, sign: int = 1) -> Parts:
    """The parts of one VM after more of them, or fewer, by node."""
    if not parts and sign > 0:
        return more
    by_node = {part.node: NumaCell(part.vcpus, part.memory_mib) for part in parts}
    for part in more:
        cell = by_node.get(part.node, EMPTY)
        by_node[part.node] = NumaCell(cell.vcpus + sign * part.vcpus, cell.memory_mib + sign * part.memory_mib)
    return tuple(NumaPart(node, *cell) for node, cell in sorted(by_node.items()) if cell != EMPTY)


def lacking(parts: Parts, capacity: Cells, allocated: Cells) -> tuple[str, int, int] | None:
    """The first class of which a node has less than its part: its name, what is free, what is needed. None: all fit."""
    for part in parts:
        if not 0 <= part.node < len(capacity):
            return f"numa_nodes[{part.node}]", 0, part.vcpus or part.memory_mib
        has, held = capacity[part.node], allocated[part.node]
        for name, free, needed in (
            ("vcpus", has.vcpus - held.vcpus, part.vcpus),
            ("memory_mib", has.memory_mib - held.memory_mib, part.memory_mib),
        ):
            if needed and needed > free:
                return f"numa_nodes[{part.node}].{name}", free, needed
    return None


def free_cells(capacity: Cells, allocated: Cells) -> Cells:
    """What is free on each node that there is; nothing on one that holds more than it has."""
    return tuple(
        NumaCell(max(has.vcpus - held.vcpus, 0), max(has.memory_mib - held.memory_mib, 0))
        for has, held in zip(capacity, allocated, strict=False)
    )
