"""The host: its states, what it offers and holds, decide and evolve."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message
from rpds import HashTrieMap

from controlplane.domain.errors import AlreadyExists, InsufficientResources
from controlplane.domain.resources import (
    NOTHING,
    ClassInventory,
    Resources,
    amount_of,
    capacity_of,
    resources_of,
)
from controlplane.domain.time import Micros, micros_of

_NO_HOLDINGS: "HashTrieMap[str, Resources]" = HashTrieMap()


class HostState(IntEnum):
    """A host's place in its life. The numbers are those of chronovisor.v1.HostState."""

    ACTIVE = 1
    CORDONED = 2
    DRAINING = 3
    MAINTENANCE = 4
    DOWN = 5
    FENCED = 6
    DECOMMISSIONED = 7


@dataclass(frozen=True, slots=True)
class Platform:
    """What the machine and its hypervisor are. `images` are the files that VMs can boot from; `*` is any."""

    architecture: str = ""
    cpu_model: str = ""
    hypervisor: str = ""
    virt_type: str = ""
    agent_version: str = ""
    images: frozenset[str] = frozenset()

    def has(self, files: tuple[str, ...]) -> bool:
        return "*" in self.images or self.images.issuperset(files)


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

    @property
    def etag(self) -> str:
        return f'"{self.version}"'


def _platform_of(told: ev.Platform) -> Platform:
    return Platform(
        told.architecture,
        told.cpu_model,
        told.hypervisor,
        told.virt_type,
        told.agent_version,
        frozenset(told.images),
    )


def _platform_message(platform: Platform) -> ev.Platform:
    return ev.Platform(
        architecture=platform.architecture,
        cpu_model=platform.cpu_model,
        hypervisor=platform.hypervisor,
        virt_type=platform.virt_type,
        agent_version=platform.agent_version,
        images=sorted(platform.images),
    )


def _inventory_of(told: Mapping[str, ev.ClassInventory]) -> dict[str, ClassInventory]:
    return {
        name: ClassInventory(each.total, each.reserved, each.allocation_ratio) for name, each in sorted(told.items())
    }


def _inventory_message(inventory: Mapping[str, ClassInventory]) -> dict[str, ev.ClassInventory]:
    return {
        name: ev.ClassInventory(total=each.total, reserved=each.reserved, allocation_ratio=each.allocation_ratio)
        for name, each in inventory.items()
    }


def decide_register(
    uid: str,
    name: str,
    inventory: Mapping[str, ClassInventory],
    platform: Platform,
    zone: str,
    labels: Mapping[str, str],
) -> list[Message]:
    return [
        ev.HostRegistered(
            uid=uid,
            name=name,
            inventory=_inventory_message(inventory),
            platform=_platform_message(platform),
            zone=zone,
            labels=dict(labels),
        )
    ]


def differences(host: Host, inventory: Mapping[str, ClassInventory]) -> list[str]:
    """The classes in which the host's inventory differs from `inventory`, each in words."""
    names = sorted(host.inventory.keys() | inventory.keys())
    return [
        f"{name} {_words(host.inventory.get(name))}, not {_words(inventory.get(name))}"
        for name in names
        if host.inventory.get(name) != inventory.get(name)
    ]


def _words(inventory: ClassInventory | None) -> str:
    if inventory is None:
        return "none"
    more = f" (reserved {inventory.reserved}, ratio {inventory.allocation_ratio:g})"
    plain = not inventory.reserved and inventory.allocation_ratio == 1
    return f"{inventory.total}" + ("" if plain else more)


def decide_register_again(host: Host, inventory: Mapping[str, ClassInventory]) -> list[Message]:
    """Raises AlreadyExists when the totals differ; the same totals again are a success that appends nothing."""
    if different := differences(host, inventory):
        raise AlreadyExists("host", host.name, "; ".join(different))
    return []


def decide_inventory(host: Host, inventory: Mapping[str, ClassInventory], platform: Platform) -> list[Message]:
    """The agent's word on what the machine has. Raises InsufficientResources when what is held would not fit."""
    if host.inventory == inventory and host.platform == platform:
        return []
    capacity = capacity_of(inventory)
    for name, held in host.allocated:
        if held > capacity.of(name):
            raise InsufficientResources(name, held=capacity.of(name), released=held)
    return [ev.HostInventoryChanged(inventory=_inventory_message(inventory), platform=_platform_message(platform))]


