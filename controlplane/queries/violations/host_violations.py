"""Which rules of the VMs on a host are not obeyed, in words. Reads what is, and evicts nobody."""

from collections.abc import Callable, Iterator
from itertools import chain, islice

from controlplane.domain.host.aggregate import Host
from controlplane.domain.vm.aggregate import Vm
from controlplane.projections.live.inventory import Inventory
from controlplane.queries.violations.group_rule_violations import Look

# A rule that a whole host breaks is not told for thousands of VMs.
MOST = 100

Rule = Callable[[Inventory, Host], Iterator[str]]


def _dedicated(inventory: Inventory, host: Host) -> Iterator[str]:
    if not host.dedicated:
        return
    for uid in sorted(host.holdings):
        vm = inventory.vms.get(uid)
        if vm is not None and vm.project != host.dedicated:
            yield f"{vm.name}: the host is dedicated to {host.dedicated}"


def _placed_by_rules(inventory: Inventory, host: Host) -> Iterator[str]:
    words = host.words
    for vm in _vms_on(inventory, host):
        rules = vm.spec.rules
        for term in rules.require.terms:
            if not term.holds(words):
                yield f"{vm.name}: requires {term}"
        if rules.host not in ("", host.name):
            yield f"{vm.name}: only on {rules.host}"
        if host.name in rules.avoid_hosts:
            yield f"{vm.name}: never on {host.name}"


def _vms_on(inventory: Inventory, host: Host) -> Iterator[Vm]:
    for uid in sorted(host.holdings):
        if vm := inventory.vms.get(uid):
            yield vm


# Each yields what is broken on one host, in words that begin with the VM's name.
RULES: tuple[Rule, ...] = (_dedicated, _placed_by_rules)


def violations_of(inventory: Inventory, host: Host, look: Look | None = None) -> list[str]:
    """The rules that VMs on the host break, at most MOST of them. Of many hosts, `look` is the same for all."""
    if not host.holdings:
        return []
    of_host = (words for rule in RULES for words in rule(inventory, host))
    between_vms = (look or Look(inventory, host)).broken(host)
    return list(islice(chain(of_host, between_vms), MOST))
