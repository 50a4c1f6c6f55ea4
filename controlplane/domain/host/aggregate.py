"""The host: what it offers and holds, and evolve. What it decides of itself is in `host_decisions`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message
from rpds import HashTrieMap

from controlplane.domain.errors import InsufficientResources
from controlplane.domain.fast_replace import fast_replace
from controlplane.domain.host import numa
from controlplane.domain.host.numa import NumaCell, NumaPart
from controlplane.domain.host.states import HostState
from controlplane.domain.host.unexpected_guests import NO_GUESTS, Guests, after_report, after_stop_request
from controlplane.domain.host.verbs import STATE_VERBS
from controlplane.domain.placement.selectors import TRAIT
from controlplane.domain.resources import (
    NOTHING,
    ClassInventory,
    Resources,
    amount_of,
    capacity_of,
    resources_of,
)
from controlplane.domain.time import Micros, micros_in, micros_of

# Traits of hosts that keep the disks of their VMs on common storage, and that move guests while they run. The rest of
# each names which.
DISK_POOL = "disk.pool."
MIGRATION = "migration."
# Begins the traits for what an agent has seen guests to be confined by.
ISOLATION = "isolation."
_NO_HOLDINGS: "HashTrieMap[str, Resources]" = HashTrieMap()
_NO_PARTS: "HashTrieMap[str, tuple[NumaPart, ...]]" = HashTrieMap()


@dataclass(frozen=True, slots=True)
class Platform:
    """What the machine and its hypervisor are. `images` are the files that VMs can boot from; `*` is any.

    `copies`: the SHA-256 of each image of a project that is on the host already.
    """

    architecture: str = ""
    cpu_model: str = ""
    hypervisor: str = ""
    virt_type: str = ""
    agent_version: str = ""
    images: frozenset[str] = frozenset()
    copies: frozenset[bytes] = frozenset()

    def has(self, files: tuple[str, ...]) -> bool:
        return "*" in self.images or self.images.issuperset(files)


class Reported(NamedTuple):
    """What an agent reported of its machine, and what it was started with. The labels are sorted."""

    inventory: Mapping[str, ClassInventory]
    traits: frozenset[str] = frozenset()
    zone: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    # So long after its lease's end none of its guests runs, by its promise; 0: no promise.
    watchdog_us: int = 0
    # Where tunnels of other hosts' networks reach it; empty: nowhere.
    tunnel_address: str = ""


class Drain(NamedTuple):
    """A drain, by the version of its request.

    `policy` is a chronovisor.v1.Availability.OnMaintenance; 0: as each VM's own.
    """

    version: int
    policy: int
    max_parallel: int
    move_disks: bool
    requested: Micros
    # How many VMs were to be moved.
    vms: int = 0


class Fence(NamedTuple):
    """A fencing that is under way, by the version of its request. `method` is a chronovisor.v1.FenceMethod."""

    version: int
    method: int
    requested: Micros


class Host(NamedTuple):
    """One host after some event of its stream. `holdings` maps a VM's uid to what is held for it."""

    uid: str
    name: str
    inventory: Mapping[str, ClassInventory]
    platform: Platform
    zone: str
    labels: tuple[tuple[str, str], ...]
    created: Micros
    updated: Micros
    version: int = 1
    state: HostState = HostState.ACTIVE
    capacity: Resources = NOTHING
    allocated: Resources = NOTHING
    # A persistent map: a host of thousands of VMs is not copied for each of them.
    holdings: "HashTrieMap[str, Resources]" = _NO_HOLDINGS
    traits: frozenset[str] = frozenset()
    # `projects/{project}` whose VMs alone are placed here; empty: any.
    dedicated: str = ""
    # The nodes as they were registered or reported, what they can hold, what they hold, and for whom. Empty where none
    # are known.
    numa_reported: tuple[NumaCell, ...] = ()
    numa: tuple[NumaCell, ...] = ()
    numa_allocated: tuple[NumaCell, ...] = ()
    parts: "HashTrieMap[str, tuple[NumaPart, ...]]" = _NO_PARTS
    # The identity of its machine, sorted, and of the one that was replaced last. See `domain.machine`.
    machine_ids: tuple[str, ...] = ()
    replaced_machine_ids: tuple[str, ...] = ()
    # Guests on the machine that the ledger does not expect there, by their VM's uid.
    unexpected: Guests = NO_GUESTS
    # The floor of the last history in which the machine's guests were reported.
    guests_known_in: int = 0
    # What its agent reported last; None before an agent has connected.
    reported: Reported | None = None
    # Of one that is lost or fenced: the state that it has again when its agent is back, and since when it is lost.
    last_state: HostState = HostState.ACTIVE
    lost: Micros = Micros(0)
    # How long the lease was that its agent missed last.
    lease_us: int = 0
    # The drain that is under way, or that brought it into maintenance.
    drain: Drain | None = None
    fence: Fence | None = None

    @property
    def is_away(self) -> bool:
        """Whether it is lost, or was fenced since."""
        return self.state in (HostState.DOWN, HostState.FENCED)

    @property
    def place(self) -> HostState:
        """Its place in its life: of one that is away, the one that it comes back to."""
        return self.last_state if self.is_away else self.state

    @property
    def disk_pools(self) -> frozenset[str]:
        """Storage that it shares with the other hosts of the same."""
        return frozenset(trait for trait in self.traits if trait.startswith(DISK_POOL))

    @property
    def migrations(self) -> frozenset[str]:
        """How guests can be moved from and to it while they run."""
        return frozenset(trait for trait in self.traits if trait.startswith(MIGRATION))

    @property
    def overcommitted(self) -> Resources:
        """What it holds beyond its capacity: its machine came back smaller."""
        return self.allocated.beyond(self.capacity)

    @property
    def words(self) -> dict[str, str]:
        """What selectors of hosts ask for, and domains are made of, by key. See `domain.selectors`."""
        words = dict(self.labels) | {f"{TRAIT}{trait}": "" for trait in self.traits}
        platform = self.platform
        words["host"] = self.name.partition("/")[2]
        for key, word in (("zone", self.zone), ("arch", platform.architecture), ("virt", platform.virt_type)):
            if word:
                words[key] = word
        return words


