"""Ways from one end to another over a network, and whether something passes them. Pure.

What networks lead where is of their kinds; what passes there, of the groups of cards: see `security_group.reach`.
"""

from enum import IntEnum
from ipaddress import ip_network
from typing import NamedTuple

from controlplane.domain.network.aggregate import Network, NetworkKind
from controlplane.domain.security_group.aggregate import IpProtocol
from controlplane.domain.security_group.reach import Allowed, Flow, Side, Verdict, enters, is_within, leaves
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.interfaces import PublishedPort


class Basis(IntEnum):
    """What decides whether something passes one end. The numbers are those of chronovisor.v1.ReachBasis."""

    RULE = 1
    FREE_EGRESS = 2
    NO_RULE = 3
    OUTSIDE = 4
    NO_WAY = 5
    PUBLISHED_PORT = 6
    HOST = 7


class End(NamedTuple):
    """A VM's card on a network, or what is outside: then it has neither. Its addresses are of one version of IP."""

    side: Side
    vm: Vm | None = None
    network: Network | None = None
    published: tuple[PublishedPort, ...] = ()

    @property
    def address(self) -> str:
        """Empty: it is not known."""
        return self.side.addresses[0] if self.side.addresses else ""

    @property
    def version(self) -> int:
        """Of IP; 0 where no address is known."""
        return ip_network(self.address).version if self.address else 0


class Decision(NamedTuple):
    """Whether something passes one end, and why. `by` is of RULE alone, `port` of PUBLISHED_PORT."""

    passes: bool
    basis: Basis
    by: Allowed | None = None
    port: PublishedPort | None = None


class Way(NamedTuple):
    """One way over a network, and what is decided at each end."""

    network: Network
    source: End
    destination: End
    leaving: Decision
    entering: Decision

    @property
    def passes(self) -> bool:
        return self.leaving.passes and self.entering.passes


NO_WAY = Decision(False, Basis.NO_WAY)
# What every host keeps its guests from, whatever their groups allow: itself, its links, and routers of other networks.
KEPT_BY_HOSTS = ("127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "::1/128", "fe80::/10")
# Frames of other networks, if a host took them.
VXLAN = Flow(IpProtocol.UDP, 4789)
_LOOPBACK = "127.0.0.0/8"


def way(source: End, destination: End, flow: Flow) -> Way | None:
    """The way that there is, if any. Two cards are on one network, or on networks of one site."""
    network = destination.network or source.network
    assert network is not None, "one of the two is a card"
    if source.version and destination.version and source.version != destination.version:
        return None
    if source.network and destination.network and not _are_joined(source.network, destination.network):
        return None
    if source.vm is None and (port := _published(source, destination, flow)):
        entering = Decision(True, Basis.PUBLISHED_PORT, port=port)
        return Way(network, source, destination, Decision(True, Basis.OUTSIDE), entering)
    leaving = _decision(source, leaves(source.side, destination.side, flow))
    entering = _decision(destination, enters(source.side, destination.side, flow))
    if destination.vm is None and _is_kept(network, destination.address, flow):
        entering = Decision(False, Basis.HOST)
    if not _leads(network, source, destination):
        leaving, entering = (NO_WAY, entering) if source.vm is None else (leaving, NO_WAY)
    return Way(network, source, destination, leaving, entering)


def _published(source: End, destination: End, flow: Flow) -> PublishedPort | None:
    """By which port the host of a VM itself reaches it: its agent listens at the loopback address alone."""
    if not source.address or not is_within(source.address, _LOOPBACK):
        return None
    return next((each for each in destination.published if (each.protocol, each.guest_port) == flow), None)


def _is_kept(network: Network, address: str, flow: Flow) -> bool:
    """Whether hosts let none of it out. Of a bridged network they are no routers."""
    if network.connection.kind is NetworkKind.BRIDGED or not address or _is_of(network, address):
        return False
    return flow == VXLAN or any(is_within(address, each) for each in KEPT_BY_HOSTS)


def _are_joined(one: Network, other: Network) -> bool:
    return one.uid == other.uid or one.connection.kind is other.connection.kind is NetworkKind.BRIDGED


def _decision(end: End, verdict: Verdict) -> Decision:
    if end.vm is None:
        return Decision(True, Basis.OUTSIDE)
    if verdict.by is not None:
        return Decision(True, Basis.RULE, verdict.by)
    return Decision(True, Basis.FREE_EGRESS) if verdict.passes else Decision(False, Basis.NO_RULE)


def _leads(network: Network, source: End, destination: End) -> bool:
    """Whether frames can go from one to the other at all."""
    kind = network.connection.kind
    outside = next((end for end in (source, destination) if end.vm is None), None)
    if kind in (NetworkKind.USER, NetworkKind.BRIDGED):
        return kind is NetworkKind.BRIDGED
    if outside is None or _is_of(network, outside.address):
        return True
    return kind is NetworkKind.NAT and outside is destination


def _is_of(network: Network, prefix: str) -> bool:
    """Whether all of a prefix is of the network's own addresses."""
    own = (network.connection.ipv4_cidr, network.connection.ipv6_cidr)
    return any(is_within(prefix, each) for each in own if each)
