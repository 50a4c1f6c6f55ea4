"""Which rules of the VMs on a host are not obeyed, in words. Reads what is, and evicts nobody."""

from collections.abc import Callable, Iterator
from itertools import islice

from controlplane.domain.host import Host
from controlplane.domain.placement_rules import HOST, GroupKind
from controlplane.domain.vm import Vm
from controlplane.projections.inventory import Inventory

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


def _apart(inventory: Inventory, host: Host) -> Iterator[str]:
    """Of rules between VMs, those within one host: wider ones would need a look at every host of the domain."""
    running = [vm for vm in _vms_on(inventory, host) if vm.holds_compute]
    for vm in running:
        for rule in vm.spec.rules.groups:
            if rule.kind is not GroupKind.ANTI_AFFINITY or rule.soft or rule.within != HOST:
                continue
            itself = int(rule.vms.matches(dict(vm.labels)))
            here = sum(each.project_uid == vm.project_uid and rule.vms.matches(dict(each.labels)) for each in running)
            if here > (most := max(rule.max_per_domain, itself)):
                yield f"{vm.name}: at most {most} of {rule.vms} with it on a host; there are {here}"


def _vms_on(inventory: Inventory, host: Host) -> Iterator[Vm]:
    for uid in sorted(host.holdings):
        if vm := inventory.vms.get(uid):
            yield vm


# Each yields what is broken on one host, in words that begin with the VM's name.
RULES: tuple[Rule, ...] = (_dedicated, _placed_by_rules, _apart)


def violations_of(inventory: Inventory, host: Host) -> list[str]:
    """The rules that VMs on the host break, at most MOST of them."""
    if not host.holdings:
        return []
    return list(islice((words for rule in RULES for words in rule(inventory, host)), MOST))
