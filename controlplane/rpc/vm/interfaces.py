"""A VM's network cards as requests and answers have them: their rules, and their messages."""

from chronovisor.v1 import network_pb2, vm_pb2

from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.interfaces import Interface, Interfaces, PublishedPort
from controlplane.rpc.network.addresses import address
from controlplane.rpc.shared.validate import FieldRules

MOST_INTERFACES = 8
MOST_GROUPS = 16
MOST_PORTS = 16
_PUBLISHED = (network_pb2.IP_PROTOCOL_UNSPECIFIED, network_pb2.IP_PROTOCOL_TCP, network_pb2.IP_PROTOCOL_UDP)


def checked_interfaces(rules: FieldRules, spec: vm_pb2.VmSpec, field: str) -> Interfaces:
    """The network cards of a spec, by the names of what they are in."""
    given, path = spec.network_interfaces, f"{field}.network_interfaces"
    rules.check(len(given) <= MOST_INTERFACES, path, f"must have at most {MOST_INTERFACES} entries, not {len(given)}")
    interfaces = tuple(_checked(rules, each, f"{path}[{place}]") for place, each in enumerate(given[:MOST_INTERFACES]))
    names = [each.network for each in interfaces]
    for place, name in enumerate(names):
        rules.check(name not in names[:place], f"{path}[{place}].network", f"{name} has a card of this VM already")
    published = [(port.protocol, port.host_port) for each in interfaces for port in each.published_ports]
    rules.check(len({*published}) == len(published), path, "must publish each port of the host once")
    return interfaces


def _checked(rules: FieldRules, given: network_pb2.NetworkInterface, field: str) -> Interface:
    rules.name(given.network, "projects/{project}/networks/{network}", f"{field}.network")
    groups, ports = given.security_groups, given.published_ports
    below = f"{field}.security_groups"
    if rules.check(len(groups) <= MOST_GROUPS, below, f"must have at most {MOST_GROUPS} entries, not {len(groups)}"):
        for place, name in enumerate(groups):
            rules.name(name, "projects/{project}/securityGroups/{security_group}", f"{below}[{place}]")
            rules.check(name not in groups[:place], f"{below}[{place}]", f"{name} is there already")
    below = f"{field}.published_ports"
    rules.check(len(ports) <= MOST_PORTS, below, f"must have at most {MOST_PORTS} entries, not {len(ports)}")
    return Interface(
        given.network,
        "",
        address(rules, given.ipv4_address, 4, f"{field}.ipv4_address"),
        address(rules, given.ipv6_address, 6, f"{field}.ipv6_address"),
        tuple(groups),
        published_ports=tuple(_port(rules, each, f"{below}[{place}]") for place, each in enumerate(ports[:MOST_PORTS])),
    )


def _port(rules: FieldRules, given: network_pb2.PublishedPort, field: str) -> PublishedPort:
    for name, port in (("host_port", given.host_port), ("guest_port", given.guest_port)):
        rules.check(1 <= port <= 65535, f"{field}.{name}", f"must be 1 to 65535, not {port}")
    rules.check(given.protocol in _PUBLISHED, f"{field}.protocol", "must be TCP or UDP")
    return PublishedPort(given.host_port, given.guest_port, given.protocol or network_pb2.IP_PROTOCOL_TCP)


def interface_messages(interfaces: Interfaces) -> list[network_pb2.NetworkInterface]:
    return [
        network_pb2.NetworkInterface(
            network=each.network,
            ipv4_address=each.ipv4_address,
            ipv6_address=each.ipv6_address,
            security_groups=each.security_groups,
            published_ports=[
                network_pb2.PublishedPort(
                    host_port=port.host_port,
                    guest_port=port.guest_port,
                    protocol=network_pb2.IpProtocol.ValueType(port.protocol),
                )
                for port in each.published_ports
            ],
        )
        for each in interfaces
    ]


def address_messages(vm: Vm) -> list[network_pb2.NetworkAddress]:
    """What the cards of a VM hold."""
    return [
        network_pb2.NetworkAddress(
            network=vm.spec.interfaces[card.place].network,
            index=card.place,
            mac_address=card.mac_address,
            ipv4_address=card.ipv4_address,
            ipv6_address=card.ipv6_address,
            network_uid=card.network_uid,
        )
        for card in vm.cards
    ]
