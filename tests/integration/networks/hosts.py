"""Two hosts with networks and guests, in namespaces, and a world outside: what the tests of this folder are about."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from hostagent.network import names
from hostagent.network.desired import AddressGroup, Desired, Kind, Neighbour, Network, Port, PublishedPort, Rule
from hostagent.network.realizer import Place, Realizer

from tests.support.dhcp_client import Lease, lease
from tests.support.namespaces import Namespace, Site

OUTSIDE, OUTSIDE6 = "192.0.2.1", "2001:db8::1"
ANYTHING = (Rule(),)


def uid(number: int) -> str:
    return f"01900000-0000-7000-8000-{number:012x}"


def mac(vni: int, number: int) -> str:
    return f"02:00:00:{vni:02x}:00:{number:02x}"


def network(vni: int, kind: Kind = Kind.NAT, **more: object) -> Network:
    """`10.VNI.0.0/24` and `fd00:VNI::/64`, without guests."""
    made = Network(
        uid=uid(0x1000 + vni),
        vni=vni,
        kind=kind,
        name=f"projects/p/networks/n{vni}",
        ipv4=IPv4Interface(f"10.{vni}.0.1/24"),
        ipv6=IPv6Interface(f"fd00:{vni:x}::1/64"),
        gateway_mac=mac(vni, 0xFF),
        dns_domain=f"n{vni}.internal",
    )
    return replace(made, **more)  # pyright: ignore[reportArgumentType] - fields of it


@dataclass(frozen=True, slots=True)
class Guest:
    """A namespace with one card, `eth0`, on a network of a host."""

    inside: Namespace
    host: "Host"
    network: Network
    number: int
    rules: tuple[Rule, ...] = ()
    published: tuple[PublishedPort, ...] = ()

    @property
    def mac(self) -> str:
        return mac(self.network.vni, self.number)

    @property
    def ipv4(self) -> str:
        return f"10.{self.network.vni}.0.{self.number}"

    @property
    def ipv6(self) -> str:
        return f"fd00:{self.network.vni:x}::{self.number:x}"

    @property
    def tap(self) -> str:
        return names.tap(uid(self.number), 0)

    @property
    def hostname(self) -> str:
        return f"vm-{self.number}"

    def port(self) -> Port:
        return Port(
            uid(self.number),
            0,
            self.mac,
            IPv4Address(self.ipv4),
            IPv6Address(self.ipv6),
            self.hostname,
            self.rules,
            self.published,
        )

    def neighbour(self, seen_from: "Host") -> Neighbour:
        tunnel = None if seen_from is self.host else IPv4Address(self.host.tunnel)
        return Neighbour(self.mac, self.hostname, IPv4Address(self.ipv4), IPv6Address(self.ipv6), tunnel)

    def plug(self, site: Site) -> None:
        """As a hypervisor does when it starts a guest: a link to it, on the network's bridge."""
        site.join(self.host.inside, self.tap, self.inside, "eth0", self.mac)
        # Addresses are given below, without waiting for whether somebody else has them.
        self.inside.run("sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=0")
        self.host.inside.ip(f"link set {self.tap} master {names.bridge(self.network.vni)}")

    def configure(self) -> None:
        """With the addresses that it has, by hand."""
        self.inside.ip(f"addr add {self.ipv4}/24 dev eth0")
        self.inside.ip(f"addr add {self.ipv6}/64 dev eth0 nodad")
        if self.network.has_way_out:
            self.inside.ip(f"route add default via 10.{self.network.vni}.0.1")
            self.inside.ip(f"-6 route replace default via fd00:{self.network.vni:x}::1")

    def lease(self, timeout_s: float = 10.0) -> Lease | None:
        return lease(self.inside, "eth0", self.mac, timeout_s)


@dataclass(eq=False, slots=True)
class Host:
    """One host's namespace, with the agent's part of networks."""

    inside: Namespace
    place: Place
    tunnel: str
    realizer: Realizer
    desired: Desired = field(default_factory=Desired)

    def make(self, networks: Sequence[Network], guests: Sequence[Guest], *groups: AddressGroup) -> None:
        """What all guests' networks come to on this host."""
        here = tuple(
            replace(
                each,
                ports=tuple(guest.port() for guest in guests if guest.host is self and guest.network is each),
                neighbours=tuple(guest.neighbour(self) for guest in guests if guest.network is each),
            )
            for each in networks
        )
        self.desired = Desired(here, tuple(groups), IPv4Address(self.tunnel), ("198.51.100.0/24",))
        self.ensure()

    def ensure(self) -> None:
        failures = self.realizer.ensure(self.desired)
        assert not failures, failures

    def restart(self) -> None:
        """Another agent, which remembers nothing."""
        self.realizer = Realizer(self.place, lambda: (OUTSIDE,))

    def clear(self) -> None:
        self.realizer.ensure(Desired())

    def frames(self, what: str, guest: Guest) -> int:
        return self.realizer.counters(self.desired)[f"{what}_{guest.tap}"]


def host(site: Site, number: int) -> Host:
    name = f"host{number}"
    place = Place(site.folder / f"{name}.run", site.folder / name)
    inside = site.namespace(name)
    return Host(inside, place, f"10.9.0.{number}", Realizer(place, lambda: (OUTSIDE,)))
