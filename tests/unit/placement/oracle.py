"""Placement by brute force, host by host, by the words of chronovisor.v1.PlacementRules: what the engine is held to."""

from collections.abc import Iterator

from controlplane.domain.fleet import Fleet
from controlplane.domain.host.aggregate import Host, HostState
from controlplane.domain.placement.rules import GroupKind, GroupRule
from controlplane.domain.placement.selectors import Op, Selector
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Vm


def words(host: Host) -> dict[str, str]:
    """What selectors of hosts and domains match."""
    found = dict(host.labels) | {f"trait:{trait}": "" for trait in host.traits}
    found["host"] = host.name.removeprefix("hosts/")
    if host.zone:
        found["zone"] = host.zone
    found["arch"], found["virt"] = host.platform.architecture, host.platform.virt_type
    return found


def selects(selector: Selector, labels: dict[str, str]) -> bool:
    """Written out once more, so that a mistake in the selector itself is seen."""
    for key, op, values in selector.terms:
        there = key in labels
        holds = {
            Op.EXISTS: there,
            Op.ABSENT: not there,
            Op.IN: there and labels[key] in values,
            Op.NOT_IN: not there or labels[key] not in values,
        }[op]
        if not holds:
            return False
    return True


def running(fleet: Fleet, vm: Vm) -> Iterator[tuple[Vm, Host]]:
    """The other VMs of its project that hold compute, and their hosts."""
    for other in fleet.vms.values():
        if other.uid != vm.uid and other.project_uid == vm.project_uid and other.held.vcpus:
            yield other, fleet.hosts[other.host_uid]


def fixed_rules_hold(host: Host, vm: Vm, requested: Resources) -> bool:
    rules = vm.spec.rules
    units = [(host.inventory.get(name), amount) for name, amount in requested if amount]
    return (
        host.state is HostState.ACTIVE
        and host.dedicated in ("", vm.project)
        and rules.host in ("", host.name)
        and host.name not in rules.avoid_hosts
        and selects(rules.require, words(host))
        and len(host.numa) >= rules.numa_nodes
        and all(
            offered is None
            or (
                amount >= offered.min_unit
                and (not offered.max_unit or amount <= offered.max_unit)
                and amount % (offered.step_size or 1) == 0
            )
            for offered, amount in units
        )
    )


def has_room(host: Host, vm: Vm, requested: Resources) -> bool:
    if any(host.allocated.of(name) + amount > host.capacity.of(name) for name, amount in requested):
        return False
    free = [
        (a.vcpus - b.vcpus, a.memory_mib - b.memory_mib) for a, b in zip(host.numa, host.numa_allocated, strict=True)
    ]
    nodes = vm.spec.rules.numa_nodes
    if nodes:
        vcpus, memory = -(-requested.vcpus // nodes), -(-requested.memory_mib // nodes)
        return sum(v >= vcpus and m >= memory for v, m in free) >= nodes
    return not free or (sum(v for v, _ in free) >= requested.vcpus and sum(m for _, m in free) >= requested.memory_mib)


def neighbours_agree(fleet: Fleet, host: Host, vm: Vm, requested: Resources) -> bool:
    labels = dict(vm.labels)
    own = all(_rule_holds(fleet, host, vm, requested, rule) for rule in vm.spec.rules.groups if not rule.soft)
    others = all(
        not selects(rule.vms, labels) or _apart(fleet, host, vm, other, where, rule)
        for other, where in running(fleet, vm)
        for rule in other.spec.rules.groups
        if rule.kind is GroupKind.ANTI_AFFINITY and not rule.soft
    )
    return own and others


def _apart(fleet: Fleet, host: Host, vm: Vm, other: Vm, where: Host, rule: GroupRule) -> bool:
    """Whether the other's rule still holds when this VM joins it."""
    domain = words(where).get(rule.within)
    if domain is None or words(host).get(rule.within) != domain:
        return True
    most = max(rule.max_per_domain, int(selects(rule.vms, dict(other.labels))))
    return _count(fleet, vm, rule, domain) + 1 <= most


def _count(fleet: Fleet, vm: Vm, rule: GroupRule, domain: str) -> int:
    return sum(
        selects(rule.vms, dict(other.labels)) and words(where).get(rule.within) == domain
        for other, where in running(fleet, vm)
    )


def _rule_holds(fleet: Fleet, host: Host, vm: Vm, requested: Resources, rule: GroupRule) -> bool:
    domain = words(host).get(rule.within)
    itself = int(selects(rule.vms, dict(vm.labels)))
    matching = [where for other, where in running(fleet, vm) if selects(rule.vms, dict(other.labels))]
    if rule.kind is GroupKind.AFFINITY:
        return not matching or (domain is not None and _count(fleet, vm, rule, domain) > 0)
    if rule.kind is GroupKind.ANTI_AFFINITY:
        return domain is None or _count(fleet, vm, rule, domain) + itself <= max(rule.max_per_domain, itself)
    reachable = {words(each).get(rule.within) for each in fleet.hosts.values() if fixed_rules_hold(each, vm, requested)}
    counts = [_count(fleet, vm, rule, each) for each in reachable if each is not None]
    return domain is not None and _count(fleet, vm, rule, domain) + itself - min(counts, default=0) <= rule.max_skew


def expected_end(fleet: Fleet, host: Host, now: int) -> int | None:
    """When the host will be empty, to the minute; None where it is empty, or a VM of it has no known end."""
    vms = [fleet.vms[uid] for uid in host.holdings]
    if not vms or any(not vm.held.vcpus or not vm.expected_lifetime_us for vm in vms):
        return None
    minute = 60_000_000
    end = max((vm.started + vm.expected_lifetime_us) // minute for vm in vms)
    if end <= now // minute:
        end = 2 * (now // minute) - min(vm.started // minute for vm in vms)
    return end * minute


def fitting(fleet: Fleet, vm: Vm, requested: Resources) -> set[str]:
    """The names of all hosts that obey every rule and have room."""
    return {
        host.name
        for host in fleet.hosts.values()
        if fixed_rules_hold(host, vm, requested)
        and has_room(host, vm, requested)
        and neighbours_agree(fleet, host, vm, requested)
        and (not vm.held or host.uid == vm.host_uid)
    }
