"""Rules of spare capacity beside starts: a place in mind for every VM of every failure, and what starts take of them.

Of each failure that a rule is about there is a plan: where each of its VMs would go. A plan stays good for as long as
its places do, so that a start costs a look at the plans that it touches, and not a check of all. Nothing is held for a
plan, and plans are of one failure each: they share their room. Places are where the most room is: there they last.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from rpds import HashTrieMap

from controlplane.domain.errors import NoCapacity
from controlplane.domain.fleet import Fleet
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.placement.host_rules import Active
from controlplane.domain.placement.spare_capacity import SpareRule
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.placement import evacuation
from controlplane.placement.engine import Engine
from controlplane.placement.evacuation import needs_place
from controlplane.placement.group_rules import Effect
from controlplane.placement.spare_capacity import domain_of, domains_of, failures
from controlplane.placement.trial import SPREAD, largest_first

# How many orders are tried for a plan that is made anew.
TRIES = 3
# Of more combinations, those of the domains that held the most memory when the rule was first looked at.
MOST_COMBINATIONS = 500
# As refusals count hosts whose room another VM of the same failure would take.
TAKEN = "spare"
_NO_HOLDINGS: "HashTrieMap[str, Resources]" = HashTrieMap()


class Guard(NamedTuple):
    """A rule, and the project whose VMs alone it is about; empty: of all."""

    rule: SpareRule
    project_uid: str = ""

    def needs(self, vm: Vm) -> bool:
        return needs_place(vm) and (not self.project_uid or vm.project_uid == self.project_uid)


class Place(NamedTuple):
    """Where a VM would go: a row of the table of hosts, and what it would hold there."""

    row: int
    held: Resources


class Failure:
    """Some domains of a guard that fail together, and the plan: a place for each VM, or why it has none."""

    def __init__(self, guard: Guard, domains: tuple[str, ...], hosts: Iterable[str]) -> None:
        self.guard = guard
        self.domains = domains
        self.hosts = dict.fromkeys(hosts)
        self.places: dict[str, Place] = {}
        self.unplaced: dict[str, NoCapacity] = {}
        # What places of the plan need of each row.
        self.needed: dict[int, Resources] = {}


class Lack(NamedTuple):
    """A failure that more VMs have no place after than before, and one of these."""

    guard: Guard
    domains: tuple[str, ...]
    vm_uid: str
    refusal: NoCapacity


class SpareAdmission:
    """The plans of all guards of a fleet. `caught_up` before a change and after it says what the change has cost."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._engine = fleet.index(Engine)
        self._guards: tuple[Guard, ...] = ()
        self._failures: dict[Guard, list[Failure]] = {}
        # By domain, the failures that it is of: none, where it is left out of too many combinations.
        self._of_domain: dict[Guard, dict[str, list[Failure]]] = {}
        # By the row of a host, the failures that have places there.
        self._on_row: dict[int, dict[Failure, None]] = {}
        # Failures that leave VMs without a place, and some that did.
        self._short: dict[Failure, None] = {}
        # The hosts as the plans know them, by row.
        self._seen: dict[int, Host | None] = {}
        self._moved = self._changed = 0
        # What takes back the last changes to plans, newest last; None while nobody may want that.
        self._undo: list[Callable[[], object]] | None = None
        # Meanwhile, how many VMs had no place before, by failure that was touched.
        self._before: dict[Failure, int] = {}

    def catch_up(self, guards: tuple[Guard, ...]) -> None:
        """Makes the plans those of these guards, and of the fleet as it is."""
        if guards != self._guards:
            self._failures = {each: self._failures[each] for each in guards if each in self._failures}
            self._of_domain = {each: self._of_domain[each] for each in self._failures}
            self._guards = guards
            self._short = {each: None for each in self._short if each.guard in self._failures}
            self._on_row = {}
            for failure in self._all():
                for row in failure.needed:
                    self._on_row.setdefault(row, {})[failure] = None
        self._look_again()
        for guard in guards:
            if guard not in self._failures:
                self._build(guard)

    def cost(self) -> Lack | None:
        """What has happened since `catch_up` has cost: the first failure after which more VMs have no place.

        If there is one, the plans are left as they were, for what has happened to be undone.
        """
        position = self._moved, self._changed
        self._undo = []
        self._look_again()
        undo, self._undo = self._undo, None
        before, self._before = self._before, {}
        lack = next((_lack(each) for each, count in before.items() if len(each.unplaced) > count), None)
        if lack is not None:
            for each in reversed(undo):
                each()
            self._moved, self._changed = position
        return lack

    def unplaced(self) -> Mapping[tuple[Guard, tuple[str, ...]], Sequence[str]]:
        """The VMs without a place, by uid, of each guard and failure that has any."""
        return {(each.guard, each.domains): tuple(each.unplaced) for each in self._all() if each.unplaced}

    def failures(self) -> list[Failure]:
        """All failures that there are plans for."""
        return list(self._all())

    def _all(self) -> Iterable[Failure]:
        return (failure for of_guard in self._failures.values() for failure in of_guard)

    # What has changed.

    def _look_again(self) -> None:
        table = self._engine.table
        moved, changed = table.moved.since(self._moved), table.changed.since(self._changed)
        self._moved, self._changed = table.moved.end, table.changed.end
        rows = range(table.count) if moved is None or changed is None else sorted({*moved, *changed})
        hosts = [(row, self._seen.get(row), table.hosts[row]) for row in rows]
        hosts = [(row, before, after) for row, before, after in hosts if before is not after]
        freed = False
        for row, before, after in hosts:
            self._see(row, after)
            freed |= _has_more(before, after)
            self._left(before, after)
        for row, before, after in hosts:
            self._lost(row, after)
            self._came(before, after)
        if freed:
            self._retry()

    def _see(self, row: int, host: Host | None) -> None:
        before = self._seen.get(row)
        self._seen[row] = host
        self._note(lambda: self._seen.__setitem__(row, before))

    def _left(self, before: Host | None, after: Host | None) -> None:
        """VMs that the host has no longer, and those of one that has left its domain, need no place in its plans."""
        if before is None:
            return
        for guard in self._failures:
            domain = domain_of(before, guard.rule)
            stays = after is not None and domain_of(after, guard.rule) == domain
            kept = after.holdings if stays and after is not None else _NO_HOLDINGS
            # What is held for the same VM as before is the same object.
            changed = [uid for uid, held in before.holdings.items() if kept.get(uid) is not held]
            gone = [uid for uid in changed if not (stays and self._holds_here(uid, before.uid))]
            for failure in self._of_domain[guard].get(domain, ()):
                if not stays and before.uid in failure.hosts:
                    del failure.hosts[before.uid]
                    self._note(lambda failure=failure: failure.hosts.__setitem__(before.uid, None))
                for vm_uid in gone:
                    self._drop(failure, vm_uid)

    def _holds_here(self, vm_uid: str, host_uid: str) -> bool:
        vm = self._fleet.vms.get(vm_uid)
        return vm is not None and vm.host_uid == host_uid and vm.holds_compute

    def _came(self, before: Host | None, after: Host | None) -> None:
        """VMs that the host has now, in the plans of its domain."""
        if after is None:
            return
        for guard in list(self._failures):
            domain = domain_of(after, guard.rule)
            if domain and domain not in self._of_domain[guard]:
                self._build(guard)
                continue
            stayed = before is not None and domain_of(before, guard.rule) == domain
            known = before.holdings if before is not None and stayed else _NO_HOLDINGS
            new = [uid for uid, held in after.holdings.items() if known.get(uid) is not held]
            vms = [vm for uid in new if (vm := self._fleet.vms.get(uid)) and vm.host_uid == after.uid]
            for failure in self._of_domain[guard].get(domain, ()):
                self._join(failure, after)
                self._need(failure, [vm for vm in vms if guard.needs(vm)])

    def _join(self, failure: Failure, host: Host) -> None:
        """The host fails with the others: nothing can go there."""
        if host.uid not in failure.hosts:
            failure.hosts[host.uid] = None
            self._note(lambda: failure.hosts.pop(host.uid))
            self._move_off(failure, self._engine.table.row_of[host.uid])

    def _lost(self, row: int, host: Host | None) -> None:
        """Places on a host that has no room for them any more, or takes no VMs."""
        for failure in list(self._on_row.get(row, ())):
            takes = host is not None and host.state is HostState.ACTIVE
            if not takes or not self._fits(failure, row, NOTHING):
                self._move_off(failure, row, all_=not takes)

    def _move_off(self, failure: Failure, row: int, *, all_: bool = True) -> None:
        """Other places for all VMs that would go to a host, or for as many as there is no room for."""
        moved: list[Vm] = []
        for uid in [uid for uid, place in failure.places.items() if place.row == row]:
            if not all_ and self._fits(failure, row, NOTHING):
                break
            self._drop(failure, uid)
            moved.append(self._fleet.vms[uid])
        self._need(failure, moved)

    def _retry(self) -> None:
        """There is more room than before: perhaps for what has no place."""
        self._short = {failure: None for failure in self._short if failure.unplaced}
        for failure in list(self._short):
            vms = [vm for uid in failure.unplaced if (vm := self._fleet.vms.get(uid))]
            for vm in largest_first(vms):
                try:
                    place = self._beside(failure, vm)
                except NoCapacity:
                    continue
                if self._is_bound(vm):
                    self._plan(failure)
                    break
                self._drop(failure, vm.uid)
                self._put(failure, vm.uid, place)

    # Plans.

    def _need(self, failure: Failure, vms: list[Vm]) -> None:
        """Finds places for VMs: beside the others of the plan, or else by another plan."""
        left: list[tuple[Vm, NoCapacity | None]] = []
        for vm in largest_first(vms):
            self._drop(failure, vm.uid)
            if self._is_bound(vm):
                left.append((vm, None))
                continue
            try:
                self._put(failure, vm.uid, self._beside(failure, vm))
            except NoCapacity as refusal:
                left.append((vm, refusal))
        if left:
            self._plan(failure, left)

    def _is_bound(self, vm: Vm) -> bool:
        """Whether where it can go depends on where the plan has others, in more than room."""
        return self._engine.table.numa.any or self._engine.is_bound_to_others(vm)

    def _beside(self, failure: Failure, vm: Vm) -> Place:
        """A place that the plan leaves free. Raises NoCapacity."""
        table = self._engine.table
        failing = np.array([table.row_of[uid] for uid in failure.hosts], np.int64)
        taken = np.array([row for row in failure.needed if not self._fits(failure, row, vm.held)], np.int64)
        nowhere = vm._replace(host_uid="", host="", held=NOTHING, expected_lifetime_us=0)
        placed = self._engine.place(
            nowhere, vm.held, Micros(0), (Effect(Active.name, failing), Effect(TAKEN, taken)), SPREAD
        )
        return Place(table.row_of[placed.host_uid], vm.held)

    def _fits(self, failure: Failure, row: int, more: Resources) -> bool:
        table = self._engine.table
        return all(
            amount <= int(table.free_of(name)[row])
            for name, amount in failure.needed.get(row, NOTHING) + more
            if amount
        )

    def _plan(self, failure: Failure, left: Sequence[tuple[Vm, NoCapacity | None]] = ()) -> None:
        """A plan for all its VMs, made anew. Where that is of no help to those `left`, the plan stays as it is."""
        found = evacuation.plan(self._fleet, [*failure.hosts], needs=failure.guard.needs, tries=TRIES, policy=SPREAD)
        refusals = {vm.uid: refusal for vm, refusal in left if refusal is not None}
        helps = len(found.unplaced) < len(failure.unplaced) + len(left)
        if left and not helps and len(refusals) == len(left):
            for uid, refusal in refusals.items():
                self._leave(failure, uid, refusal)
            return
        for uid in [*failure.places, *failure.unplaced]:
            self._drop(failure, uid)
        row_of, named = self._engine.table.row_of, self._fleet.host_named
        for move in found.moves:
            target = named(move.target)
            assert target is not None
            self._put(failure, move.vm_uid, Place(row_of[target.uid], move.held))
        for each in found.unplaced:
            self._leave(failure, each.vm.uid, each.refusal)

    def _leave(self, failure: Failure, vm_uid: str, refusal: NoCapacity) -> None:
        self._touch(failure)
        failure.unplaced[vm_uid] = refusal
        self._short[failure] = None
        self._note(lambda: failure.unplaced.pop(vm_uid, None))

    def _build(self, guard: Guard) -> None:
        """All plans of a guard."""
        for failure in self._failures.get(guard, ()):
            self._short.pop(failure, None)
            for row in failure.needed:
                self._on_row[row].pop(failure, None)
        domains = domains_of(self._fleet.hosts.values(), guard.rule)
        made = [
            Failure(guard, tuple(each.name for each in failing), [uid for each in failing for uid in each.hosts])
            for failing in failures(domains, guard.rule, MOST_COMBINATIONS)
        ]
        self._failures[guard] = made
        self._of_domain[guard] = {each.name: [] for each in domains}
        for failure in made:
            for name in failure.domains:
                self._of_domain[guard][name].append(failure)
        for failure in made:
            self._plan(failure)

    def _put(self, failure: Failure, vm_uid: str, place: Place) -> None:
        failure.places[vm_uid] = place
        failure.needed[place.row] = failure.needed.get(place.row, NOTHING) + place.held
        self._on_row.setdefault(place.row, {})[failure] = None
        self._note(lambda: self._drop(failure, vm_uid))

    def _drop(self, failure: Failure, vm_uid: str) -> None:
        self._touch(failure)
        if (refusal := failure.unplaced.pop(vm_uid, None)) is not None:
            self._note(lambda: self._leave(failure, vm_uid, refusal))
        place = failure.places.pop(vm_uid, None)
        if place is None:
            return
        if left := failure.needed[place.row] - place.held:
            failure.needed[place.row] = left
        else:
            del failure.needed[place.row]
            self._on_row[place.row].pop(failure, None)
        self._note(lambda: self._put(failure, vm_uid, place))

    def _note(self, undo: Callable[[], object]) -> None:
        if self._undo is not None:
            self._undo.append(undo)

    def _touch(self, failure: Failure) -> None:
        if self._undo is not None:
            self._before.setdefault(failure, len(failure.unplaced))


def _has_more(before: Host | None, after: Host | None) -> bool:
    """Whether a VM may find a place there that found none."""
    if after is None or after.state is not HostState.ACTIVE:
        return False
    if before is None or before.state is not after.state:
        return True
    same = before.inventory is after.inventory and before.labels is after.labels and before.traits is after.traits
    same = same and before.platform is after.platform and before.zone == after.zone
    same = same and before.dedicated == after.dedicated
    return not same or bool(before.allocated.beyond(after.allocated))


def _lack(failure: Failure) -> Lack:
    vm_uid, refusal = list(failure.unplaced.items())[-1]
    return Lack(failure.guard, failure.domains, vm_uid, refusal)
