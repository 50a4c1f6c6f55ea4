"""Which rules between VMs are not obeyed, in words: apart, together and spread, over hosts, zones or racks.

Looks at a bounded number of VMs and hosts for each host that is asked about. Of what would need more, it says nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.placement.rules import HOST, GroupKind, GroupRule
from controlplane.domain.placement.selectors import Selector
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Vm
from controlplane.projections.live.inventory import Inventory

MOST_LOOKED_AT = 10_000
_OF_THE_PLATFORM = ("arch", "virt")


class TooMany(Exception):
    """More would have to be looked at than may be."""


def is_wide(rule: GroupRule) -> bool:
    """Whether what the rule says of a VM on a host depends on VMs elsewhere."""
    return not (rule.soft or (rule.kind is GroupKind.ANTI_AFFINITY and rule.within == HOST))


class Look:
    """A look at one state of the inventory. What is counted for one host is remembered for the next ones."""

    def __init__(self, inventory: Inventory, changed: Host | None = None) -> None:
        self._inventory = inventory
        # A host that is not in the inventory as it is to be looked at.
        self._changed = changed
        self._counted: dict[tuple[str, Selector, str], Counter[str | None]] = {}
        self._left = MOST_LOOKED_AT

    def broken(self, host: Host) -> Iterator[str]:
        """The rules between VMs that those on the host have, and that are not obeyed."""
        self._left = MOST_LOOKED_AT
        running = [vm for uid in sorted(host.holdings) if (vm := self._inventory.vms.get(uid)) and vm.holds_compute]
        for vm in running:
            for rule in vm.spec.rules.groups:
                try:
                    words = "" if rule.soft else self._words(vm, host, rule, running)
                except TooMany:
                    continue
                if words:
                    yield f"{vm.name}: {words}"

    def _words(self, vm: Vm, host: Host, rule: GroupRule, running: Iterable[Vm]) -> str:
        where = "on a host" if rule.within == HOST else f"in a {rule.within}"
        domain = _domain(host, rule.within)
        counts = self._counts(vm.project_uid, rule) if is_wide(rule) else _among(running, vm.project_uid, rule, domain)
        itself = int(rule.vms.matches(dict(vm.labels)))
        here = 0 if domain is None else counts[domain]
        match rule.kind:
            case GroupKind.ANTI_AFFINITY:
                most = max(rule.max_per_domain, itself)
                if here > most:
                    return f"at most {most} of {rule.vms} with it {where}; there are {here}"
            case GroupKind.AFFINITY:
                others_here = here - itself if domain is not None else 0
                if counts.total() > itself and others_here <= 0:
                    return f"with {rule.vms} {where}; they are elsewhere"
            case GroupKind.SPREAD:
                if domain is None:
                    return f"{rule.vms} spread by {rule.within}; its host has none"
                if (least := self._emptier(vm, rule, counts, here - rule.max_skew)) is not None:
                    even = f"{rule.vms} spread by {rule.within}, within {rule.max_skew}"
                    return f"{even}; there are {here} here, and {least} elsewhere"
        return ""

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
                    host = self._host(vm.host_uid)
                    found[_domain(host, rule.within) if host else None] += 1
            self._counted[key] = found
        return found

    def _emptier(self, vm: Vm, rule: GroupRule, counts: Counter[str | None], most: int) -> int | None:
        """How many are in a domain that has fewer than `most` and that the VM could be in, room apart."""
        if most <= 0:
            return None
        for name, hosts in self._domains(rule.within):
            if counts[name] < most and any(self._could_take(uid, vm) for uid in hosts):
                return counts[name]
        return None

    def _domains(self, within: str) -> Iterator[tuple[str, Iterable[str]]]:
        if within != HOST:
            yield from self._inventory.neighbours.domains(within).items()
            return
        for host in self._inventory.hosts.values():
            yield host.name, (host.uid,)

    def _could_take(self, uid: str, vm: Vm) -> bool:
        self._look_at_one()
        host = self._host(uid)
        return host is not None and could_take(host, vm)

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
    """As `Host.words` has it, without the others: this is asked once for each VM that is counted."""
    if within == HOST:
        return host.name
    if within == "zone" and host.zone:
        return host.zone
    if within in _OF_THE_PLATFORM:
        return host.words.get(within)
    return next((value for key, value in host.labels if key == within), None)


def could_take(host: Host, vm: Vm) -> bool:
    """Whether the host breaks none of the VM's rules about hosts, whatever it holds."""
    rules, words = vm.spec.rules, host.words
    return (
        host.state is HostState.ACTIVE
        and host.dedicated in ("", vm.project)
        and rules.host in ("", host.name)
        and host.name not in rules.avoid_hosts
        and host.platform.has(vm.spec.files)
        and all(term.holds(words) for term in rules.require.terms)
        and len(host.numa_told) >= rules.numa_nodes
        and _in_its_units(host, vm.spec.resources)
    )


def _in_its_units(host: Host, wanted: Resources) -> bool:
    for name, amount in wanted:
        each = host.inventory.get(name)
        if amount and each is not None:
            above = each.max_unit and amount > each.max_unit
            if amount < each.min_unit or above or amount % max(each.step_size, 1):
                return False
    return True
