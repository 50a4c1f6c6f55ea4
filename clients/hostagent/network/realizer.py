"""Makes a host's networks as desired: reads what is there, plans, carries out. Blocking; keeps no wishes of its own."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from hostagent.network import names, namespaces, topology
from hostagent.network.desired import Desired, Network
from hostagent.network.dnsmasq import Dnsmasq, resolvers
from hostagent.network.firewall.bridge_rules import bridge_table
from hostagent.network.firewall.nft import Firewall
from hostagent.network.firewall.routed_rules import host_table, router_table
from hostagent.network.firewall.ruleset import Table
from hostagent.network.link_state import Link, State, plan
from hostagent.network.netlink import Netlink, NetworkFailed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a host's networks are: the namespace of its links (None: the agent's own), and a folder of the agent's."""

    folder: Path
    namespace: Path | None = None

    def router(self, vni: int) -> Path:
        return self.folder / "netns" / names.router(vni)

    def files(self, vni: int) -> Path:
        return self.folder / "networks" / names.router(vni)


@dataclass(frozen=True, slots=True)
class _Observed:
    """The host's own namespace."""

    state: State
    # Links that the agent made.
    ours: frozenset[str]

    def taps(self) -> Iterable[Link]:
        return (link for name, link in self.state.links.items() if name.startswith("cvt"))


