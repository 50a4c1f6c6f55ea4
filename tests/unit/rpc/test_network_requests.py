"""Requests about networks: what is recorded of them, and which field of a bad one is named."""

import pytest
from chronovisor.v1 import network_pb2
from chronovisor.v1 import network_service_pb2 as api

from controlplane.domain.errors import InvalidField
from controlplane.domain.network.aggregate import Connection, NetworkKind
from controlplane.rpc.network.network_requests import create_command

NAT, BRIDGED, USER = network_pb2.NETWORK_KIND_NAT, network_pb2.NETWORK_KIND_BRIDGED, network_pb2.NETWORK_KIND_USER


def connection(**fields: object) -> Connection:
    return create_command(request(**fields)).connection


def request(**fields: object) -> api.CreateNetworkRequest:
    network = network_pb2.Network(**fields)  # pyright: ignore[reportArgumentType]
    return api.CreateNetworkRequest(parent="projects/shop", network_id="web", network=network)


def refused_fields(**fields: object) -> set[str]:
    with pytest.raises(InvalidField) as refused:
        create_command(request(**fields))
    return {each.field.removeprefix("network.") for each in refused.value.violations}


def test_what_is_left_out_is_filled_in() -> None:
    assert connection(ipv4_cidr="10.1.0.0/24") == Connection(
        NetworkKind.NAT, "10.1.0.0/24", ipv4_gateway="10.1.0.1", mtu=1450
    )
    both = connection(kind=network_pb2.NETWORK_KIND_ISOLATED, ipv4_cidr="192.168.4.0/22", ipv6_cidr="FD00:1:0::/64")
    assert both == Connection(
        NetworkKind.ISOLATED, "192.168.4.0/22", "fd00:1::/64", "192.168.4.1", "fd00:1::1", mtu=1450
    )


def test_a_network_of_the_site_has_only_what_is_named() -> None:
    assert connection(kind=BRIDGED, bridge="br0", vlan=12) == Connection(
        NetworkKind.BRIDGED, mtu=1500, bridge="br0", vlan=12
    )
    assert connection(kind=BRIDGED, bridge="br0", ipv4_cidr="10.1.0.0/24").ipv4_gateway == ""
    assert connection(kind=BRIDGED, bridge="br0", ipv4_cidr="10.1.0.0/24", ipv4_gateway="10.1.0.254") == Connection(
        NetworkKind.BRIDGED, "10.1.0.0/24", ipv4_gateway="10.1.0.254", mtu=1500, bridge="br0"
    )
    assert connection(kind=USER) == Connection(NetworkKind.USER)


@pytest.mark.parametrize(
    "cidr",
    [
        "10.1.0.1/24",
        "10.1.0.0/30",
        "10.0.0.0/7",
        "8.8.8.0/24",
        "100.64.0.0/16",
        "169.254.0.0/16",
        "172.0.0.0/8",
        "fd00::/64",
        "10.1.0.0",
        "web",
        "10.1.0.0/24\n",
    ],
)
def test_ipv4_addresses_are_private_and_a_prefix(cidr: str) -> None:
    assert "ipv4_cidr" in refused_fields(ipv4_cidr=cidr)


@pytest.mark.parametrize(
    "cidr", ["fd00::1/64", "fd00::/48", "fd00::/121", "fe80::/64", "ff02::/64", "10.1.0.0/24", "fd00::%eth0/64"]
)
def test_ipv6_addresses_are_unicast_and_a_prefix(cidr: str) -> None:
    assert refused_fields(ipv6_cidr=cidr) == {"ipv6_cidr"}


def test_the_addresses_of_hosts_routers_are_no_networks() -> None:
    assert refused_fields(ipv6_cidr="fd63:7600::/64") == {"ipv6_cidr"}
    assert connection(ipv6_cidr="fd63:7600:0:1::/64").ipv6_cidr == "fd63:7600:0:1::/64"


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({}, {"ipv4_cidr"}),
        ({"kind": 9, "ipv4_cidr": "10.1.0.0/24"}, {"kind"}),
        ({"ipv4_cidr": "10.1.0.0/24", "bridge": "br0", "vlan": 3}, {"bridge", "vlan"}),
        ({"kind": BRIDGED}, {"bridge"}),
        ({"kind": BRIDGED, "bridge": "-" * 16}, {"bridge"}),
        ({"kind": BRIDGED, "bridge": "a/b"}, {"bridge"}),
        ({"kind": BRIDGED, "bridge": "br0", "vlan": 4095}, {"vlan"}),
        ({"kind": USER, "ipv4_cidr": "10.1.0.0/24"}, {"ipv4_cidr"}),
        ({"ipv4_cidr": "10.1.0.0/24", "mtu": 1279}, {"mtu"}),
        ({"ipv4_cidr": "10.1.0.0/24", "mtu": 9001}, {"mtu"}),
        ({"ipv4_cidr": "10.1.0.0/24", "ipv4_gateway": "10.2.0.1"}, {"ipv4_gateway"}),
        ({"ipv4_cidr": "10.1.0.0/24", "ipv4_gateway": "10.1.0.0"}, {"ipv4_gateway"}),
        ({"ipv4_cidr": "10.1.0.0/24", "ipv4_gateway": "10.1.0.255"}, {"ipv4_gateway"}),
        ({"ipv4_cidr": "10.1.0.0/24", "ipv4_gateway": "fd00::1"}, {"ipv4_gateway"}),
        ({"ipv4_cidr": "10.1.0.0/24", "ipv6_gateway": "fd00::1"}, {"ipv6_gateway"}),
        ({"ipv6_cidr": "fd00::/64", "ipv6_gateway": "fd00::1%eth0"}, {"ipv6_gateway"}),
        ({"ipv4_cidr": "10.1.0.0/24", "description": "a\nb"}, {"description"}),
        ({"ipv4_cidr": "10.1.0.0/24", "labels": {"": "x"}}, {"labels[]"}),
    ],
)
def test_each_bad_field_is_named(fields: dict[str, object], refused: set[str]) -> None:
    assert refused_fields(**fields) == refused


def test_reserved_ranges_are_in_one_form() -> None:
    ranges = ["10.1.0.9", "10.1.0.16/28", "10.1.0.2 - 10.1.0.4", "FD00::5-fd00::9"]
    command = create_command(request(ipv4_cidr="10.1.0.0/24", ipv6_cidr="fd00::/64", reserved_ranges=ranges))
    assert command.terms.reserved_ranges == ("10.1.0.9", "10.1.0.16/28", "10.1.0.2-10.1.0.4", "fd00::5-fd00::9")


@pytest.mark.parametrize(
    "text",
    ["10.2.0.1", "10.1.0.1/28", "10.1.0.9-10.1.0.2", "10.1.0.1-fd00::1", "10.1.0.250-10.1.1.2", "fd00::1", "", "a-b"],
)
def test_a_range_outside_of_the_network_is_refused(text: str) -> None:
    assert refused_fields(ipv4_cidr="10.1.0.0/24", reserved_ranges=["10.1.0.5", text]) == {"reserved_ranges[1]"}


def test_there_are_not_too_many_ranges() -> None:
    assert refused_fields(ipv4_cidr="10.1.0.0/24", reserved_ranges=["10.1.0.5"] * 65) == {"reserved_ranges"}
