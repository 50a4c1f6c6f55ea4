"""Plans of links: what is there to what is to be, from wherever an earlier plan was left."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface

import pytest
from hostagent.network import names, topology
from hostagent.network.desired import Kind, Neighbour, Network
from hostagent.network.link_state import (
    AddLink,
    Address,
    AddRoute,
    DeleteLink,
    Forward,
    Link,
    SetLink,
    State,
    Step,
    Switch,
    plan,
)

TUNNEL = IPv4Address("10.9.0.1")


def network(**more: object) -> Network:
    made = Network(
        "n",
        7,
        ipv4=IPv4Interface("10.1.0.1/24"),
        ipv6=IPv6Interface("fd00::1/64"),
        gateway_mac="02:00:00:00:00:ff",
        neighbours=(
            Neighbour("02:00:00:00:00:01", tunnel=IPv4Address("10.9.0.2")),
            Neighbour("02:00:00:00:00:02", tunnel=IPv4Address("10.9.0.2")),
            Neighbour("02:00:00:00:00:03"),
        ),
    )
    return replace(made, **more)  # pyright: ignore[reportArgumentType] - fields of it


def ours(name: str) -> bool:
    return names.vni_of(name) is not None


def after(state: State, step: Step) -> State:
    """What a kernel makes of it."""
    links, addresses, routes = dict(state.links), set(state.addresses), set(state.routes)
    switches = dict(state.switches)
    match step:
        case DeleteLink(name):
            gone = {name, links[name].peer} if name in links else set[str]()
            for each in gone & links.keys():
                del links[each]
                addresses = {(link, address) for link, address in addresses if link != each}
                routes = {route for route in routes if route[2] != each}
        case AddLink(link):
            bare = replace(link, master="", mac="", mtu=1500, forwarding=frozenset(), is_up=False)
            links[link.name] = bare
            if link.peer and not link.peer_namespace:
                links[link.peer] = replace(bare, name=link.peer, peer=link.name)
        case SetLink(change):
            before = links[change.name]
            links[change.name] = replace(
                before,
                mtu=change.mtu or before.mtu,
                master=change.master or before.master,
                mac=change.mac or before.mac,
                is_up=change.is_up or before.is_up,
            )
        case Forward(name, entry, is_gone):
            found = links[name].forwarding
            links[name] = replace(links[name], forwarding=found - {entry} if is_gone else found | {entry})
        case Address(name, address, is_gone):
            addresses = addresses - {(name, address)} if is_gone else addresses | {(name, address)}
        case AddRoute(destination, gateway, link):
            routes.add((destination, gateway, link))
        case Switch(path, value):
            switches[path] = value
    return State(links, frozenset(addresses), frozenset(routes), switches)


def settled(desired: State, observed: State, *, most: int = 1000) -> State:
    for step in plan(desired, observed, ours)[:most]:
        observed = after(observed, step)
    return observed


STATES = {
    "NAT": topology.host_state(network(), TUNNEL, "/run/r"),
    "no tunnel": topology.host_state(network(), None, "/run/r"),
    "isolated": topology.host_state(network(kind=Kind.ISOLATED, mtu=1400), TUNNEL, "/run/r"),
    "bridged": topology.host_state(network(kind=Kind.BRIDGED, bridge="br0"), None, ""),
    "VLAN": topology.host_state(network(kind=Kind.BRIDGED, bridge="br0", vlan=12), None, ""),
    "another tunnel": topology.host_state(network(), IPv4Address("10.9.0.7"), "/run/r"),
    "nothing": State(),
}
OTHERS = State({"br0": Link("br0", "bridge"), "lo": Link("lo", "")}, frozenset({("lo", "127.0.0.1/8")}))


@pytest.mark.parametrize("first", STATES)
@pytest.mark.parametrize("second", STATES)
def test_a_plan_leads_to_what_is_desired_from_wherever_another_was_left(first: str, second: str) -> None:
    for most in range(len(plan(STATES[first], OTHERS, ours)) + 1):
        left = settled(STATES[first], OTHERS, most=most)
        found = settled(STATES[second], left)
        assert plan(STATES[second], found, ours) == []
        assert {name for name in found.links if ours(name)} == set(STATES[second].links)
        assert found.links["br0"] == OTHERS.links["br0"]
        assert ("lo", "127.0.0.1/8") in found.addresses


def test_what_is_not_owned_is_never_deleted() -> None:
    observed = State({"cvb000007": Link("cvb000007", "bridge"), "eth0": Link("eth0", "")})
    assert plan(State(), observed, lambda _name: False) == []


def test_a_link_of_another_kind_or_number_is_made_anew() -> None:
    desired = State({"cvx000007": Link("cvx000007", "vxlan", number=7, local="10.9.0.1")})
    observed = State({"cvx000007": Link("cvx000007", "vxlan", number=8, local="10.9.0.1")})
    assert plan(desired, observed, ours)[:2] == [DeleteLink("cvx000007"), AddLink(desired.links["cvx000007"])]


def test_a_guest_that_has_moved_is_forwarded_to_its_new_host_alone() -> None:
    before = settled(STATES["NAT"], OTHERS)
    moved = network(neighbours=(Neighbour("02:00:00:00:00:01", tunnel=IPv4Address("10.9.0.3")),))
    steps = plan(topology.host_state(moved, TUNNEL, "/run/r"), before, ours)
    assert Forward("cvx000007", ("02:00:00:00:00:01", "10.9.0.3")) in steps
    assert Forward("cvx000007", ("02:00:00:00:00:01", "10.9.0.2"), is_gone=True) in steps
    assert Forward("cvx000007", ("00:00:00:00:00:00", "10.9.0.2"), is_gone=True) in steps
    assert all(isinstance(step, Forward) for step in steps)


def test_switches_come_before_a_new_link_is_up() -> None:
    steps = plan(STATES["NAT"], OTHERS, ours)
    off = steps.index(Switch("net/ipv6/conf/cvb000007/disable_ipv6", "1"))
    assert off < next(number for number, step in enumerate(steps) if isinstance(step, SetLink))


def test_names_fit_into_a_kernel_and_are_found_again() -> None:
    for vni in (1, 0x3FFFFF):
        for letter in "bxgouplq":
            name = names.link(letter, vni)
            assert len(name) <= 15
            assert names.vni_of(name) == vni
    assert len(names.tap("01900000-0000-7000-8000-0123456789ab", 99)) <= 15
    assert names.vni_of("cvb00001") is None
    assert names.vni_of("cvt000001") is None


def test_taps_of_machines_made_in_one_moment_differ() -> None:
    assert names.tap("01900000-aaaa-7000-8000-000000000001", 0) != names.tap("01900000-aaaa-7000-8000-000000000002", 0)


def test_every_network_has_a_transfer_address_of_its_own() -> None:
    assert names.transfer4(1) == "100.64.0.1"
    assert names.transfer4(0x3FFFFF) == "100.127.255.255"
    assert names.transfer6(0x3FFFFF) == "fd63:7600::3f:ffff"


def test_a_link_local_address_follows_from_a_mac_address() -> None:
    assert str(names.link_local("02:00:00:00:00:01")) == "fe80::ff:fe00:1"
    assert str(names.link_local("52:54:00:12:34:56")) == "fe80::5054:ff:fe12:3456"
