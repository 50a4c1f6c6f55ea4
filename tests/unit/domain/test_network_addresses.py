"""Which addresses a network gives, in which order."""

from ipaddress import IPv6Address, ip_address

import pytest

from controlplane.domain.network.addresses import Pool, card_number, mac_address, pools_of, range_of
from controlplane.domain.network.aggregate import Connection, Network, NetworkTerms
from controlplane.domain.time import Micros


def network(connection: Connection, *reserved: str) -> Network:
    name = "projects/default/networks/web"
    return Network("uid-web", name, "uid-default", connection, 1, NetworkTerms(reserved), Micros(1), Micros(1))


def ipv4(cidr: str, gateway: str = "", *reserved: str) -> Pool:
    (pool,) = pools_of(network(Connection(ipv4_cidr=cidr, ipv4_gateway=gateway), *reserved))
    return pool


def given(pool: Pool, held: set[str], count: int = 100) -> list[str]:
    """The addresses that so many cards get, one after the other; fewer where there are no more."""
    texts: list[str] = []
    last = 0
    while len(texts) < count:
        last, text = pool.next_free(last, held.__contains__)
        if not last:
            break
        assert text == str(ip_address(last) if pool.version == 4 else IPv6Address(last))
        texts.append(text)
        held.add(text)
    return texts


def test_network_broadcast_and_gateway_are_nobodys() -> None:
    assert given(ipv4("10.1.0.0/29", "10.1.0.1"), set()) == [f"10.1.0.{last}" for last in range(2, 7)]


def test_without_a_gateway_its_address_is_a_vms() -> None:
    assert given(ipv4("10.1.0.0/30"), set()) == ["10.1.0.1", "10.1.0.2"]


def test_reserved_ranges_are_left_out_whatever_their_form_and_order() -> None:
    pool = ipv4("10.1.0.0/28", "10.1.0.1", "10.1.0.12-10.1.0.14", "10.1.0.4/30", "10.1.0.3", "fd00::1")
    assert given(pool, set()) == [f"10.1.0.{last}" for last in (2, 8, 9, 10, 11)]


def test_an_address_that_was_released_is_given_again_once_the_others_were() -> None:
    pool = ipv4("10.1.0.0/29")
    held = {"10.1.0.1", "10.1.0.2", "10.1.0.3"}
    held.remove("10.1.0.2")
    assert pool.next_free(ip("10.1.0.3"), held.__contains__) == (ip("10.1.0.4"), "10.1.0.4")
    assert given(pool, held) == ["10.1.0.2", "10.1.0.4", "10.1.0.5", "10.1.0.6"]


def ip(text: str) -> int:
    return range_of(text)[1]


def test_from_the_last_address_it_goes_on_at_the_first() -> None:
    pool = ipv4("10.1.0.0/29")
    assert pool.next_free(ip("10.1.0.6"), set[str]().__contains__) == (ip("10.1.0.1"), "10.1.0.1")


@pytest.mark.parametrize("after", [0, ip("10.1.0.2"), ip("10.1.0.6"), ip("10.2.0.0")])
def test_every_free_address_is_found_from_everywhere(after: int) -> None:
    pool = ipv4("10.1.0.0/29", "10.1.0.1", "10.1.0.4")
    for free in ("10.1.0.2", "10.1.0.3", "10.1.0.5", "10.1.0.6"):
        held = {f"10.1.0.{last}" for last in range(1, 7)} - {free}
        assert pool.next_free(after, held.__contains__)[1] == free
    assert pool.next_free(after, {f"10.1.0.{last}" for last in range(1, 7)}.__contains__) == (0, "")


def test_of_ipv6_the_first_is_every_routers_and_the_last_is_a_vms() -> None:
    (pool,) = pools_of(network(Connection(ipv6_cidr="fd00::/125", ipv6_gateway="fd00::1")))
    assert given(pool, set()) == [f"fd00::{last}" for last in range(2, 8)]


def test_a_network_of_both_gives_both() -> None:
    pools = pools_of(network(Connection(ipv4_cidr="10.1.0.0/24", ipv6_cidr="fd00::/64")))
    assert [pool.version for pool in pools] == [4, 6]
    assert pools[0].has("10.1.0.9")
    assert not pools[0].has("fd00::9")
    assert not pools[0].has("10.1.0.0")
    assert not pools[0].has("10.1.0.255")


@pytest.mark.parametrize("text", ["", "10.1.0.1/24", "10.1.0.9-10.1.0.1", "10.1.0.1-fd00::1", "a", "10.1.0.1-"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        range_of(text)


@pytest.mark.parametrize(("number", "mac"), [(1, "02:00:00:00:00:01"), ((1 << 40) - 1, "02:ff:ff:ff:ff:ff")])
def test_macs_are_the_numbers_of_cards(number: int, mac: str) -> None:
    assert mac_address(number) == mac
    assert card_number(mac) == number
