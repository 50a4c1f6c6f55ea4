"""Ways over networks: which there are, by the networks' kinds, and what is decided at each end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.network.aggregate import Connection, Network, NetworkKind, NetworkTerms
from controlplane.domain.network.ways import Basis, End, way
from controlplane.domain.resources import Resources
from controlplane.domain.security_group.aggregate import Direction, GroupTerms, IpProtocol, Rule, SecurityGroup
from controlplane.domain.security_group.reach import Flow, Side, enters, leaves, openings
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Spec, Vm

HTTP, ALL = Flow(IpProtocol.TCP, 80), Flow(IpProtocol.ANY)
NAT, ISOLATED, BRIDGED, USER = NetworkKind


def group(name: str, *rules: Rule) -> SecurityGroup:
    return SecurityGroup(
        f"uid-{name}", f"projects/p/securityGroups/{name}", "uid-p", GroupTerms(rules), Micros(1), Micros(1)
    )


OPEN, SHUT = group("open", Rule()), group("shut")


def network(kind: NetworkKind, name: str = "web") -> Network:
    connection = Connection(kind, ipv4_cidr="10.1.0.0/24")
    return Network(
        f"uid-{name}", f"projects/p/networks/{name}", "uid-p", connection, 1, NetworkTerms(), Micros(1), Micros(1)
    )


def card(name: str, address: str, on: Network, *groups: SecurityGroup) -> End:
    vm = Vm(f"uid-{name}", f"projects/p/vms/{name}", "uid-p", Spec(Resources(1, 64)), (), Micros(1), Micros(1), 1)
    return End(Side((address,) if address else (), groups), vm, on)


def outside(address: str) -> End:
    return End(Side((address,)))


@pytest.mark.parametrize(
    ("kind", "between_cards", "out", "comes_in", "within"),
    [
        (NAT, True, True, False, True),
        (ISOLATED, True, False, False, True),
        (BRIDGED, True, True, True, True),
        (USER, False, False, False, False),
    ],
)
def test_which_ways_there_are(kind: NetworkKind, between_cards: bool, out: bool, comes_in: bool, within: bool) -> None:
    web = network(kind)
    one, other = card("a", "10.1.0.2", web, OPEN), card("b", "10.1.0.3", web, OPEN)
    internet, part = outside("192.0.2.0/24"), outside("10.1.0.64/26")
    expected = ((one, other, between_cards), (one, internet, out), (internet, one, comes_in), (part, one, within))
    for source, destination, passes in expected:
        found = way(source, destination, HTTP)
        assert found is not None
        assert found.passes is passes
        if not passes:
            refusing = found.leaving if source is internet or source is part else found.entering
            assert refusing.basis is Basis.NO_WAY


def test_what_decides_at_each_end() -> None:
    web = network(NAT)
    free, shut = card("a", "10.1.0.2", web), card("b", "10.1.0.3", web, SHUT)
    found = way(free, shut, HTTP)
    assert found is not None
    assert (found.leaving.basis, found.entering.basis) == (Basis.FREE_EGRESS, Basis.NO_RULE)
    found = way(shut, card("c", "10.1.0.4", web, SHUT, OPEN), ALL)
    assert found is not None
    assert found.passes
    assert found.entering.by is not None
    assert (found.entering.basis, found.entering.by.group, found.entering.by.place) == (Basis.RULE, OPEN, 0)


def test_there_is_no_way_between_networks_but_those_of_one_site() -> None:
    one, other = network(NAT, "one"), network(NAT, "other")
    assert way(card("a", "10.1.0.2", one, OPEN), card("b", "10.1.0.3", other, OPEN), HTTP) is None
    one, other = network(BRIDGED, "one"), network(BRIDGED, "other")
    found = way(card("a", "10.1.0.2", one, OPEN), card("b", "10.1.0.3", other, OPEN), HTTP)
    assert found is not None
    assert found.passes


def test_there_is_no_way_from_one_version_of_ip_to_the_other() -> None:
    web = network(NAT)
    assert way(card("a", "10.1.0.2", web, OPEN), card("b", "fd00::3", web, OPEN), HTTP) is None


def test_of_a_card_without_known_addresses_only_rules_about_anyone_are_known() -> None:
    site, clients = network(BRIDGED), group("clients")
    unknown = card("a", "", site, clients)
    for_group, for_all = group("g", Rule(remote_group_uid="uid-clients")), group("all", Rule())
    for destination, passes in ((for_group, False), (for_all, True)):
        found = way(unknown, card("b", "10.1.0.3", site, destination), HTTP)
        assert found is not None
        assert found.passes is passes


def test_all_of_a_prefix_is_allowed_by_one_rule_or_it_is_not() -> None:
    half = group("half", Rule(remote_cidr="192.0.2.0/25"))
    site = network(BRIDGED)
    for prefix, passes in (("192.0.2.0/26", True), ("192.0.2.0/25", True), ("192.0.2.0/24", False), ("::/0", False)):
        found = way(outside(prefix), card("b", "10.1.0.3", site, half), HTTP)
        assert (found is not None and found.passes) is passes


ports = st.sampled_from([(0, 0), (80, 0), (80, 80), (70, 90), (1, 65535), (81, 99)])
protocols = st.sampled_from(list(IpProtocol))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    protocol = draw(protocols)
    first, last = draw(ports) if protocol in (IpProtocol.TCP, IpProtocol.UDP) else (0, 0)
    remote = draw(st.sampled_from(["", "10.1.0.0/24", "10.1.0.2/32", "10.9.0.0/16"]))
    named = "" if remote else draw(st.sampled_from(["", "uid-a", "uid-b"]))
    return Rule(draw(st.sampled_from(Direction)), protocol, first, last, remote, remote_group_uid=named)


groups = st.lists(rules(), max_size=4).map(tuple)


@given(groups, groups, protocols, st.sampled_from([0, 1, 75, 80, 85, 90, 99]))
def test_openings_are_what_passes(
    of_source: tuple[Rule, ...], of_destination: tuple[Rule, ...], protocol: IpProtocol, port: int
) -> None:
    source = Side(("10.1.0.2",), (group("a", *of_source),))
    destination = Side(("10.1.0.3",), (group("b", *of_destination),))
    flow = Flow(protocol, port if protocol in (IpProtocol.TCP, IpProtocol.UDP) else 0)
    passes = leaves(source, destination, flow).passes and enters(source, destination, flow).passes
    assert any(opening.has(flow) for opening in openings(source, destination)) is passes
