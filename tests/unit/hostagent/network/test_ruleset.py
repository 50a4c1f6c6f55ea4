"""Commands of nft: what is written, what is left, and that nothing is written twice."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from hostagent.network.desired import ALL_TUNNELS, AddressGroup, Desired, Direction, Kind, Network, Port, Protocol, Rule
from hostagent.network.firewall.bridge_rules import bridge_table, group_set
from hostagent.network.firewall.routed_rules import host_table
from hostagent.network.firewall.ruleset import Chain, Found, Set, Table, Written, commands, elements_of, found_of

UID = "01900000-0000-7000-8000-0000000000aa"
PORT = Port(UID, 0, "02:00:00:00:00:01", IPv4Address("10.1.0.5"))
NETWORK = Network("n", 7, ipv4=IPv4Interface("10.1.0.1/24"), ports=(PORT,))


def as_written(table: Table) -> tuple[Found, Written]:
    """A host on which it was written, and that prints rules as it likes."""
    chains = {name: f"printed: {chain.rules}" for name, chain in table.chains.items()}
    found = Found(
        chains,
        {name: each.word for name, each in table.sets.items()},
        table.counters,
        {name: each.elements for name, each in table.sets.items() if not each.timeout_s},
    )
    return found, Written({name: (chain, chains[name]) for name, chain in table.chains.items()})


def test_what_is_as_written_is_not_written_again() -> None:
    table = bridge_table(Desired((NETWORK,)))
    assert commands(table, *as_written(table)) == ["add table bridge chronovisor"]


def test_another_agent_writes_all_rules_and_keeps_what_was_counted() -> None:
    table = bridge_table(Desired((NETWORK,)))
    found, _ = as_written(table)
    todo = commands(table, found, Written())
    assert sum(line.startswith("flush chain") for line in todo) == len(table.chains)
    assert not any(line.startswith(("delete", "add counter", "add set")) for line in todo)


def test_a_chain_that_somebody_changed_is_written_again() -> None:
    table = Table("bridge t", {"a": Chain(("accept",)), "b": Chain(("drop",))})
    found, written = as_written(table)
    found = replace(found, chains={**found.chains, "b": "printed: accept"})
    assert commands(table, found, written)[1:] == [
        "add chain bridge t b",
        "flush chain bridge t b",
        "add rule bridge t b drop",
    ]


def test_elements_are_changed_one_by_one() -> None:
    before = Table("bridge t", sets={"s": Set("ipv4_addr", frozenset({"10.0.0.1", "10.0.0.2"}))})
    found, written = as_written(before)
    after = Table("bridge t", sets={"s": Set("ipv4_addr", frozenset({"10.0.0.2", "10.0.0.3"}))})
    assert commands(after, found, written)[1:] == [
        "delete element bridge t s { 10.0.0.1 }",
        "add element bridge t s { 10.0.0.3 }",
    ]


def test_a_card_that_is_gone_takes_its_chains_along() -> None:
    found, written = as_written(bridge_table(Desired((NETWORK,))))
    todo = commands(bridge_table(Desired((replace(NETWORK, ports=()),))), found, written)
    tap = "cvt00000000aa0"
    # What leads there before what it leads to.
    assert todo.index(f'delete element bridge chronovisor from_guest {{ "{tap}" }}') < todo.index(
        f"delete chain bridge chronovisor from_{tap}"
    )
    assert f"delete counter bridge chronovisor refused_{tap}" in todo
    assert f"delete set bridge chronovisor u4_{tap}" in todo


def test_elements_are_read_in_the_words_that_they_are_written_in() -> None:
    listed: list[dict[str, Any]] = [
        {"metainfo": {}},
        {"map": {"name": "m", "elem": [["cvt1", {"goto": {"target": "to_cvt1"}}]]}},
        {"set": {"name": "s", "elem": ["10.0.0.1", {"prefix": {"addr": "10.1.0.0", "len": 16}}]}},
    ]
    assert elements_of(listed) == {'"cvt1" : goto to_cvt1', "10.0.0.1", "10.1.0.0/16"}


def test_a_listing_is_read_by_chains() -> None:
    listed = [
        {"chain": {"name": "a", "handle": 1}},
        {"rule": {"chain": "a", "handle": 2, "expr": [{"accept": None}]}},
        {"counter": {"name": "c", "packets": 4}},
        {"set": {"name": "s"}},
    ]
    found = found_of(listed)
    assert list(found.chains) == ["a"]
    assert "accept" in found.chains["a"]
    assert (found.counters, found.sets) == ({"c"}, {"s": "set"})
    # Handles change whenever it is written.
    again = [{"chain": {"name": "a", "handle": 9}}, {"rule": {"chain": "a", "handle": 8, "expr": [{"accept": None}]}}]
    assert found_of(again).chains == found.chains


def rules_of(port: Port, network: Network = NETWORK, way: str = "to") -> tuple[str, ...]:
    table = bridge_table(Desired((replace(network, ports=(port,)),)))
    return table.chains[f"{way}_cvt00000000aa0"].rules


def test_a_rule_becomes_what_it_says() -> None:
    group = "01900000-0000-7000-8000-00000000bbbb"
    port = replace(
        PORT,
        rules=(
            Rule(protocol=Protocol.TCP, first_port=80, remote="10.0.0.0/8"),
            Rule(protocol=Protocol.UDP, first_port=50, last_port=60, group=group),
            Rule(protocol=Protocol.ICMP, remote="fd00::/8"),
        ),
    )
    found = rules_of(port)
    assert "ip saddr 10.0.0.0/8 tcp dport 80 accept" in found
    assert not any("ip6 saddr 10" in rule for rule in found)
    for version, ip in ((4, "ip"), (6, "ip6")):
        assert f"{ip} saddr @{group_set(group, version)} udp dport 50-60 accept" in found
    assert "ip6 saddr fd00::/8 icmpv6 type echo-request accept" in found


def test_all_may_be_sent_until_a_rule_is_for_it() -> None:
    assert rules_of(PORT, way="from")[-1] == "accept"
    limited = rules_of(replace(PORT, rules=(Rule(Direction.EGRESS, Protocol.TCP, 443, 443),)), way="from")
    assert "ether type ip tcp dport 443 accept" in limited
    assert limited[-1].endswith("drop")


def test_on_a_network_of_the_site_a_guest_without_an_address_may_have_any() -> None:
    bridged = replace(NETWORK, kind=Kind.BRIDGED, ipv4=None)
    free = rules_of(replace(PORT, ipv4=None), bridged, "from")
    assert not any(rule.startswith("ip saddr !=") for rule in free)
    assert any("ether saddr != 02:00:00:00:00:01" in rule for rule in free)
    bound = rules_of(PORT, bridged, "from")
    assert any(rule.startswith("ip saddr != 10.1.0.5") for rule in bound)


def test_a_group_that_has_not_come_is_empty() -> None:
    group = "01900000-0000-7000-8000-00000000bbbb"
    network = replace(NETWORK, ports=(replace(PORT, rules=(Rule(group=group),)),))
    assert bridge_table(Desired((network,))).sets[group_set(group, 4)].elements == frozenset()
    members = AddressGroup(group, frozenset({IPv4Address("10.1.0.9")}))
    assert bridge_table(Desired((network,), (members,))).sets[group_set(group, 4)].elements == {"10.1.0.9"}


def test_what_guests_are_kept_from_is_without_overlaps() -> None:
    denied = ("10.0.0.0/8", "10.1.0.0/16", "192.0.2.7", "fd00::/8", "fd00::1")
    sets = host_table(Desired((NETWORK,), denied=denied)).sets
    assert {"10.0.0.0/8", "192.0.2.7"} <= sets["denied4"].elements
    assert "10.1.0.0/16" not in sets["denied4"].elements
    assert "fd00::1" not in sets["denied6"].elements


def test_guests_are_kept_from_the_tunnels_of_all_hosts() -> None:
    everywhere = AddressGroup(ALL_TUNNELS, frozenset((IPv4Address("10.9.0.1"), IPv4Address("10.9.0.7"))))
    sets = host_table(Desired((NETWORK,), (everywhere,))).sets
    assert {"10.9.0.1", "10.9.0.7"} <= sets["denied4"].elements
