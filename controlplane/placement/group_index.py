"""Which VMs are where, for the rules that VMs have about each other. Counts; chooses nothing.

Only VMs that hold compute count, and of those the labelled: a selector of VMs has a term that no other can match.
Everything is kept by row of the host, so that a host that gets another zone or label needs nothing here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from controlplane.domain.placement.rules import GroupKind, GroupRule
from controlplane.domain.placement.selectors import Op, Selector
from controlplane.domain.vm.aggregate import Vm

Pair = tuple[str, str]


class Member(NamedTuple):
    """A VM that counts: its host's row, its project, and what matters of it."""

    row: int
    project_uid: str
    labels: Mapping[str, str]
    rules: tuple[GroupRule, ...]


class AntiAffinityGroup(NamedTuple):
    """A hard anti-affinity that some VMs have: no more than `most` selected ones in a domain with them."""

    vms: Selector
    within: str
    most: int


class _Counts:
    """How many of something are on each row; a row without any is not there."""

    def __init__(self) -> None:
        self.rows: dict[int, int] = {}

    def add(self, row: int, change: int) -> None:
        count = self.rows.get(row, 0) + change
        if count:
            self.rows[row] = count
        else:
            self.rows.pop(row, None)


class _Project:
    """The members of one project. Selectors are found by the labels that they ask for, not by trying each."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self._by_pair: defaultdict[Pair, dict[str, None]] = defaultdict(dict)
        self._matching: dict[Selector, _Counts] = {}
        self._apart: defaultdict[Selector, dict[AntiAffinityGroup, _Counts]] = defaultdict(dict)
        self._selectors: defaultdict[Pair | None, list[Selector]] = defaultdict(list)

    def put(self, uid: str, member: Member) -> None:
        for apart in _aparts(member):
            self.rows_of(apart.vms)
            self._apart[apart.vms].setdefault(apart, _Counts()).add(member.row, 1)
        for selector in self._selecting(member.labels):
            self._matching[selector].add(member.row, 1)
        self.members[uid] = member
        for pair in member.labels.items():
            self._by_pair[pair][uid] = None

    def take_away(self, uid: str) -> None:
        member = self.members.pop(uid)
        for pair in member.labels.items():
            del self._by_pair[pair][uid]
            if not self._by_pair[pair]:
                del self._by_pair[pair]
        for apart in _aparts(member):
            counts = self._apart[apart.vms][apart]
            counts.add(member.row, -1)
            if not counts.rows:
                del self._apart[apart.vms][apart]
                if not self._apart[apart.vms]:
                    del self._apart[apart.vms]
                    self._forget_if_unused(apart.vms)
        for selector in list(self._selecting(member.labels)):
            self._matching[selector].add(member.row, -1)
            self._forget_if_unused(selector)

    def _selecting(self, labels: Mapping[str, str]) -> Iterator[Selector]:
        """The selectors in use that match these labels."""
        for pair in (*labels.items(), None):
            for selector in self._selectors.get(pair, ()):
                if selector.matches(labels):
                    yield selector

    def apart_from(self, labels: Mapping[str, str]) -> Iterator[tuple[AntiAffinityGroup, dict[int, int]]]:
        if self._apart:
            for selector in self._selecting(labels):
                for apart, holders in self._apart.get(selector, {}).items():
                    yield apart, holders.rows

    def rows_of(self, selector: Selector) -> dict[int, int]:
        """How many members the selector matches on each row."""
        counts = self._matching.get(selector)
        if counts is None:
            counts = self._matching[selector] = _Counts()
            pairs = _pairs(selector)
            for pair in pairs or (None,):
                self._selectors[pair].append(selector)
            for uid in self._candidates(pairs):
                member = self.members[uid]
                if selector.matches(member.labels):
                    counts.add(member.row, 1)
        return counts.rows

    def _forget_if_unused(self, selector: Selector) -> None:
        """Groups come and go: what nobody matches, and nobody keeps apart from, is counted anew when it is needed."""
        if selector not in self._matching or self._matching[selector].rows or selector in self._apart:
            return
        del self._matching[selector]
        for pair in _pairs(selector) or (None,):
            self._selectors[pair].remove(selector)
            if not self._selectors[pair]:
                del self._selectors[pair]

    def _candidates(self, pairs: Iterable[Pair]) -> Iterable[str]:
        found = [uid for pair in pairs for uid in self._by_pair.get(pair, ())]
        return found or ([] if pairs else list(self.members))


def _pairs(selector: Selector) -> tuple[Pair, ...]:
    """Labels of which a VM must have one for the selector to match; empty when it names none."""
    for term in selector.terms:
        if term.op is Op.IN:
            return tuple((term.key, value) for value in term.values)
    return ()


def _aparts(member: Member) -> Iterator[AntiAffinityGroup]:
    for rule in member.rules:
        if rule.kind is GroupKind.ANTI_AFFINITY and not rule.soft:
            yield AntiAffinityGroup(rule.vms, rule.within, rule.most(member.labels))


class GroupIndex:
    """All members, by project: tenants do not see each other."""

    def __init__(self) -> None:
        self._projects: defaultdict[str, _Project] = defaultdict(_Project)
        self._project_of: dict[str, str] = {}

    def put(self, uid: str, vm: Vm | None, row: int | None) -> None:
        """The VM as it is now; on no row, it does not count."""
        if (before := self._project_of.pop(uid, None)) is not None:
            self._projects[before].take_away(uid)
        if vm is not None and row is not None:
            self._project_of[uid] = vm.project_uid
            self._projects[vm.project_uid].put(uid, Member(row, vm.project_uid, dict(vm.labels), vm.spec.rules.groups))

    def rows_of(self, project_uid: str, selector: Selector) -> dict[int, int]:
        """How many VMs of the project the selector matches on each row that has any."""
        return self._projects[project_uid].rows_of(selector)

    def apart_from(
        self, project_uid: str, labels: Mapping[str, str]
    ) -> Iterator[tuple[AntiAffinityGroup, dict[int, int]]]:
        """The hard anti-affinities that others have against such labels, and the rows of these others."""
        project = self._projects.get(project_uid)
        return project.apart_from(labels) if project else iter(())