class Realizer:
    """One host's. One call at a time."""

    def __init__(
        self,
        place: Place,
        resolvers: Callable[[], tuple[str, ...]] = resolvers,
        begins: Callable[[str], None] = log.debug,
    ) -> None:
        """`begins` is called with words for each step, before it is taken."""
        self._place = place
        self._resolvers = resolvers
        self._begins = begins
        self._host = Netlink(place.namespace, begins)
        self._bridges = Firewall(place.namespace, begins)
        self._routed = Firewall(place.namespace, begins)
        self._routers: dict[int, tuple[Firewall, Dnsmasq]] = {}

    def ensure(self, desired: Desired, *, verify: bool = True) -> dict[str, str]:
        """Returns why not, by the UID of the network, of those that could not be made so.

        Without `verify`, what was read of the rules before is taken to be still so.
        """
        try:
            self._protect(desired, verify=verify)
            observed = self._observe(desired)
        except NetworkFailed as error:
            return {network.uid: str(error) for network in desired.networks} or {"": str(error)}
        failures = dict[str, str]()
        for network in desired.networks:
            try:
                self._ensure_one(network, desired, observed, verify=verify)
            except (NetworkFailed, OSError) as error:
                failures[network.uid] = str(error)
        failures |= self._remove_others({network.vni for network in desired.networks}, observed)
        if not desired.networks and not any(observed.taps()):
            failures |= self._remove_rules(desired)
        return failures

    def bridges(self) -> tuple[str, ...]:
        """Those of the host's own, which BRIDGED networks can be a part of. Raises NetworkFailed."""
        state, ours = self._host.read(())
        return tuple(
            sorted(link.name for link in state.links.values() if link.kind == "bridge" and link.name not in ours)
        )

    def pids(self) -> frozenset[int]:
        """Of the servers that run."""
        return frozenset(pid for _, server in self._routers.values() if (pid := server.pid()))

    def counters(self, desired: Desired) -> dict[str, int]:
        """Frames by the names of counters. Raises NetworkFailed."""
        return self._bridges.counters(bridge_table(desired))

    def leftovers(self, desired: Desired) -> list[str]:
        """Links and namespaces of networks, by their names, that are not desired: also others' with such a name.

        Raises NetworkFailed, OSError.
        """
        numbers = {network.vni for network in desired.networks}
        state, _ = self._host.read(frozenset())
        folders = (self._place.router(0).parent, self._place.files(0).parent)
        routers = {each.name for folder in folders if folder.exists() for each in folder.iterdir()}
        found = {name: names.vni_of(name) for name in state.links} | {
            name: names.vni_of_router(name) for name in routers
        }
        return sorted(name for name, vni in found.items() if vni is not None and vni not in numbers)

    def _protect(self, desired: Desired, *, verify: bool) -> None:
        """Rules before links: a card that has none is closed."""
        tables: list[tuple[Firewall, Table]] = [
            (self._bridges, bridge_table(desired)),
            (self._routed, host_table(desired)),
        ]
        for firewall, table in tables:
            if verify:
                firewall.forget()
            if desired.networks or firewall.is_there(table):
                firewall.ensure(table)

    def _observe(self, desired: Desired) -> _Observed:
        expected = [self._host_state(network, desired) for network in desired.networks]
        state, ours = self._host.read({path for each in expected for path in each.switches})
        return _Observed(state, ours)

    def _host_state(self, network: Network, desired: Desired) -> State:
        return topology.host_state(network, desired.tunnel, str(self._place.router(network.vni)))

    def _ensure_one(self, network: Network, desired: Desired, observed: _Observed, *, verify: bool) -> None:
        """Raises NetworkFailed, OSError."""
        expected = self._host_state(network, desired)
        for name in expected.links:
            if name in observed.state.links and name not in observed.ours:
                raise NetworkFailed(f"there is a link {name} that is not this agent's")
        router = self._place.router(network.vni)
        if network.is_routed and not namespaces.exists(router):
            self._begins(f"adding namespace {router.name}")
            namespaces.ensure(router)
        steps = plan(expected | _taps(network, observed), observed.state, _owned(network.vni, observed))
        self._host.take(steps)
        if network.is_routed:
            self._ensure_router(network, verify=verify)
        else:
            self._remove_router(network.vni)

    def _ensure_router(self, network: Network, *, verify: bool) -> None:
        path = self._place.router(network.vni)
        if network.vni not in self._routers:
            self._routers[network.vni] = (
                Firewall(path, self._begins),
                Dnsmasq(path, self._place.files(network.vni), self._begins),
            )
        firewall, server = self._routers[network.vni]
        links = Netlink(path, self._begins)
        expected = topology.router_state(network)
        state, ours = links.read(expected.switches)
        if verify or state.links.get(names.LAN, Link("", "")).is_up is False:
            firewall.forget()
        # Rules first: it forwards nothing before.
        firewall.ensure(router_table(network))
        links.take(plan(expected, state, lambda name: name in ours))
        server.ensure(network, self._resolvers() if network.has_way_out else ())

    def _remove_others(self, kept: set[int], observed: _Observed) -> dict[str, str]:
        """What is the agent's and not desired. A bridge with a guest on it stays: its cards have no rules any more."""
        in_use = {link.master for link in observed.state.links.values() if link.name not in observed.ours}
        left = {
            vni
            for name in observed.ours
            if (vni := names.vni_of(name)) is not None and vni not in kept and names.bridge(vni) not in in_use
        }
        folder = self._place.router(0).parent
        here = [each.name for each in folder.iterdir()] if folder.exists() else []
        routers = {vni for name in here if (vni := names.vni_of_router(name)) is not None and vni not in kept}
        for vni in sorted(left | routers):
            self._remove_router(vni)
        owned = {name for vni in left for name in observed.ours if names.vni_of(name) == vni}
        try:
            self._host.take(plan(State(), observed.state, owned.__contains__))
        except NetworkFailed as error:
            return {"": str(error)}
        return {}

    def _remove_rules(self, desired: Desired) -> dict[str, str]:
        try:
            for firewall, table in ((self._bridges, bridge_table(desired)), (self._routed, host_table(desired))):
                if firewall.is_there(table):
                    firewall.delete(table)
        except NetworkFailed as error:
            return {"": str(error)}
        return {}

    def _remove_router(self, vni: int) -> None:
        path, files = self._place.router(vni), self._place.files(vni)
        self._routers.pop(vni, None)
        Dnsmasq(path, files, self._begins).end()
        if path.exists():
            self._begins(f"removing namespace {path.name}")
            namespaces.remove(path)
        if files.exists():
            for each in files.iterdir():
                each.unlink()
            files.rmdir()


def _owned(vni: int, observed: _Observed) -> Callable[[str], bool]:
    return lambda name: name in observed.ours and names.vni_of(name) == vni


def _taps(network: Network, observed: _Observed) -> State:
    """Those of guests that are there: whoever made them, they belong on the network's bridge."""
    cards = {names.tap(port.vm_uid, port.index) for port in network.ports}
    bridge = names.bridge(network.vni)
    found = [replace(tap, master=bridge, mtu=0, mac="", is_up=True) for tap in observed.taps() if tap.name in cards]
    return State(
        {tap.name: tap for tap in found},
        switches={f"net/ipv6/conf/{tap.name}/disable_ipv6": "1" for tap in found},
    )
