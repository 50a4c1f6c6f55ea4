"""Where the first VM of a group that must stay together would leave the most room for the rest. Pure.

How many mates will come is not known, and they can go nowhere else. They are taken to be like the first: one that is
packed onto a nearly full host has the next ones refused, however empty the fleet is.
"""

from collections.abc import Sequence

import numpy as np

from controlplane.domain.resources import Resources
from controlplane.placement.feasibility import FITS, Feasibility
from controlplane.placement.host_table import Codes, Floats, HostTable, Ints


def room_for_mates(columns: HostTable, shape: Feasibility, codes: Codes) -> Floats:
    """Of each row, how many such VMs its domain has room for, as a share of the most. `codes`: the rows' domains."""
    count = columns.count
    alike = np.where(shape.obeying, _alike(columns, shape.request.wanted, count), 0)
    if nodes := shape.request.rules.numa_nodes:
        alike = np.minimum(alike, _alike_in_nodes(columns, shape.request.wanted, nodes, count))
    of_domain: Floats = np.bincount(codes, weights=alike).astype(np.float64)
    # A host in no domain can have no mates at all.
    of_domain[0] = 0.0
    room = of_domain[codes]
    most = float(room[shape.broken == FITS].max(initial=0.0))
    return np.minimum(room / most, 1.0) if most else room


def _alike(columns: HostTable, wanted: Resources, count: int) -> Ints:
    amounts = [(columns.free_of(name)[:count], amount) for name, amount in wanted if amount]
    return np.maximum(_whole(amounts, count), 0)


def _whole(amounts: Sequence[tuple[Ints, int]], count: int) -> Ints:
    """How many times all of the amounts are there."""
    times = np.full(count, np.iinfo(np.int32).max, np.int64)
    for free, amount in amounts:
        np.minimum(times, free // amount, out=times)
    return times


def _alike_in_nodes(columns: HostTable, wanted: Resources, nodes: int, count: int) -> Ints:
    """The same by NUMA nodes: each VM has a part in as many, and no two of its parts share a node."""
    vcpus, memory = max(-(-wanted.vcpus // nodes), 1), max(-(-wanted.memory_mib // nodes), 1)
    parts = np.minimum(columns.numa.vcpus[:count] // vcpus, columns.numa.memory_mib[:count] // memory)
    parts = np.maximum(parts, 0)
    alike: Ints = parts.sum(axis=1) // nodes
    while True:
        # Of one node, no more parts are of use than there are VMs.
        fewer: Ints = np.minimum(parts, alike[:, np.newaxis]).sum(axis=1) // nodes
        if np.array_equal(fewer, alike):
            return alike
        alike = fewer
