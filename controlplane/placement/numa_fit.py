"""Which NUMA nodes of a host a VM sits in. Pure.

A VM that requires N nodes takes an equal part of each: as much as a part, rounded up, must be free there. One that
requires none sits in the node that it fills best, or in several when none has room for all of it.
"""

import numpy as np

from controlplane.domain.host.aggregate import Host, NumaCell, NumaPart
from controlplane.domain.host.numa import Cells, free_cells
from controlplane.domain.resources import Resources
from controlplane.placement.host_table import Bools, HostTable, Rows


def _part(requested: Resources, nodes: int) -> NumaCell:
    return NumaCell(-(-requested.vcpus // nodes), -(-requested.memory_mib // nodes))


def has_room(table: HostTable, requested: Resources, nodes: int, rows: Rows) -> Bools:
    """For each of `rows`, whether its nodes have room. One that reported no nodes has, for a VM that requires none."""
    vcpus, memory = table.numa.vcpus[rows], table.numa.memory_mib[rows]
    if nodes:
        part = _part(requested, nodes)
        return np.count_nonzero((vcpus >= part.vcpus) & (memory >= part.memory_mib), axis=1) >= nodes
    enough = (vcpus.sum(axis=1) >= requested.vcpus) & (memory.sum(axis=1) >= requested.memory_mib)
    return enough | (table.numa.nodes[rows] == 0)


def chosen_nodes(host: Host, requested: Resources, nodes: int) -> tuple[NumaPart, ...] | None:
    """The part of each node that the VM takes, in the nodes' order; None when they have no room. See `has_room`."""
    free = free_cells(host.numa, host.numa_allocated)
    if nodes:
        return _equal_parts(free, requested, nodes)
    if not free:
        return ()
    return _equal_parts(free, requested, 1) or _any_parts(free, requested)


def _equal_parts(free: Cells, requested: Resources, nodes: int) -> tuple[NumaPart, ...] | None:
    part = _part(requested, nodes)
    fitting = [
        (cell.memory_mib - part.memory_mib, cell.vcpus - part.vcpus, node)
        for node, cell in enumerate(free)
        if cell.vcpus >= part.vcpus and cell.memory_mib >= part.memory_mib
    ]
    if len(fitting) < nodes:
        return None
    # The fullest that fit: what is free stays together.
    chosen = sorted(node for _, _, node in sorted(fitting)[:nodes])
    more_vcpus, more_memory = requested.vcpus % nodes, requested.memory_mib % nodes
    return tuple(
        NumaPart(
            node, requested.vcpus // nodes + (place < more_vcpus), requested.memory_mib // nodes + (place < more_memory)
        )
        for place, node in enumerate(chosen)
    )


def _any_parts(free: Cells, requested: Resources) -> tuple[NumaPart, ...] | None:
    vcpus, memory = requested.vcpus, requested.memory_mib
    parts: list[NumaPart] = []
    for node in sorted(range(len(free)), key=lambda node: (-free[node].vcpus, node)):
        part = NumaPart(node, max(0, min(vcpus, free[node].vcpus)), max(0, min(memory, free[node].memory_mib)))
        if part.vcpus or part.memory_mib:
            parts.append(part)
            vcpus, memory = vcpus - part.vcpus, memory - part.memory_mib
    return None if vcpus or memory else tuple(sorted(parts))
