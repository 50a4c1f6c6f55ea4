"""Options of what a VM may use of its host: how it shares CPUs, and what it may do with disk and network."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, NamedTuple

import typer

from chronovisor.cli.settings import parsed
from chronovisor.cli.text.units import parse_count, parse_size
from chronovisor.v1.vm_pb2 import CpuPolicy, IoLimits, VmSpec

_PANEL = "Limits"
_NONE = "none"
# Limits by their names on the command line and in files: the field of the message.
FIELDS: Mapping[str, str] = {
    "disk-read-iops": "disk_read_iops",
    "disk-write-iops": "disk_write_iops",
    "disk-read": "disk_read_bytes",
    "disk-write": "disk_write_bytes",
    "network-receive": "network_receive_bytes",
    "network-send": "network_send_bytes",
}


class CpuPolicyChoice(StrEnum):
    """How a VM shares its host's CPUs."""

    SHARE = "share"
    GUARANTEE = "guarantee"


class Limit(NamedTuple):
    """One limit, as `disk-read=10MiB` on the command line; 0: none."""

    name: str
    most: int


def parse_most(name: str, text: str) -> int:
    """What a limit allows each second: a count, or bytes such as `10MiB`; `none` is 0. Raises ValueError."""
    if name not in FIELDS:
        raise ValueError(f"{name!r} is no limit; there are {', '.join(FIELDS)}")
    if text == _NONE:
        return 0
    return parse_count(text) if name.endswith("-iops") else parse_size(text, 1, "bytes")


def parse_limit(text: str) -> Limit:
    """From `disk-read=10MiB`. Raises ValueError."""
    name, equals, most = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not a limit such as disk-read=10MiB")
    return Limit(name, parse_most(name, most))


Policy = Annotated[
    CpuPolicyChoice | None,
    typer.Option(
        "--cpu-policy",
        help="Share CPUs with other VMs, by default; or have the time of so many CPUs always, and never more.",
        rich_help_panel=_PANEL,
    ),
]
Limits = Annotated[
    list[Limit] | None,
    typer.Option(
        "--io-limit",
        parser=parsed(parse_limit),
        metavar="WHAT=MOST",
        help=f"The most each second, such as disk-read=10MiB; none: no limit. WHAT: {', '.join(FIELDS)}. Repeatable.",
        rich_help_panel=_PANEL,
    ),
]


def write_limits(spec: VmSpec, policy: CpuPolicyChoice | None, limits: list[Limit] | None) -> None:
    """Sets what was given, and leaves the rest as it is."""
    if policy is not None:
        spec.cpu_policy = CpuPolicy.Value(f"CPU_POLICY_{policy.name}")
    for limit in limits or ():
        setattr(spec.io_limits, FIELDS[limit.name], limit.most)


def policy_text(policy: "CpuPolicy.ValueType") -> str:
    """`guarantee`; nothing for the default."""
    return CpuPolicyChoice.GUARANTEE.value if policy == CpuPolicy.CPU_POLICY_GUARANTEE else ""


def limits_text(limits: IoLimits) -> str:
    """`disk-read-iops=500, disk-read=10MiB`, as they are given."""
    found = ((name, getattr(limits, field)) for name, field in FIELDS.items())
    return ", ".join(f"{name}={most_text(name, most)}" for name, most in found if most)


def most_text(name: str, most: int) -> str:
    """As it is given: in the largest unit of which it is a whole number."""
    if name.endswith("-iops"):
        return str(most)
    for unit, size in (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if most % size == 0:
            return f"{most // size}{unit}"
    return f"{most}B"
