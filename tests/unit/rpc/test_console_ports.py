"""Which ports of a VM its host reaches, by its cards."""

import pytest
from chronovisor.v1.network_pb2 import IP_PROTOCOL_TCP, IP_PROTOCOL_UDP

from controlplane.domain.vm.interfaces import Interface, Interfaces, PublishedPort
from controlplane.rpc.console.port import why_unreachable


def card(trait: str, *ports: tuple[int, int]) -> Interface:
    """`ports`: of the VM, and their protocols."""
    published = tuple(PublishedPort(2000 + number, number, protocol) for number, protocol in ports)
    return Interface("projects/p/networks/n", "u", published_ports=published, trait=trait)


@pytest.mark.parametrize(
    ("cards", "why"),
    [
        ((), "no network card"),
        ((card("network.vxlan"),), ""),
        ((card("network.bridge.br0"), card("network.vxlan")), ""),
        ((card("network.bridge.br0"),), "of the site"),
        ((card("network.user"),), "publish one that leads to 22"),
        ((card("network.user", (80, IP_PROTOCOL_TCP), (22, IP_PROTOCOL_UDP)),), "publish one that leads to 22"),
        ((card("network.user", (80, IP_PROTOCOL_TCP), (22, IP_PROTOCOL_TCP)),), ""),
    ],
)
def test_a_port_is_reached_from_a_router_or_where_it_is_published(cards: Interfaces, why: str) -> None:
    found = why_unreachable(cards, 22)
    assert why in found
    assert bool(why) == bool(found)
