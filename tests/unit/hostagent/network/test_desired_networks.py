"""Messages of networks in the agent's values: what is bad in one is refused, for rules and links are made of it."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from chronovisor.v1 import agent_networks_pb2 as pb
from chronovisor.v1 import network_pb2
from google.protobuf import json_format
from hostagent.control.desired_networks import BadNetwork, group_of, interface_of, network_of
from hostagent.drivers.base import GuestSpec, Interface, VmUid
from hostagent.drivers.libvirt.domain_xml import Files, Platform, domain_xml
from hostagent.network.desired import Direction, Kind, Protocol
from hostagent.seeds import network_config

UID = "01900000-0000-7000-8000-0000000000aa"
NETWORK: dict[str, Any] = {
    "network_uid": UID,
    "vni": 7,
    "ipv4_cidr": "10.1.0.0/24",
    "ipv4_gateway": "10.1.0.1",
    "gateway_mac_address": "02:00:00:00:00:FF",
    "dns_domain": "web.acme.internal",
    "ports": [
        {
            "vm_uid": UID,
            "mac_address": "02:00:00:00:00:01",
            "ipv4_address": "10.1.0.5",
            "hostname": "web-1",
            "rules": [{"protocol": "IP_PROTOCOL_TCP", "first_port": 80}],
            "published_ports": [{"host_port": 2222, "guest_port": 22}],
        }
    ],
    "neighbours": [{"mac_address": "02:00:00:00:00:02", "tunnel_address": "10.9.0.2"}],
}


def message(**changes: Any) -> pb.DesiredNetwork:
    return json_format.ParseDict(NETWORK | changes, pb.DesiredNetwork())


def test_a_network_is_read_whole() -> None:
    found = network_of(message())
    assert (found.kind, found.vni, str(found.ipv4), found.ipv6) == (Kind.NAT, 7, "10.1.0.1/24", None)
    assert (found.mtu, found.gateway_mac) == (1450, "02:00:00:00:00:ff")
    (port,), (neighbour,) = found.ports, found.neighbours
    assert port.rules[0].direction is Direction.INGRESS
    assert (port.rules[0].protocol, port.rules[0].first_port, port.rules[0].last_port) == (Protocol.TCP, 80, 80)
    assert port.published[0].protocol is Protocol.TCP
    assert str(neighbour.tunnel) == "10.9.0.2"


@pytest.mark.parametrize(
    "changes",
    [
        {"network_uid": "../etc"},
        {"vni": 0},
        {"vni": 1 << 22},
        {"vlan": 4095},
        {"mtu": 70000},
        {"ipv4_gateway": "10.1.0.1; drop"},
        {"gateway_mac_address": "02:00:00:00:00"},
        {"dns_domain": "a\nserver=10.0.0.1"},
        {"kind": "NETWORK_KIND_BRIDGED", "bridge": "br0/../x"},
        {"kind": 99},
        {"ports": [{"vm_uid": UID, "mac_address": "02:00:00:00:00:01", "hostname": "a b"}]},
        {"ports": [{"vm_uid": UID, "index": 100, "mac_address": "02:00:00:00:00:01"}]},
        {"ports": [{"vm_uid": UID, "mac_address": "02:00:00:00:00:01", "rules": [{"remote_cidr": "10.0.0.1/8"}]}]},
        {"ports": [{"vm_uid": UID, "mac_address": "02:00:00:00:00:01", "rules": [{"first_port": 9, "last_port": 8}]}]},
        {"neighbours": [{"mac_address": "02:00:00:00:00:02\n"}]},
    ],
)
def test_what_is_bad_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadNetwork):
        network_of(message(**changes))


def test_an_address_of_a_group_that_is_none_is_refused() -> None:
    assert len(group_of(pb.DesiredAddressGroup(group_uid=UID, addresses=["10.0.0.1", "fd00::1"])).addresses) == 2
    with pytest.raises(BadNetwork):
        group_of(pb.DesiredAddressGroup(group_uid=UID, addresses=["10.0.0.1 }"]))


CARDS = (
    Interface(UID, 0, "02:00:00:00:00:01", 7, 1450, "10.1.0.5/24"),
    Interface(UID, 1, "02:00:00:00:00:02", 8, 1500, "192.0.2.5/24", ipv4_gateway="192.0.2.1", is_static=True),
)


def spec(*cards: Interface) -> GuestSpec:
    return GuestSpec(VmUid(UID), "projects/p/vms/web", 1, 1, 128, 1, None, interfaces=cards)


def test_a_guests_cards_are_on_its_networks_bridges_by_names_that_rules_know() -> None:
    domain = ElementTree.fromstring(domain_xml(spec(*CARDS), Files(Path("/c")), Platform("kvm", "x86_64")))
    cards = domain.findall("devices/interface")
    assert [card.find("source").get("bridge") for card in cards] == ["cvb000007", "cvb000008"]  # pyright: ignore[reportOptionalMemberAccess]
    assert [card.find("target").get("dev") for card in cards] == ["cvt00000000aa0", "cvt00000000aa1"]  # pyright: ignore[reportOptionalMemberAccess]
    assert [card.find("mtu").get("size") for card in cards] == ["1450", "1500"]  # pyright: ignore[reportOptionalMemberAccess]
    assert not ElementTree.fromstring(domain_xml(spec(), Files(Path("/c")), Platform("kvm", "x86_64"))).findall(
        "devices/interface"
    )


def test_the_seed_configures_cards_by_their_mac_addresses() -> None:
    cards = json.loads(network_config(spec(*CARDS)))["ethernets"]
    assert cards["card0"] == {
        "match": {"macaddress": "02:00:00:00:00:01"},
        "mtu": 1450,
        "dhcp4": True,
        "dhcp6": False,
    }
    # By hand, and no second way out.
    assert (cards["card1"]["addresses"], cards["card1"]["routes"]) == (["192.0.2.5/24"], [])
    assert network_config(spec()) == b""
    assert not spec(CARDS[0]).has_seed
    assert spec(*CARDS).has_seed


def test_a_card_of_a_network_of_the_site_has_its_address_by_hand() -> None:
    found = interface_of(
        pb.DesiredInterface(
            network_uid=UID,
            vni=7,
            mac_address="02:00:00:00:00:01",
            ipv4_address="192.0.2.5",
            ipv4_cidr="192.0.2.0/24",
            ipv4_gateway="192.0.2.1",
            network_kind=network_pb2.NETWORK_KIND_BRIDGED,
        )
    )
    assert (found.ipv4, found.is_static, found.mtu) == ("192.0.2.5/24", True, 1500)
    assert json.loads(network_config(spec(found)))["ethernets"]["card0"]["routes"] == [
        {"to": "default", "via": "192.0.2.1"}
    ]
