"""Names of what a host has for networks. What is the agent's own follows from its name and a mark on it."""

import re
from ipaddress import IPv4Address, IPv6Address

# The netdev group of every link that the agent makes. Set as it is made: a link without it is somebody else's.
GROUP = 0x6376
# In the host's namespace, after `cv`: bridge, VXLAN, towards the router, the router's way out, towards the host's
# bridge (its port here, its port there, and what is between them where there is a VLAN).
_OURS = re.compile(r"cv[bxgouplq][0-9a-f]{6}")
# Within a router's namespace.
LAN, WAN = "lan", "wan"
_TRANSFER = int(IPv4Address("100.64.0.0"))
_TRANSFER6 = int(IPv6Address("fd63:7600::"))
# The host's end of every router's way out.
HOST_END = "169.254.1.1"
HOST_END6 = "fe80::1"


def link(letter: str, vni: int) -> str:
    return f"cv{letter}{vni:06x}"


def bridge(vni: int) -> str:
    return link("b", vni)


def router(vni: int) -> str:
    """The name of its namespace."""
    return link("r", vni)


def tap(vm_uid: str, index: int) -> str:
    """By the last digits, which are random in every kind of UUID; the first may be a time."""
    return f"cvt{vm_uid.replace('-', '')[-10:]}{index}"


def tap_index(name: str, vm_uid: str) -> int | None:
    """The index of the card whose tap it is; None: it is none of this VM's."""
    index = name[len(tap(vm_uid, 0)) - 1 :]
    return int(index) if index.isdecimal() and name == tap(vm_uid, int(index)) else None


def vni_of(name: str) -> int | None:
    """Of a link that the agent may have made; None: it has not."""
    return int(name[3:], 16) if _OURS.fullmatch(name) else None


def vni_of_router(name: str) -> int | None:
    return int(name[3:], 16) if re.fullmatch(r"cvr[0-9a-f]{6}", name) else None


def transfer4(vni: int) -> str:
    """The router's own address on its way out: the 22 bits of a network in shared address space (RFC 6598)."""
    return str(IPv4Address(_TRANSFER + vni))


def transfer6(vni: int) -> str:
    return str(IPv6Address(_TRANSFER6 + vni))


def link_local(mac: str) -> IPv6Address:
    """The link-local address that follows from a MAC address: modified EUI-64 (RFC 4291)."""
    octets = bytes.fromhex(mac.replace(":", ""))
    identifier = bytes((octets[0] ^ 2, *octets[1:3], 0xFF, 0xFE, *octets[3:]))
    return IPv6Address(b"\xfe\x80" + bytes(6) + identifier)
