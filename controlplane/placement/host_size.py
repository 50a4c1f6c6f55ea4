"""How large hosts are for a kind of VM: how many of them each could hold if it were empty. Pure."""

import numpy as np

from controlplane.domain.resources import Resources
from controlplane.placement.host_table import Bools, Floats, HostTable


def sizes(columns: HostTable, wanted: Resources, among: Bools) -> Floats:
    """Of each row, as a share of the largest `among` them, 0 to 1; 0 where not even the first has a place."""
    taken, holds = np.zeros(columns.count), np.ones(columns.count, np.bool_)
    for name, amount in (("vcpus", wanted.vcpus), ("memory_mib", wanted.memory_mib)):
        if amount:
            inverse = columns.inverse[name][: columns.count]
            np.maximum(taken, amount * inverse, out=taken)
            holds &= inverse > 0
    holds &= taken > 0
    candidates = taken[holds & among]
    if not len(candidates):
        return np.zeros(columns.count)
    least = float(candidates.min())
    return np.where(holds, np.minimum(least / np.where(holds, taken, 1.0), 1.0), 0.0)
