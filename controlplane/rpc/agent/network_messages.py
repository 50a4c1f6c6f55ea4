"""What is desired of networks, as messages to agents. Looks nothing up."""

from collections.abc import Iterable, Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

from chronovisor.v1 import agent_networks_pb2 as api
from chronovisor.v1 import network_pb2

from controlplane.domain.network.addresses import gateway_mac_address
from controlplane.domain.network.aggregate import Network, NetworkKind
from controlplane.domain.security_group.aggregate import Rule, SecurityGroup
from controlplane.domain.vm.interfaces import PublishedPort
from controlplane.queries.network_view import ALL_TUNNELS, GroupKey, GuestCard


def desired_interface(guest: GuestCard, network: Network) -> api.DesiredInterface:
    """A card of a guest, as it is made of."""
    card, connection = guest.card, network.connection
    is_user = connection.kind is NetworkKind.USER
    return api.DesiredInterface(
        network_uid=network.uid,
        index=card.place,
        mac_address=card.mac_address,
        ipv4_address=card.ipv4_address,
        ipv6_address=card.ipv6_address,
        mtu=connection.mtu,
        vni=network.vni,
        network_kind=network_pb2.NetworkKind.ValueType(connection.kind),
        ipv4_cidr=connection.ipv4_cidr,
        ipv6_cidr=connection.ipv6_cidr,
        ipv4_gateway=connection.ipv4_gateway,
        ipv6_gateway=connection.ipv6_gateway,
        published_ports=published_messages(guest.interface.published_ports) if is_user else None,
    )


def desired_network(network: Network, ports: Sequence[api.NetworkPort], version: int) -> api.DesiredNetwork:
    """Without its neighbours, which hosts share."""
    connection = network.connection
    return api.DesiredNetwork(
        network_uid=network.uid,
        network_name=network.name,
        vni=network.vni,
        kind=network_pb2.NetworkKind.ValueType(connection.kind),
        ipv4_cidr=connection.ipv4_cidr,
        ipv6_cidr=connection.ipv6_cidr,
        ipv4_gateway=connection.ipv4_gateway,
        ipv6_gateway=connection.ipv6_gateway,
        mtu=connection.mtu,
        bridge=connection.bridge,
        vlan=connection.vlan,
        dns_domain=network.dns_domain,
        ports=ports,
        version=version,
        gateway_mac_address=gateway_mac_address(network.vni),
    )


def port_message(guest: GuestCard, rules: Iterable[api.DesiredRule]) -> api.NetworkPort:
    card = guest.card
    return api.NetworkPort(
        vm_uid=guest.vm.uid,
        index=card.place,
        mac_address=card.mac_address,
        ipv4_address=card.ipv4_address,
        ipv6_address=card.ipv6_address,
        hostname=guest.hostname,
        rules=rules,
        published_ports=published_messages(guest.interface.published_ports),
    )


def neighbours_bytes(guests: Iterable[GuestCard], tunnel_address: str) -> bytes:
    """The cards of one host, as a DesiredNetwork of nothing else: what is merged of several has the cards of all."""
    neighbours = [
        api.NetworkNeighbour(
            hostname=guest.hostname,
            mac_address=guest.card.mac_address,
            ipv4_address=guest.card.ipv4_address,
            ipv6_address=guest.card.ipv6_address,
            tunnel_address=tunnel_address,
        )
        for guest in guests
    ]
    return api.DesiredNetwork(neighbours=neighbours).SerializeToString()


def rule_messages(group: SecurityGroup, within: str) -> list[api.DesiredRule]:
    """A group's rules, for a card on a network: see GroupKey."""
    return [_rule_message(rule, within) for rule in group.terms.rules]


def _rule_message(rule: Rule, within: str) -> api.DesiredRule:
    remote = rule.remote_group_uid
    return api.DesiredRule(
        direction=network_pb2.RuleDirection.ValueType(rule.direction),
        protocol=network_pb2.IpProtocol.ValueType(rule.protocol),
        first_port=rule.first_port,
        last_port=rule.last_port,
        remote_cidr=rule.remote_cidr,
        remote_group_uid=address_group_uid(GroupKey(remote, within)) if remote else "",
    )


def address_group(key: GroupKey, addresses: Sequence[str], version: int) -> api.DesiredAddressGroup:
    return api.DesiredAddressGroup(group_uid=address_group_uid(key), addresses=addresses, version=version)


def address_group_uid(key: GroupKey) -> str:
    """One that is always the same of the group and the network."""
    if key == ALL_TUNNELS:
        return str(UUID(int=0))
    return str(uuid5(NAMESPACE_OID, "/".join(key)))


def published_messages(ports: Iterable[PublishedPort]) -> list[network_pb2.PublishedPort]:
    return [
        network_pb2.PublishedPort(
            host_port=port.host_port,
            guest_port=port.guest_port,
            protocol=network_pb2.IpProtocol.ValueType(port.protocol),
        )
        for port in ports
    ]