def _platform_of(platform: ev.Platform) -> Platform:
    return Platform(
        platform.architecture,
        platform.cpu_model,
        platform.hypervisor,
        platform.virt_type,
        platform.agent_version,
        frozenset(platform.images),
        frozenset(platform.image_sha256s),
    )


def _inventory_of(inventory: Mapping[str, ev.ClassInventory]) -> dict[str, ClassInventory]:
    return {
        name: ClassInventory(
            each.total, each.reserved, each.allocation_ratio, each.min_unit, each.max_unit, each.step_size
        )
        for name, each in sorted(inventory.items())
    }


def require_free(host: Host, amount: Resources, parts: tuple[NumaPart, ...] = ()) -> None:
    """Raises InsufficientResources when it does not fit. Placement has checked: this is what makes it impossible."""
    if short := amount.lacking(host.capacity, host.allocated):
        free = host.capacity.of(short) - host.allocated.of(short)
        raise InsufficientResources(short, held=free, released=amount.of(short))
    if parts and (node := numa.lacking(parts, host.numa, host.numa_allocated)):
        name, free, needed = node
        raise InsufficientResources(name, held=free, released=needed)


def capacity_held(vm_uid: str, amount: Resources, parts: tuple[NumaPart, ...] = ()) -> ev.CapacityHeld:
    """The event's payload for one VM."""
    return ev.CapacityHeld(holdings=[holding(vm_uid, amount, parts)])


def hold_more(payload: ev.CapacityHeld, vm_uid: str, amount: Resources, parts: tuple[NumaPart, ...] = ()) -> None:
    """One more VM in the same event."""
    if parts:
        payload.holdings.append(holding(vm_uid, amount, parts))
    else:
        payload.holdings.add(vm_uid=vm_uid, amount=amount_of(amount))


