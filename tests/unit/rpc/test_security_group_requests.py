"""Requests about security groups: what is recorded of them, and which field of a bad one is named."""

import pytest
from chronovisor.v1 import network_pb2
from chronovisor.v1 import network_service_pb2 as api
from chronovisor.v1.network_pb2 import SecurityRule

from controlplane.domain.errors import InvalidField
from controlplane.domain.security_group.aggregate import Direction, IpProtocol, Rule
from controlplane.rpc.network.security_group_requests import create_command

TCP, UDP, ICMP = network_pb2.IP_PROTOCOL_TCP, network_pb2.IP_PROTOCOL_UDP, network_pb2.IP_PROTOCOL_ICMP
EGRESS = network_pb2.RULE_DIRECTION_EGRESS
GROUP = "projects/shop/securityGroups/db"


def request(*rules: SecurityRule) -> api.CreateSecurityGroupRequest:
    group = network_pb2.SecurityGroup(rules=rules)
    return api.CreateSecurityGroupRequest(parent="projects/shop", security_group_id="web", security_group=group)


def recorded(rule: SecurityRule) -> Rule:
    (found,) = create_command(request(rule)).terms.rules
    return found


def test_what_is_left_out_is_anything() -> None:
    assert recorded(SecurityRule()) == Rule(Direction.INGRESS, IpProtocol.ANY)


def test_a_rule_is_in_one_form() -> None:
    assert recorded(SecurityRule(protocol=TCP, first_port=80)) == Rule(
        protocol=IpProtocol.TCP, first_port=80, last_port=80
    )
    assert recorded(SecurityRule(direction=EGRESS, protocol=UDP, first_port=1, last_port=65535)) == Rule(
        Direction.EGRESS, IpProtocol.UDP, 1, 65535
    )
    assert recorded(SecurityRule(protocol=ICMP, remote_cidr="FD00:0::/8")).remote_cidr == "fd00::/8"
    assert recorded(SecurityRule(remote_cidr="10.0.0.5")).remote_cidr == "10.0.0.5/32"
    assert recorded(SecurityRule(remote_group=GROUP)).remote_group == GROUP


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (SecurityRule(direction=7), "direction"),  # pyright: ignore[reportArgumentType]
        (SecurityRule(protocol=7), "protocol"),  # pyright: ignore[reportArgumentType]
        (SecurityRule(first_port=80), "first_port"),
        (SecurityRule(protocol=ICMP, first_port=8), "first_port"),
        (SecurityRule(protocol=TCP, first_port=65536), "first_port"),
        (SecurityRule(protocol=TCP, last_port=80), "first_port"),
        (SecurityRule(protocol=TCP, first_port=80, last_port=79), "last_port"),
        (SecurityRule(protocol=TCP, first_port=80, last_port=70000), "last_port"),
        (SecurityRule(remote_cidr="10.0.0.1/8"), "remote_cidr"),
        (SecurityRule(remote_cidr="everywhere"), "remote_cidr"),
        (SecurityRule(remote_cidr="fe80::1%eth0"), "remote_cidr"),
        (SecurityRule(remote_cidr="10.0.0.0/8", remote_group=GROUP), "remote_cidr"),
        (SecurityRule(remote_group="db"), "remote_group"),
        (SecurityRule(description="a\x00"), "description"),
    ],
)
def test_each_bad_field_is_named(rule: SecurityRule, field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        create_command(request(SecurityRule(), rule))
    assert f"security_group.rules[1].{field}" in {each.field for each in refused.value.violations}


def test_there_are_not_too_many_rules() -> None:
    with pytest.raises(InvalidField) as refused:
        create_command(request(*[SecurityRule()] * 129))
    assert [each.field for each in refused.value.violations] == ["security_group.rules"]
