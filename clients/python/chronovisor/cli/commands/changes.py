"""What the commands share that change a resource field by field: which fields, and entries that come and go."""

from collections.abc import MutableMapping, Sequence
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from chronovisor.cli.settings import Misused, parsed
from chronovisor.cli.text.units import ExtendedAmount, Pair, parse_lifetime, parse_pair
from chronovisor.v1.resources_pb2 import Resources

Label = Annotated[
    list[Pair] | None, typer.Option(parser=parsed(parse_pair), metavar="KEY=VALUE", help="A label. Repeatable.")
]

Lifetime = Annotated[
    Duration | None,
    typer.Option(
        parser=parsed(parse_lifetime),
        metavar="TIME",
        help="How long it is expected to run, such as 6h or 30d: VMs that end together are placed together.",
    ),
]


def paths_of(example: str, **changed: object) -> list[str]:
    """The fields to be changed. Raises Misused when there is none."""
    paths = [path for path, is_changed in changed.items() if is_changed]
    if not paths:
        raise Misused(f"nothing to change: give an option such as {example}; see --help")
    return paths


def write_entries(
    entries: MutableMapping[str, str], given: Sequence[Pair] | None, removed: Sequence[str] | None
) -> None:
    """Sets entries, such as labels, and takes some away."""
    entries.update(dict(given or ()))
    for key in removed or ():
        entries.pop(key, None)


def write_amounts(
    resources: Resources,
    vcpus: int | None,
    memory_mib: int | None,
    disk_gib: int | None,
    extended: Sequence[ExtendedAmount] | None,
) -> None:
    """Sets the amounts that were given. An extended class of which there is 0 goes."""
    for field, amount in (("vcpus", vcpus), ("memory_mib", memory_mib), ("disk_gib", disk_gib)):
        if amount is not None:
            setattr(resources, field, amount)
    for resource_class, amount in extended or ():
        if amount:
            resources.extended[resource_class] = amount
        else:
            resources.extended.pop(resource_class, None)
