"""Of a bound that all share, one address has a share."""

import pytest

from controlplane.gateway.shares import Bounds, Shares, network_of


def test_one_address_has_its_share_and_leaves_the_rest_to_others() -> None:
    shares = Shares(Bounds.of(4, 50))
    assert [shares.take("192.0.2.1") for _ in range(2)] == ["", ""]
    assert "2 of 192.0.2.1" in shares.take("192.0.2.1")
    assert [shares.take("192.0.2.2") for _ in range(2)] == ["", ""]
    assert "as many as can be" in shares.take("192.0.2.3")
    shares.give("192.0.2.1")
    assert shares.take("192.0.2.3") == ""
    assert shares.taken == 4


def test_behind_a_proxy_one_address_may_have_all() -> None:
    shares = Shares(Bounds.of(3, 100))
    assert [shares.take("192.0.2.1") for _ in range(3)] == [""] * 3
    assert Bounds.of(3, 1).each == 1


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:2", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(host: str, network: str) -> None:
    assert network_of(host) == network