def holding(vm_uid: str, amount: Resources, parts: tuple[NumaPart, ...]) -> ev.Holding:
    """An amount held for one VM, or released by it, and its parts of the nodes."""
    recorded = [ev.NumaPart(node=each.node, vcpus=each.vcpus, memory_mib=each.memory_mib) for each in parts]
    return ev.Holding(vm_uid=vm_uid, amount=amount_of(amount), parts=recorded or None)


def parts_of(holding: ev.Holding) -> tuple[NumaPart, ...]:
    return tuple(NumaPart(each.node, each.vcpus, each.memory_mib) for each in holding.parts)


def decide_release(host: Host, vm_uid: str, amount: Resources) -> list[Message]:
    """Raises InsufficientResources when more would be released than is held for this VM."""
    if not amount:
        return []
    _ = host.holdings.get(vm_uid, NOTHING) - amount
    # A VM's compute is released as a whole, and with it all that it has of the nodes.
    parts = host.parts.get(vm_uid, ()) if amount.has_compute else ()
    return [ev.CapacityReleased(holdings=[holding(vm_uid, amount, parts)])]


def _registered(event: ev.Event, version: int) -> Host:
    payload = event.host_registered
    at = micros_of(event.commit_time)
    inventory = _inventory_of(payload.inventory)
    cells = _cells_of(payload.numa_nodes)
    return Host(
        uid=payload.uid,
        name=payload.name,
        inventory=inventory,
        platform=_platform_of(payload.platform),
        zone=payload.zone,
        labels=tuple(sorted(payload.labels.items())),
        created=at,
        updated=at,
        version=version,
        capacity=capacity_of(inventory),
        traits=frozenset(payload.traits),
        dedicated=payload.dedicated_project,
        numa_reported=cells,
        numa=numa.capacities(cells, inventory),
        numa_allocated=numa.resized((), len(cells)),
        reported=reported_of(payload.report) if payload.HasField("report") else None,
    )


def reported_of(report: ev.AgentReport) -> Reported:
    labels = tuple(sorted(report.labels.items()))
    watchdog_us = micros_in(report.watchdog_timeout) if report.HasField("watchdog_timeout") else 0
    traits = frozenset(report.traits)
    return Reported(_inventory_of(report.inventory), traits, report.zone, labels, watchdog_us, report.tunnel_address)


def _cells_of(nodes: Iterable[ev.NumaNode]) -> tuple[NumaCell, ...]:
    return tuple(NumaCell(each.vcpus, each.memory_mib) for each in nodes)


def _inventory_changed(host: Host, event: ev.Event) -> dict[str, Any]:
    payload = event.host_inventory_changed
    inventory = _inventory_of(payload.inventory)
    cells = _cells_of(payload.numa_nodes)
    return {
        "inventory": inventory,
        "platform": _platform_of(payload.platform),
        "capacity": capacity_of(inventory),
        "traits": frozenset(payload.traits),
        "numa_reported": cells,
        "numa": numa.capacities(cells, inventory),
        "numa_allocated": numa.resized(host.numa_allocated, len(cells)),
        "reported": reported_of(payload.report) if payload.HasField("report") else host.reported,
    }


def _updated(host: Host, event: ev.Event) -> dict[str, Any]:
    payload = event.host_updated
    inventory = _inventory_of(payload.inventory)
    return {
        "inventory": inventory,
        "capacity": capacity_of(inventory),
        "zone": payload.zone,
        "labels": tuple(sorted(payload.labels.items())),
        "traits": frozenset(payload.traits),
        "dedicated": payload.dedicated_project,
        "numa": numa.capacities(host.numa_reported, inventory),
    }


