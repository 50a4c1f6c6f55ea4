"""What guests may send and receive on their bridges, as a table of nft's family `bridge`. Pure.

Not every kernel tracks connections on bridges, so that rules remember little: TCP goes on once a SYN was allowed;
of UDP answers to what was sent are, for some minutes. What no rule allows is dropped; so is all of a card without a
chain yet.
"""

from collections.abc import Iterable
from ipaddress import IPv6Address

from hostagent.network.desired import AddressGroup, Desired, Direction, Kind, Network, Port, Protocol, Rule
from hostagent.network.firewall.ruleset import Chain, Set, Table
from hostagent.network.names import link, link_local, tap

NAME = "bridge chronovisor"
_FLOWS = {4: "ipv4_addr . inet_service . inet_service", 6: "ipv6_addr . inet_service . inet_service"}
_REMEMBERED_S = 180
# Before 0: where bridges' frames pass through iptables as well (bridge-nf-call-iptables), what is at 0 may be left out.
_PRIORITY = -200
# Links of ours by which frames come to a bridge, other than from guests.
_OTHERS = ("cvx*", "cvg*", "cvu*")
_ERRORS = "{ destination-unreachable, time-exceeded, parameter-problem, echo-reply }"
_ERRORS6 = "{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-reply }"
_DISCOVERY = "{ nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query }"


def bridge_table(desired: Desired) -> Table:
    ports = [(tap(port.vm_uid, port.index), port, network) for network in desired.networks for port in network.ports]
    chains = _base()
    sets = dict(_group_sets(desired.groups))
    for name, port, network in ports:
        chains[f"from_{name}"] = Chain(tuple(_from_guest(name, port, network)))
        chains[f"to_{name}"] = Chain(tuple(_to_guest(name, port, network)))
        sets |= {_flows(version, name): Set(of, timeout_s=_REMEMBERED_S) for version, of in _FLOWS.items()}
    for way in ("from", "to"):
        to = frozenset(f'"{name}" : goto {way}_{name}' for name, _, _ in ports)
        sets[f"{way}_guest"] = Set("ifname : verdict", to, is_map=True)
    for group in _unknown(desired):
        sets |= _sets_of(AddressGroup(group))
    counters = frozenset(f"{what}_{name}" for name, _, _ in ports for what in ("spoofed", "unsent", "refused"))
    return Table(NAME, chains, sets, counters)


def _base() -> dict[str, Chain]:
    ours = ("cvt*", *_OTHERS, "cvp*", "cvl*")
    return {
        "prerouting": Chain(
            ("iifname vmap @from_guest", 'iifname "cvt*" drop'),
            f"{{ type filter hook prerouting priority {_PRIORITY - 100}; policy accept; }}",
        ),
        "forward": Chain(
            # A network has a router on each host, with the same addresses: each is for its own guests.
            (
                'iifname "cvg*" oifname "cvx*" drop',
                'iifname "cvx*" oifname "cvg*" drop',
                "oifname vmap @to_guest",
                'oifname "cvt*" drop',
            ),
            f"{{ type filter hook forward priority {_PRIORITY}; policy accept; }}",
        ),
        # The host itself: an address of its own answers on every link, unless it is kept from it.
        "input": Chain(
            tuple(f'iifname "{each}" drop' for each in ours),
            f"{{ type filter hook input priority {_PRIORITY}; policy accept; }}",
        ),
        "output": Chain(
            tuple(f'oifname "{each}" drop' for each in ours),
            f"{{ type filter hook output priority {_PRIORITY}; policy accept; }}",
        ),
    }


def group_set(uid: str, version: int) -> str:
    return f"g{version}_{uid.replace('-', '')}"


def _sets_of(group: AddressGroup) -> dict[str, Set]:
    return {
        group_set(group.uid, version): Set(
            f"ipv{version}_addr", frozenset(str(each) for each in group.addresses if each.version == version)
        )
        for version in (4, 6)
    }


def _group_sets(groups: Iterable[AddressGroup]) -> Iterable[tuple[str, Set]]:
    for group in groups:
        yield from _sets_of(group).items()


def _unknown(desired: Desired) -> set[str]:
    """Groups that rules name and that have not come: they have no members."""
    named = {rule.group for network in desired.networks for port in network.ports for rule in port.rules if rule.group}
    return named - {group.uid for group in desired.groups}


def _flows(version: int, name: str) -> str:
    return f"u{version}_{name}"


def _from_guest(name: str, port: Port, network: Network) -> Iterable[str]:
    spoofed = f"counter name spoofed_{name} drop"
    yield f"ether saddr != {port.mac} {spoofed}"
    # Anything else, such as frames with a VLAN's tag, that could carry what is not looked at.
    yield f"ether type != {{ arp, ip, ip6 }} {spoofed}"
    yield from _arp(port, network, spoofed)
    yield from _ipv4_source(port, network, spoofed)
    yield from _ipv6_source(port, network, spoofed)
    for version, ip in ((4, "ip"), (6, "ip6")):
        flow = f"{ip} daddr . udp dport . udp sport"
        if _limits(port):
            yield f"{flow} @{_flows(version, name)} accept"
        else:
            yield f"update @{_flows(version, name)} {{ {flow} }}"
    if not _limits(port):
        yield "accept"
        return
    yield from _needed_to_send(network)
    yield from _going_on()
    for rule in port.rules:
        if rule.direction is Direction.EGRESS:
            yield from _allowing(rule, "daddr", name, is_remembered=True)
    yield f"counter name unsent_{name} drop"


