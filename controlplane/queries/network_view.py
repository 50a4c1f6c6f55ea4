"""What is desired of hosts' networks, by the inventory as it is.

A host has the networks that guests with a place on it have a card on: see `agent_view.desired_on`. Frames to a VM go to
its own host, which of a migration is the source until it has switched.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from controlplane.domain.network.aggregate import Network, NetworkKind
from controlplane.domain.resource_kinds import NETWORKS, SECURITY_GROUPS
from controlplane.domain.security_group.aggregate import SecurityGroup
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.interfaces import Card, Interface
from controlplane.domain.vm.states import VmState
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.network_members import networks_of as networks_of_vm
from controlplane.queries import agent_view

# Begins the traits of hosts that can have networks.
NETWORK_TRAIT = "network."
# In which addresses are those of the site.
SITE = "site"


class GroupKey(NamedTuple):
    """A security group as rules of one network mean it.

    `within` is the network's uid: another network may have the same addresses. BRIDGED networks have the site's own,
    and are one: SITE.
    """

    group_uid: str
    within: str


# Not a security group: the tunnels of all hosts, which guests with a way out are kept from.
ALL_TUNNELS = GroupKey("", "tunnels")


class GuestCard(NamedTuple):
    """A network card of a VM."""

    vm: Vm
    card: Card

    @property
    def interface(self) -> Interface:
        """As its spec has it."""
        return self.vm.spec.interfaces[self.card.place]

    @property
    def hostname(self) -> str:
        """The name that the guest has, without a domain."""
        hostname = self.vm.spec.first_boot.hostname.partition(".")[0]
        return hostname.lower() or self.vm.name.rpartition("/")[2]


def cards_of(vm: Vm | None) -> list[GuestCard]:
    """All of a VM's, as long as it is there."""
    return [GuestCard(vm, card) for card in vm.cards] if vm is not None and networks_of_vm(vm) else []


def is_on(vm: Vm | None, host_uid: str) -> bool:
    """Whether a VM has a place on a host."""
    return vm is not None and vm.state is not VmState.DELETED and agent_view.desired_on(vm, host_uid) is not None


def is_of_hosts(network: Network) -> bool:
    """Whether hosts are to have anything of it: a card on a USER network is its guest's hypervisor's own."""
    return network.connection.kind is not NetworkKind.USER


def has_way_out(network: Network) -> bool:
    return network.connection.kind is NetworkKind.NAT


def within(network: Network) -> str:
    """Of a GroupKey: what the addresses of a network are compared with."""
    return SITE if network.connection.kind is NetworkKind.BRIDGED else network.uid


class NetworkView:
    """Of the fleet as it is at each call."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._networks = inventory.of(NETWORKS)

    def network(self, network_uid: str) -> Network | None:
        return self._networks.get(network_uid)

    def group(self, group_uid: str) -> SecurityGroup | None:
        return self._inventory.of(SECURITY_GROUPS).get(group_uid)

    def has_networks(self, host_uid: str) -> bool:
        """Whether the host has any trait of networks."""
        host = self._inventory.hosts.get(host_uid)
        return host is not None and any(trait.startswith(NETWORK_TRAIT) for trait in host.traits)

    def tunnel_address(self, host_uid: str) -> str:
        """Where tunnels reach a host. Empty: nowhere."""
        host = self._inventory.hosts.get(host_uid)
        return host.reported.tunnel_address if host and host.reported else ""

    def networks_of_host(self, host_uid: str) -> set[str]:
        """The uids of the networks that it is to have."""
        found = {card.network_uid for vm in self._guests(host_uid) for card in vm.cards}
        return {uid for uid in found if uid in self._networks and is_of_hosts(self._networks[uid])}

    def ports(self, host_uid: str, network_uid: str) -> list[GuestCard]:
        """The cards on a network of the guests that have a place on the host."""
        return [each for vm in self._guests(host_uid) for each in _on(vm, network_uid)]

    def _guests(self, host_uid: str) -> Iterator[Vm]:
        guests = agent_view.guests_of(self._inventory, host_uid)
        return (vm for vm in guests if vm.cards and is_on(vm, host_uid))

    def cards_by_host(self, network_uid: str) -> Mapping[str, list[GuestCard]]:
        """All cards on a network, by the uid of the host that frames to them go to."""
        found: dict[str, list[GuestCard]] = {}
        for uid in self._inventory.network_members.on_network(network_uid):
            vm = self._inventory.vms[uid]
            found.setdefault(vm.host_uid, []).extend(_on(vm, network_uid))
        return found

    def members(self, group_uid: str) -> list[Vm]:
        """The VMs that have a card in a group."""
        return [self._inventory.vms[uid] for uid in self._inventory.network_members.in_group(group_uid)]

    def group_keys(self, vm: Vm | None) -> set[GroupKey]:
        """The groups that a VM's cards are in, as rules mean them."""
        return {
            GroupKey(group_uid, within(self._networks[each.card.network_uid]))
            for each in cards_of(vm)
            if each.card.network_uid in self._networks
            for group_uid in each.interface.security_group_uids
        }

    def addresses(self, key: GroupKey) -> list[str]:
        """Those of a group's members, in order of their VMs."""
        if key == ALL_TUNNELS:
            return sorted({address for uid in self._inventory.hosts if (address := self.tunnel_address(uid))})
        return [
            address
            for vm in self.members(key.group_uid)
            for each in cards_of(vm)
            if key.group_uid in each.interface.security_group_uids and self._is_within(each.card, key.within)
            for address in each.card.addresses
        ]

    def _is_within(self, card: Card, place: str) -> bool:
        network = self._networks.get(card.network_uid)
        return network is not None and within(network) == place


def _on(vm: Vm, network_uid: str) -> Iterator[GuestCard]:
    return (each for each in cards_of(vm) if each.card.network_uid == network_uid)
