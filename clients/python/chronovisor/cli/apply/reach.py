"""Networks and security groups of the API as terms of a file, and the other way round. Sends nothing."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import cast

from chronovisor.cli.apply.model import Path, Value
from chronovisor.cli.options.network import NetworkKinds
from chronovisor.names import last_part
from chronovisor.security_rules import in_project, parse_rule, rule_text
from chronovisor.v1.network_pb2 import Network, NetworkKind, SecurityGroup

# The field of the API's message by the key in files.
NETWORK_FIELDS: Mapping[str, str] = {
    "kind": "kind",
    "ipv4": "ipv4_cidr",
    "ipv6": "ipv6_cidr",
    "ipv4_gateway": "ipv4_gateway",
    "ipv6_gateway": "ipv6_gateway",
    "mtu": "mtu",
    "bridge": "bridge",
    "vlan": "vlan",
    "reserved": "reserved_ranges",
    "description": "description",
    "labels": "labels",
}
# What never changes of a network.
FIXED = tuple(key for key in NETWORK_FIELDS if key not in ("reserved", "description", "labels"))
RULES = "rules"


def parse_kind(text: str) -> str:
    """Nothing for what is so by default. Raises ValueError."""
    try:
        kind = NetworkKinds(text)
    except ValueError:
        raise ValueError(f"{text!r} is none of {', '.join(NetworkKinds)}") from None
    return "" if kind is NetworkKinds.NAT else kind.value


def parse_cidr(text: str) -> str:
    """As the API has it. Raises ValueError."""
    return str(ip_network(text))


def parse_address(text: str) -> str:
    """As the API has it. Raises ValueError."""
    return str(ip_address(text))


def parse_range(text: str) -> str:
    """An address, a prefix, or two with a `-`, as the API has it. Raises ValueError."""
    if "/" in text:
        return parse_cidr(text)
    return "-".join(parse_address(each.strip()) for each in text.split("-"))


def parse_allowed(text: str) -> str:
    """A rule as it is written back. Raises ValueError."""
    rule = parse_rule(text)
    rule.remote_cidr = parse_cidr(rule.remote_cidr) if rule.remote_cidr else ""
    return rule_text(rule)


def network_terms(network: Network) -> Iterator[tuple[Path, Value]]:
    for key, field in NETWORK_FIELDS.items():
        match key:
            case "kind":
                yield (key,), parse_kind(NetworkKind.Name(network.kind).removeprefix("NETWORK_KIND_").lower())
            case "reserved":
                yield (key,), tuple(sorted(network.reserved_ranges))
            case "labels":
                yield from (((key, name), value) for name, value in network.labels.items())
            case _:
                yield (key,), getattr(network, field)


def group_terms(group: SecurityGroup) -> Iterator[tuple[Path, Value]]:
    yield (RULES,), tuple(sorted(map(rule_text, group.rules)))
    yield ("description",), group.description
    yield from ((("labels", name), value) for name, value in group.labels.items())


def write_network(network: Network, path: Path, value: Value | None) -> None:
    match path:
        case ("kind",):
            network.kind = NetworkKinds(str(value or NetworkKinds.NAT)).number
        case ("reserved",):
            network.reserved_ranges[:] = cast("Sequence[str]", value or ())
        case ("mtu" | "vlan" as key,):
            setattr(network, key, value or 0)
        case (key,):
            setattr(network, NETWORK_FIELDS[key], value or "")
        case _:
            _put_label(network, path[1], value)


def write_group(group: SecurityGroup, path: Path, value: Value | None) -> None:
    match path:
        case ("rules",):
            project = group.name.partition("/securityGroups/")[0]
            rules = cast("Sequence[str]", value or ())
            del group.rules[:]
            group.rules.extend(in_project(parse_rule(each), project) for each in rules)
        case ("description",):
            group.description = str(value or "")
        case _:
            _put_label(group, path[1], value)


def _put_label(message: Network | SecurityGroup, key: str, value: Value | None) -> None:
    if value is None:
        message.labels.pop(key, None)
    else:
        message.labels[key] = str(value)


def groups_in(rules: Value | None) -> set[str]:
    """The ids of the groups that rules name."""
    named = (parse_rule(each).remote_group for each in cast("Sequence[str]", rules or ()))
    return {last_part(each) for each in named if each}
