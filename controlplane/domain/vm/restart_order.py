"""In which order VMs that are owed a start are started: by priority, after those that come first, then by time. Pure.

A VM's `availability.after` selects VMs of its project: those of them that are owed a start, or are starting, come
first. That is waited for as long as LONGEST_WAIT_US, and VMs that come after each other in a circle do not wait.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from controlplane.domain.placement.selectors import parse
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm

LONGEST_WAIT_US = 300 * SECOND


class _After(NamedTuple):
    """Whom a VM comes after: the same for all of a project with the same selector."""

    project_uid: str
    selector: str


@dataclass(frozen=True, slots=True)
class RestartOrder:
    """VMs whose turn it is, the first one first; whom each other that is due comes after; and when to look again."""

    ready: list[Vm] = field(default_factory=list[Vm])
    waiting: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    again: Micros | None = None


def due_of(vm: Vm) -> Micros:
    """When the start that a VM is owed is due."""
    assert vm.restart is not None
    return vm.restart.due


def _rank(vm: Vm) -> tuple[int, Micros, str]:
    return (-vm.availability.priority, due_of(vm), vm.uid)


def restart_order(owed: Collection[Vm], starting: Collection[Vm], now: Micros) -> RestartOrder:
    """`owed`: VMs that are owed a start, due or not; `starting`: those whose start is under way."""
    waits = _waits(owed, starting, now)
    circles = _circles(waits)
    order, ends, broken = RestartOrder(), list[Micros](), set[str]()
    for vm in sorted(owed, key=_rank):
        if due_of(vm) > now:
            ends.append(due_of(vm))
            continue
        is_first = vm.uid in circles and vm.project_uid not in broken and waits[vm.uid] <= circles
        if vm.uid not in waits or is_first:
            order.ready.append(vm)
        else:
            order.waiting[vm.uid] = waits[vm.uid]
            ends.append(Micros(due_of(vm) + LONGEST_WAIT_US))
        if is_first:
            # One of a circle at a time: the others come after it.
            broken.add(vm.project_uid)
    return RestartOrder(order.ready, order.waiting, min(ends, default=None))


def _waits(owed: Iterable[Vm], starting: Iterable[Vm], now: Micros) -> dict[str, frozenset[str]]:
    """Whom those that have to wait come after, by uid. A VM may itself be among them, which does not count."""
    members: defaultdict[_After, list[Vm]] = defaultdict(list)
    for vm in owed:
        if vm.availability.after and now < due_of(vm) + LONGEST_WAIT_US:
            members[_After(vm.project_uid, vm.availability.after)].append(vm)
    if not members:
        return {}
    of_project: defaultdict[str, list[Vm]] = defaultdict(list)
    for vm in (*starting, *owed):
        of_project[vm.project_uid].append(vm)
    waits: dict[str, frozenset[str]] = {}
    for after, vms in members.items():
        selector = parse(after.selector)
        before = frozenset(vm.uid for vm in of_project[after.project_uid] if selector.matches(dict(vm.labels)))
        waits.update((vm.uid, before) for vm in vms if len(before) > (vm.uid in before))
    return waits


def _circles(waits: Mapping[str, frozenset[str]]) -> set[str]:
    """Those that wait for somebody who waits, and are waited for by somebody who does, to the end."""
    left = set(waits)
    while True:
        waiting_for: defaultdict[frozenset[str], set[str]] = defaultdict(set)
        for uid in left:
            waiting_for[waits[uid]].add(uid)
        core: set[str] = set()
        needed: set[str] = set()
        for before, uids in waiting_for.items():
            hit = before & left
            core.update(uid for uid in uids if len(hit) > (uid in hit))
            needed.update(hit - uids if len(uids) == 1 else hit)
        core &= needed
        if core == left:
            return core
        left = core
