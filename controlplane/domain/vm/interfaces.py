"""A VM's network cards: as its spec has them, and what each holds. Performs no I/O."""

from collections.abc import Iterable
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev


class PublishedPort(NamedTuple):
    """A port of a VM that is open at the loopback address of its host. `protocol` is a chronovisor.v1.IpProtocol."""

    host_port: int
    guest_port: int
    protocol: int


class Interface(NamedTuple):
    """A network card as a spec has it. An empty address is a free one of its network."""

    network: str
    network_uid: str
    ipv4_address: str = ""
    ipv6_address: str = ""
    # By name and by UID, in the same order.
    security_groups: tuple[str, ...] = ()
    security_group_uids: tuple[str, ...] = ()
    published_ports: tuple[PublishedPort, ...] = ()
    # What its host must have.
    trait: str = ""


class Card(NamedTuple):
    """What a network card of a VM holds. An empty address is none. `place` is its index in the spec."""

    place: int
    network_uid: str
    mac_address: str
    ipv4_address: str = ""
    ipv6_address: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(each for each in (self.ipv4_address, self.ipv6_address) if each)


Interfaces = tuple[Interface, ...]
Cards = tuple[Card, ...]


def address_count(cards: Cards) -> int:
    """How many addresses they hold, of both versions of IP."""
    return sum(len(card.addresses) for card in cards)


def names_of(interfaces: Interfaces) -> set[str]:
    """Of the networks and security groups that they name, the UIDs."""
    return {uid for each in interfaces for uid in (each.network_uid, *each.security_group_uids)}


def interfaces_of(recorded: Iterable[ev.NetworkInterface]) -> Interfaces:
    return tuple(
        Interface(
            each.network,
            each.network_uid,
            each.ipv4_address,
            each.ipv6_address,
            tuple(each.security_groups),
            tuple(each.security_group_uids),
            tuple(PublishedPort(port.host_port, port.guest_port, port.protocol) for port in each.published_ports),
            each.trait,
        )
        for each in recorded
    )


def recorded_interfaces(interfaces: Interfaces) -> list[ev.NetworkInterface]:
    """As an event records them."""
    return [_recorded(each) for each in interfaces]


def _recorded(interface: Interface) -> ev.NetworkInterface:
    fields = interface._asdict()
    ports = [ev.PublishedPort(**each._asdict()) for each in fields.pop("published_ports")]
    return ev.NetworkInterface(published_ports=ports, **fields)


def cards_of(recorded: Iterable[ev.NetworkAddress]) -> Cards:
    return tuple(
        Card(each.index, each.network_uid, each.mac_address, each.ipv4_address, each.ipv6_address) for each in recorded
    )


def recorded_cards(cards: Cards) -> list[ev.NetworkAddress]:
    """As an event records them."""
    return [
        ev.NetworkAddress(
            index=each.place,
            network_uid=each.network_uid,
            mac_address=each.mac_address,
            ipv4_address=each.ipv4_address,
            ipv6_address=each.ipv6_address,
        )
        for each in cards
    ]


def with_given(cards: Cards, given: Iterable[ev.NetworkAddress]) -> Cards:
    """All of a VM's, in order, after these were given to those that held nothing."""
    return tuple(sorted((*cards, *cards_of(given))))


def kept_cards(cards: Cards, interfaces: Interfaces) -> Cards:
    """Those that a spec with these interfaces still has: in their place, on their network, with no other address."""
    return tuple(each for each in cards if each.place < len(interfaces) and _fits(each, interfaces[each.place]))


def _fits(card: Card, interface: Interface) -> bool:
    return (
        card.network_uid == interface.network_uid
        and interface.ipv4_address in ("", card.ipv4_address)
        and interface.ipv6_address in ("", card.ipv6_address)
    )
