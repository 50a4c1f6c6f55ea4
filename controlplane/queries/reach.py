"""Who reaches whom over networks, as of one position: by the cards, groups and addresses that there were then."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from controlplane.domain.errors import invalid
from controlplane.domain.network.aggregate import Network, NetworkKind
from controlplane.domain.network.ways import End, Way, way
from controlplane.domain.resource_kinds import NETWORKS, SECURITY_GROUPS
from controlplane.domain.security_group.aggregate import SecurityGroup
from controlplane.domain.security_group.reach import Flow, Opening, Side, openings
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.interfaces import Card
from controlplane.domain.vm.states import VmState
from controlplane.projections.history.page_query import PageQuery, containing
from controlplane.queries import lists, page_tokens
from controlplane.queries.as_of import AsOf
from controlplane.queries.lists import Listing

# Of a network, so many VMs can be listed with whom they reach.
MOST_MEMBERS = 4096
# Of an edge and of a page; one of them takes up to some 400 bytes.
MOST_OPENINGS, MOST_OPENINGS_A_PAGE = 50, 5_000
# After so many pairs, and pairs of rules, a page ends, however few of them reach each other.
MOST_COMPARED = 500_000


class Edge(NamedTuple):
    """That a VM reaches another over a network: by all of `openings`, and by others where there are `more`."""

    source: Vm
    destination: Vm
    openings: tuple[Opening, ...]
    more: bool


class EdgePage(NamedTuple):
    """Some of the edges, and where the rest begins; an empty token says that there is no more."""

    edges: Sequence[Edge]
    next_page_token: str


def ways(view: AsOf, source: str, destination: str, flow: Flow) -> list[Way]:
    """All ways from one to the other; what passes first. Each is a VM by name or an address, one is a VM.

    Raises NotFound.
    """
    cards = _Cards(view)
    sources = cards.of(view.vm(source)) if _is_vm(source) else None
    destinations = cards.of(view.vm(destination)) if _is_vm(destination) else None
    if sources is None:
        assert destinations is not None, "one of the two is a VM"
        sources = cards.at(source, destinations)
    elif destinations is None:
        destinations = cards.at(destination, sources)
    found = [each for one in sources for other in destinations if (each := way(one, other, flow)) is not None]
    return sorted(found, key=lambda each: not each.passes)


def _is_vm(text: str) -> bool:
    return text.startswith("projects/")


def edges(view: AsOf, network: Network, listing: Listing, kind: str, flow: Flow | None) -> EdgePage:
    """A page of a network's edges; with a flow, of those that it passes. `kind`: what the token is of.

    Raises InvalidField where the network has too many cards.
    """
    bound_to = f"{kind}\n{listing.bound_to}"
    _, _, after = page_tokens.last_of(listing.token, bound_to).partition("\n")
    size, found, listed, compared = page_tokens.size_of(listing.size), list[Edge](), 0, 0
    for source, destination in _pairs(view, network, after):
        if len(found) == size or listed >= MOST_OPENINGS_A_PAGE or compared >= MOST_COMPARED:
            return EdgePage(found, page_tokens.token_for(f"{view.position}\n{after}", bound_to))
        compared += 1 + source.rules * destination.rules
        after = _place(source, destination)
        if passing := _passing(source.ends, destination.ends, flow):
            found.append(Edge(source.vm, destination.vm, passing[:MOST_OPENINGS], len(passing) > MOST_OPENINGS))
            listed += len(found[-1].openings)
    return EdgePage(found, "")


class _Member(NamedTuple):
    """A VM with a card on a network: its ends there, one of each version of IP."""

    vm: Vm
    ends: tuple[End, ...]

    @property
    def rules(self) -> int:
        """How many the groups of its card have."""
        return sum(len(group.terms.rules) for end in self.ends[:1] for group in end.side.groups)


def _pairs(view: AsOf, network: Network, after: str) -> Iterator[tuple[_Member, _Member]]:
    """Of a source and a destination, in order of the destinations' names, then of the sources'."""
    if network.connection.kind is NetworkKind.USER:
        return  # Each of its guests is alone.
    cards = _Cards(view)
    members = [_Member(vm, tuple(cards.on(vm, network.uid))) for vm in _members(view, network)]
    for destination in members:
        for source in members:
            if source is not destination and (not after or _place(source, destination) > after):
                yield source, destination


def _place(source: _Member, destination: _Member) -> str:
    return f"{destination.vm.name} {source.vm.name}"


def _members(view: AsOf, network: Network) -> list[Vm]:
    found, listing = list[Vm](), Listing(size=page_tokens.LARGEST_SIZE)
    while True:
        page = lists.vms_on(view.rows, network, listing)
        found += page.items
        if len(found) > MOST_MEMBERS:
            rule = f"has cards of more than {MOST_MEMBERS} VMs: check two of them with CheckReach"
            raise invalid("parent", rule)
        if not page.next_page_token:
            return found
        listing = replace(listing, token=page.next_page_token)


def _passing(sources: Sequence[End], destinations: Sequence[End], flow: Flow | None) -> tuple[Opening, ...]:
    """One more than are listed, where there are more."""
    found = (
        opening
        for source in sources
        for destination in destinations
        if source.version == destination.version
        for opening in openings(source.side, destination.side)
        if flow is None or opening.has(flow)
    )
    distinct = dict[Opening, None]()
    for opening in found:
        distinct[opening] = None
        if len(distinct) > MOST_OPENINGS:
            break
    return tuple(distinct)


class _Cards:
    """Cards with their networks and groups, each of which is read once."""

    def __init__(self, view: AsOf) -> None:
        self._view = view
        self._networks: dict[str, Network] = {}
        self._groups: dict[str, SecurityGroup] = {}

    def of(self, vm: Vm) -> list[End]:
        """All of a VM's: one of each card and version of IP."""
        return [end for card in vm.cards for end in self._ends(vm, card)] if vm.state is not VmState.DELETED else []

    def on(self, vm: Vm, network_uid: str) -> list[End]:
        return [end for card in vm.cards if card.network_uid == network_uid for end in self._ends(vm, card)]

    def at(self, address: str, others: Sequence[End]) -> list[End]:
        """Who has an address, or a prefix, as these cards see it: on their networks, or outside."""
        outside = End(Side((address,)))
        networks = {
            end.network.uid: end.network for end in others if end.network and end.version in (0, outside.version)
        }
        found = [end for network in networks.values() for end in self._holding(network, address)]
        return found or [outside]

    def _holding(self, network: Network, address: str) -> Iterator[End]:
        where = [containing("rest", network.uid), containing("rest", address)]
        for vm in self._view.rows.vms(PageQuery(f"{network.project}/vms/", -1, where)):
            yield from (end for end in self.on(vm, network.uid) if end.address == address)

    def _ends(self, vm: Vm, card: Card) -> Iterator[End]:
        network = self._networks.get(card.network_uid)
        if network is None:
            network = self._networks[card.network_uid] = self._view.resource_with(NETWORKS, card.network_uid)
        interface = vm.spec.interfaces[card.place]
        groups = tuple(map(self._group, interface.security_group_uids))
        for addresses in [(each,) for each in card.addresses] or [()]:
            yield End(Side(addresses, groups), vm, network, interface.published_ports)

    def _group(self, uid: str) -> SecurityGroup:
        if uid not in self._groups:
            self._groups[uid] = self._view.resource_with(SECURITY_GROUPS, uid)
        return self._groups[uid]
