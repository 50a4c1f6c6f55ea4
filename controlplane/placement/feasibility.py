"""The feasibility of all hosts for one equivalence class of requests: the first rule that each breaks, and its score.

VMs come in few kinds. All hosts are evaluated for one kind once, in a few numpy operations, and then again only where
they change: a decision for a known class costs a look at those, and a search for the best.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from controlplane.domain.host.aggregate import Host
from controlplane.domain.placement.host_rules import host_rules
from controlplane.domain.placement.policy import Policy, ZonePolicies
from controlplane.domain.placement.rules import PlacementRules
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Spec
from controlplane.placement import numa_fit
from controlplane.placement.host_table import Bools, Broken, Floats, HostTable, Ints, Rows
from controlplane.placement.rule_arrays import rule_holds, selected
from controlplane.placement.scoring import Scores

# More changed hosts than this are worked out at once, as arrays; fewer one by one.
ONE_BY_ONE = 24
# A preference of 100 outweighs any policy.
PREFERENCE_SCALE = 0.04
FITS, GONE = 0, 1
CLASSES_KEPT = 64
FOUND_KEPT = 4096


class Request(NamedTuple):
    """All of a VM that a host is evaluated by. Other VMs are not among it: `rules` are without those about them."""

    requested: Resources
    files: tuple[str, ...]
    rules: PlacementRules
    project: str
    policy: Policy
    zone_policies: ZonePolicies = ()


class FeasibilityCache:
    """The feasibilities that were used last. VMs of one kind share their spec: they are found by its identity."""

    def __init__(self, table: HostTable) -> None:
        self._table = table
        self._classes: OrderedDict[Request, Feasibility] = OrderedDict()
        # Each keeps its spec, so that no other can get its identity.
        self._found: dict[tuple[int, Resources, str, str, ZonePolicies], tuple[Spec, Feasibility]] = {}

    def of(
        self, requested: Resources, spec: Spec, project: str, policy: Policy, zone_policies: ZonePolicies = ()
    ) -> "Feasibility":
        """The feasibility of a request, true of the table as they are now."""
        key = (id(spec), requested, project, policy.name, zone_policies)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= FOUND_KEPT:
                self._found.clear()
            rules = spec.host_rules._replace(groups=())
            request = Request(requested, spec.files, rules, project, policy, zone_policies)
            found = self._found[key] = (spec, self._feasibility(request))
        feasibility = found[1]
        feasibility.catch_up()
        return feasibility

    def _feasibility(self, request: Request) -> "Feasibility":
        feasibility = self._classes.get(request)
        if feasibility is not None:
            self._classes.move_to_end(request)
            return feasibility
        feasibility = self._classes[request] = Feasibility(self._table, request)
        if len(self._classes) > CLASSES_KEPT:
            _, last = self._classes.popitem(last=False)
            self._found = {key: found for key, found in self._found.items() if found[1] is not last}
        return feasibility


class Feasibility:
    """Of each row: `broken`, the number of the first rule in `rules` that it breaks, FITS or GONE; and `score`."""

    def __init__(self, table: HostTable, request: Request) -> None:
        self._table = table
        self.request = request
        self._host_rules = host_rules(request.project, request.files, request.rules, request.requested)
        room = [name for name, amount in request.requested if amount]
        self.rules = ["", "", *(each.name for each in self._host_rules), *room, "numa_room"]
        self._room = {name: len(self.rules) - 1 - len(room) + place for place, name in enumerate(room)}
        self.scores = Scores(table, request.policy, request.zone_policies)
        self._moved = self._changed = -1
        self._fixed = np.zeros(0, np.int16)
        # What preferences add to each row's score; None without preferences.
        self._bonus: Floats | None = None
        self._size: Floats = np.zeros(0)
        self.broken = np.zeros(0, np.int16)
        self.score: Floats = np.zeros(0)
        # How many rows break each rule.
        self.counts: list[int] = []

    @property
    def obeying(self) -> Bools:
        """Of each row, whether it breaks no rule but for lack of room."""
        return self._fixed == FITS

    @property
    def bonus(self) -> Floats | None:
        """Of each row, what preferences add to its score; None without preferences."""
        return self._bonus

    def catch_up(self) -> None:
        """Becomes true of the table as they are now."""
        table = self._table
        changed, moved = table.changed.since(self._changed), table.moved.since(self._moved)
        self._changed, self._moved = table.changed.end, table.moved.end
        if changed is None or moved is None or len(self.score) != table.count:
            self._work_out_all()
            return
        if changed and not self._work_out_changed(_distinct(changed)):
            # The largest host is another one: every host's size, and score, is.
            self._work_out_all()
            return
        if moved:
            self._work_out(_distinct(moved))

    def _work_out_all(self) -> None:
        count = self._table.count
        rows = slice(0, count)
        self._fixed, self._bonus = self._fixed_of(rows), self._bonus_of(rows)
        self._size = sizes(self._table, self.request.requested, self.obeying)
        self.broken, self.score = self._broken_and_score(rows)
        self.counts = np.bincount(self.broken, minlength=len(self.rules)).tolist()

    def _work_out_changed(self, rows: Sequence[int]) -> bool:
        """Whether the hosts that did not change are as they were."""
        some = np.array(rows, np.int64)
        self._fixed[some] = self._fixed_of(some)
        if self._bonus is not None:
            self._bonus[some] = self._bonus_of(some)
        size = sizes(self._table, self.request.requested, self.obeying)
        self._size[some] = size[some]
        if not np.array_equal(size, self._size):
            return False
        self._work_out_arrays(some)
        return True

    def _work_out(self, rows: Sequence[int]) -> None:
        if len(rows) > ONE_BY_ONE:
            self._work_out_arrays(np.array(rows, np.int64))
            return
        for row in rows:
            self._work_out_one(row)

    def _work_out_arrays(self, some: Ints) -> None:
        before = self.broken[some]
        after, self.score[some] = self._broken_and_score(some)
        self.broken[some] = after
        for number in before.tolist():
            self.counts[number] -= 1
        for number in after.tolist():
            self.counts[number] += 1

    def _fixed_of(self, rows: Rows) -> Broken:
        table = self._table
        broken: Broken = np.zeros(table.known[rows].shape, np.int16)
        for number in range(len(self._host_rules) - 1, -1, -1):
            broken[~rule_holds(table, self._host_rules[number], rows)] = number + 2
        broken[~table.known[rows]] = GONE
        return broken

    def _bonus_of(self, rows: Rows) -> Floats | None:
        if not self.request.rules.prefer:
            return None
        bonus = np.zeros(self._table.known[rows].shape)
        for each in self.request.rules.prefer:
            bonus[selected(self._table, each.selector, rows)] += each.weight * PREFERENCE_SCALE
        return bonus

    def _broken_and_score(self, rows: Rows) -> tuple[Broken, Floats]:
        table, requested = self._table, self.request.requested
        broken = self._fixed[rows].copy()
        for name, number in self._room.items():
            broken[(broken == FITS) & (table.free_of(name)[rows] < requested.of(name))] = number
        if table.numa.any:
            room = numa_fit.has_room(table, requested, self.request.rules.numa_nodes, rows)
            broken[(broken == FITS) & ~room] = len(self.rules) - 1
        vcpus = (table.free["vcpus"][rows] - requested.vcpus) * table.inverse["vcpus"][rows]
        memory = (table.free["memory_mib"][rows] - requested.memory_mib) * table.inverse["memory_mib"][rows]
        score = self.scores.of_rows(rows, vcpus, memory, self._size[rows])
        if self._bonus is not None:
            score += self._bonus[rows]
        score[broken != FITS] = -np.inf
        return broken, score

    def _work_out_one(self, row: int) -> None:
        """As `_broken_and_score`, in plain Python: a numpy operation costs as much on one row as on a thousand."""
        table, requested = self._table, self.request.requested
        host = table.hosts[row]
        number = int(self._fixed[row])
        if not number and host is not None:
            number = self._lacks(host)
        self.counts[self.broken[row]] -= 1
        self.counts[number] += 1
        self.broken[row] = number
        if number or host is None:
            # A row without a host is GONE by its fixed rules.
            self.score[row] = -np.inf
            return
        capacity, allocated = host.capacity, host.allocated
        vcpus = (capacity.vcpus - allocated.vcpus - requested.vcpus) * (1.0 / capacity.vcpus if capacity.vcpus else 0.0)
        memory = (capacity.memory_mib - allocated.memory_mib - requested.memory_mib) * (
            1.0 / capacity.memory_mib if capacity.memory_mib else 0.0
        )
        score = self.scores.of_one(host.zone, vcpus, memory, float(self._size[row]))
        self.score[row] = score if self._bonus is None else score + self._bonus[row]

    def _lacks(self, host: Host) -> int:
        requested = self.request.requested
        if short := requested.lacking(host.capacity, host.allocated):
            return self._room[short]
        if host.numa and numa_fit.chosen_nodes(host, requested, self.request.rules.numa_nodes) is None:
            return len(self.rules) - 1
        return FITS


def _distinct(rows: Sequence[int]) -> Sequence[int]:
    return rows if len(rows) < 2 else list(dict.fromkeys(rows))


def sizes(table: HostTable, requested: Resources, among: Bools) -> Floats:
    """Of each row, as a share of the largest `among` them, 0 to 1; 0 where not even the first has a place."""
    taken, holds = np.zeros(table.count), np.ones(table.count, np.bool_)
    for name, amount in (("vcpus", requested.vcpus), ("memory_mib", requested.memory_mib)):
        if amount:
            inverse = table.inverse[name][: table.count]
            np.maximum(taken, amount * inverse, out=taken)
            holds &= inverse > 0
    holds &= taken > 0
    candidates = taken[holds & among]
    if not len(candidates):
        return np.zeros(table.count)
    least = float(candidates.min())
    return np.where(holds, np.minimum(least / np.where(holds, taken, 1.0), 1.0), 0.0)
