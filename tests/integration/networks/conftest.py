"""Two hosts on one wire, and one that is outside, reached by the first: made once for the tests of a file."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import pytest

from tests.integration.networks.hosts import OUTSIDE, OUTSIDE6, Guest, Host, Network, host
from tests.support import namespaces
from tests.support.namespaces import Namespace, Site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if why := namespaces.missing():
        for item in items:
            if "integration/networks" in str(item.path):
                item.add_marker(pytest.mark.skip(reason=why))


@dataclass(frozen=True, slots=True)
class World:
    """All of it."""

    site: Site
    one: Host
    two: Host
    outside: Namespace

    def guest(self, at: Host, network: Network, number: int, **more: object) -> Guest:
        """One that is not plugged in yet."""
        inside = self.site.namespace(f"guest{network.vni}-{number}")
        return Guest(inside, at, network, number, **more)  # pyright: ignore[reportArgumentType] - fields of it


@pytest.fixture(scope="module")
def make_world() -> Generator[Callable[[], World]]:
    made = list[World]()
    with namespaces.site() as site:

        def make() -> World:
            one, two, outside = host(site, 1), host(site, 2), site.namespace("outside")
            site.join(one.inside, "wire", two.inside, "wire")
            for each in (one, two):
                each.inside.ip(f"addr add {each.tunnel}/24 dev wire")
            site.join(one.inside, "uplink", outside, "eth0")
            for at, link, address, address6 in (
                (one.inside, "uplink", "192.0.2.2", "2001:db8::2"),
                (outside, "eth0", OUTSIDE, OUTSIDE6),
            ):
                at.ip(f"addr add {address}/24 dev {link}")
                at.ip(f"addr add {address6}/64 dev {link} nodad")
            one.inside.ip(f"route add default via {OUTSIDE}")
            one.inside.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
            # Outside there is more than one address, and some that guests are kept from.
            outside.ip("addr add 198.51.100.1/32 dev lo")
            made.append(World(site, one, two, outside))
            return made[-1]

        yield make
        for each in made:
            each.one.clear()
            each.two.clear()
