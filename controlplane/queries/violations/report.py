"""The report of violations: which placement rules of the VMs on a host are not obeyed. Reads what is, evicts nobody."""

from collections.abc import Iterator
from itertools import chain, islice

from controlplane.domain.host.aggregate import Host
from controlplane.domain.placement.host_rules import (
    Avoided,
    Dedicated,
    HostRule,
    NotOvercommitted,
    Pinned,
    Require,
    violated,
)
from controlplane.domain.vm.aggregate import Vm
from controlplane.projections.live.inventory import Inventory
from controlplane.queries.violations.group_rule_violations import MOST_LOOKED_AT, GroupRuleViolations, rules_about_hosts
from controlplane.queries.violations.violation import LastingRule, Violation

# Of one host: a rule that a whole host breaks is not reported for thousands of VMs.
MOST = 100
# In the order of the report: of all VMs those of the first kinds, then those of the next.
_ORDER: tuple[tuple[type[LastingRule], ...], ...] = ((Dedicated,), (Require, Pinned, Avoided, NotOvercommitted))


class ViolationsReport:
    """Violations in one state of an inventory, host by host. What was counted for one host serves the next ones."""

    def __init__(self, inventory: Inventory, changed: Host | None = None, most: int = MOST_LOOKED_AT) -> None:
        """`changed` is a host that the inventory does not have as it is to be evaluated; of rules between VMs, at most
        `most` VMs and hosts are looked at for one host.
        """
        self._inventory = inventory
        self._group_rules = GroupRuleViolations(inventory, changed, most)

    def of(self, host: Host) -> list[Violation]:
        """At most MOST, rules about hosts first."""
        if not host.holdings:
            return []
        vms = [vm for uid in sorted(host.holdings) if (vm := self._inventory.vms.get(uid))]
        return list(islice(chain(_of_host_rules(host, vms), self._group_rules.of(host, vms)), MOST))


def _of_host_rules(host: Host, vms: list[Vm]) -> Iterator[Violation]:
    # VMs of one kind share their spec: it is evaluated once.
    evaluated: dict[tuple[str, int], list[HostRule]] = {}
    for vm in vms:
        key = (vm.project, id(vm.spec))
        if key not in evaluated:
            evaluated[key] = violated(host, rules_about_hosts(vm))
    for kinds in _ORDER:
        for vm in vms:
            rules = evaluated[vm.project, id(vm.spec)]
            for kind in kinds if rules else ():
                for rule in rules:
                    if isinstance(rule, kind):
                        yield Violation(vm, host, rule)