def _held(host: Host, event: ev.Event) -> dict[str, Any]:
    holdings, allocated = host.holdings, host.allocated
    for holding in event.capacity_held.holdings:
        amount = resources_of(holding.amount)
        holdings = _plus(holdings, holding.vm_uid, amount)
        allocated = allocated + amount
    changes: dict[str, Any] = {"holdings": holdings, "allocated": allocated}
    return changes | _parts_changed(host, event.capacity_held.holdings, 1) if host.numa else changes


def _plus(holdings: "HashTrieMap[str, Resources]", vm_uid: str, amount: Resources) -> "HashTrieMap[str, Resources]":
    before = holdings.get(vm_uid)
    return holdings.insert(vm_uid, before + amount if before else amount)


def _parts_changed(host: Host, holdings: Iterable[ev.Holding], sign: int) -> dict[str, Any]:
    """What the nodes hold, and for whom, with the holdings' parts added or taken away."""
    allocated, parts = host.numa_allocated, host.parts
    for holding in holdings:
        if holding.parts:
            more = parts_of(holding)
            allocated = numa.with_parts(allocated, more, sign)
            left = numa.combined(parts.get(holding.vm_uid, ()), more, sign)
            parts = parts.insert(holding.vm_uid, left) if left else parts.discard(holding.vm_uid)
    return {"numa_allocated": numa.resized(allocated, len(host.numa)), "parts": parts}


def holding_more(host: Host, vm_uid: str, amount: Resources, parts: tuple[NumaPart, ...] = ()) -> Host:
    """The host with one more holding, by the same event."""
    fields: dict[str, object] = {
        "holdings": _plus(host.holdings, vm_uid, amount),
        "allocated": host.allocated + amount,
    }
    if parts:
        fields["numa_allocated"] = numa.with_parts(host.numa_allocated, parts)
        fields["parts"] = host.parts.insert(vm_uid, numa.combined(host.parts.get(vm_uid, ()), parts))
    return fast_replace(host, fields)


def _released(host: Host, event: ev.Event) -> dict[str, Any]:
    holdings, allocated = host.holdings, host.allocated
    for holding in event.capacity_released.holdings:
        amount = resources_of(holding.amount)
        left = holdings.get(holding.vm_uid, NOTHING) - amount
        holdings = holdings.insert(holding.vm_uid, left) if left else holdings.remove(holding.vm_uid)
        allocated = allocated - amount
    changes: dict[str, Any] = {"holdings": holdings, "allocated": allocated}
    if not (host.numa or host.parts):
        return changes
    return changes | _parts_changed(host, event.capacity_released.holdings, -1)


def _in_sum(host: Host, holdings: Iterable[ev.Holding], sign: int) -> dict[str, Any]:
    """What the host and its nodes hold, with the holdings added or taken away."""
    allocated, cells = host.allocated, host.numa_allocated
    for holding in holdings:
        amount = resources_of(holding.amount)
        allocated = allocated + amount if sign > 0 else allocated - amount
        if holding.parts:
            cells = numa.resized(numa.with_parts(cells, parts_of(holding), sign), len(host.numa))
    return {"allocated": allocated, "numa_allocated": cells}


def _guests_reported(host: Host, event: ev.Event) -> dict[str, Any]:
    payload = event.host_guests_reported
    unexpected = after_report(host.unexpected, payload, micros_of(event.commit_time))
    return {"unexpected": unexpected, "guests_known_in": max(payload.history_floor, host.guests_known_in)}


def _guest_stop_requested(host: Host, event: ev.Event) -> dict[str, Any]:
    return {"unexpected": after_stop_request(host.unexpected, event.host_guest_stop_requested)}


def _moved_to(state: HostState, **changes: object) -> Callable[[Host, ev.Event], dict[str, Any]]:
    """Brings a host to a place in its life: one that is away is there once it is back."""
    return lambda host, _event: {"last_state" if host.is_away else "state": state, **changes}


def _lost(host: Host, event: ev.Event) -> dict[str, Any]:
    return {
        "state": HostState.DOWN,
        "last_state": host.state,
        "lost": micros_of(event.commit_time),
        "lease_us": micros_in(event.host_lost.lease),
    }


