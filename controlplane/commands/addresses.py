"""A VM's network cards: what its spec names, by uid, and the addresses of its start. Runs inside the writer."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

from controlplane.domain.errors import FieldViolation, InvalidField
from controlplane.domain.fleet import CARDS, Fleet
from controlplane.domain.network.addresses import NUMBERS_A_HISTORY, Pool, card_number, mac_address, pools_of
from controlplane.domain.network.aggregate import Network
from controlplane.domain.network.errors import AddressesExhausted, AddressInUse
from controlplane.domain.resource_kinds import NETWORKS, SECURITY_GROUPS
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.domain.vm.interfaces import Card, Cards, Interface, kept_cards


class Cursors:
    """The last address that was given of each network: the next is looked for after it, so that none is soon reused."""

    def __init__(self, _fleet: Fleet) -> None:
        self._last: dict[tuple[str, int], int] = {}

    def next_free(self, fleet: Fleet, network: Network, pool: Pool) -> str:
        """Raises AddressesExhausted."""
        key = (network.uid, pool.version)
        number, text = pool.next_free(self._last.get(key, 0), lambda text: bool(fleet.holder(network.uid, text)))
        if not number:
            raise AddressesExhausted(network.name, fleet.held_addresses(network.uid))
        self._last[key] = number
        return text

    def give_next(self, cards: Cards) -> None:
        """Those that the record of another fleet gave, as far as they are free here."""
        for card in cards:
            for address in map(ip_address, card.addresses):
                self._last[card.network_uid, address.version] = int(address) - 1


def resolved(unit: UnitOfWork, project_uid: str, spec: Spec) -> Spec:
    """The spec with the uids of the networks and security groups that it names. Raises InvalidField."""
    if not spec.interfaces:
        return spec
    violations: list[FieldViolation] = []
    found = tuple(
        _resolved(unit.fleet, project_uid, each, f"vm.spec.network_interfaces[{place}]", violations)
        for place, each in enumerate(spec.interfaces)
    )
    if violations:
        raise InvalidField(violations)
    return replace(spec, interfaces=found)


def _resolved(
    fleet: Fleet, project_uid: str, interface: Interface, field: str, violations: list[FieldViolation]
) -> Interface:
    network = fleet.resource_named(NETWORKS, interface.network)
    if network is None or network.project_uid != project_uid:
        violations.append(FieldViolation(f"{field}.network", f"there is no {interface.network} in the VM's project"))
        return interface
    violations += _fixed_flaws(network, interface, field)
    uids: list[str] = []
    for place, name in enumerate(interface.security_groups):
        group = fleet.resource_named(SECURITY_GROUPS, name)
        if group is None or group.project_uid != project_uid:
            path = f"{field}.security_groups[{place}]"
            violations.append(FieldViolation(path, f"there is no {name} in the VM's project"))
        else:
            uids.append(group.uid)
    return interface._replace(network_uid=network.uid, security_group_uids=tuple(uids), trait=network.connection.trait)


def _fixed_flaws(network: Network, interface: Interface, field: str) -> Iterator[FieldViolation]:
    """What is wrong with the addresses that an interface is to have."""
    if not (interface.ipv4_address or interface.ipv6_address):
        return
    pools = {pool.version: pool for pool in pools_of(network)}
    gateways = (network.connection.ipv4_gateway, network.connection.ipv6_gateway)
    for version, address in ((4, interface.ipv4_address), (6, interface.ipv6_address)):
        path = f"{field}.ipv{version}_address"
        if not address:
            continue
        if version not in pools:
            yield FieldViolation(path, f"{network.name} has no IPv{version}")
        elif not pools[version].has(address):
            cidr = network.connection.ipv4_cidr if version == 4 else network.connection.ipv6_cidr
            yield FieldViolation(path, f"must be an address of a VM in {cidr}, not {address}")
        elif address in gateways:
            yield FieldViolation(path, f"{address} is the gateway of {network.name}")


def require_free(unit: UnitOfWork, vm: Vm, spec: Spec) -> None:
    """The addresses that a spec names are nobody else's. Raises AddressInUse."""
    for interface in spec.interfaces:
        for address in (interface.ipv4_address, interface.ipv6_address):
            holder = unit.fleet.holder(interface.network_uid, address) if address else ""
            if holder and holder != vm.uid:
                raise AddressInUse(interface.network, address, unit.fleet.vms[holder].name)


def addresses_at_start(unit: UnitOfWork, vm: Vm) -> int:
    """How many addresses `given_at_start` would give."""
    interfaces = vm.spec.interfaces
    if len(vm.cards) == len(interfaces):
        return 0
    held = {card.place for card in kept_cards(vm.cards, interfaces)}
    networks = unit.fleet.of(NETWORKS)
    new = (each for place, each in enumerate(interfaces) if place not in held)
    return sum(len(pools_of(networks[each.network_uid])) for each in new)


def given_at_start(unit: UnitOfWork, vm: Vm) -> Cards:
    """What the VM's cards are to hold that hold nothing yet. Raises AddressInUse, AddressesExhausted."""
    interfaces = vm.spec.interfaces
    if len(vm.cards) == len(interfaces):
        return ()
    require_free(unit, vm, vm.spec)
    fleet, held = unit.fleet, {card.place for card in kept_cards(vm.cards, interfaces)}
    number = max(fleet.next_number(CARDS), len(fleet.lineage.forks) * NUMBERS_A_HISTORY + 1)
    cards: list[Card] = []
    for place, interface in enumerate(interfaces):
        if place not in held:
            cards.append(_given(fleet, interface, place, number + len(cards)))
    return tuple(cards)


def given_at_adoption(unit: UnitOfWork, vm: Vm, found: Cards) -> Cards:
    """What the VM's cards hold from now on that hold nothing yet, as its guest was made: as far as it is free here.

    Another card of it stays closed until the next start, which gives it what the ledger has.
    """
    fleet, held = unit.fleet, {card.place for card in vm.cards}
    kept = {card.place: card for card in kept_cards(found, vm.spec.interfaces) if card.place not in held}
    return tuple(card for _, card in sorted(kept.items()) if _is_free(fleet, vm, card))


def _is_free(fleet: Fleet, vm: Vm, card: Card) -> bool:
    network = fleet.of(NETWORKS).get(card.network_uid)
    if network is None:
        return False
    pools = {pool.version: pool for pool in pools_of(network)}
    gateways = (network.connection.ipv4_gateway, network.connection.ipv6_gateway)
    for version, address in ((4, card.ipv4_address), (6, card.ipv6_address)):
        if bool(address) != (version in pools):
            return False
        if address and (address in gateways or not pools[version].has(address)):
            return False
        if address and fleet.holder(network.uid, address) not in ("", vm.uid):
            return False
    # Of a history that is lost, and of no other card: this one gives no number a second time.
    most = max(fleet.next_number(CARDS) - 1, len(fleet.lineage.forks) * NUMBERS_A_HISTORY)
    others = (each.mac_address for other in fleet.vms.values() if other.uid != vm.uid for each in other.cards)
    return 0 < card_number(card.mac_address) <= most and card.mac_address not in others


def _given(fleet: Fleet, interface: Interface, place: int, number: int) -> Card:
    network = fleet.of(NETWORKS)[interface.network_uid]
    fixed = {4: interface.ipv4_address, 6: interface.ipv6_address}
    cursors = fleet.index(Cursors)
    addresses = {
        pool.version: fixed[pool.version] or cursors.next_free(fleet, network, pool) for pool in pools_of(network)
    }
    return Card(place, network.uid, mac_address(number), addresses.get(4, ""), addresses.get(6, ""))
