"""Who reaches whom, by the rules of security groups."""

import pytest

from controlplane.domain.security_group.aggregate import Direction, GroupTerms, IpProtocol, Rule, SecurityGroup
from controlplane.domain.security_group.reach import Allowed, Flow, Side, Verdict, enters, leaves
from controlplane.domain.time import Micros

HTTP, SSH = Flow(IpProtocol.TCP, 80), Flow(IpProtocol.TCP, 22)
PING, ANYTHING = Flow(IpProtocol.ICMP), Flow(IpProtocol.ANY)
OUTSIDE = Side(("192.0.2.7",))


def group(name: str, *rules: Rule) -> SecurityGroup:
    return SecurityGroup(
        f"uid-{name}", f"projects/p/securityGroups/{name}", "uid-p", GroupTerms(rules), Micros(1), Micros(1)
    )


def side(address: str, *groups: SecurityGroup) -> Side:
    return Side((address,), groups)


def tcp(port: int, last: int = 0, **more: str) -> Rule:
    return Rule(Direction.INGRESS, IpProtocol.TCP, port, last, **more)  # pyright: ignore[reportArgumentType] texts


def test_without_a_rule_nothing_comes_in_and_everything_goes_out() -> None:
    web = side("10.1.0.2", group("empty"))
    for flow in (HTTP, SSH, PING, ANYTHING):
        assert enters(OUTSIDE, web, flow) == Verdict(False)
        assert leaves(web, OUTSIDE, flow) == Verdict(True)


@pytest.mark.parametrize(
    ("rule", "flow", "passes"),
    [
        (tcp(80), HTTP, True),
        (tcp(80), SSH, False),
        (tcp(80), Flow(IpProtocol.UDP, 80), False),
        (tcp(80), PING, False),
        (tcp(20, 30), SSH, True),
        (tcp(20, 21), SSH, False),
        (Rule(protocol=IpProtocol.TCP), SSH, True),
        (Rule(protocol=IpProtocol.TCP), Flow(IpProtocol.TCP), True),
        (tcp(22), Flow(IpProtocol.TCP), False),
        (Rule(protocol=IpProtocol.ICMP), PING, True),
        (Rule(protocol=IpProtocol.ICMP), SSH, False),
        (Rule(), SSH, True),
        (Rule(), ANYTHING, True),
        (tcp(22), ANYTHING, False),
        (Rule(Direction.EGRESS), SSH, False),
    ],
)
def test_what_a_rule_is_about(rule: Rule, flow: Flow, passes: bool) -> None:
    assert enters(OUTSIDE, side("10.1.0.2", group("web", rule)), flow).passes is passes


@pytest.mark.parametrize(
    ("cidr", "address", "passes"),
    [
        ("192.0.2.0/24", "192.0.2.7", True),
        ("192.0.2.7/32", "192.0.2.7", True),
        ("192.0.3.0/24", "192.0.2.7", False),
        ("0.0.0.0/0", "192.0.2.7", True),
        ("::/0", "192.0.2.7", False),
        ("fd00::/8", "fd00::7", True),
    ],
)
def test_with_whom_a_rule_is(cidr: str, address: str, passes: bool) -> None:
    web = side("10.1.0.2", group("web", tcp(80, remote_cidr=cidr)))
    assert enters(Side((address,)), web, HTTP).passes is passes


def test_a_rule_about_a_group_is_about_its_members_wherever_they_are() -> None:
    clients = group("clients")
    database = side("10.1.0.9", group("db", tcp(5432, remote_group_uid="uid-clients")))
    flow = Flow(IpProtocol.TCP, 5432)
    assert enters(side("10.1.0.2", clients), database, flow).passes
    assert not enters(side("10.1.0.2", group("others")), database, flow).passes
    assert not enters(OUTSIDE, database, flow).passes


def test_the_rule_that_allows_it_is_named() -> None:
    both = (group("ping", Rule(protocol=IpProtocol.ICMP)), group("web", tcp(443), tcp(80)))
    verdict = enters(OUTSIDE, side("10.1.0.2", *both), HTTP)
    assert verdict == Verdict(True, Allowed(both[1], 1))
    assert verdict.by is not None
    assert verdict.by.rule == tcp(80)


def test_with_a_rule_about_what_goes_out_nothing_else_does() -> None:
    dns = Rule(Direction.EGRESS, IpProtocol.UDP, 53, remote_cidr="10.0.0.53/32")
    web = side("10.1.0.2", group("web", tcp(80)), group("out", dns))
    assert leaves(web, Side(("10.0.0.53",)), Flow(IpProtocol.UDP, 53)).passes
    assert not leaves(web, Side(("10.0.0.53",)), HTTP).passes
    assert not leaves(web, OUTSIDE, Flow(IpProtocol.UDP, 53)).passes
