"""The choice of a host for a VM: every rule obeyed, the best score, and why. Reads the fleet, changes nothing.

One engine goes with one fleet: `fleet.index(Engine)`. It catches up with what changed in the fleet at each decision, so
that the decisions of one batch see each other, and those that were taken back are forgotten.
"""

from collections.abc import Sequence

import numpy as np

from controlplane.domain.errors import NoCapacity
from controlplane.domain.fleet import Fleet
from controlplane.domain.placement.host_rules import HostRule, Image, Require
from controlplane.domain.placement.policy import Policy
from controlplane.domain.placement.selectors import Term
from controlplane.domain.project.aggregate import DEFAULT_TERMS
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.terms import Placed
from controlplane.placement import numa_fit
from controlplane.placement.feasibility import GONE, Feasibility, FeasibilityCache
from controlplane.placement.group_index import GroupIndex
from controlplane.placement.group_rules import Effect, effects_on
from controlplane.placement.host_table import Floats, HostTable
from controlplane.placement.lifetimes import Ends, joined
from controlplane.placement.near_misses import OTHER_VMS, nearest
from controlplane.placement.rule_arrays import rule_holds

NEVER = float("-inf")
ALTERNATIVES = 2
# What a host that has the VM's image is better: a quarter of what a policy can give, and less than a preference of 13.
COPY = 0.5
# Of how many hosts a list is searched sooner than an array.
FEW = 100


class Engine:
    """Places VMs on the hosts of a fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._table = HostTable()
        self._groups = GroupIndex()
        self._ends = Ends()
        # VMs that count on a second host.
        self._moving: set[str] = set()
        self._classes = FeasibilityCache(self._table)
        # Whether some host obeys a rule, as of a place in the log of changes.
        self._known: dict[HostRule, bool] = {}
        self._known_at = 0
        self._catch_up()

    def place(
        self, vm: Vm, requested: Resources, now: Micros, bars: Sequence[Effect] = (), policy: Policy | None = None
    ) -> Placed:
        """Chooses a host for a start at `now`, none of those that one of `bars` bars.

        By its project's policies, or by `policy` in every zone.
        Raises NoCapacity, with a count of hosts by the first rule that each breaks.
        Ties go to the host that has been known longest, so that the same history gives the same answer.
        """
        self._catch_up()
        feasibility = self._feasibility(vm, requested, policy)
        score, turned_down = feasibility.score, _turned_down(feasibility)
        if vm.expected_lifetime_us:
            score = joined(vm, now, feasibility, self._table, self._ends)
        content = vm.spec.content
        copies = self._table.copies.bonus(content.sha256, self._table.count, COPY) if content else None
        effects = [*self._effects(vm, feasibility), *bars]
        if copies is not None:
            effects.append(Effect("image_copy", bonus=copies))
        if effects:
            score = _after(effects, score, turned_down)
        only = self._table.row_of.get(vm.host_uid) if vm.held else None
        if only is not None:
            score, turned_down = self._only(only, score, feasibility)
        ranked = _ranked(score)
        if not ranked:
            raise NoCapacity(
                vm.name, self._considered(feasibility), turned_down, nearest(self._table, feasibility, only)
            )
        placed = self._placed(ranked, turned_down, feasibility)
        if copies is not None:
            have = [row for row, _ in ranked if copies[row]]
            names = tuple(host.name for row in have if (host := self._table.hosts[row]))
            placed = placed._replace(image_hosts=names)
        if not vm.expected_lifetime_us:
            return placed
        return placed._replace(
            expected_end=Micros(now + vm.expected_lifetime_us),
            host_expected_end=self._ends.host_end(ranked[0][0], now, self._table),
        )

    def expected_end(self, host_uid: str, now: Micros) -> Micros | None:
        """When a host is expected to be empty; None where it is, or has a VM of no known lifetime."""
        self._catch_up()
        return self._ends.host_end(self._table.row_of[host_uid], now, self._table)

    @property
    def table(self) -> HostTable:
        """The fleet's hosts as they are now, for what bars some of them."""
        self._catch_up()
        return self._table

    def is_bound_to_others(self, vm: Vm) -> bool:
        """Whether a rule between VMs is about it: its own, or one of those that are placed already."""
        self._catch_up()
        apart = self._groups.apart_from(vm.project_uid, dict(vm.labels)) if vm.labels else ()
        return bool(vm.spec.rules.groups) or any(True for _ in apart)

    def some_host_has(self, files: tuple[str, ...]) -> bool:
        """Whether some host has all of these files in its image directory."""
        return self._some_host(Image(files))

    def some_host_obeys(self, term: Term) -> bool:
        return self._some_host(Require(term))

    def _some_host(self, rule: HostRule) -> bool:
        """Remembered until a host changes in more than its room."""
        self._catch_up()
        table = self._table
        if self._known_at != table.changed.end:
            self._known_at = table.changed.end
            self._known.clear()
        known = self._known.get(rule)
        if known is None:
            known = self._known[rule] = bool(rule_holds(table, rule, slice(0, table.count)).any())
        return known

    def _placed(
        self, ranked: Sequence[tuple[int, float]], turned_down: dict[str, int], feasibility: Feasibility
    ) -> Placed:
        hosts = self._table.hosts
        (best, score), *others = ranked
        host = hosts[best]
        assert host is not None
        request = feasibility.request
        parts = numa_fit.chosen_nodes(host, request.requested, request.rules.numa_nodes) if host.numa else ()
        assert parts is not None
        return Placed(
            host.uid,
            host.name,
            feasibility.scores.policy_in(host.zone),
            self._considered(feasibility),
            turned_down,
            score,
            tuple([(other.name, value) for row, value in others if (other := hosts[row])]),
            parts,
        )

    def _considered(self, feasibility: Feasibility) -> int:
        return self._table.count - (feasibility.counts[GONE] if feasibility.counts else 0)

    def _feasibility(self, vm: Vm, requested: Resources, policy: Policy | None) -> Feasibility:
        if policy is not None:
            return self._classes.of(requested, vm.spec, vm.project, policy)
        project = self._fleet.projects.get(vm.project_uid)
        terms = project.terms if project else DEFAULT_TERMS
        return self._classes.of(requested, vm.spec, vm.project, terms.policy, terms.zone_policies)

    def _effects(self, vm: Vm, feasibility: Feasibility) -> Sequence[Effect]:
        if not vm.labels and not vm.spec.rules.groups:
            return ()
        return effects_on(vm, self._table, self._groups, feasibility)

    def _only(self, row: int, score: Floats, feasibility: Feasibility) -> tuple[Floats, dict[str, int]]:
        """What a VM holds stays where it is: its disk is on that host's storage."""
        only = np.full(len(score), -np.inf)
        only[row] = score[row]
        turned_down = {"holds_elsewhere": others} if (others := self._considered(feasibility) - 1) else {}
        if score[row] == -np.inf:
            turned_down[feasibility.rules[feasibility.broken[row]] or OTHER_VMS] = 1
        return only, turned_down

    def _catch_up(self) -> None:
        fleet, table = self._fleet, self._table
        for uid in fleet.changed_hosts:
            host = fleet.hosts.get(uid)
            if host is None:
                table.take_away(uid)
            else:
                table.put(host)
        fleet.changed_hosts.clear()
        for uid in fleet.changed_vms:
            vm = fleet.vms.get(uid)
            row = table.row_of[vm.host_uid] if vm is not None and vm.holds_compute else None
            self._ends.put(uid, vm, row)
            in_groups = vm is not None and (vm.labels or vm.spec.rules.groups)
            self._groups.put(uid, vm, row if in_groups else None)
            migration = vm.migration if vm is not None else None
            if migration is not None or uid in self._moving:
                self._put_other_side(uid, vm, table.row_of[migration.host_uid] if migration else None)
        fleet.changed_vms.clear()

    def _put_other_side(self, uid: str, vm: Vm | None, row: int | None) -> None:
        """Of a migration that is under way, a VM counts on both hosts: it may yet be on either."""
        if row is None:
            self._moving.discard(uid)
        else:
            self._moving.add(uid)
        other = f"{uid}/moving"
        self._ends.put(other, vm, row)
        self._groups.put(other, vm, row if vm is not None and (vm.labels or vm.spec.rules.groups) else None)


