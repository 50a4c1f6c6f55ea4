"""Which rules about other VMs are not obeyed: anti-affinity, affinity and spread, over hosts, zones or racks.

Evaluates a bounded number of VMs and hosts for each host that is reported on. What would need more is not reported.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from controlplane.domain.host.aggregate import Host
from controlplane.domain.placement.host_rules import HostRule, host_rules
from controlplane.domain.placement.rules import HOST, GroupKind, GroupRule
from controlplane.domain.placement.selectors import Selector
from controlplane.domain.vm.aggregate import Vm
from controlplane.projections.live.inventory import Inventory
from controlplane.queries.violations.violation import Violation

MOST_LOOKED_AT = 10_000
_OF_THE_PLATFORM = ("arch", "virt")


class TooMany(Exception):
    """More VMs and hosts would have to be evaluated than may be."""


def is_wide(rule: GroupRule) -> bool:
    """Whether the rule's verdict on a VM on a host depends on VMs elsewhere."""
    return not (rule.soft or (rule.kind is GroupKind.ANTI_AFFINITY and rule.within == HOST))


class GroupRuleViolations:
    """Of one state of the inventory. What is counted for one host is remembered for the next ones."""

    def __init__(self, inventory: Inventory, changed: Host | None = None, most: int = MOST_LOOKED_AT) -> None:
        self._inventory, self._most = inventory, most
        # A host that the inventory does not have as it is to be evaluated.
        self._changed = changed
        self._counted: dict[tuple[str, Selector, str], Counter[str | None]] = {}
        self._left = most

    def of(self, host: Host, vms: Sequence[Vm]) -> Iterator[Violation]:
        """The violations of the rules that the VMs on the host, `vms`, have about other VMs."""
        self._left = self._most
        running = [vm for vm in vms if vm.holds_compute]
        for vm in running:
            for rule in vm.spec.rules.groups:
                try:
                    found = None if rule.soft else self._violation(vm, host, rule, running)
                except TooMany:
                    continue
                if found:
                    yield found

    def _violation(self, vm: Vm, host: Host, rule: GroupRule, running: Iterable[Vm]) -> Violation | None:
        domain = _domain(host, rule.within)
        counts = self._counts(vm.project_uid, rule) if is_wide(rule) else _among(running, vm.project_uid, rule, domain)
        here = None if domain is None else counts[domain]
        match rule.kind:
            case GroupKind.ANTI_AFFINITY:
                return Violation(vm, host, rule, here) if (here or 0) > rule.most(dict(vm.labels)) else None
            case GroupKind.AFFINITY:
                itself = int(rule.vms.matches(dict(vm.labels)))
                others, others_here = counts.total() - itself * len(self._domains_of(vm, rule.within)), 0
                if here is not None:
                    others_here = here - itself
                return Violation(vm, host, rule, here, others) if others > 0 and others_here <= 0 else None
            case GroupKind.SPREAD:
                if here is None:
                    return Violation(vm, host, rule)
                least = self._emptier(vm, rule, counts, here - rule.max_skew)
                return None if least is None else Violation(vm, host, rule, here, least)
            case _:
                assert_never(rule.kind)

    def _counts(self, project_uid: str, rule: GroupRule) -> Counter[str | None]:
        """How many VMs the rule selects in each domain; under None, those on hosts that are in none."""
        key = (project_uid, rule.vms, rule.within)
        found = self._counted.get(key)
        if found is None:
            found = Counter[str | None]()
            for uid in self._inventory.neighbours.candidates(project_uid, rule.vms):
                self._look_at_one()
                vm = self._inventory.vms[uid]
                if rule.vms.matches(dict(vm.labels)):
                    found.update(self._domains_of(vm, rule.within))
            self._counted[key] = found
        return found

    def _domains_of(self, vm: Vm, within: str) -> set[str | None]:
        """Where a VM counts: of a migration, in the domains of both hosts."""
        hosts = [self._host(uid) for uid in vm.hosts]
        return {_domain(host, within) if host else None for host in hosts}

    def _emptier(self, vm: Vm, rule: GroupRule, counts: Counter[str | None], most: int) -> int | None:
        """How many are in a domain that has fewer than `most` and that the VM could be in, room apart."""
        if most <= 0:
            return None
        rules = rules_about_hosts(vm)
        for name, hosts in self._domains(rule.within):
            if counts[name] < most and any(self._could_take(uid, rules) for uid in hosts):
                return counts[name]
        return None

    def _domains(self, within: str) -> Iterator[tuple[str, Iterable[str]]]:
        if within != HOST:
            yield from self._inventory.neighbours.domains(within).items()
            return
        for host in self._inventory.hosts.values():
            yield host.name, (host.uid,)

    def _could_take(self, uid: str, rules: Sequence[HostRule]) -> bool:
        self._look_at_one()
        host = self._host(uid)
        return host is not None and all(rule.holds(host) for rule in rules)

    def _host(self, uid: str) -> Host | None:
        changed = self._changed
        return changed if changed and changed.uid == uid else self._inventory.hosts.get(uid)

    def _look_at_one(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooMany


def _among(running: Iterable[Vm], project_uid: str, rule: GroupRule, domain: str | None) -> Counter[str | None]:
    """What is selected on the host itself."""
    selected = sum(vm.project_uid == project_uid and rule.vms.matches(dict(vm.labels)) for vm in running)
    return Counter({domain: selected})


def _domain(host: Host, within: str) -> str | None:
    """The one word of `Host.words`, without building the others: for each VM that is counted."""
    if within == HOST:
        return host.name
    if within == "zone" and host.zone:
        return host.zone
    if within in _OF_THE_PLATFORM:
        return host.words.get(within)
    return next((value for key, value in host.labels if key == within), None)


def rules_about_hosts(vm: Vm) -> tuple[HostRule, ...]:
    """Those that the choice of a host for the VM would be bound by."""
    return host_rules(vm.project, vm.spec.files, vm.spec.host_rules, vm.spec.resources)
