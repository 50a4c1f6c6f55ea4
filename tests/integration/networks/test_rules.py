"""Security rules: who reaches whom, as rules and groups come and go."""

import socket
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hostagent.network.desired import AddressGroup, Direction, Network, Protocol, Rule

from tests.integration.networks.conftest import World
from tests.integration.networks.hosts import OUTSIDE, Guest, network, uid
from tests.support.dhcp_client import resolve

GROUP = uid(0x777)


@dataclass(slots=True)
class Two:
    """A client on host one, a server on host two."""

    world: World
    network: Network
    client: Guest
    server: Guest

    def with_rules(self, *rules: Rule, client: tuple[Rule, ...] = (), members: tuple[str, ...] = ()) -> None:
        self.server, self.client = replace(self.server, rules=rules), replace(self.client, rules=client)
        group = AddressGroup(GROUP, frozenset(ip_address(each) for each in members))
        for host in (self.world.one, self.world.two):
            host.make((self.network,), (self.client, self.server), group)

    def reaches(self, port: int = 80) -> bool:
        return self.client.inside.connects(self.server.ipv4, port, timeout_s=0.5)

    def reaches6(self, port: int = 80) -> bool:
        return self.client.inside.connects(self.server.ipv6, port, timeout_s=0.5)


@pytest.fixture(scope="module")
def two(make_world: Callable[[], World]) -> Generator[Two]:
    world, net = make_world(), network(4)
    made = Two(world, net, world.guest(world.one, net, 30), world.guest(world.two, net, 31))
    made.with_rules()
    for each in (made.client, made.server):
        each.plug(world.site)
        each.configure()
    with made.server.inside.echo(80), made.server.inside.echo(81), made.server.inside.echo(53, socket.SOCK_DGRAM):
        yield made


def tcp(first: int, last: int = 0, **more: str) -> Rule:
    return Rule(protocol=Protocol.TCP, first_port=first, last_port=last, **more)  # pyright: ignore[reportArgumentType]


def test_without_rules_nothing_comes_in(two: Two) -> None:
    two.with_rules()
    before = two.world.two.frames("refused", two.server)
    assert not two.reaches()
    assert not two.reaches6()
    assert not two.client.inside.hears(two.server.ipv4, 53, timeout_s=0.4)
    assert not two.client.inside.pings(two.server.ipv4, timeout_s=0.4)
    assert two.world.two.frames("refused", two.server) >= before + 4


def test_a_rule_opens_its_ports_and_protocol_alone(two: Two) -> None:
    two.with_rules(tcp(79, 80))
    assert two.reaches(80)
    assert two.reaches6(80)
    assert not two.reaches(81)
    assert not two.client.inside.pings(two.server.ipv4, timeout_s=0.4)
    two.with_rules(Rule(protocol=Protocol.ICMP))
    assert two.client.inside.pings(two.server.ipv4)
    assert two.client.inside.pings(two.server.ipv6)
    assert not two.reaches(80)
    two.with_rules(Rule(protocol=Protocol.UDP, first_port=53))
    assert two.client.inside.hears(two.server.ipv4, 53)
    assert two.client.inside.hears(two.server.ipv6, 53)
    assert not two.reaches(80)


def test_a_rule_by_cidr_is_for_those_addresses(two: Two) -> None:
    two.with_rules(tcp(80, remote=f"{two.client.ipv4}/32"))
    assert two.reaches()
    assert not two.reaches6()
    two.with_rules(tcp(80, remote="10.4.0.128/25"))
    assert not two.reaches()
    two.with_rules(tcp(80, remote="fd00:4::/64"))
    assert two.reaches6()
    assert not two.reaches()


def test_a_group_opens_as_members_come_and_closes_as_they_go(two: Two) -> None:
    two.with_rules(tcp(80, group=GROUP))
    assert not two.reaches()
    two.with_rules(tcp(80, group=GROUP), members=(two.client.ipv4, two.client.ipv6))
    assert two.reaches()
    assert two.reaches6()
    two.with_rules(tcp(80, group=GROUP), members=("10.4.0.99",))
    assert not two.reaches()
    assert not two.reaches6()


