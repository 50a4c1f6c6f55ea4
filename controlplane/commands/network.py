"""Network commands."""

from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import Message

from controlplane.domain import fleet as fleets
from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import AlreadyExists, invalid
from controlplane.domain.fleet import Fleet
from controlplane.domain.network import aggregate as networks
from controlplane.domain.network.aggregate import Connection, Network, NetworkTerms
from controlplane.domain.resource_kinds import NETWORKS
from controlplane.domain.unit_of_work import UnitOfWork

# Hosts have 22 bits for the number of a network.
LAST_VNI = (1 << 22) - 1
# So many are left to each history of a ledger, as hosts may still have what another one had; to the last, all others.
VNIS_A_HISTORY = 1 << 16
MOST_HISTORIES = 32


@dataclass(frozen=True, slots=True)
class CreateNetwork(Command[Answer]):
    """`uid` is new. `name` is in the project."""

    uid: str
    project: str
    name: str
    connection: Connection
    terms: NetworkTerms


@dataclass(frozen=True, slots=True)
class UpdateNetwork(Command[Answer]):
    """`change` is a value that gives the new terms of the network as it is found. An empty `etag` is not checked."""

    name: str
    etag: str
    change: Callable[[Network], NetworkTerms]


@dataclass(frozen=True, slots=True)
class DeleteNetwork(Command[Answer]):
    """An empty `etag` is not checked."""

    name: str
    etag: str = ""


def create(unit: UnitOfWork, command: CreateNetwork) -> Answer:
    """Raises NotFound of the project, AlreadyExists, and InvalidField where all numbers of networks are given."""
    project = unit.project(command.project)
    if unit.fleet.resource_named(NETWORKS, command.name) is not None:
        raise AlreadyExists("network", command.name)
    identity = (command.uid, command.name, project.uid)
    created = networks.decide_create(*identity, command.connection, _next_vni(unit.fleet), command.terms)
    unit.record(NETWORKS.stream(command.uid), created)
    return Answer(unit.resource(NETWORKS, command.name), 1)


def update(unit: UnitOfWork, command: UpdateNetwork) -> Answer:
    """Raises NotFound, EtagMismatch and InvalidField."""
    network = unit.resource(NETWORKS, command.name, command.etag)
    return _recorded(unit, network, networks.decide_update(network, command.change(network)))


def delete(unit: UnitOfWork, command: DeleteNetwork) -> Answer:
    """Raises NotFound, EtagMismatch, NetworkInUse."""
    network = unit.resource(NETWORKS, command.name, command.etag)
    return _recorded(unit, network, networks.decide_delete(network, unit.fleet.uses(network.uid)))


def _next_vni(fleet: Fleet) -> int:
    begun = min(len(fleet.lineage.forks), MOST_HISTORIES) * VNIS_A_HISTORY
    vni = max(fleet.next_number(fleets.NETWORKS), begun + 1)
    if vni > LAST_VNI:
        raise invalid("network", f"there have been networks with all numbers up to {LAST_VNI}")
    return vni


def _recorded(unit: UnitOfWork, network: Network, payloads: list[Message]) -> Answer:
    if not payloads:
        return Answer(network, network.version)
    unit.record(NETWORKS.stream(network.uid), payloads)
    after = unit.recorded[-1].after
    assert isinstance(after, Network)
    return Answer(after, after.version)
