"""A network, and a security group, as a message of snapshots and of the read database's rows, and back."""

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2 as pb

from controlplane.domain.network import aggregate as networks
from controlplane.domain.network.aggregate import Network
from controlplane.domain.security_group import aggregate as groups
from controlplane.domain.security_group.aggregate import SecurityGroup
from controlplane.domain.time import Micros


def network_message(network: Network) -> pb.NetworkState:
    """A network as it is kept."""
    identity = (network.uid, network.name, network.project_uid)
    (created,) = networks.decide_create(*identity, network.connection, network.vni, network.terms)
    assert isinstance(created, ev.NetworkCreated)
    return pb.NetworkState(
        created=created, created_us=network.created, updated_us=network.updated, version=network.version
    )


def network_of(stored: pb.NetworkState) -> Network:
    network = networks.evolve(None, ev.Event(network_created=stored.created), stored.version)
    return network._replace(created=Micros(stored.created_us), updated=Micros(stored.updated_us))


def security_group_message(group: SecurityGroup) -> pb.SecurityGroupState:
    """A security group as it is kept."""
    (created,) = groups.decide_create(group.uid, group.name, group.project_uid, group.terms)
    assert isinstance(created, ev.SecurityGroupCreated)
    return pb.SecurityGroupState(
        created=created, created_us=group.created, updated_us=group.updated, version=group.version
    )


def security_group_of(stored: pb.SecurityGroupState) -> SecurityGroup:
    group = groups.evolve(None, ev.Event(security_group_created=stored.created), stored.version)
    return group._replace(created=Micros(stored.created_us), updated=Micros(stored.updated_us))
