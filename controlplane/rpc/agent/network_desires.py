"""What an agent is to be sent of its host's networks: all of it once, then what has changed. One stream's.

What changes often is sent a few times a second, as it is then. A network goes before the guests that need it.
"""

import asyncio
import time
from collections.abc import Callable, Iterable

from chronovisor.v1 import agent_networks_pb2 as api
from chronovisor.v1.agent_service_pb2 import ConnectResponse

from controlplane.queries.network_view import GroupKey
from controlplane.rpc.agent.network_book import BuiltNetwork, Key, NetworkBook
from controlplane.rpc.shared.message_size import fitting

# Of each network, and each address group, one message in so many seconds.
EVERY_S = 0.2
# Of each message with what is desired of all networks, in bytes; agents take 4 MiB.
MOST_TOGETHER = 1 << 20
Later = Callable[[float, Callable[[], None]], object]


def _later(seconds: float, call: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, call)


class NetworkDesires:
    """`wake`: there is more to send. `clock` is monotonic, in seconds; `later` calls after a time."""

    def __init__(
        self,
        book: NetworkBook,
        host_uid: str,
        wake: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        later: Later = _later,
    ) -> None:
        self._book = book
        self._host_uid = host_uid
        self._wake = wake
        self._clock = clock
        self._later = later
        # Whether the agent has been sent all: before, there are no changes.
        self._is_open = False
        self._all_due = False
        self._marked: dict[Key, None] = {}
        # By what was sent: when.
        self._sent_at: dict[Key, float] = {}
        # By the uid of each network that was sent: its number, its cards, and the address groups that its rules name.
        self._networks: dict[str, tuple[int, frozenset[str], frozenset[GroupKey]]] = {}
        self._groups: set[GroupKey] = set()
        self._is_waiting = False

    def send_all(self) -> None:
        """Nothing to a host that has no networks: its agent may be one that knows no such message."""
        if not self._book.has_networks(self._host_uid):
            return
        self._book.join(self._host_uid, self)
        self._is_open = self._all_due = True
        self._wake()

    def close(self) -> None:
        self._is_open = False
        self._book.leave(self._host_uid, self, (*self._networks, *self._groups))

    def mark(self, keys: Iterable[Key]) -> None:
        if self._is_open:
            self._marked.update(dict.fromkeys(keys))
            self._wake()

    def take(self, mac_addresses: Iterable[tuple[str, str]] = ()) -> list[ConnectResponse]:
        """The messages to send now. `mac_addresses`: by network's uid, the cards of guests that are sent after them."""
        if not self._is_open:
            return []
        if self._all_due:
            self._all_due = False
            return self._all()
        needed = {uid for uid, mac in mac_addresses if mac not in self._networks.get(uid, (0, (), ()))[1]}
        now = self._clock()
        due = [key for key in self._marked if key in needed or self._rests_s(key, now) <= 0.0]
        self._wait(now, [key for key in self._marked if key not in due])
        messages: list[ConnectResponse] = []
        for key in due:
            del self._marked[key]
            if isinstance(key, GroupKey):
                messages += self._group(key)
            else:
                messages += self._network(key)
        return messages + self._unused_groups()

    def _rests_s(self, key: Key, now: float) -> float:
        """How long nothing is to be sent of it."""
        return self._sent_at.get(key, now - EVERY_S) + EVERY_S - now

    def _wait(self, now: float, keys: list[Key]) -> None:
        if keys and not self._is_waiting:
            self._is_waiting = True
            self._later(max(0.0, min(self._rests_s(key, now) for key in keys)), self._go_on)

    def _go_on(self) -> None:
        self._is_waiting = False
        self._wake()

    def _network(self, uid: str) -> list[ConnectResponse]:
        built = self._book.network(self._host_uid, uid)
        if built is None:
            return self._drop(uid)
        # Before the rules that name them.
        groups = [self._sent_group(key) for key in built.groups - self._groups]
        self._note(uid, built)
        return [
            *(ConnectResponse(desired_address_group=each) for each in groups),
            ConnectResponse(desired_network=built.message),
        ]

    def _drop(self, uid: str) -> list[ConnectResponse]:
        known = self._networks.pop(uid, None)
        self._sent_at.pop(uid, None)
        self._book.forgotten(uid, self)
        return [ConnectResponse(desired_network=self._book.unused(uid, known[0]))] if known else []

    def _group(self, key: GroupKey) -> list[ConnectResponse]:
        return [ConnectResponse(desired_address_group=self._sent_group(key))] if key in self._groups else []

    def _sent_group(self, key: GroupKey) -> api.DesiredAddressGroup:
        self._groups.add(key)
        self._sent_at[key] = self._clock()
        self._book.sent(key, self)
        return self._book.group(key)

    def _note(self, uid: str, built: BuiltNetwork) -> None:
        self._sent_at[uid] = self._clock()
        cards = frozenset(port.mac_address for port in built.message.ports)
        self._networks[uid] = (built.message.vni, cards, built.groups)
        self._book.sent(uid, self)

    def _unused_groups(self) -> list[ConnectResponse]:
        named = {key for _, _, groups in self._networks.values() for key in groups}
        unused = self._groups - named
        for key in unused:
            self._groups.discard(key)
            self._sent_at.pop(key, None)
            self._marked.pop(key, None)
            self._book.forgotten(key, self)
        return [ConnectResponse(desired_address_group=self._book.unused_group(key)) for key in unused]

    def _all(self) -> list[ConnectResponse]:
        built = {
            uid: found
            for uid in self._book.networks(self._host_uid)
            if (found := self._book.network(self._host_uid, uid))
        }
        for key in {*self._networks, *self._groups}:
            self._book.forgotten(key, self)
        self._marked.clear()
        self._networks.clear()
        self._groups.clear()
        self._sent_at.clear()
        for uid, each in built.items():
            self._note(uid, each)
        groups = [self._sent_group(key) for key in {key for each in built.values() for key in each.groups}]
        parts = _parts([each.message for each in built.values()], groups)
        return [ConnectResponse(desired_networks=part) for part in parts]


def _parts(networks: list[api.DesiredNetwork], groups: list[api.DesiredAddressGroup]) -> list[api.DesiredNetworks]:
    """At least one: a host may need none."""
    parts: list[api.DesiredNetworks] = []
    while networks or groups or not parts:
        sizes = [each.ByteSize() for each in (*groups, *networks)]
        count = fitting(sizes, MOST_TOGETHER)
        of_groups, of_networks = groups[:count], networks[: max(0, count - len(groups))]
        groups, networks = groups[count:], networks[len(of_networks) :]
        parts.append(api.DesiredNetworks(networks=of_networks, address_groups=of_groups, continues=True))
    parts[-1].continues = False
    return parts
