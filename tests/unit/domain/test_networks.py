"""Networks and security groups: their states, and what is recorded and refused of them."""

import itertools
from typing import Any

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import WrongState
from controlplane.domain.network import aggregate as networks
from controlplane.domain.network import states as network_states
from controlplane.domain.network.aggregate import Connection, Network, NetworkKind, NetworkTerms
from controlplane.domain.network.errors import NetworkInUse
from controlplane.domain.network.states import NetworkState, NetworkVerb
from controlplane.domain.payloads import PAYLOAD_FIELD
from controlplane.domain.security_group import aggregate as groups
from controlplane.domain.security_group import states as group_states
from controlplane.domain.security_group.aggregate import Direction, GroupTerms, IpProtocol, Rule, SecurityGroup
from controlplane.domain.security_group.errors import SecurityGroupInUse
from controlplane.domain.security_group.states import GroupState, GroupVerb
from controlplane.domain.time import SECOND, Micros, timestamp_of

CONNECTION = Connection(NetworkKind.BRIDGED, "10.1.0.0/24", "fd00::/64", "10.1.0.1", "fd00::1", 1500, "br0", 12)
TERMS = NetworkTerms(("10.1.0.2-10.1.0.9",), "web", (("tier", "web"),))
GROUP = "projects/shop/securityGroups/web"
RULES = (
    Rule(Direction.INGRESS, IpProtocol.TCP, 80, 443, "10.0.0.0/8", description="http"),
    Rule(Direction.EGRESS, remote_group=GROUP, remote_group_uid="g"),
)


def network(state: NetworkState = NetworkState.ACTIVE) -> Network:
    return Network("n", "projects/shop/networks/web", "p", CONNECTION, 7, TERMS, Micros(1), Micros(1), state=state)


def group(state: GroupState = GroupState.ACTIVE) -> SecurityGroup:
    return SecurityGroup("g", GROUP, "p", GroupTerms(RULES), Micros(1), Micros(1), state=state)


def event_of(payload: Message) -> ev.Event:
    event = ev.Event(commit_time=timestamp_of(2 * SECOND))
    getattr(event, PAYLOAD_FIELD[type(payload)]).CopyFrom(payload)
    return event


def refusal_or_events(decide: Any) -> Any:
    try:
        return decide()
    except WrongState as refused:
        return refused


@pytest.mark.parametrize(
    ("state", "verb"), list(itertools.product(NetworkState, NetworkVerb)), ids=lambda each: each.name
)
def test_every_pair_of_a_networks_table_is_an_edge_or_a_refusal(state: NetworkState, verb: NetworkVerb) -> None:
    decide = {
        NetworkVerb.UPDATE: lambda: networks.decide_update(network(state), NetworkTerms()),
        NetworkVerb.DELETE: lambda: networks.decide_delete(network(state), 0),
    }[verb]
    found = refusal_or_events(decide)
    if (state, verb) in network_states.TRANSITIONS:
        (event,) = found
        after = networks.evolve(network(state), event_of(event), 2)
        assert after.state is network_states.TRANSITIONS[state, verb]
        assert (after.version, after.updated) == (2, 2 * SECOND)
    else:
        assert list(found.allowed) == network_states.allowed_commands(state) == []


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(GroupState, GroupVerb)), ids=lambda each: each.name)
def test_every_pair_of_a_groups_table_is_an_edge_or_a_refusal(state: GroupState, verb: GroupVerb) -> None:
    decide = {
        GroupVerb.UPDATE: lambda: groups.decide_update(group(state), GroupTerms()),
        GroupVerb.DELETE: lambda: groups.decide_delete(group(state), 0, 0),
    }[verb]
    found = refusal_or_events(decide)
    if (state, verb) in group_states.TRANSITIONS:
        (event,) = found
        assert groups.evolve(group(state), event_of(event), 2).state is group_states.TRANSITIONS[state, verb]
    else:
        assert list(found.allowed) == group_states.allowed_commands(state) == []


def test_all_of_a_network_is_in_its_first_event() -> None:
    (created,) = networks.decide_create("n", "projects/shop/networks/web", "p", CONNECTION, 7, TERMS)
    made = networks.evolve(None, event_of(created), 1)
    assert made == network()._replace(created=Micros(2 * SECOND), updated=Micros(2 * SECOND))
    assert (made.project, made.dns_domain) == ("projects/shop", "web.shop.internal")


def test_all_of_a_group_is_in_its_first_event() -> None:
    terms = GroupTerms(RULES, "web", (("tier", "web"),))
    (created,) = groups.decide_create("g", GROUP, "p", terms)
    made = groups.evolve(None, event_of(created), 1)
    assert (made.terms, made.project, made.remote_groups) == (terms, "projects/shop", {"g"})


def test_what_is_so_already_is_no_event() -> None:
    assert networks.decide_update(network(), TERMS) == []
    assert groups.decide_update(group(), GroupTerms(RULES)) == []


def test_what_is_in_use_is_not_deleted() -> None:
    with pytest.raises(NetworkInUse, match="2 VMs have a card on it"):
        networks.decide_delete(network(), 2)
    for vms, others in ((1, 0), (0, 1)):
        with pytest.raises(SecurityGroupInUse, match=f"{vms} VMs, and rules of {others} other groups"):
            groups.decide_delete(group(), vms, others)


@pytest.mark.parametrize(
    ("connection", "trait"),
    [
        (Connection(NetworkKind.NAT), "network.vxlan"),
        (Connection(NetworkKind.ISOLATED), "network.vxlan"),
        (Connection(NetworkKind.BRIDGED, bridge="br-lan"), "network.bridge.br-lan"),
        (Connection(NetworkKind.USER), "network.user"),
    ],
)
def test_each_kind_needs_something_of_a_host(connection: Connection, trait: str) -> None:
    assert connection.trait == trait
