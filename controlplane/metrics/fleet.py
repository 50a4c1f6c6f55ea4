"""Hosts, VMs and what they have, from the read models. Copies on the event loop, counts on a thread."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from prometheus_client.core import Metric

from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.host.trouble import FenceMethod
from controlplane.domain.resources import Resources
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.totals import FLEET
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.limits import DEFAULT_LIMITS
from controlplane.domain.vm.states import VmState
from controlplane.metrics.families import by_label, gauge, gauges
from controlplane.projections.metrics.current_usage import UsedAmounts
from controlplane.queries.reads import Reads

ZONE = "zones/"
# Extended classes are named by users: of more than so many, the first ones by name are exported.
MOST_CLASSES = 100
# Hosts that are away, longest first, which are exported by name.
MOST_AWAY = 100
# The base classes, in Prometheus' units: their name, unit, and how many of it one is.
UNITS = {
    "vcpus": ("cpu", "core", 1),
    "memory_mib": ("memory", "byte", 1 << 20),
    "disk_gib": ("disk", "byte", 1 << 30),
}
# A deadline that has passed is recorded as soon as the writer has time for it.
LATE_US = 5 * SECOND


class ZoneTotals(NamedTuple):
    """The totals of one zone; the empty zone's are those of hosts in none."""

    zone: str
    total: Resources
    allocated: Resources
    overcommitted: Resources
    hosts: int
    running_vms: int


AMOUNTS: Sequence[tuple[str, str, Callable[[ZoneTotals], Resources]]] = (
    ("resource_capacity", "What hosts can hold, by zone.", lambda each: each.total),
    ("resource_allocated", "What VMs hold, by zone.", lambda each: each.allocated),
    ("resource_overcommitted", "What hosts hold beyond their capacity, by zone.", lambda each: each.overcommitted),
)


