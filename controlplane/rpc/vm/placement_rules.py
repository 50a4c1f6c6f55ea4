"""Placement rules of requests to values, checked, and back. Looks no state up: what hosts have is not checked here."""

import re
from collections.abc import Sequence

from chronovisor.v1 import vm_pb2

from controlplane.domain.placement.rules import HOST, NO_RULES, GroupKind, GroupRule, PlacementRules, Preference
from controlplane.domain.placement.selectors import ANYTHING, TRAIT, BadSelector, Op, Selector, Term, parse
from controlplane.domain.resources import Resources
from controlplane.rpc.shared.validate import FieldRules

MOST_PREFERENCES = 16
MOST_GROUPS = 16
MOST_AVOIDED = 64
MOST_NODES = 8
_DOMAIN_KEY = re.compile(r"[a-z0-9]([A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?")


def checked_rules(
    rules: FieldRules, message: vm_pb2.PlacementRules, resources: Resources, field: str
) -> PlacementRules:
    """The rules as a value; what they break is collected in `rules`."""
    require = checked_selector(rules, message.require, f"{field}.require")
    for name, count, most in (
        ("prefer", len(message.prefer), MOST_PREFERENCES),
        ("groups", len(message.groups), MOST_GROUPS),
        ("avoid_hosts", len(message.avoid_hosts), MOST_AVOIDED),
    ):
        rules.check(count <= most, f"{field}.{name}", f"must have at most {most} entries, not {count}")
    checked = PlacementRules(
        require,
        tuple(_preference(rules, each, f"{field}.prefer[{place}]") for place, each in enumerate(message.prefer)),
        tuple(_group(rules, each, f"{field}.groups[{place}]") for place, each in enumerate(message.groups)),
        message.host,
        tuple(sorted(set(message.avoid_hosts))),
        message.numa_nodes,
    )
    _check_hosts(rules, checked, field)
    _check_nodes(rules, message.numa_nodes, resources, f"{field}.numa_nodes")
    _check_contradictions(rules, checked.groups, field)
    return checked or NO_RULES


def checked_selector(rules: FieldRules, text: str, field: str) -> Selector:
    """A selector as a value; what it breaks is collected in `rules`."""
    try:
        selector = parse(text)
    except BadSelector as error:
        rules.check(False, field, str(error))
        return ANYTHING
    rules.check(not selector.contradiction, field, selector.contradiction)
    return selector


def _preference(rules: FieldRules, message: vm_pb2.Preference, field: str) -> Preference:
    rules.check(message.selector.strip(), f"{field}.selector", "is required")
    in_range = -100 <= message.weight <= 100 and message.weight != 0
    rules.check(in_range, f"{field}.weight", f"must be -100 to 100, and not 0; it is {message.weight}")
    return Preference(checked_selector(rules, message.selector, f"{field}.selector"), message.weight)


def _group(rules: FieldRules, message: vm_pb2.GroupRule, field: str) -> GroupRule:
    known = rules.check(message.kind in set(GroupKind), f"{field}.kind", "must be AFFINITY, ANTI_AFFINITY or SPREAD")
    kind = GroupKind(message.kind) if known else GroupKind.AFFINITY
    vms = checked_selector(rules, message.vms, f"{field}.vms")
    has_label = any(term.op in (Op.IN, Op.EXISTS) for term in vms.terms)
    rules.check(has_label, f"{field}.vms", "must require a label: a term such as app=web, or app")
    traits = any(term.key.startswith(TRAIT) for term in vms.terms)
    rules.check(not traits, f"{field}.vms", "selects VMs, which have labels and no traits")
    within = message.within or HOST
    rules.check(_DOMAIN_KEY.fullmatch(within), f"{field}.within", "must be host, zone, or the key of a label of hosts")
    _check_limit(
        rules, message.max_per_domain, kind is GroupKind.ANTI_AFFINITY, f"{field}.max_per_domain", "ANTI_AFFINITY"
    )
    _check_limit(rules, message.max_skew, kind is GroupKind.SPREAD, f"{field}.max_skew", "SPREAD")
    return GroupRule(kind, vms, within, message.soft, max(0, message.max_per_domain), max(1, message.max_skew))


def _check_limit(rules: FieldRules, value: int, fits: bool, field: str, kind: str) -> None:
    rules.check(value >= 0, field, f"must be 0 or more, not {value}")
    rules.check(not value or fits, field, f"goes with {kind} alone")


def _check_hosts(rules: FieldRules, checked: PlacementRules, field: str) -> None:
    if checked.host:
        rules.name(checked.host, "hosts/{host}", f"{field}.host")
        rules.check(checked.host not in checked.avoid_hosts, f"{field}.host", "is in avoid_hosts, too")
        here = {"host": checked.host.partition("/")[2]}
        excluded = [str(term) for term in checked.require.terms if term.key == HOST and not term.holds(here)]
        rules.check(not excluded, f"{field}.host", f"is not selected by require: {', '.join(excluded)}")
    for place, host in enumerate(checked.avoid_hosts):
        rules.name(host, "hosts/{host}", f"{field}.avoid_hosts[{place}]")
    _check_some_host_is_left(rules, checked, field)


def _check_some_host_is_left(rules: FieldRules, checked: PlacementRules, field: str) -> None:
    """Every host has an id, and what is required of it is not all to be avoided."""
    require = checked.require
    if require.contradiction:
        return
    some = Selector((*require.terms, Term(HOST, Op.EXISTS)))
    if not rules.check(not some.contradiction, f"{field}.require", "requires a host without an id, and each has one"):
        return
    avoided = tuple(host.partition("/")[2] for host in checked.avoid_hosts)
    left = Selector((*require.terms, Term(HOST, Op.NOT_IN, avoided)))
    rules.check(not left.contradiction, f"{field}.avoid_hosts", "leaves none of the hosts that require selects")


def _check_nodes(rules: FieldRules, nodes: int, resources: Resources, field: str) -> None:
    if rules.check(0 <= nodes <= MOST_NODES, field, f"must be 0 to {MOST_NODES}, not {nodes}") and nodes:
        enough = resources.vcpus >= nodes and resources.memory_mib >= nodes
        rules.check(enough, field, f"a part of {resources.vcpus} vcpus in each of {nodes} nodes is less than 1")


def _check_contradictions(rules: FieldRules, groups: Sequence[GroupRule], field: str) -> None:
    """Together with and apart from the same VMs, in the same domain."""
    together = {
        (frozenset(each.vms.terms), each.within) for each in groups if each.kind is GroupKind.AFFINITY and not each.soft
    }
    for place, each in enumerate(groups):
        apart = each.kind is GroupKind.ANTI_AFFINITY and not each.soft and not each.max_per_domain
        clash = apart and (frozenset(each.vms.terms), each.within) in together
        rules.check(
            not clash, f"{field}.groups[{place}]", "requires to be apart from VMs that another rule requires to be with"
        )


def rules_message(rules: PlacementRules) -> vm_pb2.PlacementRules:
    return vm_pb2.PlacementRules(
        require=str(rules.require),
        prefer=[vm_pb2.Preference(selector=str(each.selector), weight=each.weight) for each in rules.prefer],
        groups=[
            vm_pb2.GroupRule(
                kind=vm_pb2.GroupRule.Kind.ValueType(each.kind),
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
