"""The baseline of placement: filters and weighers over host objects, one after the other, as in Nova's scheduler."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class HostState:
    """One host as the scheduler knows it."""

    name: str
    free_vcpus: int
    free_memory_mib: int
    free_disk_gib: int
    labels: Mapping[str, str]
    groups: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class Request:
    """A server that is to be placed: never on a host that has one of its group."""

    vcpus: int
    memory_mib: int
    disk_gib: int
    labels: Mapping[str, str]
    group: str


Filter = Callable[[HostState, Request], bool]

FILTERS: Sequence[Filter] = (
    lambda host, request: host.free_vcpus >= request.vcpus,
    lambda host, request: host.free_memory_mib >= request.memory_mib,
    lambda host, request: host.free_disk_gib >= request.disk_gib,
    lambda host, request: all(host.labels.get(key) == value for key, value in request.labels.items()),
    lambda host, request: request.group not in host.groups,
)


def place(hosts: Sequence[HostState], request: Request) -> HostState | None:
    """The host with the most free memory of those that pass every filter, with the request claimed on it."""
    passing = [host for host in hosts if all(passes(host, request) for passes in FILTERS)]
    if not passing:
        return None
    most = max(host.free_memory_mib for host in passing) or 1
    chosen = max(passing, key=lambda host: host.free_memory_mib / most)
    chosen.free_vcpus -= request.vcpus
    chosen.free_memory_mib -= request.memory_mib
    chosen.free_disk_gib -= request.disk_gib
    chosen.groups.add(request.group)
    return chosen
