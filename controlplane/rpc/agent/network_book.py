"""What is desired of all hosts' networks, built for one host at a time; what hosts share, once until it changes.

Follows the dispatcher: whose session is to be sent which network or address group anew, is found by what has changed.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from chronovisor.v1 import agent_networks_pb2 as api

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.security_group.aggregate import SecurityGroup
from controlplane.domain.vm.aggregate import Vm
from controlplane.queries import network_view
from controlplane.queries.network_view import ALL_TUNNELS, GroupKey, GuestCard, NetworkView, networks_of_vm
from controlplane.rpc.agent import network_messages as messages

# A network, by its uid, or an address group.
Key = str | GroupKey


class Reader(Protocol):
    """Who has been sent networks: a host's session."""

    def mark(self, keys: Iterable[Key], /) -> None:
        """These are not any more as they were sent."""
        ...


class BuiltNetwork(NamedTuple):
    """A network as one host is to have it, and the address groups that its rules name."""

    message: api.DesiredNetwork
    groups: frozenset[GroupKey]


class NetworkBook:
    """Of one server. `position` gives the ledger's, as of which the view is: the version of what is built."""

    def __init__(self, view: NetworkView, position: Callable[[], int]) -> None:
        self.view = view
        self._position = position
        # By the uid of the host: its session.
        self._readers: dict[str, Reader] = {}
        # Sessions that were sent a network or an address group.
        self._sent_to: defaultdict[Key, set[Reader]] = defaultdict(set)
        # Encoded cards of a network by the host's uid: as that host is sent them, and as all others are.
        self._neighbours: dict[str, dict[str, tuple[bytes, bytes]]] = {}
        self._groups: dict[GroupKey, api.DesiredAddressGroup] = {}

    # Sessions.

    def join(self, host_uid: str, reader: Reader) -> None:
        self._readers[host_uid] = reader

    def leave(self, host_uid: str, reader: Reader, sent: Iterable[Key]) -> None:
        if self._readers.get(host_uid) is reader:
            del self._readers[host_uid]
        for key in sent:
            self.forgotten(key, reader)

    def sent(self, key: Key, reader: Reader) -> None:
        self._sent_to[key].add(reader)

    def forgotten(self, key: Key, reader: Reader) -> None:
        """Nothing of it is to be there any more."""
        readers = self._sent_to.get(key, set())
        readers.discard(reader)
        if not readers:
            self._sent_to.pop(key, None)
            self._unshare(key)

    def is_idle(self) -> bool:
        """Whether nothing is kept: no session is open."""
        return not (self._readers or self._sent_to or self._neighbours or self._groups)

    def _unshare(self, key: Key) -> None:
        if isinstance(key, GroupKey):
            self._groups.pop(key, None)
        else:
            self._neighbours.pop(key, None)

    # What has changed.

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        """Follows the dispatcher, after the inventory."""
        changed, of_hosts = set[Key](), defaultdict[str, set[Key]](set)
        for recorded in batch:
            match recorded.after:
                case Vm() as vm:
                    before = recorded.before if isinstance(recorded.before, Vm) else None
                    if vm.cards or (before and before.cards):
                        self._vm_changed(before, vm, changed, of_hosts)
                case Host() as host:
                    if _tunnel(recorded.before) != _tunnel(host):
                        changed |= self.view.networks_of_host(host.uid) | {ALL_TUNNELS}
                case SecurityGroup() as group:
                    self._group_changed(group.uid, of_hosts)
                case _:
                    pass
        for key in changed:
            self._unshare(key)
            for reader in self._sent_to.get(key, ()):
                reader.mark((key,))
        for host_uid, keys in of_hosts.items():
            if reader := self._readers.get(host_uid):
                reader.mark(keys)

    def _vm_changed(self, before: Vm | None, vm: Vm, changed: set[Key], of_hosts: dict[str, set[Key]]) -> None:
        was, now, networks = _cards(before), _cards(vm), networks_of_vm(before) | networks_of_vm(vm)
        is_same = was == now
        if not is_same:
            changed |= self.view.group_keys(before) | self.view.group_keys(vm)
        if not is_same or (before and before.host_uid != vm.host_uid):
            changed |= networks
        for host_uid in {*vm.hosts, *(before.hosts if before else ())}:
            if not is_same or network_view.is_on(before, host_uid) != network_view.is_on(vm, host_uid):
                of_hosts[host_uid] |= networks

    def _group_changed(self, group_uid: str, of_hosts: dict[str, set[Key]]) -> None:
        """Its rules are those of its members' cards."""
        for vm in self.view.members(group_uid):
            for host_uid in vm.hosts:
                of_hosts[host_uid] |= networks_of_vm(vm)

    # What is desired.

    def networks(self, host_uid: str) -> Collection[str]:
        """The uids of those that the host is to have."""
        return self.view.networks_of_host(host_uid)

    def has_networks(self, host_uid: str) -> bool:
        return self.view.has_networks(host_uid)

    def unused(self, network_uid: str, vni: int) -> api.DesiredNetwork:
        return api.DesiredNetwork(network_uid=network_uid, vni=vni, absent=True, version=self._position())

    def unused_group(self, key: GroupKey) -> api.DesiredAddressGroup:
        group_uid = messages.address_group_uid(key)
        return api.DesiredAddressGroup(group_uid=group_uid, absent=True, version=self._position())

    def network(self, host_uid: str, network_uid: str) -> BuiltNetwork | None:
        """None where no guest of the host has a card on it."""
        network = self.view.network(network_uid)
        cards = self.view.ports(host_uid, network_uid)
        if network is None or not cards or not network_view.is_of_hosts(network):
            return None
        within = network_view.within(network)
        found = {uid: self.view.group(uid) for each in cards for uid in each.interface.security_group_uids}
        groups = {uid: group for uid, group in found.items() if group}
        rules = {uid: messages.rule_messages(group, within) for uid, group in groups.items()}
        ports = [messages.port_message(each, _rules_of(each, rules)) for each in cards]
        built = messages.desired_network(network, ports, self._position())
        for part in self._parts(host_uid, network_uid):
            built.MergeFromString(part)
        named = {GroupKey(uid, within) for group in groups.values() for uid in group.remote_groups}
        kept_from = {ALL_TUNNELS} if network_view.has_way_out(network) else set[GroupKey]()
        return BuiltNetwork(built, frozenset(named | kept_from))

    def _parts(self, host_uid: str, network_uid: str) -> list[bytes]:
        """The neighbours that a host is to have."""
        found = self._neighbours.get(network_uid)
        if found is None:
            found = self._neighbours[network_uid] = {
                each: self._encoded(each, cards) for each, cards in self.view.cards_by_host(network_uid).items()
            }
        return [own if each == host_uid else others for each, (own, others) in found.items()]

    def _encoded(self, host_uid: str, cards: list[GuestCard]) -> tuple[bytes, bytes]:
        tunnel = self.view.tunnel_address(host_uid)
        return messages.neighbours_bytes(cards, ""), messages.neighbours_bytes(cards, tunnel)

    def group(self, key: GroupKey) -> api.DesiredAddressGroup:
        """Not to be changed: it is shared."""
        found = self._groups.get(key)
        if found is None:
            addresses = self.view.addresses(key)
            found = self._groups[key] = messages.address_group(key, addresses, self._position())
        return found


def _cards(vm: Vm | None) -> list[tuple[object, ...]]:
    """All that hosts are to know of its cards, but where they are."""
    return [(each.card, each.interface, each.hostname) for each in network_view.cards_of(vm)]


def _rules_of(card: GuestCard, rules: Mapping[str, Sequence[api.DesiredRule]]) -> Iterator[api.DesiredRule]:
    return (rule for uid in card.interface.security_group_uids for rule in rules.get(uid, ()))


def _tunnel(host: object) -> str:
    return host.reported.tunnel_address if isinstance(host, Host) and host.reported else ""
