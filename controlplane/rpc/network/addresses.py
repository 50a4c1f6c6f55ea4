"""Addresses in requests: checked, and in the canonical form. What is refused is empty there."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from controlplane.domain.network.addresses import range_of
from controlplane.rpc.shared.validate import FieldRules

PRIVATE = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))
UNIQUE_LOCAL, GLOBAL = IPv6Network("fc00::/7"), IPv6Network("2000::/3")
# Hosts' routers have their own addresses there: see `clients.hostagent.network.names`.
ROUTERS = IPv6Network("fd63:7600::/64")
# Bits of the prefixes that a network can have.
PREFIXES = {4: (8, 29), 6: (64, 120)}
LONGEST_TEXT = 80


def address(rules: FieldRules, text: str, version: int, field: str) -> str:
    """An address of IPv4 or IPv6, or none."""
    try:
        found = ip_address(_plain(text)) if text else None
    except ValueError:
        found = None
    if not text or (found and found.version == version):
        return str(found or "")
    rules.check(False, field, f"must be an IPv{version} address, not {text[:LONGEST_TEXT]!r}")
    return ""


def cidr(rules: FieldRules, text: str, field: str) -> str:
    """An address or a prefix of either version, or none."""
    if not text:
        return ""
    try:
        return str(ip_network(_plain(text)))
    except ValueError:
        rule = f"must be an address or a prefix without host bits, such as 10.0.0.0/8, not {text[:LONGEST_TEXT]!r}"
        rules.check(False, field, rule)
        return ""


def network_cidr(rules: FieldRules, text: str, version: int, field: str) -> str:
    """The addresses of a network, of one version, or none."""
    if not text:
        return ""
    try:
        found = ip_network(_plain(text))
    except ValueError:
        found = None
    least, most = PREFIXES[version]
    good = found and found.version == version and least <= found.prefixlen <= most
    rule = f"must be an IPv{version} prefix of {least} to {most} bits without host bits, not {text[:LONGEST_TEXT]!r}"
    if not rules.check(good, field, rule) or found is None:
        return ""
    if isinstance(found, IPv4Network):
        private = any(found.subnet_of(each) for each in PRIVATE)
        rules.check(private, field, f"must be in {', '.join(map(str, PRIVATE))}, not {found}")
    else:
        given = found.subnet_of(UNIQUE_LOCAL) or found.subnet_of(GLOBAL)
        rules.check(given, field, f"must be in {UNIQUE_LOCAL} or {GLOBAL}, not {found}")
        rules.check(not found.overlaps(ROUTERS), field, f"must not overlap {ROUTERS}, which hosts' routers have")
    return str(found)


def address_range(rules: FieldRules, text: str, within: Sequence[str] | None, field: str) -> str:
    """An address, a prefix, or a range `A-B`, within one of these prefixes, or anywhere."""
    try:
        version, first, last = range_of(_plain(text))
    except ValueError:
        form = "an address, a prefix without host bits, or a range such as 10.1.0.2-10.1.0.9"
        rules.check(False, field, f"must be {form}, not {text[:LONGEST_TEXT]!r}")
        return ""
    if within is not None:
        inside = any(low <= first and last <= high for own, low, high in map(range_of, within) if own == version)
        rules.check(inside, field, f"must be within {' or '.join(within) or 'addresses, and the network has none'}")
    if "/" in text:
        return str(ip_network(text))
    return "-".join(str(ip_address(each.strip())) for each in text.split("-"))


def _plain(text: str) -> str:
    """Python takes a zone, such as `%eth0`, as a part of an address. Raises ValueError."""
    if "%" in text or len(text) > LONGEST_TEXT:
        raise ValueError(text)
    return text
