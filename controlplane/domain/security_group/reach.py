"""Who reaches whom over a network, by the rules of security groups: as hosts apply them. Pure.

Whatever a rule of one of a card's groups allows, is allowed. Without any, nothing comes in, and everything goes out;
with a rule about what goes out, only what one allows does. Replies always pass.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, ip_network
from typing import NamedTuple

from controlplane.domain.security_group.aggregate import Direction, IpProtocol, Rule, SecurityGroup

_WITH_PORTS = (IpProtocol.TCP, IpProtocol.UDP)
_ALL_PORTS = (1, 65535)


class Flow(NamedTuple):
    """What is sent. A port of 0 is any of them: it is allowed where every port is."""

    protocol: IpProtocol
    port: int = 0


class Side(NamedTuple):
    """One end: its addresses of one version of IP or of both, and its card's groups. One outside has no groups.

    A prefix is all of its addresses: a rule is about it that is about them all.
    """

    addresses: tuple[str, ...]
    groups: tuple[SecurityGroup, ...] = ()


class Allowed(NamedTuple):
    """The rule that allows something: its group, and its place there."""

    group: SecurityGroup
    place: int

    @property
    def rule(self) -> Rule:
        return self.group.terms.rules[self.place]


class Verdict(NamedTuple):
    """Whether a flow passes one side. `by` is None where it does not, or where no rule is needed."""

    passes: bool
    by: Allowed | None = None


class Opening(NamedTuple):
    """What passes from one side to another, whatever its ports are: by a rule of the destination and one of the source.

    Ports of 0 are any. `leaving` is None where the source needs no rule.
    """

    protocol: IpProtocol
    first_port: int
    last_port: int
    entering: Allowed
    leaving: Allowed | None

    def has(self, flow: Flow) -> bool:
        return _has(self.protocol, (self.first_port, self.last_port) if self.first_port else _ALL_PORTS, flow)


def leaves(source: Side, destination: Side, flow: Flow) -> Verdict:
    """Whether the source may send it."""
    if not any(_rules(source.groups, Direction.EGRESS)):
        return Verdict(True)
    return _verdict(source.groups, Direction.EGRESS, destination, flow)


def enters(source: Side, destination: Side, flow: Flow) -> Verdict:
    """Whether the destination is sent it."""
    return _verdict(destination.groups, Direction.INGRESS, source, flow)


def openings(source: Side, destination: Side) -> Iterator[Opening]:
    """All that passes: a flow does if one of these has it. Of one flow, `leaves` and `enters` say the same."""
    entering = list(_about(destination.groups, Direction.INGRESS, source))
    leaving: list[Allowed | None] = [*_about(source.groups, Direction.EGRESS, destination)]
    if not any(_rules(source.groups, Direction.EGRESS)):
        leaving = [None]
    for one in entering:
        for other in leaving:
            if (found := _both(one.rule, other.rule if other else one.rule)) is not None:
                yield Opening(*found, one, other)


def _about(groups: Sequence[SecurityGroup], direction: Direction, other: Side) -> Iterator[Allowed]:
    """What the rules allow with the other side."""
    others = frozenset(group.uid for group in other.groups)
    return (each for each in _rules(groups, direction) if _is_with(each.rule, other.addresses, others))


def _both(one: Rule, other: Rule) -> tuple[IpProtocol, int, int] | None:
    """What two rules allow that both do."""
    protocol = other.protocol if one.protocol is IpProtocol.ANY else one.protocol
    if other.protocol not in (IpProtocol.ANY, protocol):
        return None
    ports = [_ports(each) for each in (one, other) if each.protocol in _WITH_PORTS]
    if not ports:
        return protocol, 0, 0
    first, last = max(each[0] for each in ports), min(each[1] for each in ports)
    if first > last:
        return None
    return (protocol, 0, 0) if (first, last) == _ALL_PORTS else (protocol, first, last)


def _ports(rule: Rule) -> tuple[int, int]:
    return (rule.first_port, rule.last_port or rule.first_port) if rule.first_port else _ALL_PORTS


def _verdict(groups: Sequence[SecurityGroup], direction: Direction, other: Side, flow: Flow) -> Verdict:
    for allowed in _about(groups, direction, other):
        if _has(allowed.rule.protocol, _ports(allowed.rule), flow):
            return Verdict(True, allowed)
    return Verdict(False)


def _rules(groups: Iterable[SecurityGroup], direction: Direction) -> Iterator[Allowed]:
    for group in groups:
        for place, rule in enumerate(group.terms.rules):
            if rule.direction is direction:
                yield Allowed(group, place)


def _has(protocol: IpProtocol, ports: tuple[int, int], flow: Flow) -> bool:
    if protocol is IpProtocol.ANY:
        return True
    if protocol is not flow.protocol:
        return False
    first, last = (flow.port, flow.port) if flow.port else _ALL_PORTS
    return flow.protocol not in _WITH_PORTS or (ports[0] <= first and last <= ports[1])


def _is_with(rule: Rule, addresses: Iterable[str], groups: frozenset[str]) -> bool:
    if rule.remote_group_uid:
        # Hosts know members by their addresses.
        return rule.remote_group_uid in groups and any(addresses)
    if not rule.remote_cidr:
        return True
    return any(is_within(address, rule.remote_cidr) for address in addresses)


@lru_cache(maxsize=1 << 16)
def is_within(prefix: str, other: str) -> bool:
    """No address of one version of IP is within the other."""
    one, wider = ip_network(prefix), ip_network(other)
    if isinstance(one, IPv4Network):
        return isinstance(wider, IPv4Network) and one.subnet_of(wider)
    return not isinstance(wider, IPv4Network) and one.subnet_of(wider)
