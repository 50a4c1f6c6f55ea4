"""Links, addresses, routes and switches of a network namespace, and the steps from one state to another. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

# Where frames with a MAC address go through a tunnel; the first of all zeros: those for all and for nobody known.
ForwardingEntry = tuple[str, str]
ANY_MAC = "00:00:00:00:00:00"


@dataclass(frozen=True, slots=True)
class Link:
    """One link. What is empty or 0 is left as it is found."""

    name: str
    kind: str
    mtu: int = 0
    master: str = ""
    mac: str = ""
    # Of a pair: the other end's name, and the namespace that it is in; empty: in the same.
    peer: str = ""
    peer_namespace: str = ""
    # Of a VXLAN or a VLAN: its number; of the former the address, of the latter the link that it is on.
    number: int = 0
    local: str = ""
    below: str = ""
    forwarding: frozenset[ForwardingEntry] = frozenset()
    is_up: bool = True

    @property
    def identity(self) -> tuple[str, int, str]:
        """What cannot be changed: another is another link."""
        return self.kind, self.number, self.local


@dataclass(frozen=True, slots=True)
class State:
    """What there is, or is to be, in one namespace."""

    links: Mapping[str, Link] = field(default_factory=dict[str, Link])
    # Of links by their names: with the length of the prefix.
    addresses: frozenset[tuple[str, str]] = frozenset()
    # Destination, gateway (empty: on the link), link.
    routes: frozenset[tuple[str, str, str]] = frozenset()
    # Files below /proc/sys, and their values.
    switches: Mapping[str, str] = field(default_factory=dict[str, str])

    def __or__(self, other: "State") -> "State":
        return State(
            {**self.links, **other.links},
            self.addresses | other.addresses,
            self.routes | other.routes,
            {**self.switches, **other.switches},
        )


@dataclass(frozen=True, slots=True)
class DeleteLink:
    name: str


@dataclass(frozen=True, slots=True)
class AddLink:
    """Leaves it down, without a master."""

    link: Link


@dataclass(frozen=True, slots=True)
class SetLink:
    """Sets what is not empty in `link`."""

    link: Link


@dataclass(frozen=True, slots=True)
class Forward:
    name: str
    entry: ForwardingEntry
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    address: str
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class AddRoute:
    destination: str
    gateway: str
    link: str


@dataclass(frozen=True, slots=True)
class Switch:
    path: str
    value: str


Step = DeleteLink | AddLink | SetLink | Forward | Address | AddRoute | Switch


def plan(desired: State, observed: State, owns: Callable[[str], bool]) -> list[Step]:
    """The steps, in order. Of links that `owns` does not accept none is deleted; of `desired` all are made.

    Whatever it is interrupted at, a plan from there leads to the same.
    """
    gone = [
        name
        for name, link in observed.links.items()
        if ((requested := desired.links.get(name)) is None and owns(name))
        or (requested and requested.identity != link.identity)
    ]
    left = {name: link for name, link in observed.links.items() if name not in gone}
    new = [link for name, link in desired.links.items() if name not in left]
    for link in new:
        left[link.name] = replace(link, master="", mtu=0, mac="", forwarding=frozenset(), is_up=False)
    switched = {
        path: value
        for path, value in desired.switches.items()
        if observed.switches.get(path) != value or any(f"/{link.name}/" in path for link in new)
    }
    kept = {name for name in observed.links if name not in gone}
    return [
        *(DeleteLink(name) for name in gone),
        *(AddLink(link) for link in new),
        *(Switch(path, value) for path, value in switched.items()),
        *_settings(desired.links.values(), left),
        *_addresses(desired, observed, kept),
        *(
            AddRoute(*each)
            for each in sorted(desired.routes, key=lambda route: route[1] != "")
            if each not in observed.routes or each[2] not in kept
        ),
    ]


def _settings(desired: Iterable[Link], found: Mapping[str, Link]) -> Iterable[Step]:
    for link in desired:
        before = found[link.name]
        for entry in sorted(before.forwarding - link.forwarding):
            yield Forward(link.name, entry, is_gone=True)
        for entry in sorted(link.forwarding - before.forwarding):
            yield Forward(link.name, entry)
        changes = Link(
            link.name,
            link.kind,
            mtu=link.mtu if link.mtu != before.mtu else 0,
            master=link.master if link.master != before.master else "",
            mac=link.mac if link.mac != before.mac else "",
            is_up=link.is_up and not before.is_up,
        )
        if changes != Link(link.name, link.kind, is_up=False):
            yield SetLink(changes)


def _addresses(desired: State, observed: State, kept: set[str]) -> Iterable[Step]:
    for name, address in sorted(observed.addresses - desired.addresses):
        # Link-local ones are the kernel's own, and so is what loopback has.
        if name in kept and name in desired.links and name != "lo" and not address.startswith("fe80:"):
            yield Address(name, address, is_gone=True)
    for name, address in sorted(desired.addresses):
        if (name, address) not in observed.addresses or name not in kept:
            yield Address(name, address)
