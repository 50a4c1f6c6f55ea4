"""A VM's rules about hosts, one value each: whether a host obeys it depends on that host alone, not on its room. Pure.

The one list of rules for all who evaluate them: placement over all hosts at once (`placement.rule_arrays`), the report
of violations one host at a time (`queries.violations`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, TypeAlias

from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.placement.rules import PlacementRules
from controlplane.domain.placement.selectors import Term
from controlplane.domain.resources import ClassInventory, Resources


@dataclass(frozen=True, slots=True)
class Active:
    """The host takes new VMs."""

    name: ClassVar[str] = "not_active"

    def holds(self, host: Host) -> bool:
        return host.state is HostState.ACTIVE


@dataclass(frozen=True, slots=True)
class Dedicated:
    """The host is dedicated to the VM's project, `projects/{project}`, or to none."""

    project: str
    name: ClassVar[str] = "dedicated"

    def holds(self, host: Host) -> bool:
        return host.dedicated in ("", self.project)


@dataclass(frozen=True, slots=True)
class Pinned:
    """The one host, `hosts/{host}`, that the VM may be on."""

    host: str
    name: ClassVar[str] = "pinned"

    def holds(self, host: Host) -> bool:
        return host.name == self.host


@dataclass(frozen=True, slots=True)
class Avoided:
    """Hosts, `hosts/{host}`, that the VM may not be on."""

    hosts: tuple[str, ...]
    name: ClassVar[str] = "avoided"

    def holds(self, host: Host) -> bool:
        return host.name not in self.hosts


@dataclass(frozen=True, slots=True)
class Image:
    """Files that the VM boots from: all of them are in the host's image directory."""

    files: tuple[str, ...]
    name: ClassVar[str] = "image"

    def holds(self, host: Host) -> bool:
        return host.platform.has(self.files)


@dataclass(frozen=True, slots=True)
class Require:
    """A term of the VM's selector of hosts: a label, a trait, or a property such as the zone."""

    term: Term

    @property
    def name(self) -> str:
        return f"require {self.term}"

    def holds(self, host: Host) -> bool:
        return self.term.holds(host.words)


@dataclass(frozen=True, slots=True)
class NumaNodes:
    """The least number of NUMA nodes that the host has."""

    nodes: int
    name: ClassVar[str] = "numa_nodes"

    def holds(self, host: Host) -> bool:
        return len(host.numa) >= self.nodes


# What a host offers of a class that it does not have: no units are prescribed.
_NO_UNITS = ClassInventory(0)


@dataclass(frozen=True, slots=True)
class _Unit:
    """An amount of a resource class that one VM takes, in the class's base unit. See ClassInventory."""

    resource_class: str
    amount: int

    def _offered(self, host: Host) -> ClassInventory:
        return host.inventory.get(self.resource_class, _NO_UNITS)


@dataclass(frozen=True, slots=True)
class MinUnit(_Unit):
    """The amount is at least the host's `min_unit` of the class."""

    @property
    def name(self) -> str:
        return f"{self.resource_class}.min_unit"

    def holds(self, host: Host) -> bool:
        return self.amount >= self._offered(host).min_unit


@dataclass(frozen=True, slots=True)
class MaxUnit(_Unit):
    """The amount is at most the host's `max_unit` of the class; 0 is no limit."""

    @property
    def name(self) -> str:
        return f"{self.resource_class}.max_unit"

    def holds(self, host: Host) -> bool:
        most = self._offered(host).max_unit
        return not most or self.amount <= most


@dataclass(frozen=True, slots=True)
class StepSize(_Unit):
    """The amount is a multiple of the host's `step_size` of the class; 0 is any."""

    @property
    def name(self) -> str:
        return f"{self.resource_class}.step"

    def holds(self, host: Host) -> bool:
        return self.amount % max(self._offered(host).step_size, 1) == 0


@dataclass(frozen=True, slots=True)
class NotOvercommitted:
    """The host offers no more of the class than it has."""

    resource_class: str

    @property
    def name(self) -> str:
        return f"{self.resource_class}.overcommitted"

    def holds(self, host: Host) -> bool:
        return not host.inventory.get(self.resource_class, _NO_UNITS).overcommits


HostRule: TypeAlias = (
    Active
    | Dedicated
    | Pinned
    | Avoided
    | Image
    | Require
    | NumaNodes
    | MinUnit
    | MaxUnit
    | StepSize
    | NotOvercommitted
)


@lru_cache(maxsize=4096)
def host_rules(
    project: str, files: tuple[str, ...], rules: PlacementRules, resources: Resources
) -> tuple[HostRule, ...]:
    """All rules about hosts of a VM of `project`, in the order in which a host that breaks several is counted by one.

    `files` are those that it boots from, `resources` what it takes of a host. Rules about other VMs are not among them.
    """
    found: list[HostRule] = [Active(), Dedicated(project)]
    if rules.host:
        found.append(Pinned(rules.host))
    if rules.avoid_hosts:
        found.append(Avoided(rules.avoid_hosts))
    found.append(Image(files))
    found += [Require(term) for term in rules.require.terms]
    if rules.numa_nodes:
        found.append(NumaNodes(rules.numa_nodes))
    if rules.whole_vcpus:
        found.append(NotOvercommitted("vcpus"))
    for resource_class, amount in resources:
        if amount:
            found += [each(resource_class, amount) for each in (MinUnit, MaxUnit, StepSize)]
    return tuple(found)


def violated(host: Host, rules: Iterable[HostRule]) -> list[HostRule]:
    """The rules that the host does not obey, in their order."""
    return [rule for rule in rules if not rule.holds(host)]
