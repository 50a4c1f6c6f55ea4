"""Fleets of hosts for a replay, and the least that any placement could do with. Pure."""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

_SHAPE = re.compile(r"(\d+):(\d+)GiB")


class Shape(NamedTuple):
    """What one host offers."""

    vcpus: int
    memory_mib: int


STANDARD = Shape(64, 256 * 1024)
# Old and new machines, in equal numbers.
MIXED = (Shape(32, 128 * 1024), STANDARD, Shape(96, 384 * 1024), Shape(128, 256 * 1024))


def parse_shape(text: str) -> Shape:
    """Such as `64:256GiB`. Raises ValueError."""
    match = _SHAPE.fullmatch(text)
    if match is None or not int(match[1]) or not int(match[2]):
        raise ValueError(f"{text!r} is not VCPUS:MEMORY, such as 64:256GiB")
    return Shape(int(match[1]), int(match[2]) * 1024)


def fleet_of(shapes: Sequence[Shape], count: int) -> list[Shape]:
    """`count` hosts, the shapes in turn."""
    return [shapes[number % len(shapes)] for number in range(count)]


def bound(vcpus: int, memory_mib: int, fleet: Sequence[Shape]) -> int:
    """The fewest hosts that could hold so much: of the largest for each class, as many as its sum fills."""
    if not vcpus and not memory_mib:
        return 0
    if len(set(fleet)) == 1:
        return max(math.ceil(vcpus / fleet[0].vcpus), math.ceil(memory_mib / fleet[0].memory_mib))
    return max(
        _fewest(vcpus, sorted((each.vcpus for each in fleet), reverse=True)),
        _fewest(memory_mib, sorted((each.memory_mib for each in fleet), reverse=True)),
    )


def largest_vcpus(count: int, fleet: Sequence[Shape]) -> int:
    """What the `count` hosts with the most vCPUs have together."""
    return sum(sorted((each.vcpus for each in fleet), reverse=True)[:count])


def _fewest(amount: int, sizes: Sequence[int]) -> int:
    for count, size in enumerate(sizes):
        if amount <= 0:
            return count
        amount -= size
    return len(sizes)
