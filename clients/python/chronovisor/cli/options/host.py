"""The options that say what a host has and offers, and what they make of its message."""

from collections.abc import Callable
from typing import Annotated, NamedTuple

import typer

from chronovisor.cli.settings import parsed
from chronovisor.cli.text.units import LARGEST, parse_count, parse_disk, parse_memory, parse_pair
from chronovisor.v1 import host_pb2
from chronovisor.v1.resources_pb2 import ResourceInventory


class ClassAmount(NamedTuple):
    """An amount of a class, such as `vcpus=2` or `memory=8GiB`."""

    resource_class: str
    amount: int


class ClassRatio(NamedTuple):
    """An overcommit factor of a class, such as `vcpus=4`."""

    resource_class: str
    ratio: float


_CLASSES = {"memory": "memory_mib", "disk": "disk_gib"}
_AMOUNTS: dict[str, Callable[[str], int]] = {"memory_mib": parse_memory, "disk_gib": parse_disk}


def parse_class_amount(text: str) -> ClassAmount:
    """From such as `vcpus=2`, `memory=8GiB`, `gpu.a100=1`. Raises ValueError."""
    key, value = parse_pair(text)
    name = _CLASSES.get(key, key)
    if not value:
        raise ValueError(f"{text!r} is not CLASS=AMOUNT, such as vcpus=2 or memory=8GiB")
    return ClassAmount(name, _AMOUNTS.get(name, parse_count)(value))


def parse_ratio(text: str) -> ClassRatio:
    """From such as `vcpus=4`. Raises ValueError."""
    key, value = parse_pair(text)
    try:
        return ClassRatio(_CLASSES.get(key, key), float(value))
    except ValueError:
        raise ValueError(f"{text!r} is not CLASS=FACTOR, such as vcpus=4") from None


def parse_node(text: str) -> host_pb2.NumaNode:
    """From `VCPUS:MEMORY`, such as `16:64GiB`. Raises ValueError."""
    vcpus, colon, memory = text.partition(":")
    if not (colon and vcpus.isdecimal() and int(vcpus) <= LARGEST):
        raise ValueError(f"{text!r} is not VCPUS:MEMORY, such as 16:64GiB")
    return host_pb2.NumaNode(vcpus=int(vcpus), memory_mib=parse_memory(memory))


def _amounts(flag: str, text: str, metavar: str = "CLASS=AMOUNT") -> typer.models.OptionInfo:
    return typer.Option(flag, parser=parsed(parse_class_amount), metavar=metavar, help=f"{text} Repeatable.")


Amounts = list[ClassAmount] | None
Total = Annotated[Amounts, _amounts("--total", "All there is of a class, such as gpu.a100=8.")]
Reserved = Annotated[Amounts, _amounts("--reserved", "Kept back from VMs, such as vcpus=2 or memory=8GiB.")]
MinUnit = Annotated[Amounts, _amounts("--min-unit", "The least that a VM can take; 0: no limit.")]
MaxUnit = Annotated[Amounts, _amounts("--max-unit", "The most that a VM can take; 0: no limit.")]
Step = Annotated[Amounts, _amounts("--step", "What a VM takes is a multiple of this.")]
Ratio = Annotated[
    list[ClassRatio] | None,
    typer.Option(parser=parsed(parse_ratio), metavar="CLASS=FACTOR", help="Overcommit, such as vcpus=4. Repeatable."),
]
Trait = Annotated[
    list[str] | None, typer.Option(metavar="TRAIT", help="What the machine can do, such as ssd. Repeatable.")
]


class Offer(NamedTuple):
    """The host's inventory by the options."""

    total: Amounts = None
    reserved: Amounts = None
    ratio: list[ClassRatio] | None = None
    min_unit: Amounts = None
    max_unit: Amounts = None
    step: Amounts = None

    def __bool__(self) -> bool:
        return any(self)

    def write(self, host: host_pb2.Host) -> None:
        """Changes what the options say, and leaves the rest of the inventory as it is."""
        for resource_class, amount in self.total or ():
            host.inventory[resource_class].total = amount
        for resource_class, ratio in self.ratio or ():
            _known(host, resource_class).allocation_ratio = ratio
        fields = {
            "reserved": self.reserved,
            "min_unit": self.min_unit,
            "max_unit": self.max_unit,
            "step_size": self.step,
        }
        for field, amounts in fields.items():
            for resource_class, amount in amounts or ():
                setattr(_known(host, resource_class), field, amount)


def _known(host: host_pb2.Host, resource_class: str) -> ResourceInventory:
    """Raises BadParameter: to reserve some of a class that the host does not have can only be a slip."""
    if resource_class not in host.inventory:
        has = ", ".join(sorted(host.inventory))
        raise typer.BadParameter(f"the host has no {resource_class!r}; it has {has}")
    return host.inventory[resource_class]
