"""The network: decide and evolve. Performs no I/O. Which of its addresses are held is in the VMs: see `cards`."""

from enum import IntEnum
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.network.errors import NetworkInUse
from controlplane.domain.network.states import TRANSITIONS, NetworkState, NetworkVerb, require
from controlplane.domain.time import Micros, micros_of


class NetworkKind(IntEnum):
    """What a network is connected to. The numbers are those of chronovisor.v1.NetworkKind; none is NAT."""

    NAT = 1
    ISOLATED = 2
    BRIDGED = 3
    USER = 4


class Connection(NamedTuple):
    """What never changes of a network. Addresses are in the canonical form; an empty one is none."""

    kind: NetworkKind = NetworkKind.NAT
    ipv4_cidr: str = ""
    ipv6_cidr: str = ""
    ipv4_gateway: str = ""
    ipv6_gateway: str = ""
    mtu: int = 1450
    # Of a BRIDGED one. A VLAN of 0 is none.
    bridge: str = ""
    vlan: int = 0

    @property
    def trait(self) -> str:
        """What a host must have for a card on it."""
        match self.kind:
            case NetworkKind.NAT | NetworkKind.ISOLATED:
                return "network.vxlan"
            case NetworkKind.BRIDGED:
                return f"network.bridge.{self.bridge}"
            case NetworkKind.USER:
                return "network.user"


class NetworkTerms(NamedTuple):
    """What a caller can change of a network. The labels are sorted."""

    reserved_ranges: tuple[str, ...] = ()
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()


class Network(NamedTuple):
    """One network after some event of its stream."""

    uid: str
    name: str
    project_uid: str
    connection: Connection
    vni: int
    terms: NetworkTerms
    created: Micros
    updated: Micros
    version: int = 1
    state: NetworkState = NetworkState.ACTIVE

    @property
    def is_deleted(self) -> bool:
        return self.state is NetworkState.DELETED

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        return self.terms.labels

    @property
    def project(self) -> str:
        """`projects/{project}`, as the network's own name has it."""
        return self.name.partition("/networks/")[0]

    @property
    def dns_domain(self) -> str:
        """Such as `web.shop.internal`."""
        project, _, network = self.name.removeprefix("projects/").partition("/networks/")
        return f"{network}.{project}.internal"

    @property
    def as_edited(self) -> "Network":
        return self


def decide_create(
    uid: str, name: str, project_uid: str, connection: Connection, vni: int, terms: NetworkTerms
) -> list[Message]:
    """`vni`: a number that no network ever had."""
    return [
        ev.NetworkCreated(
            uid=uid,
            name=name,
            project_uid=project_uid,
            vni=vni,
            reserved_ranges=terms.reserved_ranges,
            description=terms.description,
            labels=dict(terms.labels) or None,
            **connection._asdict(),
        )
    ]


def decide_update(network: Network, terms: NetworkTerms) -> list[Message]:
    """Raises WrongState. Nothing changed is a success that appends nothing."""
    require(network.name, network.state, NetworkVerb.UPDATE)
    if terms == network.terms:
        return []
    return [
        ev.NetworkUpdated(
            reserved_ranges=terms.reserved_ranges, description=terms.description, labels=dict(terms.labels) or None
        )
    ]


def decide_delete(network: Network, vms: int) -> list[Message]:
    """`vms`: how many have a card on it. Raises WrongState, and NetworkInUse."""
    require(network.name, network.state, NetworkVerb.DELETE)
    if vms:
        raise NetworkInUse(network.name, vms)
    return [ev.NetworkDeleted()]


def _terms_of(payload: ev.NetworkCreated | ev.NetworkUpdated) -> NetworkTerms:
    return NetworkTerms(tuple(payload.reserved_ranges), payload.description, tuple(sorted(payload.labels.items())))


def evolve(network: Network | None, event: ev.Event, version: int) -> Network:
    """The network after `event`, which is the stream's `version`."""
    at = micros_of(event.commit_time)
    if network is None:
        payload = event.network_created
        addresses = (payload.ipv4_cidr, payload.ipv6_cidr, payload.ipv4_gateway, payload.ipv6_gateway)
        connection = Connection(
            NetworkKind(payload.kind or NetworkKind.NAT), *addresses, payload.mtu, payload.bridge, payload.vlan
        )
        identity = (payload.uid, payload.name, payload.project_uid)
        return Network(*identity, connection, payload.vni, _terms_of(payload), at, at, version)
    if event.HasField("network_deleted"):
        state = TRANSITIONS[network.state, NetworkVerb.DELETE]
        return network._replace(state=state, version=version, updated=at)
    state = TRANSITIONS[network.state, NetworkVerb.UPDATE]
    return network._replace(state=state, version=version, updated=at, terms=_terms_of(event.network_updated))
