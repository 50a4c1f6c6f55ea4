"""When no host fits: the ones that came nearest, and what each lacks."""

import numpy as np

from controlplane.domain.errors import NearMiss
from controlplane.placement.feasibility import GONE, Feasibility
from controlplane.placement.host_table import Floats, HostTable, Ints

NEAREST = 3
# What a host breaks that fits by itself: a rule between VMs.
OTHER_VMS = "other_vms"


def nearest(table: HostTable, feasibility: Feasibility, only: int | None = None) -> tuple[NearMiss, ...]:
    """Up to three hosts, or the one that it can only be: those that lack the least room, if any lacks that alone."""
    only = _pinned_to(table, feasibility) if only is None else only
    if only is not None:
        return (_miss(table, feasibility, only),)
    lacking = np.flatnonzero(feasibility.obeying & (feasibility.broken > GONE))
    if len(lacking):
        order = lacking[np.argsort(_shortage(table, feasibility, lacking), kind="stable")]
    else:
        others = np.flatnonzero(feasibility.broken != GONE)
        # The later in the order of the rules, the more were obeyed; one that breaks none has the wrong neighbours.
        order = others[
            np.argsort(
                -np.where(feasibility.broken[others], feasibility.broken[others], len(feasibility.rules)), kind="stable"
            )
        ]
    return tuple(_miss(table, feasibility, int(row)) for row in order[:NEAREST])


def _pinned_to(table: HostTable, feasibility: Feasibility) -> int | None:
    name = feasibility.request.rules.host
    rows = (row for row, host in enumerate(table.hosts) if host is not None and host.name == name)
    return next(rows, None) if name else None


def _shortage(table: HostTable, feasibility: Feasibility, rows: Ints) -> Floats:
    """The sum over classes of what is missing, as shares of what is requested."""
    missing = np.zeros(len(rows))
    for name, amount in feasibility.request.requested:
        if amount:
            missing += np.maximum(amount - table.free_of(name)[rows], 0) / amount
    return missing


def _miss(table: HostTable, feasibility: Feasibility, row: int) -> NearMiss:
    host, rule = table.hosts[row], feasibility.rules[int(feasibility.broken[row])]
    assert host is not None
    # By the host itself: where it holds more than it has, more than what is requested must be free.
    free = host.capacity.of(rule) - host.allocated.of(rule)
    short = feasibility.request.requested.of(rule) - free if rule in table.free else 0
    return NearMiss(host.name, rule or OTHER_VMS, short)
