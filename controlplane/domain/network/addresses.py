"""Which addresses a network has to give, and the next free one. Pure."""

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from operator import itemgetter
from typing import NamedTuple

from controlplane.domain.network.aggregate import Network

# The first octet of cards' MAC addresses: locally administered, of no vendor.
_MAC_PREFIX = 0x02 << 40
# The same of gateways.
_GATEWAY_PREFIX = 0x06 << 40
# So many numbers are left to each history of a ledger, of the 40 bits that a MAC address has for them.
NUMBERS_A_HISTORY = 1 << 32
_first_of = itemgetter(0)


class Pool(NamedTuple):
    """Addresses of one network and one version of IP, as numbers: all from `first` to `last` but those of `reserved`.

    `reserved` are ranges without overlaps, in order.
    """

    version: int
    first: int
    last: int
    reserved: tuple[tuple[int, int], ...]

    def text(self, number: int) -> str:
        if self.version == 4:
            return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return str(IPv6Address(number))

    def has(self, address: str) -> bool:
        """Whether a card may have it at all, reserved or not."""
        parsed = ip_address(address)
        return parsed.version == self.version and self.first <= int(parsed) <= self.last

    def next_free(self, after: int, is_held: Callable[[str], bool]) -> tuple[int, str]:
        """The first after a number that is neither held nor reserved, and its text. 0: there is none.

        Past the end it goes on from the beginning.
        """
        begin = after + 1 if self.first <= after < self.last else self.first
        for first, last in ((begin, self.last), (self.first, begin - 1)):
            number = first
            while number <= last:
                if past := self._end_of_reserved(number):
                    number = past + 1
                elif is_held(text := self.text(number)):
                    number += 1
                else:
                    return number, text
        return 0, ""

    def _end_of_reserved(self, number: int) -> int:
        """The last number of the range that is reserved around a number. 0: it is not reserved."""
        place = bisect_right(self.reserved, number, key=_first_of)
        last = self.reserved[place - 1][1] if place else 0
        return last if number <= last else 0


def pools_of(network: Network) -> tuple[Pool, ...]:
    """IPv4's, then IPv6's, as far as it has them."""
    connection, ranges = network.connection, network.terms.reserved_ranges
    both = ((connection.ipv4_cidr, connection.ipv4_gateway), (connection.ipv6_cidr, connection.ipv6_gateway))
    return tuple(_pool(cidr, gateway, ranges) for cidr, gateway in both if cidr)


@lru_cache(maxsize=4096)
def _pool(cidr: str, gateway: str, ranges: tuple[str, ...]) -> Pool:
    network = ip_network(cidr)
    first, last = int(network.network_address), int(network.broadcast_address)
    # IPv4's broadcast address; of IPv6, the first is every router's.
    first, last = first + 1, last - (network.version == 4)
    reserved = [span for text in ranges if (span := range_of(text))[0] == network.version]
    spans = [(low, high) for _, low, high in reserved]
    if gateway:
        number = int(ip_address(gateway))
        spans.append((number, number))
    return Pool(network.version, first, last, _merged(spans))


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def range_of(text: str) -> tuple[int, int, int]:
    """The version of IP, the first and the last of an address, a prefix, or a range `A-B`. Raises ValueError."""
    low, is_range, high = text.partition("-")
    if not is_range:
        network = ip_network(text)
        return network.version, int(network.network_address), int(network.broadcast_address)
    first, last = ip_address(low.strip()), ip_address(high.strip())
    if first.version != last.version or int(first) > int(last):
        raise ValueError(f"{text!r} is no range")
    return first.version, int(first), int(last)


def mac_address(number: int) -> str:
    """The MAC address of a card by its number, from 1."""
    return _mac_text(_MAC_PREFIX + number)


def gateway_mac_address(vni: int) -> str:
    """The MAC address of a network's gateway, the same on all hosts, and no card's."""
    return _mac_text(_GATEWAY_PREFIX + vni)


def _mac_text(number: int) -> str:
    return number.to_bytes(6).hex(":")


def card_number(mac: str) -> int:
    """The number of the card that has a MAC address."""
    return int(mac.replace(":", ""), 16) - _MAC_PREFIX
