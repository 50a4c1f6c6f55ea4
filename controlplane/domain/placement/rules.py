"""Where a VM may run, and where it would best: rules as values, and as events record them. Pure.

What each rule means is stated in chronovisor.v1.PlacementRules.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.placement.selectors import ANYTHING, Selector, parse

HOST = "host"


class GroupKind(IntEnum):
    """The relation to other VMs that a rule requires. The numbers are those of chronovisor.v1.GroupRule.Kind."""

    AFFINITY = 1
    ANTI_AFFINITY = 2
    SPREAD = 3


class GroupRule(NamedTuple):
    """Together with, or apart from, the VMs of the same project that `vms` selects. `within` is what makes a domain."""

    kind: GroupKind
    vms: Selector
    within: str = HOST
    soft: bool = False
    max_per_domain: int = 0
    max_skew: int = 1

    def most(self, labels: Mapping[str, str]) -> int:
        """Of an anti-affinity: the most VMs that it may select in one domain with a VM that has it and these labels."""
        return max(self.max_per_domain, int(self.vms.matches(labels)))


class Preference(NamedTuple):
    """Hosts that a VM would rather be on, or with a negative weight rather not. -100 to 100."""

    selector: Selector
    weight: int


class PlacementRules(NamedTuple):
    """All rules of one VM. `host` and `avoid_hosts` are names, `hosts/{host}`; the latter are sorted.

    `whole_vcpus` is not a rule that is given, but follows from a spec: the host offers no more vCPUs than it has.
    """

    require: Selector = ANYTHING
    prefer: tuple[Preference, ...] = ()
    groups: tuple[GroupRule, ...] = ()
    host: str = ""
    avoid_hosts: tuple[str, ...] = ()
    numa_nodes: int = 0
    whole_vcpus: bool = False

    def __bool__(self) -> bool:
        return self != NO_RULES


NO_RULES = PlacementRules()


def rules_of(recorded: ev.PlacementRules) -> PlacementRules:
    """The rules that an event recorded. Only rules that were parsed once are recorded: this does not fail."""
    rules = PlacementRules(
        parse(recorded.require),
        tuple(Preference(parse(each.selector), each.weight) for each in recorded.prefer),
        tuple(
            GroupRule(
                GroupKind(each.kind), parse(each.vms), each.within, each.soft, each.max_per_domain, each.max_skew or 1
            )
            for each in recorded.groups
        ),
        recorded.host,
        tuple(recorded.avoid_hosts),
        recorded.numa_nodes,
    )
    return rules or NO_RULES


def recorded_rules(rules: PlacementRules) -> ev.PlacementRules:
    """As an event records them; selectors in their canonical text."""
    return ev.PlacementRules(
        require=str(rules.require),
        prefer=[ev.Preference(selector=str(each.selector), weight=each.weight) for each in rules.prefer],
        groups=[
            ev.GroupRule(
                kind=each.kind,
                vms=str(each.vms),
                within=each.within,
                soft=each.soft,
                max_per_domain=each.max_per_domain,
                max_skew=each.max_skew if each.kind is GroupKind.SPREAD else 0,
            )
            for each in rules.groups
        ],
        host=rules.host,
        avoid_hosts=rules.avoid_hosts,
        numa_nodes=rules.numa_nodes,
    )
