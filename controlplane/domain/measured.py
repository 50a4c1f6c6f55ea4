"""What machines and VMs were measured to use, as values. Measures nothing; performs no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Used(NamedTuple):
    """Of a host or a VM: what was in use of vCPUs (a machine's CPUs) and memory; None where it was not measured."""

    vcpus: float | None = None
    memory_mib: float | None = None


NOT_MEASURED = Used()


@dataclass(frozen=True, slots=True)
class MeasuredUse:
    """By uid, what is used of hosts, and by VMs. Who is not in it was not measured."""

    hosts: Mapping[str, Used] = field(default_factory=dict[str, Used])
    vms: Mapping[str, Used] = field(default_factory=dict[str, Used])


class UseLimits(NamedTuple):
    """The most that may be used of a machine, as shares of what it has: without the allocation ratio."""

    vcpus: float = 1.0
    memory_mib: float = 0.9
