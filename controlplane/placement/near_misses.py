"""When no host fits: the ones that came nearest, and what each lacks."""

import numpy as np

from controlplane.domain.errors import NearMiss
from controlplane.placement.feasibility import GONE, Feasibility
from controlplane.placement.host_table import Floats, HostTable, Ints

NEAREST = 3
# What a host breaks that fits by itself: a rule between VMs.
OTHER_VMS = "other_vms"


def nearest(columns: HostTable, shape: Feasibility, only: int | None = None) -> tuple[NearMiss, ...]:
    """Up to three hosts, or the one that it can only be: those that lack the least room, if any lacks that alone."""
    only = _pinned_to(columns, shape) if only is None else only
    if only is not None:
        return (_miss(columns, shape, only),)
    lacking = np.flatnonzero(shape.obeying & (shape.broken > GONE))
    if len(lacking):
        order = lacking[np.argsort(_shortage(columns, shape, lacking), kind="stable")]
    else:
        others = np.flatnonzero(shape.broken != GONE)
        # The later in the order of the rules, the more were obeyed; one that breaks none has the wrong neighbours.
        order = others[
            np.argsort(-np.where(shape.broken[others], shape.broken[others], len(shape.rules)), kind="stable")
        ]
    return tuple(_miss(columns, shape, int(row)) for row in order[:NEAREST])


def _pinned_to(columns: HostTable, shape: Feasibility) -> int | None:
    name = shape.request.rules.host
    rows = (row for row, host in enumerate(columns.hosts) if host is not None and host.name == name)
    return next(rows, None) if name else None


def _shortage(columns: HostTable, shape: Feasibility, rows: Ints) -> Floats:
    """The sum over classes of what is missing, as shares of what is wanted."""
    missing = np.zeros(len(rows))
    for name, amount in shape.request.wanted:
        if amount:
            missing += np.maximum(amount - columns.free_of(name)[rows], 0) / amount
    return missing


def _miss(columns: HostTable, shape: Feasibility, row: int) -> NearMiss:
    host, rule = columns.hosts[row], shape.rules[int(shape.broken[row])]
    assert host is not None
    # By the host itself: where it holds more than it has, more than what is wanted must be free.
    free = host.capacity.of(rule) - host.allocated.of(rule)
    short = shape.request.wanted.of(rule) - free if rule in columns.free else 0
    return NearMiss(host.name, rule or OTHER_VMS, short)
