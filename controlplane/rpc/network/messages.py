"""Networks and security groups as API messages. Looks nothing up."""

from chronovisor.v1 import network_pb2

from controlplane.domain.etag import etag_of
from controlplane.domain.network.aggregate import Network
from controlplane.domain.security_group.aggregate import Rule, SecurityGroup
from controlplane.domain.time import timestamp_of


def network_message(network: Network) -> network_pb2.Network:
    connection = network.connection._asdict()
    kind = network_pb2.NetworkKind.ValueType(connection.pop("kind"))
    return network_pb2.Network(
        name=network.name,
        uid=network.uid,
        kind=kind,
        **connection,
        reserved_ranges=network.terms.reserved_ranges,
        description=network.terms.description,
        labels=dict(network.labels),
        dns_domain=network.dns_domain,
        vni=network.vni,
        create_time=timestamp_of(network.created),
        update_time=timestamp_of(network.updated),
        etag=etag_of(network.as_edited),
        delete_time=timestamp_of(network.updated) if network.is_deleted else None,
    )


def security_group_message(group: SecurityGroup) -> network_pb2.SecurityGroup:
    return network_pb2.SecurityGroup(
        name=group.name,
        uid=group.uid,
        rules=[rule_message(each) for each in group.terms.rules],
        description=group.terms.description,
        labels=dict(group.labels),
        create_time=timestamp_of(group.created),
        update_time=timestamp_of(group.updated),
        etag=etag_of(group.as_edited),
        delete_time=timestamp_of(group.updated) if group.is_deleted else None,
    )


def rule_message(rule: Rule) -> network_pb2.SecurityRule:
    return network_pb2.SecurityRule(
        direction=network_pb2.RuleDirection.ValueType(rule.direction),
        protocol=network_pb2.IpProtocol.ValueType(rule.protocol),
        first_port=rule.first_port,
        last_port=rule.last_port,
        remote_cidr=rule.remote_cidr,
        remote_group=rule.remote_group,
        description=rule.description,
    )
