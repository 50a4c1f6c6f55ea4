"""Cards of user-mode networking: QEMU's arguments, and what a host that has none refuses."""

import dataclasses
import shutil
from xml.etree import ElementTree

import pytest
from chronovisor.v1 import agent_networks_pb2 as pb
from chronovisor.v1 import network_pb2
from google.protobuf import json_format
from hostagent.control.desired_networks import BadNetwork, interface_of, network_of
from hostagent.drivers.base import Forward, GuestRefused, Interface
from hostagent.drivers.libvirt.domain_xml import QEMU_NAMESPACE, Platform, domain_xml
from hostagent.drivers.libvirt.user_network import (
    USER_NETWORK,
    has_user_network,
    published_port,
    user_network_arguments,
)

from tests.unit.hostagent.test_domain_xml import FILES, SPEC

UID = "01900000-0000-7000-8000-0000000000aa"
CARD = Interface(UID, 1, "02:00:00:00:00:01", 7, forwards=(Forward(2222, 22), Forward(5353, 53, "udp")), is_user=True)
OFFERED = Platform("qemu", "x86_64", offered=frozenset({USER_NETWORK}))


def netdev(card: Interface) -> list[str]:
    _, words, _, device = user_network_arguments(card)
    assert device == "virtio-net-pci,netdev=cvuser1,mac=02:00:00:00:00:01,addr=0x11"
    return words.split(",")


def test_a_guest_reaches_nobody_and_is_reached_at_its_published_ports() -> None:
    assert netdev(CARD) == [
        "user",
        "id=cvuser1",
        "restrict=on",
        "ipv6=off",
        "hostfwd=tcp:127.0.0.1:2222-:22",
        "hostfwd=udp:127.0.0.1:5353-:53",
    ]


@pytest.mark.parametrize("address", ["10.1.0.2", "10.1.0.3", "10.1.0.6"])
def test_dhcp_gives_the_address_that_the_card_holds(address: str) -> None:
    words = dict(
        word.split("=")
        for word in netdev(dataclasses.replace(CARD, ipv4=f"{address}/29", ipv4_gateway="10.1.0.1", forwards=()))[1:]
    )
    assert (words["net"], words["host"], words["dhcpstart"]) == ("10.1.0.0/29", "10.1.0.1", address)
    assert words["dns"] not in (address, "10.1.0.1")


def test_the_card_is_on_the_command_line_of_qemu_and_on_no_bridge() -> None:
    domain = ElementTree.fromstring(domain_xml(dataclasses.replace(SPEC, interfaces=(CARD,)), FILES, OFFERED))
    assert domain.find("devices/interface") is None
    arguments = [each.get("value") for each in domain.iterfind(f"{{{QEMU_NAMESPACE}}}commandline/*")]
    assert arguments == user_network_arguments(CARD)


def test_a_host_that_has_no_such_networks_refuses_the_guest() -> None:
    with pytest.raises(GuestRefused, match=USER_NETWORK):
        domain_xml(dataclasses.replace(SPEC, interfaces=(CARD,)), FILES, Platform("qemu", "x86_64"))


def test_such_a_card_is_read_and_such_a_network_is_none_of_the_hosts() -> None:
    card = json_format.ParseDict(
        {
            "network_uid": UID,
            "mac_address": "02:00:00:00:00:01",
            "vni": 7,
            "network_kind": "NETWORK_KIND_USER",
            "published_ports": [{"host_port": 2222, "guest_port": 22}],
        },
        pb.DesiredInterface(),
    )
    assert (interface_of(card).is_user, interface_of(card).forwards) == (True, (Forward(2222, 22),))
    with pytest.raises(BadNetwork):
        network_of(pb.DesiredNetwork(network_uid=UID, vni=7, kind=network_pb2.NETWORK_KIND_USER))


@pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="needs QEMU: apt-get install qemu-system-x86")
def test_qemu_says_whether_it_has_them() -> None:
    assert has_user_network("qemu-system-x86_64")
    assert not has_user_network("/nonexistent/qemu")
    assert not has_user_network("/bin/true")


def test_a_guests_port_is_found_by_what_its_command_line_publishes() -> None:
    forwards = (Forward(2222, 22), Forward(5353, 53, "udp"), Forward(8022, 8022))
    card = Interface("n", 0, "02:00:00:00:00:01", 7, forwards=forwards, is_user=True)
    arguments = user_network_arguments(card)
    assert [published_port(arguments, port) for port in (22, 8022, 53, 80)] == [2222, 8022, None, None]