def require_free(host: Host, amount: Resources) -> None:
    """Raises InsufficientResources when it does not fit. Placement has checked: this is what makes it impossible."""
    if short := amount.lacking(host.capacity, host.allocated):
        free = host.capacity.of(short) - host.allocated.of(short)
        raise InsufficientResources(short, held=free, released=amount.of(short))


def capacity_held(vm_uid: str, amount: Resources) -> ev.CapacityHeld:
    """The event's payload for one VM."""
    return ev.CapacityHeld(holdings=[ev.Holding(vm_uid=vm_uid, amount=amount_of(amount))])


def hold_more(payload: ev.CapacityHeld, vm_uid: str, amount: Resources) -> None:
    """One more VM in the same event."""
    payload.holdings.add(vm_uid=vm_uid, amount=amount_of(amount))


def decide_release(host: Host, vm_uid: str, amount: Resources) -> list[Message]:
    """Raises InsufficientResources when more would be released than is held for this VM."""
    if not amount:
        return []
    _ = host.holdings.get(vm_uid, NOTHING) - amount
    return [ev.CapacityReleased(holdings=[ev.Holding(vm_uid=vm_uid, amount=amount_of(amount))])]


def _registered(event: ev.Event, version: int) -> Host:
    told = event.host_registered
    at = micros_of(event.commit_time)
    inventory = _inventory_of(told.inventory)
    return Host(
        uid=told.uid,
        name=told.name,
        inventory=inventory,
        platform=_platform_of(told.platform),
        zone=told.zone,
        labels=tuple(sorted(told.labels.items())),
        created=at,
        updated=at,
        version=version,
        capacity=capacity_of(inventory),
    )


def _inventory_changed(_host: Host, event: ev.Event) -> dict[str, Any]:
    told = event.host_inventory_changed
    inventory = _inventory_of(told.inventory)
    return {"inventory": inventory, "platform": _platform_of(told.platform), "capacity": capacity_of(inventory)}


def _held(host: Host, event: ev.Event) -> dict[str, Any]:
    holdings, allocated = host.holdings, host.allocated
    for holding in event.capacity_held.holdings:
        amount = resources_of(holding.amount)
        holdings = _plus(holdings, holding.vm_uid, amount)
        allocated = allocated + amount
    return {"holdings": holdings, "allocated": allocated}


def _plus(holdings: "HashTrieMap[str, Resources]", vm_uid: str, amount: Resources) -> "HashTrieMap[str, Resources]":
    before = holdings.get(vm_uid)
    return holdings.insert(vm_uid, before + amount if before else amount)


def holding_more(host: Host, vm_uid: str, amount: Resources) -> Host:
    """The host with one more holding, by the same event."""
    return host._replace(holdings=_plus(host.holdings, vm_uid, amount), allocated=host.allocated + amount)


def _released(host: Host, event: ev.Event) -> dict[str, Any]:
    holdings, allocated = host.holdings, host.allocated
    for holding in event.capacity_released.holdings:
        amount = resources_of(holding.amount)
        left = holdings.get(holding.vm_uid, NOTHING) - amount
        holdings = holdings.insert(holding.vm_uid, left) if left else holdings.remove(holding.vm_uid)
        allocated = allocated - amount
    return {"holdings": holdings, "allocated": allocated}


_EVOLVE: dict[str, Callable[[Host, ev.Event], dict[str, Any]]] = {
    "host_inventory_changed": _inventory_changed,
    "capacity_held": _held,
    "capacity_released": _released,
}


def evolve(host: Host | None, event: ev.Event, version: int) -> Host:
    """The host after `event`, which is the stream's `version`."""
    if host is None:
        return _registered(event, version)
    kind = event.WhichOneof("payload")
    assert kind is not None
    return host._replace(version=version, updated=micros_of(event.commit_time), **_EVOLVE[kind](host, event))
