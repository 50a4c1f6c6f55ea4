"""Amounts of resources and what a host can hold of them. Integers in base units; never negative."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.errors import InsufficientResources

BASE_CLASSES = ("vcpus", "memory_mib", "disk_gib")
# What projects hold and no host offers: addresses of networks, a count; and bytes of images, in MiB.
ADDRESSES, IMAGE_MIB = "addresses", "image_mib"
PROJECT_CLASSES = (ADDRESSES, IMAGE_MIB)


@dataclass(frozen=True, slots=True)
class Resources:
    """An amount of each resource class. `extended` is sorted by class and has no zeros."""

    vcpus: int = 0
    memory_mib: int = 0
    disk_gib: int = 0
    extended: tuple[tuple[str, int], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.vcpus or self.memory_mib or self.disk_gib or self.extended)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Yields (class, amount), the base classes first."""
        yield "vcpus", self.vcpus
        yield "memory_mib", self.memory_mib
        yield "disk_gib", self.disk_gib
        yield from self.extended

    def __add__(self, other: "Resources") -> "Resources":
        if other is NOTHING:
            return self
        if self is NOTHING:
            return other
        return Resources(
            self.vcpus + other.vcpus,
            self.memory_mib + other.memory_mib,
            self.disk_gib + other.disk_gib,
            _combine(self.extended, other.extended, 1) if other.extended else self.extended,
        )

    def __sub__(self, other: "Resources") -> "Resources":
        """Raises InsufficientResources when `other` is more than there is of some class."""
        if other is NOTHING:
            return self
        left = Resources(
            self.vcpus - other.vcpus,
            self.memory_mib - other.memory_mib,
            self.disk_gib - other.disk_gib,
            _combine(self.extended, other.extended, -1) if other.extended else self.extended,
        )
        if left.vcpus < 0 or left.memory_mib < 0 or left.disk_gib < 0 or any(n < 0 for _, n in left.extended):
            short = next(name for name, amount in left if amount < 0)
            raise InsufficientResources(short, held=self.of(short), released=other.of(short))
        return left

    def of(self, resource_class: str) -> int:
        if resource_class in BASE_CLASSES:
            return getattr(self, resource_class)
        return dict(self.extended).get(resource_class, 0)

    @property
    def has_compute(self) -> bool:
        return bool(self.vcpus or self.memory_mib or self.extended)

    @property
    def compute(self) -> "Resources":
        """What a VM holds only while it runs."""
        return Resources(self.vcpus, self.memory_mib, 0, self.extended)

    @property
    def disk(self) -> "Resources":
        """What a VM holds from its first placement until it is destroyed."""
        return Resources(disk_gib=self.disk_gib)

    def with_disk(self, disk_gib: int) -> "Resources":
        """The same with another size of disk."""
        return Resources(self.vcpus, self.memory_mib, disk_gib, self.extended)

    def lacking(self, capacity: "Resources", allocated: "Resources") -> str | None:
        """The first class of which `capacity - allocated` has less than this amount, or None when all fits."""
        # What is not requested is not lacking, even where more is allocated than there is.
        if self.vcpus and self.vcpus > capacity.vcpus - allocated.vcpus:
            return "vcpus"
        if self.memory_mib and self.memory_mib > capacity.memory_mib - allocated.memory_mib:
            return "memory_mib"
        if self.disk_gib and self.disk_gib > capacity.disk_gib - allocated.disk_gib:
            return "disk_gib"
        for name, amount in self.extended:
            if amount > capacity.of(name) - allocated.of(name):
                return name
        return None

    def beyond(self, capacity: "Resources") -> "Resources":
        """How much more of each class this is than `capacity`; NOTHING where all of it fits."""
        vcpus, memory_mib = self.vcpus - capacity.vcpus, self.memory_mib - capacity.memory_mib
        disk_gib = self.disk_gib - capacity.disk_gib
        if vcpus <= 0 and memory_mib <= 0 and disk_gib <= 0 and not self.extended:
            return NOTHING
        extended = tuple([(name, n - capacity.of(name)) for name, n in self.extended if n > capacity.of(name)])
        more = Resources(max(vcpus, 0), max(memory_mib, 0), max(disk_gib, 0), extended)
        return more or NOTHING


NOTHING = Resources()


def some_of(resource_class: str, amount: int) -> Resources:
    """An amount of one extended class."""
    return Resources(extended=((resource_class, amount),)) if amount else NOTHING


def _combine(
    left: tuple[tuple[str, int], ...], right: tuple[tuple[str, int], ...], sign: int
) -> tuple[tuple[str, int], ...]:
    amounts = dict(left)
    for name, amount in right:
        amounts[name] = amounts.get(name, 0) + sign * amount
    return tuple(sorted((name, amount) for name, amount in amounts.items() if amount))


@lru_cache(maxsize=4096)
def _shared(vcpus: int, memory_mib: int, disk_gib: int) -> Resources:
    return Resources(vcpus, memory_mib, disk_gib)


def resources_of(amount: ev.Amount) -> Resources:
    """An event's amount as a value. Equal amounts without extended classes share one object."""
    if amount.extended:
        extended = tuple(sorted((name, n) for name, n in amount.extended.items() if n))
        return Resources(amount.vcpus, amount.memory_mib, amount.disk_gib, extended)
    return _shared(amount.vcpus, amount.memory_mib, amount.disk_gib)


def amount_of(resources: Resources) -> ev.Amount:
    """A value as an event's amount."""
    return ev.Amount(
        vcpus=resources.vcpus,
        memory_mib=resources.memory_mib,
        disk_gib=resources.disk_gib,
        extended=dict(resources.extended) if resources.extended else None,
    )


@dataclass(frozen=True, slots=True)
class ClassInventory:
    """What a host offers of one class: all there is, what is kept back, and the overcommit factor."""

    total: int
    reserved: int = 0
    allocation_ratio: float = 1.0
    # What one VM may take of it: at least, at most, in steps. 0 is no limit.
    min_unit: int = 0
    max_unit: int = 0
    step_size: int = 0

    @property
    def overcommits(self) -> bool:
        """Whether more may be offered than there is."""
        return self.allocation_ratio > 1

    @property
    def capacity(self) -> int:
        # More may be reserved than there is, of a machine that came back smaller.
        return math.floor(max(self.total - self.reserved, 0) * self.allocation_ratio)


def capacity_of(inventory: Mapping[str, ClassInventory]) -> Resources:
    """R_i: the capacity of one host, per class."""
    capacities = {name: each.capacity for name, each in inventory.items()}
    base = {name: capacities.pop(name, 0) for name in BASE_CLASSES}
    return Resources(**base, extended=tuple(sorted((name, n) for name, n in capacities.items() if n)))