def test_a_group_that_has_not_come_has_no_members(two: Two) -> None:
    two.with_rules(tcp(80, group=uid(0x778)))
    assert not two.reaches()


def test_replies_come_in_and_nothing_else_does(two: Two) -> None:
    """The client has no rules: of UDP, answers to what it sent come, from there alone."""
    two.with_rules(Rule())
    assert two.client.inside.hears(two.server.ipv4, 53, source=5000)
    with two.client.inside.echo(5000, socket.SOCK_DGRAM), two.client.inside.echo(5001, socket.SOCK_DGRAM):
        assert not two.server.inside.hears(two.client.ipv4, 5001, timeout_s=0.4)
        assert not two.server.inside.hears(two.client.ipv4, 5000, source=5005, timeout_s=0.4)


def test_what_a_guest_sends_is_limited_once_there_is_a_rule_for_it(two: Two) -> None:
    allowed = Rule(Direction.EGRESS, Protocol.TCP, 80, 80, remote=f"{two.server.ipv4}/32")
    two.with_rules(Rule(), client=(allowed,))
    assert two.reaches(80)
    assert not two.reaches(81)
    assert not two.reaches6(80)
    assert not two.client.inside.pings(OUTSIDE, timeout_s=0.4)
    assert not two.client.inside.hears(two.server.ipv4, 53, timeout_s=0.4)
    assert two.world.one.frames("unsent", two.client) >= 3
    # Addresses and names are the network's own.
    assert two.client.lease() is not None
    assert resolve(two.client.inside, "10.4.0.1", "vm-31.n4.internal") == two.server.ipv4


def test_replies_to_what_was_let_in_go_out_whatever_is_limited(two: Two) -> None:
    nothing = Rule(Direction.EGRESS, Protocol.TCP, 1, 1, remote="10.4.0.250/32")
    two.with_rules(Rule(protocol=Protocol.UDP), tcp(80), nothing)
    assert two.client.inside.hears(two.server.ipv4, 53)
    assert two.reaches(80)
    assert not two.server.inside.pings(two.client.ipv4, timeout_s=0.3)


def test_a_connection_outlives_a_change_of_other_rules(two: Two) -> None:
    two.with_rules(tcp(80))
    with two.client.inside.open(socket.AF_INET, socket.SOCK_STREAM) as made:
        made.settimeout(2.0)
        made.connect((two.server.ipv4, 80))
        for number in range(3):
            two.with_rules(tcp(80), tcp(1000 + number))
            two.world.two.restart()
            two.with_rules(tcp(80))
            made.sendall(b"on")
            assert made.recv(10) == b"on"


def test_a_thousand_members_are_changed_in_well_under_a_second(two: Two) -> None:
    """Of a group that a rule of the host names; a tenth of them others than before."""
    addresses = [str(IPv4Address("10.4.128.0") + number) for number in range(1100)]
    two.with_rules(tcp(80, group=GROUP), members=tuple(addresses[:1000]))
    host = two.world.two
    took = list[float]()
    for first in (100, 0, 100):
        members = (*addresses[first : first + 1000], two.client.ipv4)
        group = AddressGroup(GROUP, frozenset(ip_address(each) for each in members))
        host.desired = replace(host.desired, groups=(group,))
        began = time.monotonic()
        assert not host.realizer.ensure(host.desired, verify=False)
        took.append(time.monotonic() - began)
        assert two.reaches()
    assert min(took) < 0.5, took


def test_addresses_of_members_are_of_both_versions(two: Two) -> None:
    group = AddressGroup(GROUP, frozenset({IPv4Address("10.4.0.7"), IPv6Address("fd00:4::7")}))
    host = two.world.two
    two.with_rules(tcp(80, group=GROUP))
    host.desired = replace(host.desired, groups=(group,))
    host.ensure()
    listed = host.inside.run("nft", "list", "ruleset")
    assert "10.4.0.7" in listed
    assert "fd00:4::7" in listed