def _regained(host: Host, _event: ev.Event) -> dict[str, Any]:
    return {"state": host.last_state, "last_state": HostState.ACTIVE, "lost": Micros(0), "fence": None}


def _drain_requested(host: Host, event: ev.Event, version: int) -> dict[str, Any]:
    payload = event.host_drain_requested
    requested = micros_of(event.commit_time)
    drain = Drain(version, payload.policy, payload.max_parallel, payload.move_disks, requested, payload.vms)
    return _moved_to(HostState.DRAINING, drain=drain)(host, event)


def _fence_requested(_host: Host, event: ev.Event, version: int) -> dict[str, Any]:
    return {"fence": Fence(version, event.host_fence_requested.method, micros_of(event.commit_time))}


def _decommissioned(_host: Host, _event: ev.Event) -> dict[str, Any]:
    """It offers nothing any more: R_total is the sum of what hosts offer."""
    return {
        "state": HostState.DECOMMISSIONED,
        "last_state": HostState.ACTIVE,
        "lost": Micros(0),
        "inventory": {},
        "capacity": NOTHING,
        "numa_reported": (),
        "numa": (),
        "numa_allocated": (),
        "drain": None,
        "fence": None,
    }


_Evolve = dict[str, Callable[[Host, ev.Event], dict[str, Any]]]

_EVOLVE: _Evolve = {
    "host_inventory_changed": _inventory_changed,
    "host_updated": _updated,
    **{row.event: _moved_to(row.goal, drain=None) for row in STATE_VERBS.values()},
    "host_lost": _lost,
    "host_regained": _regained,
    "host_drained": _moved_to(HostState.MAINTENANCE),
    "host_drain_cancelled": _moved_to(HostState.CORDONED, drain=None),
    "host_fenced": lambda _host, _event: {"state": HostState.FENCED, "fence": None},
    "host_fence_failed": lambda _host, _event: {"fence": None},
    "host_decommissioned": _decommissioned,
    "host_drift_found": lambda _host, _event: {},
    "host_machine_bound": lambda _host, event: {
        "machine_ids": tuple(event.host_machine_bound.machine_ids),
        "replaced_machine_ids": (),
    },
    "host_machine_replaced": lambda _host, event: {
        "machine_ids": (),
        "replaced_machine_ids": tuple(event.host_machine_replaced.machine_ids),
    },
    "host_guests_reported": _guests_reported,
    "host_guest_stop_requested": _guest_stop_requested,
    "capacity_held": _held,
    "capacity_released": _released,
}
# What goes by the version of the event that began it.
_BEGINNINGS: dict[str, Callable[[Host, ev.Event, int], dict[str, Any]]] = {
    "host_drain_requested": _drain_requested,
    "host_fence_requested": _fence_requested,
}
_EVOLVE_IN_SUM: _Evolve = {
    **_EVOLVE,
    "capacity_held": lambda host, event: _in_sum(host, event.capacity_held.holdings, 1),
    "capacity_released": lambda host, event: _in_sum(host, event.capacity_released.holdings, -1),
}


def evolve(host: Host | None, event: ev.Event, version: int) -> Host:
    """The host after `event`, which is the stream's `version`."""
    return _evolved(host, event, version, _EVOLVE)


def evolve_in_sum(host: Host | None, event: ev.Event, version: int) -> Host:
    """The same without `holdings` and `parts`: what is held, and not for whom."""
    return _evolved(host, event, version, _EVOLVE_IN_SUM)


def _evolved(host: Host | None, event: ev.Event, version: int, evolve: _Evolve) -> Host:
    if host is None:
        return _registered(event, version)
    kind = event.WhichOneof("payload")
    assert kind is not None
    begins = _BEGINNINGS.get(kind)
    fields = begins(host, event, version) if begins else evolve[kind](host, event)
    fields["version"] = version
    fields["updated"] = micros_of(event.commit_time)
    return fast_replace(host, fields)
