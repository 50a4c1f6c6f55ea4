"""The links of a host's networks, in the host's namespace and in each router's. Pure."""

from hostagent.network import names
from hostagent.network.desired import IpAddress, Network
from hostagent.network.link_state import ANY_MAC, Link, State


def host_state(network: Network, tunnel: IpAddress | None, netns: str) -> State:
    """What the host's own namespace is to have of a network. `netns`: the path of its router's namespace."""
    vni, bridge = network.vni, names.bridge(network.vni)
    links = [Link(bridge, "bridge", mtu=network.mtu)]
    state = State()
    if network.is_routed:
        links.append(Link(names.link("g", vni), "veth", network.mtu, bridge, peer=names.LAN, peer_namespace=netns))
        if tunnel:
            links.append(_tunnel(network, tunnel))
        if network.has_way_out:
            links.append(Link(names.link("o", vni), "veth", peer=names.WAN, peer_namespace=netns))
            state = _way_out(network)
    else:
        links += _uplink(network)
    quiet = {f"net/ipv6/conf/{each.name}/disable_ipv6": "1" for each in links if each.name[2] != "o"}
    return state | State({each.name: each for each in links}, switches=quiet)


def _tunnel(network: Network, tunnel: IpAddress) -> Link:
    entries = {
        (each.mac, str(each.tunnel))
        for each in network.neighbours
        if each.tunnel and each.tunnel.version == tunnel.version
    }
    peers = {(ANY_MAC, to) for _, to in entries}
    return Link(
        names.link("x", network.vni),
        "vxlan",
        network.mtu,
        names.bridge(network.vni),
        number=network.vni,
        local=str(tunnel),
        forwarding=frozenset(entries | peers),
    )


def _way_out(network: Network) -> State:
    out, vni = names.link("o", network.vni), network.vni
    addresses, routes, switches = set[tuple[str, str]](), set[tuple[str, str, str]](), dict[str, str]()
    if network.ipv4:
        addresses.add((out, f"{names.HOST_END}/32"))
        routes.add((f"{names.transfer4(vni)}/32", "", out))
        switches["net/ipv4/ip_forward"] = "1"
    if network.ipv6:
        addresses.add((out, f"{names.HOST_END6}/64"))
        routes.add((f"{names.transfer6(vni)}/128", "", out))
        switches[f"net/ipv6/conf/{out}/accept_ra"] = "0"
        switches[f"net/ipv6/conf/{out}/addr_gen_mode"] = "1"
    return State({}, frozenset(addresses), frozenset(routes), switches)


def _uplink(network: Network) -> list[Link]:
    """A pair of links between the network's bridge and the host's, with the VLAN's tag on the host's side."""
    vni, mtu = network.vni, network.mtu
    here, between = names.link("u", vni), names.link("q", vni)
    # With another name where its other end is another: an end goes with the other.
    there = names.link("l" if network.vlan else "p", vni)
    bridge = names.bridge(vni)
    if not network.vlan:
        return [Link(there, "veth", mtu, network.bridge, peer=here), Link(here, "veth", mtu, bridge, peer=there)]
    return [
        Link(there, "veth", mtu, network.bridge, peer=between),
        Link(between, "veth", mtu, peer=there),
        Link(here, "vlan", mtu, bridge, number=network.vlan, below=between),
    ]


def router_state(network: Network) -> State:
    """What a router's namespace is to have. Its links are made with the host's ends of them."""
    lan, wan = names.LAN, names.WAN
    links = {lan: Link(lan, "veth", network.mtu, mac=network.gateway_mac), "lo": Link("lo", "")}
    addresses = {(lan, str(each)) for each in (network.ipv4, network.ipv6) if each}
    routes = set[tuple[str, str, str]]()
    switches = {f"net/ipv6/conf/{lan}/accept_ra": "0"}
    if network.has_way_out:
        links[wan] = Link(wan, "veth")
        switches |= {"net/ipv4/ip_forward": "1", "net/ipv6/conf/all/forwarding": "1"}
        if network.ipv4:
            addresses.add((wan, f"{names.transfer4(network.vni)}/32"))
            routes |= {(f"{names.HOST_END}/32", "", wan), ("0.0.0.0/0", names.HOST_END, wan)}
        if network.ipv6:
            addresses.add((wan, f"{names.transfer6(network.vni)}/128"))
            routes.add(("::/0", names.HOST_END6, wan))
    return State(links, frozenset(addresses), frozenset(routes), switches)
