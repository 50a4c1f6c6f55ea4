"""Networks and address groups as a host is to have them. Values alone; each is checked where it is made of messages."""

import enum
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_network
from uuid import UUID

IpAddress = IPv4Address | IPv6Address
DEFAULT_MTU = 1450


class Kind(enum.Enum):
    """By the names of chronovisor.v1.NetworkKind."""

    NAT = "nat"
    ISOLATED = "isolated"
    BRIDGED = "bridged"
    # Of cards alone: hosts have nothing of such a network.
    USER = "user"


class Direction(enum.Enum):
    """By the names of chronovisor.v1.RuleDirection: as the guest sees it."""

    INGRESS = "ingress"
    EGRESS = "egress"


class Protocol(enum.Enum):
    """By the names of chronovisor.v1.IpProtocol."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that is allowed. Without `remote` and `group`: with anyone."""

    direction: Direction = Direction.INGRESS
    protocol: Protocol = Protocol.ANY
    # Both 0: any port.
    first_port: int = 0
    last_port: int = 0
    remote: str = ""
    group: str = ""

    @property
    def remote_version(self) -> int:
        """4 or 6; 0: both."""
        return ip_network(self.remote).version if self.remote else 0


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A port of a guest that is open at the loopback address of its host."""

    host_port: int
    guest_port: int
    protocol: Protocol = Protocol.TCP


@dataclass(frozen=True, slots=True)
class Port:
    """A card of a guest of this host."""

    vm_uid: str
    index: int
    mac: str
    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None
    hostname: str = ""
    rules: tuple[Rule, ...] = ()
    published: tuple[PublishedPort, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A card on the network, wherever it is."""

    mac: str
    hostname: str = ""
    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None
    # None: on this host, or on none.
    tunnel: IpAddress | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """One network as this host is to have it."""

    uid: str
    vni: int
    kind: Kind = Kind.NAT
    name: str = ""
    # The gateway's addresses, each with the network's prefix. None: not of this version of IP, or not ours.
    ipv4: IPv4Interface | None = None
    ipv6: IPv6Interface | None = None
    gateway_mac: str = ""
    mtu: int = DEFAULT_MTU
    # Of a BRIDGED one.
    bridge: str = ""
    vlan: int = 0
    dns_domain: str = ""
    ports: tuple[Port, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    version: int = 0

    @property
    def is_routed(self) -> bool:
        """Whether the host has a router for it, with DHCP and DNS."""
        return self.kind is not Kind.BRIDGED

    @property
    def has_way_out(self) -> bool:
        return self.kind is Kind.NAT

    @property
    def tunnels(self) -> frozenset[IpAddress]:
        """Where its other hosts are."""
        if self.kind is Kind.BRIDGED:
            return frozenset()
        return frozenset(each.tunnel for each in self.neighbours if each.tunnel)


@dataclass(frozen=True, slots=True)
class AddressGroup:
    """Addresses that rules name by the group's UID."""

    uid: str
    addresses: frozenset[IpAddress] = frozenset()
    version: int = 0


# The UID of what is no security group: where all hosts' tunnels are, which guests with a way out are kept from.
ALL_TUNNELS = str(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Desired:
    """All that a host is to have."""

    networks: tuple[Network, ...] = ()
    groups: tuple[AddressGroup, ...] = ()
    # Where tunnels of other hosts reach this one. None: nowhere.
    tunnel: IpAddress | None = None
    # What guests with a way out are kept from, beside all addresses of the host.
    denied: tuple[str, ...] = field(default=())
