"""Guests of one network on two hosts, another network beside it, and what each of them reaches."""

import socket
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hostagent.network.desired import Kind

from tests.integration.networks.conftest import World
from tests.integration.networks.hosts import ANYTHING, OUTSIDE, OUTSIDE6, Guest, network
from tests.support.dhcp_client import resolve


@dataclass(frozen=True, slots=True)
class Pair:
    """Guests 10 (on host one) and 11 (on host two) of network 1; 12 of network 2, on host one."""

    world: World
    first: Guest
    second: Guest
    other: Guest


@pytest.fixture(scope="module")
def pair(make_world: Callable[[], World]) -> Pair:
    world = make_world()
    ours, theirs = network(1), network(2, Kind.ISOLATED)
    made = Pair(
        world,
        world.guest(world.one, ours, 10, rules=ANYTHING),
        world.guest(world.two, ours, 11, rules=ANYTHING),
        world.guest(world.one, theirs, 12, rules=ANYTHING),
    )
    guests = (made.first, made.second, made.other)
    world.one.make((ours, theirs), guests)
    world.two.make((ours,), guests)
    for each in guests:
        each.plug(world.site)
    return made


@pytest.fixture(scope="module")
def configured(pair: Pair) -> Pair:
    for each in (pair.first, pair.second, pair.other):
        each.configure()
    return pair


def test_dhcp_gives_each_guest_its_own_address_name_and_mtu(pair: Pair) -> None:
    for guest in (pair.first, pair.second):
        found = guest.lease()
        assert found is not None
        assert (found.address, found.router, found.mtu) == (guest.ipv4, "10.1.0.1", 1450)
        assert found.hostname == guest.hostname


def test_an_isolated_network_names_no_router(pair: Pair) -> None:
    found = pair.other.lease()
    assert found is not None
    assert (found.address, found.router) == (pair.other.ipv4, "")


def test_guests_on_two_hosts_reach_each_other(configured: Pair) -> None:
    first, second = configured.first, configured.second
    assert first.inside.pings(second.ipv4)
    assert second.inside.pings(first.ipv4)
    assert first.inside.pings(second.ipv6)
    with second.inside.echo(80), second.inside.echo(53, socket.SOCK_DGRAM):
        assert first.inside.connects(second.ipv4, 80)
        assert first.inside.connects(second.ipv6, 80)
        assert first.inside.hears(second.ipv4, 53)


def test_names_lead_to_guests_on_every_host(configured: Pair) -> None:
    for guest in (configured.first, configured.second):
        assert resolve(guest.inside, "10.1.0.1", "vm-11.n1.internal") == "10.1.0.11"
        assert resolve(guest.inside, "10.1.0.1", "vm-10.n1.internal", kind=28) == "fd00:1::a"
        assert resolve(guest.inside, "10.1.0.1", "vm-12.n1.internal") is None


def test_another_network_is_out_of_reach(configured: Pair) -> None:
    other, first = configured.other, configured.first
    assert not other.inside.pings(first.ipv4, timeout_s=0.6)
    # Not even as a stranger on the same wire, or through either router.
    other.inside.ip("route replace default via 10.2.0.1")
    first_mac = first.mac
    assert first_mac != other.mac
    with first.inside.echo(81), first.inside.captured("eth0") as seen:
        assert not other.inside.connects(first.ipv4, 81, timeout_s=0.6)
        assert not other.inside.hears(first.ipv4, 81, timeout_s=0.3)
        assert not seen.has(bytes.fromhex(other.mac.replace(":", "")), within_s=0.2)


def test_no_guest_reaches_its_host(configured: Pair) -> None:
    host, first, other = configured.world.one, configured.first, configured.other
    with host.inside.echo(7460):
        for guest in (first, other):
            for address in ("10.9.0.1", "192.0.2.2", "169.254.1.1", "2001:db8::2"):
                assert not guest.inside.pings(address, timeout_s=0.4), address
                assert not guest.inside.connects(address, 7460, timeout_s=0.4), address
    # Nor as a neighbour: hosts answer for any of their addresses on any link.
    first.inside.ip("route add 10.9.0.1/32 dev eth0")
    first.inside.ip("route add 192.0.2.2/32 dev eth0")
    with host.inside.echo(7460):
        assert not first.inside.connects("10.9.0.1", 7460, timeout_s=0.4)
        assert not first.inside.connects("192.0.2.2", 7460, timeout_s=0.4)
    first.inside.ip("route del 10.9.0.1/32 dev eth0")
    first.inside.ip("route del 192.0.2.2/32 dev eth0")


def test_no_guest_reaches_other_hosts_or_what_the_host_is_kept_from(configured: Pair) -> None:
    first, world = configured.first, configured.world
    with world.two.inside.echo(7460), world.outside.echo(7460):
        assert not first.inside.pings("10.9.0.2", timeout_s=0.4)
        assert not first.inside.connects("10.9.0.2", 7460, timeout_s=0.4)
        assert not first.inside.pings("198.51.100.1", timeout_s=0.4)
        assert not first.inside.connects("198.51.100.1", 7460, timeout_s=0.4)
        # That they would be reached otherwise:
        assert first.inside.connects(OUTSIDE, 7460)


def test_a_network_with_a_way_out_reaches_the_outside(configured: Pair) -> None:
    first, outside = configured.first, configured.world.outside
    assert first.inside.pings(OUTSIDE)
    assert first.inside.pings(OUTSIDE6)
    with outside.echo(80), outside.echo(53, socket.SOCK_DGRAM):
        assert first.inside.connects(OUTSIDE, 80)
        assert first.inside.connects(OUTSIDE6, 80)
        assert first.inside.hears(OUTSIDE, 53)


def test_the_outside_does_not_reach_guests(configured: Pair) -> None:
    outside, first = configured.world.outside, configured.first
    outside.ip("route add 10.1.0.0/24 via 192.0.2.2")
    with first.inside.echo(80):
        assert not outside.connects(first.ipv4, 80, timeout_s=0.6)


def test_an_isolated_network_does_not_reach_the_outside(configured: Pair) -> None:
    assert not configured.other.inside.pings(OUTSIDE, timeout_s=0.6)


def test_no_frame_of_a_tunnel_is_taken_from_who_is_no_host_of_the_network(configured: Pair) -> None:
    world, first = configured.world, configured.first
    frame = bytes.fromhex(first.mac.replace(":", "")) + bytes.fromhex("0200000000ee") + b"\x08\x00" + b"not a host"
    encapsulated = b"\x08\0\0\0" + (1).to_bytes(3) + b"\0" + frame
    with first.inside.captured("eth0") as seen, world.outside.open(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.sendto(encapsulated, ("192.0.2.2", 4789))
        assert not seen.has(b"not a host", within_s=0.3)
    # Nor from a guest, which would come from an address of its host.
    with first.inside.open(socket.AF_INET, socket.SOCK_DGRAM) as made, world.two.inside.captured("wire") as seen:
        made.sendto(encapsulated, ("10.9.0.2", 4789))
        made.sendto(encapsulated, (OUTSIDE, 4789))
        assert not seen.has(b"not a host", within_s=0.3)
