"""What routers let out, and what a host keeps guests from: tables of nft's family `inet`. Pure."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from hostagent.network.desired import ALL_TUNNELS, Desired, Network
from hostagent.network.firewall.ruleset import Chain, Set, Table
from hostagent.network.names import LAN, WAN, transfer4, transfer6

NAME = "inet chronovisor"
# Those of links, such as a cloud's metadata; and of the host by other means than its own addresses.
_NEVER = ("127.0.0.0/8", "169.254.0.0/16", "fe80::/10", "::1/128")
_FIRST = "priority -10; policy accept;"


def host_table(desired: Desired) -> Table:
    """Of the host's own namespace: no guest reaches the host, what it is kept from, or another network's router."""
    out = [network for network in desired.networks if network.has_way_out]
    tunnels = {tunnel for network in desired.networks for tunnel in network.tunnels}
    tunnels |= {each for group in desired.groups if group.uid == ALL_TUNNELS for each in group.addresses}
    denied = {*_NEVER, *desired.denied, *(str(each) for each in tunnels)}
    chains = {
        "input": Chain(
            (
                'iifname "cvo*" icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
                'iifname "cvo*" drop',
                *_tunnel_rules(desired),
            ),
            f"{{ type filter hook input {_FIRST} }}",
        ),
        "forward": Chain(
            (
                'oifname "cvo*" ct state established,related accept',
                'oifname "cvo*" drop',
                'iifname "cvo*" ip daddr @denied4 drop',
                'iifname "cvo*" ip6 daddr @denied6 drop',
                # Frames of other networks, if a host took them.
                'iifname "cvo*" udp dport 4789 drop',
            ),
            f"{{ type filter hook forward {_FIRST} }}",
        ),
        "postrouting": Chain(
            ('ip saddr @routers4 oifname != "cvo*" masquerade', 'ip6 saddr @routers6 oifname != "cvo*" masquerade'),
            "{ type nat hook postrouting priority 100; policy accept; }",
        ),
    }
    routers4 = frozenset(transfer4(each.vni) for each in out)
    routers6 = frozenset(transfer6(each.vni) for each in out)
    sets = {
        "denied4": Set("ipv4_addr", _ranges(denied, 4), is_interval=True),
        "denied6": Set("ipv6_addr", _ranges(denied, 6), is_interval=True),
        "routers4": Set("ipv4_addr", routers4),
        "routers6": Set("ipv6_addr", routers6),
    }
    return Table(NAME, chains, sets)


def _ranges(denied: Iterable[str], version: int) -> frozenset[str]:
    """Without those within others, and as nft prints them: an address has no prefix."""
    if version == 4:
        kept = [str(each) for each in collapse_addresses(IPv4Network(each) for each in denied if ":" not in each)]
    else:
        kept = [str(each) for each in collapse_addresses(IPv6Network(each) for each in denied if ":" in each)]
    return frozenset(each.removesuffix("/32" if version == 4 else "/128") for each in kept)


def _tunnel_rules(desired: Desired) -> Iterable[str]:
    """A network's frames are taken from its own hosts alone. Tunnels of others, by their numbers, are not touched."""
    for network in desired.networks:
        if not network.is_routed or desired.tunnel is None:
            continue
        ip = "ip" if desired.tunnel.version == 4 else "ip6"
        peers = sorted(str(each) for each in network.tunnels if each.version == desired.tunnel.version)
        known = f"{ip} saddr != {{ {', '.join(peers)} }} " if peers else ""
        yield f"udp dport 4789 @th,96,24 {network.vni} {known}drop"


def router_table(network: Network) -> Table:
    """Of a router's namespace."""
    chains = {
        "input": Chain(
            (
                "iifname lo accept",
                "ct state established,related accept",
                f"iifname {LAN} udp dport {{ 53, 67, 547 }} accept",
                f"iifname {LAN} tcp dport 53 accept",
                f"iifname {LAN} icmp type echo-request accept",
                "meta l4proto ipv6-icmp accept",
            ),
            "{ type filter hook input priority 0; policy drop; }",
        ),
        "forward": Chain(
            ("ct state established,related accept", *_ways_out(network)),
            "{ type filter hook forward priority 0; policy drop; }",
        ),
    }
    if network.has_way_out:
        chains["postrouting"] = Chain(
            (f"oifname {WAN} masquerade",), "{ type nat hook postrouting priority 100; policy accept; }"
        )
    return Table(NAME, chains)


def _ways_out(network: Network) -> Iterable[str]:
    if network.has_way_out:
        for gateway, ip in ((network.ipv4, "ip"), (network.ipv6, "ip6")):
            if gateway:
                yield f"iifname {LAN} oifname {WAN} {ip} saddr {gateway.network} accept"
