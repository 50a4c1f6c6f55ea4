"""Networks, security groups and hosts of a fleet in memory, and what the sessions of agents send of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from chronovisor.v1 import agent_networks_pb2 as api
from chronovisor.v1.agent_service_pb2 import ConnectResponse
from google.protobuf.message import Message

from controlplane.commands.host import ReportHost
from controlplane.domain.network.aggregate import Connection, NetworkTerms
from controlplane.domain.network.aggregate import decide_create as network_created
from controlplane.domain.resource_kinds import NETWORKS, SECURITY_GROUPS
from controlplane.domain.security_group.aggregate import GroupTerms, Rule, decide_update
from controlplane.domain.security_group.aggregate import decide_create as group_created
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Spec
from controlplane.domain.vm.interfaces import Interface
from controlplane.projections.live.inventory import Inventory
from controlplane.queries.network_view import NetworkView
from controlplane.rpc.agent.network_book import NetworkBook
from controlplane.rpc.agent.network_desires import NetworkDesires
from tests.support.controlplane import PROJECT, PROJECT_UID, World, inventory, register, spec

M = TypeVar("M", api.DesiredNetwork, api.DesiredAddressGroup)
TRAITS = frozenset({"network.vxlan", "network.user", "network.bridge.br0", "migration.test"})


def add_network(world: World, name: str, connection: Connection) -> None:
    """The network `projects/default/networks/{name}`, whose uid is `uid-{name}`."""

    def record(unit: UnitOfWork) -> None:
        number = unit.fleet.next_number("networks")
        identity = (f"uid-{name}", f"{PROJECT}/networks/{name}", PROJECT_UID)
        created: list[Message] = network_created(*identity, connection, number, NetworkTerms())
        unit.record(NETWORKS.stream(f"uid-{name}"), created)

    world.decide(record)


def add_group(world: World, name: str, *rules: Rule) -> None:
    """The security group `projects/default/securityGroups/{name}`, whose uid is `uid-{name}`."""
    created = group_created(f"uid-{name}", f"{PROJECT}/securityGroups/{name}", PROJECT_UID, GroupTerms(rules))
    world.decide(lambda unit: unit.record(SECURITY_GROUPS.stream(f"uid-{name}"), created))


def set_rules(world: World, name: str, *rules: Rule) -> None:
    group = world.fleet.of(SECURITY_GROUPS)[f"uid-{name}"]
    updated = decide_update(group, GroupTerms(rules))
    world.decide(lambda unit: unit.record(SECURITY_GROUPS.stream(group.uid), updated))


def add_host(world: World, name: str, tunnel_address: str = "", amount: int = 64) -> None:
    """A host as its agent reports it, with so many vCPUs, GiB of memory and of disk."""
    offered = inventory(vcpus=amount, memory_mib=amount << 10, disk_gib=amount)
    command = replace(register(name, offered), traits=TRAITS, tunnel_address=tunnel_address)
    world.carry_out(ReportHost(command))


def on(network: str, *groups: str) -> Interface:
    return Interface(
        f"{PROJECT}/networks/{network}",
        "",
        security_groups=tuple(f"{PROJECT}/securityGroups/{group}" for group in groups),
    )


def with_cards(*interfaces: Interface) -> Spec:
    return replace(spec(vcpus=1, memory_mib=64, disk_gib=0), interfaces=interfaces)


@dataclass
class Link:
    """One session's messages of networks, and what an agent makes of them."""

    desires: NetworkDesires
    # By uid, as they were sent last.
    networks: dict[str, api.DesiredNetwork] = field(default_factory=dict[str, api.DesiredNetwork])
    groups: dict[str, api.DesiredAddressGroup] = field(default_factory=dict[str, api.DesiredAddressGroup])
    parts: int = 0

    def take(self, *cards: tuple[str, str]) -> Sequence[ConnectResponse]:
        sent = self.desires.take(cards)
        for message in sent:
            match message.WhichOneof("message"):
                case "desired_networks":
                    self._put_all(message.desired_networks)
                case "desired_network":
                    _put(self.networks, message.desired_network.network_uid, message.desired_network)
                case "desired_address_group":
                    _put(self.groups, message.desired_address_group.group_uid, message.desired_address_group)
                case other:
                    raise AssertionError(other)
        return sent

    def _put_all(self, part: api.DesiredNetworks) -> None:
        if not self.parts:
            self.networks, self.groups = {}, {}
        self.networks |= {each.network_uid: each for each in part.networks}
        self.groups |= {each.group_uid: each for each in part.address_groups}
        self.parts = self.parts + 1 if part.continues else 0


def _put(known: dict[str, M], uid: str, message: M) -> None:
    if message.absent:
        del known[uid]
    else:
        known[uid] = message


class Site:
    """A fleet, its read model, and the sessions of its hosts' agents, by the hosts' names."""

    def __init__(self) -> None:
        self.world = World()
        self.world.project()
        self.inventory = Inventory()
        self.book = NetworkBook(NetworkView(self.inventory), lambda: self.position)
        self.links: dict[str, Link] = {}
        # In seconds, and what is to be called later, with when.
        self.now = 0.0
        self.later: list[tuple[float, Callable[[], None]]] = []
        self._applied = 0

    @property
    def position(self) -> int:
        return self._applied

    def publish(self) -> None:
        """Has the read model and the sessions follow what has happened."""
        batch = self.world.history[self._applied :]
        if batch:
            self.inventory.apply(batch)
            self.book.follow(batch)
            self._applied += len(batch)

    def connect(self, host: str) -> Link:
        """A session that has all to send."""
        self.publish()
        desires = NetworkDesires(self.book, f"uid-{host}", lambda: None, lambda: self.now, self._later)
        self.links[host] = link = Link(desires)
        desires.send_all()
        return link

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        self.later.append((self.now + seconds, call))

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds
        due = [call for at, call in self.later if at <= self.now]
        self.later = [each for each in self.later if each[0] > self.now]
        for call in due:
            call()
