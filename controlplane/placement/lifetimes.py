"""When hosts will be empty, and which of them a VM of a known lifetime should join. Chooses nothing.

A host is in use until the last of its VMs ends. So a VM belongs where it makes that later by the least, and of those
where it is outlived by the least: the room that ends with it is then of use to nobody for the shortest time.
Ends count in whole minutes: nobody knows them better.
"""

from typing import NamedTuple

import numpy as np

from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.placement.feasibility import FITS, Feasibility
from controlplane.placement.host_table import Bools, Floats, HostTable, Ints

MINUTE = 60 * SECOND
# What a policy's score is worth, in minutes: 1 of it is as much as a host that is kept 3.75 minutes longer, or one that
# outlives the VM by 80. See decision 0010.
LONGER, OUTLIVED = 16 / 60, 0.75 / 60
# A host that outlives the VM by more is no worse; one with a VM of no known lifetime is as bad.
MOST_OUTLIVED = 48 * 60
# Policies differ by about this much between the best host and the worst.
WIDTH = 2.0


class ExpectedLifetime(NamedTuple):
    """Of a VM that holds compute: its host's row, when it began and when it is expected to end, in minutes."""

    row: int
    start: int
    end: int


class Ends:
    """The VMs of a known end, by row, and of each row: how many, the earliest start, the latest end."""

    def __init__(self) -> None:
        self._lifetimes: dict[str, ExpectedLifetime] = {}
        self._on: dict[int, dict[str, ExpectedLifetime]] = {}
        self.known: Ints = np.zeros(0, np.int64)
        self.start: Ints = np.zeros(0, np.int64)
        self.end: Ints = np.zeros(0, np.int64)

    def put(self, uid: str, vm: Vm | None, row: int | None) -> None:
        """The VM as it is now; on no row, it does not count."""
        end = vm.expected_end if vm is not None else None
        lifetime = (
            ExpectedLifetime(row, vm.started // MINUTE, end // MINUTE)
            if vm and row is not None and end is not None
            else None
        )
        before = self._lifetimes.get(uid)
        if lifetime == before:
            return
        if before is not None:
            del self._lifetimes[uid]
            del self._on[before.row][uid]
            self._sum_up(before.row)
        if lifetime is not None:
            self._lifetimes[uid] = lifetime
            self._on.setdefault(lifetime.row, {})[uid] = lifetime
            self._sum_up(lifetime.row)

    def grow(self, count: int) -> None:
        """Has rows for so many hosts."""
        if (more := count - len(self.end)) > 0:
            # As much again: hosts come one by one.
            more += count
            self.known, self.start, self.end = (
                np.concatenate([each, np.zeros(more, np.int64)]) for each in (self.known, self.start, self.end)
            )

    def _sum_up(self, row: int) -> None:
        self.grow(row + 1)
        here = self._on[row].values()
        self.known[row] = len(here)
        self.start[row] = min((each.start for each in here), default=0)
        self.end[row] = max((each.end for each in here), default=0)
        if not here:
            del self._on[row]

    def at(self, now: int, count: int) -> Ints:
        """When each of the first `count` rows is expected to be empty, as of the minute `now`.

        Where all have outlived their lifetimes, as long again as the oldest has run by now.
        """
        self.grow(count)
        end = self.end[:count]
        return np.where(end > now, end, 2 * now - self.start[:count])

    def all_known(self, table: HostTable) -> Bools:
        """Of each row, whether it has VMs, and the end of all of them is known."""
        count = table.count
        self.grow(count)
        return (table.vms[:count] > 0) & (table.vms[:count] == self.known[:count])

    def host_end(self, row: int, now: Micros, table: HostTable) -> Micros | None:
        """When one row is expected to be empty; None where it is, or a VM there has no known lifetime."""
        if not self.all_known(table)[row]:
            return None
        return Micros(int(self.at(now // MINUTE, table.count)[row]) * MINUTE)


def joined(vm: Vm, now: Micros, feasibility: Feasibility, table: HostTable, ends: Ends) -> Floats:
    """A feasibility's scores, once the ends of the VM and of hosts count beside the policy.

    Both together stay within what a policy alone gives: preferences and soft rules outweigh them as ever.
    """
    count = table.count
    end = now + vm.expected_lifetime_us
    host_ends = ends.at(now // MINUTE, count)
    occupied = table.vms[:count] > 0
    later = end // MINUTE - host_ends
    # Of the two, the one that is meant is above 0.
    cost = np.maximum(LONGER * later, np.minimum(-OUTLIVED * later, OUTLIVED * MOST_OUTLIVED))
    cost[occupied & ~ends.all_known(table)] = OUTLIVED * MOST_OUTLIVED
    # An empty host is in use for all of the VM's life, and the last to be chosen.
    lifetime = (end - now) // MINUTE
    cost[~occupied] = LONGER * lifetime + OUTLIVED * MOST_OUTLIVED
    fits = cost[feasibility.broken == FITS]
    span = float(fits.max() - fits.min()) if len(fits) else 0.0
    bonus = feasibility.bonus
    plain = feasibility.score if bonus is None else feasibility.score - bonus
    score = (plain - cost) * (WIDTH / (WIDTH + span))
    return score if bonus is None else score + bonus