class FleetMetrics:
    """Of the whole fleet, without names of VMs or projects."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def captured(self) -> Callable[[], Iterable[Metric]]:
        """On the event loop. What is returned may be called on a thread."""
        inventory, now = self._reads.inventory, self._reads.now()
        hosts, vms, projects = list(inventory.hosts.values()), list(inventory.vms.values()), len(inventory.projects)
        zones, used = self._zones(), self._used()

        def families() -> Iterator[Metric]:
            yield from _host_families(hosts, now)
            yield from _vm_families(vms, now)
            yield gauge("projects", "Projects that there are.", projects)
            yield from _resource_families(zones, used)

        return families

    def _used(self) -> dict[str, Mapping[str, float]]:
        """By zone and class; the empty zone has what is used on hosts in none."""
        measured, whole = self._reads.metrics.used_by("zones"), self._reads.metrics.used(FLEET)
        used = {scope.removeprefix(ZONE): _known(found) for scope, found in measured.items()}
        rest = _known(whole) if whole else {}
        for found in used.values():
            rest = {name: amount - found.get(name, 0.0) for name, amount in rest.items()}
        return {**used, "": {name: max(0.0, amount) for name, amount in rest.items()}}

    def _zones(self) -> list[ZoneTotals]:
        scopes = self._reads.utilization.scopes
        fleet = scopes[FLEET]
        found = [
            ZoneTotals(
                scope.removeprefix(ZONE), each.total, each.allocated, each.overcommitted, each.hosts, each.running_vms
            )
            for scope, each in scopes.items()
            if scope.startswith(ZONE)
        ]
        left = ZoneTotals("", fleet.total, fleet.allocated, fleet.overcommitted, fleet.hosts, fleet.running_vms)
        for each in found:
            left = ZoneTotals(
                "",
                left.total - each.total,
                left.allocated - each.allocated,
                left.overcommitted - each.overcommitted,
                left.hosts - each.hosts,
                left.running_vms - each.running_vms,
            )
        return [*sorted(found), left] if left.hosts or not found else sorted(found)


def _host_families(hosts: Sequence[Host], now: Micros) -> Iterator[Metric]:
    states = Counter(host.state for host in hosts)
    yield gauges("hosts", "Hosts by state.", ("state",), (((each.name,), states[each]) for each in HostState))
    away = sorted((host for host in hosts if host.is_away), key=lambda host: host.lost)
    yield gauges(
        "host_away_seconds",
        f"For how long a host has been lost, or fenced since; of the {MOST_AWAY} that have been longest.",
        ("host", "zone", "state"),
        (((_id(host), host.zone, host.state.name), _age_s(host.lost, now)) for host in away[:MOST_AWAY]),
    )
    fencing = Counter(host.fence.method for host in hosts if host.fence)
    yield gauges(
        "hosts_fencing",
        "Hosts that are to be fenced, and are not confirmed to be off, by the method.",
        ("method",),
        (((each.name,), fencing[each]) for each in FenceMethod),
    )
    draining = [host for host in hosts if host.place is HostState.DRAINING and host.drain]
    yield gauge(
        "drain_oldest_seconds",
        "For how long the oldest drain has been under way; 0 without any.",
        max((_age_s(host.drain.requested, now) for host in draining if host.drain), default=0.0),
    )
    yield gauge(
        "drains_left_vms",
        "VMs that hold compute on hosts that are being drained.",
        sum(held.has_compute for host in draining for held in host.holdings.values()),
    )
    yield gauge(
        "unexpected_guests",
        "Guests on hosts that the ledger does not expect there.",
        sum(len(host.unexpected) for host in hosts),
    )


def _vm_families(vms: Sequence[Vm], now: Micros) -> Iterator[Metric]:
    states = Counter(vm.state for vm in vms)
    alive = [each for each in VmState if each is not VmState.DELETED]
    yield gauges("vms", "VMs by state.", ("state",), (((each.name,), states[each]) for each in alive))
    running, late = Counter[str](), 0
    for vm in vms:
        if vm.pending:
            running[vm.pending.step] += 1
            late += vm.pending.deadline + LATE_US < now
    yield gauges(
        "operations_running",
        "Steps of VMs that are under way.",
        ("step",),
        by_label({**dict.fromkeys(DEFAULT_LIMITS, 0), **running}),
    )
    yield gauge(
        "operations_late",
        "Steps of VMs whose deadline has passed, which is not recorded yet: there should be none.",
        late,
    )
    yield gauge(
        "restarts_waiting", "Starts of VMs that are owed after an end.", sum(vm.restart is not None for vm in vms)
    )


def _resource_families(zones: Sequence[ZoneTotals], used: Mapping[str, Mapping[str, float]]) -> Iterator[Metric]:
    labels = ("zone", "resource", "unit")
    classes = _classes(zones)
    for name, help_text, of in AMOUNTS:
        yield gauges(name, help_text, labels, _amounts(zones, classes, of))
    yield gauges(
        "resource_used",
        "What VMs use as their agents measured it lately, by zone.",
        labels,
        (
            ((zone.zone, *_unit(name)[:2]), amount * _unit(name)[2])
            for zone in zones
            for name in UNITS
            if (amount := used.get(zone.zone, {}).get(name)) is not None
        ),
    )
    yield gauges(
        "eta_ratio",
        "Allocated of capacity, by zone: above 1 where hosts hold more than they can.",
        ("zone", "resource"),
        (
            ((zone.zone, _unit(name)[0]), zone.allocated.of(name) / capacity)
            for zone in zones
            for name in classes
            if (capacity := zone.total.of(name))
        ),
    )


def _known(found: UsedAmounts) -> dict[str, float]:
    return {name: amount for name in UNITS if (amount := found.of(name)) is not None}


def _classes(zones: Sequence[ZoneTotals]) -> list[str]:
    extended = {name for zone in zones for name, _ in (*zone.total.extended, *zone.allocated.extended)}
    return [*UNITS, *sorted(extended)[:MOST_CLASSES]]


def _amounts(
    zones: Sequence[ZoneTotals], classes: Sequence[str], of: Callable[[ZoneTotals], Resources]
) -> Iterator[tuple[Sequence[str], float]]:
    for zone in zones:
        for name in classes:
            label, unit, size = _unit(name)
            yield (zone.zone, label, unit), of(zone).of(name) * size


def _unit(resource_class: str) -> tuple[str, str, int]:
    return UNITS.get(resource_class) or (resource_class, "unit", 1)


def _id(host: Host) -> str:
    return host.name.removeprefix("hosts/")


def _age_s(since: Micros, now: Micros) -> float:
    return max(0.0, (now - since) / SECOND)
