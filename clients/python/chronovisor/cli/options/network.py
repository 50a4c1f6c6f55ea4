"""Options of a VM's network cards: which networks, who reaches them, and ports that its host publishes."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated, NamedTuple

import typer

from chronovisor.cli.settings import Misused, parsed
from chronovisor.names import last_part
from chronovisor.v1.network_pb2 import (
    IP_PROTOCOL_ANY,
    IP_PROTOCOL_TCP,
    IP_PROTOCOL_UDP,
    IpProtocol,
    NetworkInterface,
    NetworkKind,
    PublishedPort,
)
from chronovisor.v1.vm_pb2 import VmSpec

_PANEL = "Networks"
_EXAMPLE = "web,ip=10.1.0.5,group=ssh,publish=2222:22"
_PROTOCOLS = {"tcp": IP_PROTOCOL_TCP, "udp": IP_PROTOCOL_UDP}


class NetworkKinds(StrEnum):
    """What a network is connected to."""

    NAT = "nat"
    ISOLATED = "isolated"
    BRIDGED = "bridged"
    USER = "user"

    @property
    def number(self) -> NetworkKind.ValueType:
        return NetworkKind.Value(f"NETWORK_KIND_{self.name}")


class Protocols(StrEnum):
    """A protocol over IP; `all` is any of them."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"
    ALL = "all"

    @property
    def number(self) -> IpProtocol.ValueType:
        return IP_PROTOCOL_ANY if self is Protocols.ALL else IpProtocol.Value(f"IP_PROTOCOL_{self.name}")


def parse_card(text: str) -> NetworkInterface:
    """From `web,ip=10.1.0.5,group=ssh,publish=2222:22`, with names as they are given. Raises ValueError."""
    network, *terms = text.split(",")
    if not network or "=" in network:
        raise ValueError(f"{text!r} does not begin with a network, as {_EXAMPLE!r} does")
    card = NetworkInterface(network=network)
    for term in terms:
        key, _, value = term.partition("=")
        if not value:
            raise ValueError(f"{term!r} is no term of a network card, such as those of {_EXAMPLE!r}")
        _put(card, key, value)
    return card


def _put(card: NetworkInterface, key: str, value: str) -> None:
    match key:
        case "ip" if ":" in value:
            card.ipv6_address = value
        case "ip":
            card.ipv4_address = value
        case "group":
            card.security_groups.append(value)
        case "publish":
            card.published_ports.append(parse_published(value))
        case _:
            raise ValueError(f"{key!r} is none of ip, group and publish")


def parse_published(text: str) -> PublishedPort:
    """From `2222:22` or `5353:53/udp`. Raises ValueError."""
    ports, _, protocol = text.partition("/")
    host, colon, guest = ports.partition(":")
    if not colon or not host.isdecimal() or not guest.isdecimal() or (protocol or "tcp") not in _PROTOCOLS:
        raise ValueError(f"{text!r} is not a published port such as 2222:22 or 5353:53/udp")
    return PublishedPort(host_port=int(host), guest_port=int(guest), protocol=_PROTOCOLS[protocol or "tcp"])


def published_text(port: PublishedPort) -> str:
    """`2222:22`, `5353:53/udp`."""
    return f"{port.host_port}:{port.guest_port}{'/udp' if port.protocol == IP_PROTOCOL_UDP else ''}"


def card_text(card: NetworkInterface) -> str:
    """As it is given, with the last parts of names."""
    return ",".join(_terms(card))


def _terms(card: NetworkInterface) -> Iterator[str]:
    yield last_part(card.network)
    yield from (f"ip={each}" for each in (card.ipv4_address, card.ipv6_address) if each)
    yield from (f"group={last_part(each)}" for each in card.security_groups)
    yield from (f"publish={published_text(each)}" for each in card.published_ports)


def in_project(card: NetworkInterface, project: str) -> NetworkInterface:
    """The card with whole names, of `projects/{project}`."""
    whole = NetworkInterface()
    whole.CopyFrom(card)
    whole.network = _whole(card.network, project, "networks")
    whole.security_groups[:] = [_whole(each, project, "securityGroups") for each in card.security_groups]
    return whole


def _whole(name: str, project: str, collection: str) -> str:
    return name if "/" in name else f"{project}/{collection}/{name}"


Network = Annotated[
    list[NetworkInterface] | None,
    typer.Option(
        "--network",
        parser=parsed(parse_card),
        metavar="NETWORK[,ip=ADDRESS][,group=NAME][,publish=PORT:PORT]",
        help="A card on this network of its project. Terms can be repeated, and so can this: one for each card.",
        rich_help_panel=_PANEL,
    ),
]
SecurityGroup = Annotated[
    list[str] | None,
    typer.Option(
        "--security-group",
        metavar="NAME",
        help="Who reaches its cards: all of them are in this group. Repeatable.",
        rich_help_panel=_PANEL,
    ),
]
Publish = Annotated[
    list[PublishedPort] | None,
    typer.Option(
        "--publish",
        parser=parsed(parse_published),
        metavar="HOST-PORT:PORT[/udp]",
        help="For development: open at the loopback address of its host, of its first card. Repeatable.",
        rich_help_panel=_PANEL,
    ),
]


class Given(NamedTuple):
    """The options as they were given; None: not given."""

    cards: Sequence[NetworkInterface] | None = None
    groups: Sequence[str] | None = None
    published: Sequence[PublishedPort] | None = None

    @property
    def is_given(self) -> bool:
        return any(each is not None for each in self)

    def write(self, spec: VmSpec, project: str) -> None:
        """Sets what was given, and leaves the rest as it is. Raises Misused."""
        if self.cards is not None:
            write_cards(spec, self.cards, project)
        if (self.groups or self.published) and not spec.network_interfaces:
            raise Misused("--security-group and --publish go with a --network")
        if self.groups is not None:
            for card in spec.network_interfaces:
                given = () if self.cards is None else card.security_groups
                names = [*given, *(_whole(each, project, "securityGroups") for each in self.groups)]
                card.security_groups[:] = dict.fromkeys(names)
        if self.published is not None:
            first = spec.network_interfaces[0]
            if self.cards is None:
                del first.published_ports[:]
            first.published_ports.extend(self.published)


def write_cards(spec: VmSpec, cards: Iterable[NetworkInterface], project: str) -> None:
    """These cards, in place of those that there are."""
    del spec.network_interfaces[:]
    spec.network_interfaces.extend(in_project(each, project) for each in cards)
