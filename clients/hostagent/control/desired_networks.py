"""The control plane's word on networks in the agent's own values. Each is checked: rules are made of it."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from chronovisor.v1 import agent_networks_pb2 as pb
from chronovisor.v1 import network_pb2

from hostagent.drivers.base import Forward, Interface
from hostagent.network.desired import (
    DEFAULT_MTU,
    AddressGroup,
    Direction,
    IpAddress,
    Kind,
    Neighbour,
    Network,
    Port,
    Protocol,
    PublishedPort,
    Rule,
)

T = TypeVar("T")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_HOSTNAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_LINK = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_MOST_VNI, _MOST_VLAN, _MOST_INDEX, _MOST_PORT = (1 << 22) - 1, 4094, 99, 65535
KINDS = {network_pb2.NETWORK_KIND_UNSPECIFIED: Kind.NAT} | {
    network_pb2.NetworkKind.Value(f"NETWORK_KIND_{kind.name}"): kind for kind in Kind
}
DIRECTIONS = {network_pb2.RULE_DIRECTION_UNSPECIFIED: Direction.INGRESS} | {
    network_pb2.RuleDirection.Value(f"RULE_DIRECTION_{each.name}"): each for each in Direction
}
PROTOCOLS = {network_pb2.IP_PROTOCOL_UNSPECIFIED: Protocol.ANY} | {
    network_pb2.IpProtocol.Value(f"IP_PROTOCOL_{each.name}"): each for each in Protocol
}


class BadNetwork(ValueError):
    """The control plane says something of a network that this agent has no meaning for."""


def network_of(message: pb.DesiredNetwork) -> Network:
    """Raises BadNetwork."""
    kind = _one(KINDS, message.kind, "network kind")
    if kind is Kind.USER:
        raise BadNetwork(f"network {message.network_name!r} is none of hosts")
    return Network(
        _uid(message.network_uid),
        _within(message.vni, 1, _MOST_VNI, "VNI"),
        kind,
        message.network_name,
        _gateway(ipaddress.IPv4Interface, message.ipv4_gateway, message.ipv4_cidr),
        _gateway(ipaddress.IPv6Interface, message.ipv6_gateway, message.ipv6_cidr),
        _mac(message.gateway_mac_address) if kind is not Kind.BRIDGED else "",
        _within(message.mtu or (1500 if kind is Kind.BRIDGED else DEFAULT_MTU), 576, 65535, "MTU"),
        _matching(_LINK, message.bridge, "bridge") if kind is Kind.BRIDGED else "",
        _within(message.vlan, 0, _MOST_VLAN, "VLAN"),
        _matching(_DOMAIN, message.dns_domain, "domain") if message.dns_domain else "",
        tuple(_port(each) for each in message.ports),
        tuple(_neighbour(each) for each in message.neighbours),
        message.version,
    )


def group_of(message: pb.DesiredAddressGroup) -> AddressGroup:
    """Raises BadNetwork."""
    addresses = frozenset(_parsed(ipaddress.ip_address, each) for each in message.addresses)
    return AddressGroup(_uid(message.group_uid), addresses, message.version)


def interface_of(message: pb.DesiredInterface) -> Interface:
    """Raises BadNetwork."""
    kind = _one(KINDS, message.network_kind, "network kind")
    return Interface(
        _uid(message.network_uid),
        _within(message.index, 0, _MOST_INDEX, "index"),
        _mac(message.mac_address),
        _within(message.vni, 1, _MOST_VNI, "VNI"),
        _within(message.mtu or 1500, 576, 65535, "MTU"),
        _with_prefix(message.ipv4_address, message.ipv4_cidr),
        _with_prefix(message.ipv6_address, message.ipv6_cidr),
        message.ipv4_gateway and str(_parsed(ipaddress.IPv4Address, message.ipv4_gateway)),
        message.ipv6_gateway and str(_parsed(ipaddress.IPv6Address, message.ipv6_gateway)),
        kind is Kind.BRIDGED,
        tuple(
            Forward(each.host_port, each.guest_port, each.protocol.value)
            for each in map(_published, message.published_ports)
        ),
        kind is Kind.USER,
    )


def _port(message: pb.NetworkPort) -> Port:
    return Port(
        _uid(message.vm_uid),
        _within(message.index, 0, _MOST_INDEX, "index"),
        _mac(message.mac_address),
        _parsed(ipaddress.IPv4Address, message.ipv4_address) if message.ipv4_address else None,
        _parsed(ipaddress.IPv6Address, message.ipv6_address) if message.ipv6_address else None,
        _matching(_HOSTNAME, message.hostname, "host name") if message.hostname else "",
        tuple(_rule(each) for each in message.rules),
        tuple(_published(each) for each in message.published_ports),
    )


def _neighbour(message: pb.NetworkNeighbour) -> Neighbour:
    return Neighbour(
        _mac(message.mac_address),
        _matching(_HOSTNAME, message.hostname, "host name") if message.hostname else "",
        _parsed(ipaddress.IPv4Address, message.ipv4_address) if message.ipv4_address else None,
        _parsed(ipaddress.IPv6Address, message.ipv6_address) if message.ipv6_address else None,
        _address(message.tunnel_address) if message.tunnel_address else None,
    )


def _rule(message: pb.DesiredRule) -> Rule:
    first = _within(message.first_port, 0, _MOST_PORT, "port")
    last = _within(message.last_port or first, first, _MOST_PORT, "port")
    remote = str(_parsed(ipaddress.ip_network, message.remote_cidr)) if message.remote_cidr else ""
    return Rule(
        _one(DIRECTIONS, message.direction, "direction"),
        _one(PROTOCOLS, message.protocol, "protocol"),
        first,
        last,
        remote,
        _uid(message.remote_group_uid) if message.remote_group_uid else "",
    )


def _published(message: network_pb2.PublishedPort) -> PublishedPort:
    protocol = _one(PROTOCOLS, message.protocol, "protocol")
    return PublishedPort(
        _within(message.host_port, 1, _MOST_PORT, "port"),
        _within(message.guest_port, 1, _MOST_PORT, "port"),
        Protocol.TCP if protocol is Protocol.ANY else protocol,
    )


def _gateway(of: Callable[[str], T], gateway: str, cidr: str) -> T | None:
    return _parsed(of, f"{gateway}/{_prefix(cidr)}") if gateway and cidr else None


def _with_prefix(address: str, cidr: str) -> str:
    return f"{_address(address)}/{_prefix(cidr)}" if address and cidr else ""


def _prefix(cidr: str) -> int:
    return _parsed(ipaddress.ip_network, cidr).prefixlen


def _address(text: str) -> IpAddress:
    return _parsed(ipaddress.ip_address, text)


def _parsed(parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise BadNetwork(str(error)) from error


def _uid(text: str) -> str:
    return str(_parsed(UUID, text))


def _mac(text: str) -> str:
    return _matching(_MAC, text.lower(), "MAC address")


def _matching(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise BadNetwork(f"{what} {text!r}")
    return text


def _within(number: int, least: int, most: int, what: str) -> int:
    if not least <= number <= most:
        raise BadNetwork(f"{what} {number}")
    return number


def _one(meanings: Mapping[Any, T], value: int, what: str) -> T:
    if value not in meanings:
        raise BadNetwork(f"{what} {value}")
    return meanings[value]
