"""Rules of security groups as texts, there and back."""

import pytest
from chronovisor.security_rules import in_project, parse_rule, rule_text
from chronovisor.v1 import network_pb2
from chronovisor.v1.network_pb2 import SecurityRule

TCP, UDP, ANY = network_pb2.IP_PROTOCOL_TCP, network_pb2.IP_PROTOCOL_UDP, network_pb2.IP_PROTOCOL_ANY
INGRESS, EGRESS = network_pb2.RULE_DIRECTION_INGRESS, network_pb2.RULE_DIRECTION_EGRESS


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("tcp:80", SecurityRule(direction=INGRESS, protocol=TCP, first_port=80, last_port=80)),
        ("udp:1000-2000", SecurityRule(direction=INGRESS, protocol=UDP, first_port=1000, last_port=2000)),
        (
            "tcp:22:10.0.0.0/8",
            SecurityRule(direction=INGRESS, protocol=TCP, first_port=22, last_port=22, remote_cidr="10.0.0.0/8"),
        ),
        ("tcp::fd00::/8", SecurityRule(direction=INGRESS, protocol=TCP, remote_cidr="fd00::/8")),
        ("tcp", SecurityRule(direction=INGRESS, protocol=TCP)),
        ("all:group=db", SecurityRule(direction=INGRESS, protocol=ANY, remote_group="db")),
        (
            "icmp:fd00::/8",
            SecurityRule(direction=INGRESS, protocol=network_pb2.IP_PROTOCOL_ICMP, remote_cidr="fd00::/8"),
        ),
        (
            "egress:udp:53 for DNS",
            SecurityRule(direction=EGRESS, protocol=UDP, first_port=53, last_port=53, description="for DNS"),
        ),
    ],
)
def test_a_rule_is_a_text_and_the_text_the_rule(text: str, rule: SecurityRule) -> None:
    assert parse_rule(text) == rule
    assert rule_text(rule) == text


def test_ports_of_ingress_are_written_without_what_is_so_anyway() -> None:
    assert rule_text(parse_rule("ingress:tcp:80-80")) == "tcp:80"


@pytest.mark.parametrize("text", ["", "80", "http", "tcp:http", "tcp:80-", "egress", ":80"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        parse_rule(text)


def test_a_group_is_one_of_the_project_or_named_in_full() -> None:
    whole = in_project(parse_rule("all:group=db"), "projects/shop")
    assert whole.remote_group == "projects/shop/securityGroups/db"
    assert rule_text(whole) == "all:group=db"
    assert in_project(whole, "projects/other") == whole
