"""Whether what would fail with some domains could be placed again on the rest: each failure tried, and taken back."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import NamedTuple

from controlplane.domain.fleet import Fleet
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.placement.spare_capacity import SpareRule
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.vm.aggregate import Vm
from controlplane.placement import evacuation
from controlplane.placement.evacuation import Unplaced, needs_place

# Of more combinations, those of the domains that hold the most memory are tried.
MOST_COMBINATIONS = 2_000


class Domain(NamedTuple):
    """Hosts that fail together, by the value of what makes domains."""

    name: str
    hosts: tuple[str, ...]


class Shortage(NamedTuple):
    """A failure that would leave VMs without a place; so many VMs would need one."""

    domains: tuple[str, ...]
    vms: int
    unplaced: Sequence[Unplaced]

    @property
    def missing(self) -> Resources:
        """What the VMs without a place hold: so much more, where their rules let them be, would be enough."""
        return sum((each.vm.held for each in self.unplaced), NOTHING)


@dataclass(frozen=True, slots=True)
class SpareCheck:
    """What was found of a rule. `combinations` of failures there are, and `tried` of them were tried."""

    rule: SpareRule
    domains: int
    combinations: int
    tried: int
    # Hosts that lack the label that makes domains: they are not thought to fail.
    outside: int
    shortages: Sequence[Shortage]


def domain_of(host: Host, rule: SpareRule) -> str:
    """The domain that a host fails with; empty for a host of another zone, without the label, or gone for good."""
    if host.state is HostState.DECOMMISSIONED or (rule.zone and host.zone != rule.zone):
        return ""
    return host.words.get(rule.within, "")


def domains_of(hosts: Iterable[Host], rule: SpareRule) -> list[Domain]:
    """The domains of a rule, the one that holds most memory first."""
    found: dict[str, list[Host]] = {}
    for host in hosts:
        if name := domain_of(host, rule):
            found.setdefault(name, []).append(host)

    def held(name: str) -> int:
        return sum(host.allocated.memory_mib for host in found[name])

    order = sorted(found, key=lambda name: (-held(name), name))
    return [Domain(name, tuple(host.uid for host in found[name])) for name in order]


def failures(domains: Sequence[Domain], rule: SpareRule, most: int) -> Iterator[tuple[Domain, ...]]:
    """The combinations of domains that fail together: of those that hold most, if there are more than `most` of all."""
    together = min(rule.survive, len(domains))
    count = len(domains)
    while together > 1 and count > together and comb(count, together) > most:
        count -= 1
    return combinations(domains[:count], together) if together else iter(())


def check(fleet: Fleet, rule: SpareRule, needs: Callable[[Vm], bool] = needs_place) -> SpareCheck:
    """Tries every failure of a rule. `fleet` is a copy of the fleet, and is at the end as it was."""
    domains = domains_of(fleet.hosts.values(), rule)
    shortages: list[Shortage] = []
    tried = 0
    for failing in failures(domains, rule, MOST_COMBINATIONS):
        tried += 1
        hosts = [uid for domain in failing for uid in domain.hosts]
        found = evacuation.plan(fleet, hosts, needs=needs)
        if found.unplaced:
            vms = len(found.moves) + len(found.unplaced)
            shortages.append(Shortage(tuple(domain.name for domain in failing), vms, found.unplaced))
    outside = sum(not domain_of(host, rule) for host in _in_zone(fleet.hosts, rule))
    combinations_ = comb(len(domains), min(rule.survive, len(domains))) if domains else 0
    return SpareCheck(rule, len(domains), combinations_, tried, outside, shortages)


def _in_zone(hosts: Mapping[str, Host], rule: SpareRule) -> list[Host]:
    return [
        host
        for host in hosts.values()
        if host.state is not HostState.DECOMMISSIONED and (not rule.zone or host.zone == rule.zone)
    ]
