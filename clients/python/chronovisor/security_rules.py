"""Rules of security groups as texts: `tcp:22:10.0.0.0/8`, `all:group=db`, `egress:udp:53 for DNS`."""

import re

from chronovisor.v1 import network_pb2
from chronovisor.v1.network_pb2 import IpProtocol, RuleDirection, SecurityRule

METAVAR = "[egress:]PROTOCOL[:PORTS][:REMOTE][ TEXT]"
_PROTOCOLS: dict[str, IpProtocol.ValueType] = {
    "tcp": network_pb2.IP_PROTOCOL_TCP,
    "udp": network_pb2.IP_PROTOCOL_UDP,
    "icmp": network_pb2.IP_PROTOCOL_ICMP,
    "all": network_pb2.IP_PROTOCOL_ANY,
}
_NAMES = {number: name for name, number in _PROTOCOLS.items()}
_DIRECTIONS: dict[str, RuleDirection.ValueType] = {
    "ingress": network_pb2.RULE_DIRECTION_INGRESS,
    "egress": network_pb2.RULE_DIRECTION_EGRESS,
}
_PORTS = re.compile(r"(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?")
_GROUP = "group="


def parse_rule(text: str) -> SecurityRule:
    """The rule of a text. A group is named as it is given: see `in_project`. Raises ValueError.

    After PROTOCOL (tcp, udp, icmp, all), tcp and udp have their ports: one, a range such as 80-90, or nothing for all.
    REMOTE is an address, a prefix, or `group=NAME`; without it, the rule is for anyone. TEXT says what it is for.
    """
    terms, _, description = text.partition(" ")
    rule = SecurityRule(direction=network_pb2.RULE_DIRECTION_INGRESS, description=description.strip())
    first, _, rest = terms.partition(":")
    if first in _DIRECTIONS:
        rule.direction = _DIRECTIONS[first]
        first, _, rest = rest.partition(":")
    if first not in _PROTOCOLS:
        raise ValueError(f"{text!r} is no rule: it begins with {', '.join(_PROTOCOLS)}, such as tcp:22:10.0.0.0/8")
    rule.protocol = _PROTOCOLS[first]
    if first in ("tcp", "udp"):
        ports, _, rest = rest.partition(":")
        if ports:
            _put_ports(rule, ports)
    if rest.startswith(_GROUP):
        rule.remote_group = rest.removeprefix(_GROUP)
    else:
        rule.remote_cidr = rest
    return rule


def _put_ports(rule: SecurityRule, text: str) -> None:
    found = _PORTS.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no port such as 22, and no range such as 80-90")
    rule.first_port = int(found["first"])
    rule.last_port = int(found["last"] or found["first"])


def rule_text(rule: SecurityRule) -> str:
    """The other way round: groups by the last part of their names."""
    direction = "egress:" * (rule.direction == network_pb2.RULE_DIRECTION_EGRESS)
    terms = [_NAMES.get(rule.protocol, "all")]
    remote = f"{_GROUP}{rule.remote_group.rpartition('/')[2]}" if rule.remote_group else rule.remote_cidr
    if rule.protocol in (network_pb2.IP_PROTOCOL_TCP, network_pb2.IP_PROTOCOL_UDP):
        last = rule.last_port or rule.first_port
        ports = f"{rule.first_port}-{last}" if last != rule.first_port else str(rule.first_port or "")
        terms += [ports] if ports or remote else []
    terms += [remote] if remote else []
    description = f" {rule.description}" * bool(rule.description)
    return f"{direction}{':'.join(terms)}{description}"


def in_project(rule: SecurityRule, project: str) -> SecurityRule:
    """The rule with the whole name of its group, of `projects/{project}`."""
    whole = SecurityRule()
    whole.CopyFrom(rule)
    if rule.remote_group and "/" not in rule.remote_group:
        whole.remote_group = f"{project}/securityGroups/{rule.remote_group}"
    return whole
