"""What a guest may not send: under another's address, as a router, or as a server. Within a host and between two."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.integration.networks.conftest import World
from tests.integration.networks.hosts import ANYTHING, Guest, network
from tests.support import dhcp_client
from tests.support.namespaces import arp, ethernet, ip6, udp4, udp6

ALL = "ff:ff:ff:ff:ff:ff"
ROUTERS = "33:33:00:00:00:01"
MARK = b"what is looked for"
_ARP, _IPV4, _IPV6, _VLAN = 0x0806, 0x0800, 0x86DD, 0x8100


@dataclass(frozen=True, slots=True)
class Three:
    """The attacker and a victim on host one, a victim on host two. All may receive all."""

    world: World
    attacker: Guest
    near: Guest
    far: Guest


@pytest.fixture(scope="module")
def three(make_world: Callable[[], World]) -> Three:
    world = make_world()
    net = network(3)
    made = Three(
        world,
        world.guest(world.one, net, 20, rules=ANYTHING),
        world.guest(world.one, net, 21, rules=ANYTHING),
        world.guest(world.two, net, 22, rules=ANYTHING),
    )
    guests = (made.attacker, made.near, made.far)
    for host in (world.one, world.two):
        host.make((net,), guests)
    for each in guests:
        each.plug(world.site)
        each.configure()
    # Bridges know who is where.
    assert made.attacker.inside.pings(made.near.ipv4)
    assert made.attacker.inside.pings(made.far.ipv4)
    return made


def neighbour_advertisement(source_mac: str, source: str, target: str, kind: int = 136) -> bytes:
    import socket  # noqa: PLC0415

    body = struct.pack("!BBHI", kind, 0, 0, 0x60000000) + socket.inet_pton(socket.AF_INET6, target)
    body += b"\x02\x01" + bytes.fromhex(source_mac.replace(":", "")) + MARK[:6] * 4
    return ip6(source, "ff02::1", 58, body)


def frames(who: Guest, other: Guest) -> dict[str, bytes]:
    """What is spoofed by `who`, in the place of `other`."""
    own, mac, ip, ipv6 = who.mac, other.mac, other.ipv4, other.ipv6
    local = "fe80::ff:fe00:" + f"{who.number:x}"
    answer = dhcp_client.message(other.mac, {53: b"\x02", 54: b"\x0a\x03\0\x14"}, number=b"1234", operation=2)
    small = udp4(who.ipv4, ip, (9, 9), MARK)
    return {
        "MAC address": ethernet(ALL, mac, _IPV4, udp4(who.ipv4, "10.3.0.255", (9, 9), MARK)),
        "IPv4 address": ethernet(ALL, own, _IPV4, udp4(ip, "10.3.0.255", (9, 9), MARK)),
        "gateway's IPv4 address": ethernet(ALL, own, _IPV4, udp4("10.3.0.1", "10.3.0.255", (53, 9), MARK)),
        "IPv6 address": ethernet(ROUTERS, own, _IPV6, udp6(ipv6, "ff02::1", (9, 9), MARK)),
        "ARP answer": ethernet(ALL, own, _ARP, arp(own, ip, ip) + MARK),
        "ARP of the gateway": ethernet(ALL, own, _ARP, arp(own, "10.3.0.1", ip) + MARK),
        "ARP under another MAC address": ethernet(ALL, own, _ARP, arp(mac, who.ipv4, ip) + MARK),
        "DHCP answer": ethernet(ALL, own, _IPV4, udp4(who.ipv4, "255.255.255.255", (67, 68), answer + MARK)),
        "DHCPv6 answer": ethernet(ROUTERS, own, _IPV6, udp6(who.ipv6, "ff02::1", (547, 546), MARK)),
        "router advertisement": ethernet(
            ROUTERS,
            own,
            _IPV6,
            ip6(local, "ff02::1", 58, struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + MARK),
        ),
        "neighbour advertisement": ethernet(ROUTERS, own, _IPV6, neighbour_advertisement(own, who.ipv6, ipv6) + MARK),
        "neighbour advertisement of the gateway": ethernet(
            ROUTERS, own, _IPV6, neighbour_advertisement(own, who.ipv6, "fd00:3::1") + MARK
        ),
        "advertisement in fragments": ethernet(
            ROUTERS, own, _IPV6, ip6(local, "ff02::1", 44, struct.pack("!BBHI", 58, 0, 1, 7) + b"\x86\0" + MARK)
        ),
        "advertisement behind a header": ethernet(
            ROUTERS,
            own,
            _IPV6,
            ip6(
                local,
                "ff02::1",
                60,
                b"\x3a\0\x01\x04\0\0\0\0" + struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 9, 0, 0) + MARK,
            ),
        ),
        "frame of a VLAN": ethernet(ALL, own, _VLAN, struct.pack("!HH", 5, _IPV4) + small),
        "frame of two VLANs": ethernet(ALL, own, _VLAN, struct.pack("!HHHH", 5, _VLAN, 6, _IPV4) + small),
        "another protocol": ethernet(ALL, own, 0x88CC, MARK),
    }


NAMES = tuple(frames(Guest(None, None, network(3), 20), Guest(None, None, network(3), 21)))  # pyright: ignore[reportArgumentType] - names alone


@pytest.mark.parametrize("name", NAMES)
def test_it_is_lost(three: Three, name: str) -> None:
    attacker = three.attacker
    before = three.world.one.frames("spoofed", attacker)
    with three.near.inside.captured("eth0") as near, three.far.inside.captured("eth0") as far:
        for victim in (three.near, three.far):
            attacker.inside.send_frame("eth0", frames(attacker, victim)[name])
        # Sent afterwards: what comes before it, would have come.
        honest = ethernet(ALL, attacker.mac, _IPV4, udp4(attacker.ipv4, "10.3.0.255", (9, 9), b"an honest frame"))
        attacker.inside.send_frame("eth0", honest)
        assert near.has(b"an honest frame", within_s=5.0)
        assert far.has(b"an honest frame", within_s=5.0)
        assert not near.has(MARK, within_s=0.0)
        assert not far.has(MARK, within_s=0.0)
    assert three.world.one.frames("spoofed", attacker) >= before + 2


def test_a_stolen_address_takes_nothing_over(three: Three) -> None:
    """The attacker answers for the far guest as fast as it can: the near one still reaches the right one."""
    attacker, near, far = three.attacker, three.near, three.far
    near.inside.run("ip", "neigh", "flush", "dev", "eth0")
    for _ in range(20):
        attacker.inside.send_frame(
            "eth0", ethernet(near.mac, attacker.mac, _ARP, arp(attacker.mac, far.ipv4, near.ipv4))
        )
    with far.inside.echo(80):
        assert near.inside.connects(far.ipv4, 80)
    assert far.mac in near.inside.run("ip", "neigh", "show", far.ipv4)


def test_a_guest_without_rules_yet_is_closed(three: Three) -> None:
    """Its card is there before the host was sent its network's new guest."""
    world, net = three.world, three.near.network
    early = world.guest(world.one, net, 29)
    early.plug(world.site)
    early.configure()
    assert not early.inside.pings(three.near.ipv4, timeout_s=0.5)
    assert not three.near.inside.pings(early.ipv4, timeout_s=0.5)
