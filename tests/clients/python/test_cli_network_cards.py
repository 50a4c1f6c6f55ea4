"""Network cards as they are given on the command line and in files."""

import pytest
from chronovisor.cli.options.network import Given, card_text, parse_card, parse_published, published_text
from chronovisor.cli.settings import Misused
from chronovisor.v1.network_pb2 import IP_PROTOCOL_TCP, IP_PROTOCOL_UDP, NetworkInterface, PublishedPort
from chronovisor.v1.vm_pb2 import VmSpec

SHOP = "projects/shop"
SSH = PublishedPort(host_port=2222, guest_port=22, protocol=IP_PROTOCOL_TCP)


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("web", NetworkInterface(network="web")),
        (
            "web,ip=10.1.0.5,ip=fd00::5",
            NetworkInterface(network="web", ipv4_address="10.1.0.5", ipv6_address="fd00::5"),
        ),
        ("web,group=ssh,group=http", NetworkInterface(network="web", security_groups=["ssh", "http"])),
        ("web,publish=2222:22", NetworkInterface(network="web", published_ports=[SSH])),
        ("projects/shop/networks/web", NetworkInterface(network="projects/shop/networks/web")),
    ],
)
def test_a_card_is_a_network_and_terms(text: str, card: NetworkInterface) -> None:
    assert parse_card(text) == card
    assert parse_card(card_text(card)) == parse_card(text.removeprefix("projects/shop/networks/"))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "does not begin with a network"),
        ("ip=10.1.0.5", "does not begin with a network"),
        ("web,ip", "is no term of a network card"),
        ("web,ip=", "is no term of a network card"),
        ("web,mac=02:00:00:00:00:01", "'mac' is none of ip, group and publish"),
        ("web,publish=22", "is not a published port such as 2222:22"),
        ("web,publish=a:22", "is not a published port"),
        ("web,publish=2222:22/icmp", "is not a published port"),
    ],
)
def test_what_is_no_card_is_refused_with_the_rule(text: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        parse_card(text)


def test_a_published_port_is_of_tcp_unless_it_says_udp() -> None:
    assert parse_published("2222:22") == parse_published("2222:22/tcp") == SSH
    assert parse_published("5353:53/udp").protocol == IP_PROTOCOL_UDP
    assert published_text(parse_published("5353:53/udp")) == "5353:53/udp"
    assert published_text(SSH) == "2222:22"


def test_names_are_of_the_vms_project_and_options_go_to_its_cards() -> None:
    spec = VmSpec()
    Given([parse_card("web,group=http"), parse_card("db")], ["ssh"], [SSH]).write(spec, SHOP)
    web, db = spec.network_interfaces
    assert (web.network, db.network) == (f"{SHOP}/networks/web", f"{SHOP}/networks/db")
    assert list(web.security_groups) == [f"{SHOP}/securityGroups/http", f"{SHOP}/securityGroups/ssh"]
    assert list(db.security_groups) == [f"{SHOP}/securityGroups/ssh"]
    assert list(web.published_ports) == [SSH]
    assert not db.published_ports


def test_an_update_replaces_what_it_names_and_leaves_the_rest() -> None:
    spec = VmSpec()
    Given([parse_card("web,group=http,ip=10.1.0.5,publish=8080:80")]).write(spec, SHOP)
    Given(None, ["ssh"], [SSH]).write(spec, SHOP)
    (web,) = spec.network_interfaces
    assert card_text(web) == "web,ip=10.1.0.5,group=ssh,publish=2222:22"
    Given([]).write(spec, SHOP)
    assert not spec.network_interfaces


def test_groups_and_ports_go_with_a_network() -> None:
    with pytest.raises(Misused, match="go with a --network"):
        Given(None, ["ssh"]).write(VmSpec(), SHOP)