def _limits(port: Port) -> bool:
    return any(rule.direction is Direction.EGRESS for rule in port.rules)


def _arp(port: Port, network: Network, spoofed: str) -> Iterable[str]:
    yield f"ether type arp arp saddr ether != {port.mac} {spoofed}"
    if port.ipv4:
        yield f"ether type arp arp saddr ip != {{ 0.0.0.0, {port.ipv4} }} {spoofed}"
        yield "ether type arp accept"
    else:
        # Without an address it has nothing to say; on a network of the site, anything.
        yield "ether type arp accept" if network.kind is Kind.BRIDGED else f"ether type arp {spoofed}"


def _ipv4_source(port: Port, network: Network, spoofed: str) -> Iterable[str]:
    yield "ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept"
    if port.ipv4 or network.kind is not Kind.BRIDGED:
        yield f"ip saddr != {port.ipv4} {spoofed}" if port.ipv4 else f"ether type ip {spoofed}"
    yield f"ether type ip udp sport 67 {spoofed}"


def _ipv6_source(port: Port, network: Network, spoofed: str) -> Iterable[str]:
    local = link_local(port.mac)
    own = [each for each in (port.ipv6, local) if each]
    yield (
        "ip6 saddr :: icmpv6 type { nd-neighbor-solicit, nd-router-solicit, mld-listener-report, mld-listener-done, "
        "mld2-listener-report } accept"
    )
    # Which it is behind a fragment's header cannot be seen.
    yield f"exthdr frag exists frag nexthdr != {{ tcp, udp }} {spoofed}"
    if port.ipv6 or network.kind is not Kind.BRIDGED:
        yield f"ip6 saddr != {{ {', '.join(map(str, own))} }} {spoofed}"
        for address in own:
            yield f"icmpv6 type nd-neighbor-advert @th,64,128 {_number(address)} accept"
        yield f"icmpv6 type nd-neighbor-advert {spoofed}"
    yield f"icmpv6 type {{ nd-router-advert, nd-redirect, router-renumbering, mld-listener-query }} {spoofed}"
    yield f"ether type ip6 udp sport 547 {spoofed}"


def _number(address: IPv6Address) -> str:
    return f"{int(address):#034x}"


def _needed_to_send(network: Network) -> Iterable[str]:
    """What a network does not work without, whatever rules say: discovery, DHCP, and its own names."""
    yield f"icmpv6 type {_DISCOVERY[:-2]}, nd-router-solicit, mld-listener-report, mld2-listener-report }} accept"
    yield "ether type ip6 udp dport 547 accept"
    yield "ether type ip udp dport 67 accept"
    for gateway, ip in ((network.ipv4, "ip"), (network.ipv6, "ip6")):
        if gateway:
            yield f"{ip} daddr {gateway.ip} udp dport 53 accept"
            yield f"{ip} daddr {gateway.ip} tcp dport 53 accept"


def _going_on() -> Iterable[str]:
    # What follows the first part of a packet has no port, and without that part it is nothing.
    yield "ip frag-off & 0x1fff != 0 accept"
    yield "frag frag-off != 0 accept"
    yield "tcp flags & (syn | ack) != syn accept"
    yield f"icmp type {_ERRORS} accept"
    yield f"icmpv6 type {_ERRORS6} accept"


def _to_guest(name: str, port: Port, network: Network) -> Iterable[str]:
    yield "ether type arp accept"
    if network.is_routed:
        # It tracks connections: what comes from there is an answer, or a published port.
        yield f'iifname "{link("g", network.vni)}" accept'
    else:
        yield "ether type ip udp sport 67 udp dport 68 accept"
        yield "ether type ip6 udp sport 547 udp dport 546 accept"
    yield f"icmpv6 type {_DISCOVERY} accept"
    yield from _going_on()
    for version, ip in ((4, "ip"), (6, "ip6")):
        yield f"{ip} saddr . udp sport . udp dport @{_flows(version, name)} accept"
    for rule in port.rules:
        if rule.direction is Direction.INGRESS:
            yield from _allowing(rule, "saddr", name, is_remembered=_limits(port))
    yield f"counter name refused_{name} drop"


def _allowing(rule: Rule, field: str, name: str, *, is_remembered: bool) -> Iterable[str]:
    for version, ip in ((4, "ip"), (6, "ip6")):
        if rule.remote_version not in (0, version):
            continue
        if rule.group:
            whom = f"{ip} {field} @{group_set(rule.group, version)}"
        elif rule.remote:
            whom = f"{ip} {field} {rule.remote}"
        else:
            whom = f"ether type {ip}"
        for what in _protocols(rule, version):
            if is_remembered and what.startswith("udp"):
                key = "daddr . udp dport . udp sport" if field == "daddr" else "saddr . udp sport . udp dport"
                yield f"{whom} {what} update @{_flows(version, name)} {{ {ip} {key} }}"
            yield f"{whom} {what} accept".replace("  ", " ")


def _protocols(rule: Rule, version: int) -> tuple[str, ...]:
    last = rule.last_port or rule.first_port
    ports = f"{rule.first_port}-{last}" if last != rule.first_port else str(last)
    match rule.protocol:
        case Protocol.TCP | Protocol.UDP:
            word = rule.protocol.value
            return (f"{word} dport {ports if last else '0-65535'}",)
        case Protocol.ICMP:
            return ("icmp type echo-request" if version == 4 else "icmpv6 type echo-request",)
        case Protocol.ANY:
            # UDP on its own: its answers are remembered.
            return ("udp dport 0-65535", "")
