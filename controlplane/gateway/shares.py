"""Bounds that all clients share, and of each a share that one address may have: nobody alone takes all. No I/O.

Of IPv6, a client has a whole network of 64 bits, which counts as one address.
"""

import ipaddress
from collections import Counter
from typing import NamedTuple

DEFAULT_PERCENT = 50


class Bounds(NamedTuple):
    """The most of all, and of one address."""

    all: int
    each: int

    @staticmethod
    def of(most: int, percent: int) -> "Bounds":
        return Bounds(most, max(1, most * percent // 100))


class Shares:
    """What is taken, by address. Whatever `take` gave is given back once."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.taken = 0
        self._by_address = Counter[str]()

    def take(self, host: str) -> str:
        """One more for the address. Returns, in words, why there is none; empty where there is."""
        address = network_of(host)
        if self.taken >= self.bounds.all:
            return f"{self.taken} are under way, which are as many as can be"
        if self._by_address[address] >= self.bounds.each:
            return f"{self.bounds.each} of {address} are under way, which are as many as one address may have"
        self.taken += 1
        self._by_address[address] += 1
        return ""

    def give(self, host: str) -> None:
        address = network_of(host)
        self.taken -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]


def network_of(host: str) -> str:
    """What counts as one address. A host that is none, such as of a socket without addresses, is itself."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, 64), strict=False))
