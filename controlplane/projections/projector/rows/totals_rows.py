"""Totals of every scope, from committed events to rows, in whole numbers. Writes nothing by itself.

`utilization.Utilization` has the same of now, as values. Here each change becomes a row, and most events make five.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.totals import FLEET, Totals
from controlplane.projections.history.row_codec import Extended, amounts, cells_text, text_of
from controlplane.projections.live.utilization import overcommitted, scopes_of

Row = Sequence[Any]


# What changes of a host with every event of its own: version, time in microseconds, what its NUMA nodes hold as JSON.
HostTotals = tuple[int, int, str]
NO_HOST: HostTotals = (0, 0, "[]")
# What a VM holds: of each base class, the extended ones, whether that is compute; and the host's name and uid.
Holder = tuple[int, int, int, Extended, bool, str, str]
# What a VM's event changes: position, project, what it held before and holds after. Plain, to be sent to a process.
Change = tuple[int, str, Holder | None, Holder | None]


class _Scope:
    """The totals of one scope, and the row of them that was written last."""

    __slots__ = (
        "allocated",
        "disk_gib",
        "extended",
        "host",
        "hosts",
        "memory_mib",
        "overcommitted",
        "overcommitted_text",
        "running_vms",
        "total",
        "total_text",
        "vcpus",
        "written",
    )

    def __init__(self, totals: Totals, host: HostTotals) -> None:
        self.total, allocated = totals.total, totals.allocated
        self.total_text = amounts(self.total)
        self.vcpus, self.memory_mib, self.disk_gib = allocated.vcpus, allocated.memory_mib, allocated.disk_gib
        self.extended: Extended = allocated.extended
        self.hosts, self.running_vms = totals.hosts, totals.running_vms
        self.overcommitted = totals.overcommitted
        self.overcommitted_text = amounts(self.overcommitted)
        self.host = host
        # As text; None when it has changed.
        self.allocated: str | None = None
        self.written: tuple[object, ...] | None = None

    def offer(self, capacity: Resources, hosts: int) -> None:
        """One host more, or with -1 one less."""
        self.total = self.total + capacity if hosts > 0 else self.total - capacity
        self.total_text = amounts(self.total)
        self.hosts += hosts

    def hold(self, vcpus: int, memory_mib: int, disk_gib: int, extended: Extended, sign: int) -> None:
        """So much more of the base classes, or less; `sign` says which it is of the extended ones."""
        self.vcpus += vcpus
        self.memory_mib += memory_mib
        self.disk_gib += disk_gib
        if extended:
            mine, theirs = Resources(extended=self.extended), Resources(extended=extended)
            self.extended = (mine + theirs if sign > 0 else mine - theirs).extended
        self.allocated = None

    def exceed(self, before: Resources, after: Resources) -> None:
        """What one host holds beyond its capacity."""
        self.overcommitted = self.overcommitted + after - before
        self.overcommitted_text = amounts(self.overcommitted)

    def row(self) -> tuple[object, ...]:
        if self.allocated is None:
            self.allocated = text_of(self.vcpus, self.memory_mib, self.disk_gib, self.extended)
        counts = (self.hosts, self.running_vms, *self.host)
        return (self.total_text, self.allocated, *counts, self.overcommitted_text)


class TotalsRows:
    """Folds changes of VMs and hosts, in order; `rows` are those of what has changed, until they are taken."""

    def __init__(self) -> None:
        self._scopes: dict[str, _Scope] = {}
        # VMs count where their host is.
        self._zones: dict[str, str] = {}
        self._rows: list[Row] = []

    def resume(self, scopes: Mapping[str, tuple[Totals, HostTotals]], zones: Mapping[str, str]) -> None:
        """Begins from totals that are written, and from the scope of the zone that each host, by uid, is in."""
        for name, (totals, host) in scopes.items():
            scope = self._scopes[name] = _Scope(totals, host)
            scope.written = scope.row()
        self._zones.update(zones)

    def take(self) -> list[Row]:
        """The rows since the last time, sorted as their table is: neighbours are written together."""
        rows, self._rows = self._rows, []
        rows.sort(key=_scope_of)
        return rows

    def vm(self, change: Change) -> None:
        """A VM that holds something else than before, or is new."""
        position, project, before, after = change
        own = self._of(project)
        if own.written and not before and not after:
            return
        touched = {project: own, FLEET: self._of(FLEET)}
        if before:
            self._holds(touched, own, before, -1)
        if after:
            self._holds(touched, own, after, 1)
        self._write(position, touched)

    def _holds(self, touched: "dict[str, _Scope]", own: "_Scope", holder: Holder, sign: int) -> None:
        """One more in its project, or one less; `touched` has all scopes that count it then."""
        vcpus, memory_mib, disk_gib, extended, compute, host, host_uid = holder
        own.hold(sign * vcpus, sign * memory_mib, sign * disk_gib, extended, sign)
        if compute:
            own.running_vms += sign
            zone = self._zones.get(host_uid, "")
            for name in (FLEET, host, zone) if zone else (FLEET, host):
                scope = touched[name] = self._of(name)
                scope.running_vms += sign

    def image(self, position: int, project: str, before: Resources, after: Resources) -> None:
        """What an image of a project takes, which is more or less than before."""
        own = self._of(project)
        own.hold(0, 0, 0, before.extended, -1)
        own.hold(0, 0, 0, after.extended, 1)
        self._write(position, {project: own})

    def host(self, position: int, before: Host | None, host: Host) -> None:
        """A host after an event of its own."""
        own = self._of(host.name)
        numa = own.host[2]
        if before is None or before.numa_allocated is not host.numa_allocated:
            numa = cells_text(host.numa_allocated)
        own.host = (host.version, host.updated, numa)
        if before is not None and before.capacity is host.capacity and before.state is host.state:
            # By far the most events: something was held or released, and nothing else changed.
            touched = {name: self._of(name) for name in scopes_of(host.name, host.zone)}
            if before.allocated is not host.allocated:
                _move(touched.values(), before.allocated, host.allocated)
                _exceed(touched.values(), overcommitted(before), overcommitted(host))
        else:
            touched = self._offered(before, host)
        self._write(position, touched)

    def _offered(self, before: Host | None, host: Host) -> "dict[str, _Scope]":
        """A host that is new, or offers something else, or is elsewhere: the scopes that it was and is in."""
        was, zone = _zone(before) if before else "", _zone(host)
        self._zones[host.uid] = zone
        if before is not None and was != zone:
            running = self._of(host.name).running_vms
            for name, change in ((was, -running), (zone, running)):
                if name:
                    self._of(name).running_vms += change
        touched: dict[str, _Scope] = {}
        for each, change in ((before, -1), (host, 1)):
            if each is None:
                continue
            scopes = {name: self._of(name) for name in scopes_of(each.name, each.zone)}
            touched |= scopes
            if each.state is not HostState.DECOMMISSIONED:
                for scope in scopes.values():
                    scope.offer(each.capacity, change)
                _move(scopes.values(), *_from_to(each.allocated, change))
                _exceed(scopes.values(), *_from_to(overcommitted(each), change))
        return touched

    def _of(self, name: str) -> _Scope:
        scope = self._scopes.get(name)
        if scope is None:
            scope = self._scopes[name] = _Scope(Totals(), NO_HOST)
        return scope

    def _write(self, position: int, scopes: "Mapping[str, _Scope]") -> None:
        for name, scope in scopes.items():
            row = scope.row()
            if row != scope.written:
                scope.written = row
                self._rows.append((name, position, *row))


_scope_of = itemgetter(0)


def _move(scopes: "Iterable[_Scope]", before: Resources, after: Resources) -> None:
    """What a host holds, in every scope that it is in."""
    vcpus, memory_mib = after.vcpus - before.vcpus, after.memory_mib - before.memory_mib
    disk_gib = after.disk_gib - before.disk_gib
    for scope in scopes:
        scope.hold(vcpus, memory_mib, disk_gib, (), 1)
        if before.extended is not after.extended:
            scope.hold(0, 0, 0, before.extended, -1)
            scope.hold(0, 0, 0, after.extended, 1)


def _from_to(amount: Resources, change: int) -> tuple[Resources, Resources]:
    return (NOTHING, amount) if change > 0 else (amount, NOTHING)


def _exceed(scopes: "Iterable[_Scope]", before: Resources, after: Resources) -> None:
    if before is after:
        return
    for scope in scopes:
        scope.exceed(before, after)


def _zone(host: Host) -> str:
    return f"zones/{host.zone}" if host.zone else ""