def _ranked(score: Floats) -> list[tuple[int, float]]:
    """The best row and its ALTERNATIVES, with their scores, of those that have one. Ties go to the first."""
    if len(score) <= FEW:
        return _ranked_few(score.tolist())
    found: list[tuple[int, float]] = []
    for _ in range(1 + ALTERNATIVES):
        row = int(score.argmax())
        value = float(score[row])
        if value == NEVER:
            break
        found.append((row, value))
        score[row] = NEVER
    for row, value in found:
        score[row] = value
    return found


def _ranked_few(scores: list[float]) -> list[tuple[int, float]]:
    """The same in plain Python: numpy lets other threads run, and waits until they let it go on, however few rows."""
    found: list[tuple[int, float]] = []
    while len(found) <= ALTERNATIVES and (value := max(scores, default=NEVER)) != NEVER:
        row = scores.index(value)
        found.append((row, value))
        scores[row] = NEVER
    return found


def _turned_down(feasibility: Feasibility) -> dict[str, int]:
    return {rule: count for rule, count in zip(feasibility.rules[2:], feasibility.counts[2:], strict=True) if count}


def _after(effects: Sequence[Effect], score: Floats, turned_down: dict[str, int]) -> Floats:
    """The scores once the rules between VMs are obeyed, each host turned down by the first that it breaks."""
    score = score.copy()
    for effect in effects:
        if effect.barred is not None:
            newly = int(np.count_nonzero(score[effect.barred] > -np.inf))
            score[effect.barred] = -np.inf
            if newly:
                turned_down[effect.rule] = turned_down.get(effect.rule, 0) + newly
    for effect in effects:
        if effect.bonus is not None:
            score += effect.bonus
    return score
