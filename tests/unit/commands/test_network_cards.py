"""The network cards of VMs: what they hold, from when until when, and what is refused."""

from dataclasses import replace

import pytest
from google.protobuf.message import Message

from controlplane.commands.batch import Batch
from controlplane.commands.guests import Action, ReconcileHost, ReportGuests
from controlplane.commands.host import RegisterHost
from controlplane.commands.vm import Definition, UpdateVm
from controlplane.domain.errors import BatchItemRefused, InvalidField, WrongState
from controlplane.domain.history import Fork, Lineage
from controlplane.domain.host.aggregate import Platform
from controlplane.domain.host.unexpected_guests import UnexpectedGuest
from controlplane.domain.network.addresses import card_number, mac_address
from controlplane.domain.network.aggregate import Connection, NetworkKind, NetworkTerms
from controlplane.domain.network.aggregate import decide_create as network_created
from controlplane.domain.network.errors import AddressesExhausted, AddressInUse
from controlplane.domain.resource_kinds import NETWORKS, SECURITY_GROUPS
from controlplane.domain.security_group.aggregate import GroupTerms
from controlplane.domain.security_group.aggregate import decide_create as group_created
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.domain.vm.interfaces import Card, Interface, PublishedPort
from controlplane.domain.vm.states import Verb
from tests.support.controlplane import (
    ABSENT,
    NOW,
    PROJECT,
    PROJECT_UID,
    RUNNING,
    SHUTOFF,
    World,
    contents,
    create,
    inventory,
    spec,
)

NETWORK = f"{PROJECT}/networks/web"
GROUP = f"{PROJECT}/securityGroups/ssh"


def world(cidr: str = "10.1.0.0/24", *reserved: str, ipv6: str = "") -> World:
    """The network `web`, the security group `ssh`, and a host for 32 VMs on it."""
    found = World()
    found.project()
    host = RegisterHost(
        "uid-node-1",
        "hosts/node-1",
        inventory(vcpus=64, memory_mib=1 << 16, disk_gib=1000),
        Platform("x86_64", "test", "none", "simulated", "1", frozenset({"*"})),
        "",
        {},
        traits=frozenset({"network.vxlan"}),
    )
    found.carry_out(host)
    gateway = cidr.partition("/")[0].rpartition(".")[0] + ".1"
    add_network(found, "web", Connection(ipv4_cidr=cidr, ipv4_gateway=gateway, ipv6_cidr=ipv6), *reserved)
    group = group_created("uid-ssh", GROUP, PROJECT_UID, GroupTerms())
    found.decide(lambda unit: unit.record(SECURITY_GROUPS.stream("uid-ssh"), group))
    return found


def add_network(found: World, name: str, connection: Connection, *reserved: str) -> None:
    def record(unit: UnitOfWork) -> None:
        number, terms = unit.fleet.next_number("networks"), NetworkTerms(reserved)
        identity = (f"uid-{name}", f"{PROJECT}/networks/{name}", PROJECT_UID)
        created: list[Message] = network_created(*identity, connection, number, terms)
        unit.record(NETWORKS.stream(f"uid-{name}"), created)

    found.decide(record)


def on(*interfaces: Interface) -> Spec:
    return replace(spec(vcpus=1, memory_mib=64, disk_gib=1), interfaces=interfaces)


WEB = Interface(NETWORK, "")
FORK = Fork("later", 1, 1 << 40, NOW)


def run(found: World, name: str, *interfaces: Interface) -> Vm:
    found.create(name, on(*(interfaces or (WEB,))), start=True)
    found.report(RUNNING, name)
    return found.vm(name)


def stop(found: World, name: str) -> None:
    found.ask(Verb.STOP, name)
    found.report(SHUTOFF, name)


def destroy(found: World, name: str) -> None:
    found.ask(Verb.DELETE, name)
    found.report(ABSENT, name)


def ipv4(vm: Vm) -> list[str]:
    return [card.ipv4_address for card in vm.cards]


def change(found: World, name: str, spec: Spec) -> None:
    found.carry_out(UpdateVm(f"{PROJECT}/vms/{name}", "", lambda _: Definition(spec)))


def test_a_created_vm_holds_no_address() -> None:
    found = world()
    found.create("a", on(WEB))
    assert found.vm("a").cards == ()
    assert found.fleet.held_addresses("uid-web") == 0


def test_a_start_and_its_address_are_one_event() -> None:
    found = world()
    found.create("a", on(WEB))
    since = len(found.history)
    found.ask(Verb.START, "a")
    assert found.kinds(since) == ["vm_start_requested", "capacity_held"]
    assert found.vm("a").cards == (Card(0, "uid-web", "02:00:00:00:00:01", "10.1.0.2"),)
    assert found.fleet.holder("uid-web", "10.1.0.2") == "uid-a"


def test_a_stopped_vm_keeps_its_address_and_mac() -> None:
    found = world()
    before = run(found, "a").cards
    stop(found, "a")
    assert run_again(found, "a").cards == before


def run_again(found: World, name: str) -> Vm:
    found.ask(Verb.START, name)
    found.report(RUNNING, name)
    return found.vm(name)


def test_a_destroyed_vm_releases_its_address_but_its_mac_is_never_given_again() -> None:
    found = world("10.1.0.0/30")
    run(found, "a")
    destroy(found, "a")
    assert found.fleet.holder("uid-web", "10.1.0.2") == ""
    after = run(found, "a")
    assert after.cards == (Card(0, "uid-web", "02:00:00:00:00:02", "10.1.0.2"),)


def test_addresses_are_not_given_twice_and_an_exhausted_network_refuses_a_start_whole() -> None:
    found = world("10.1.0.0/29", "10.1.0.6")
    given = [address for name in "abcd" for address in ipv4(run(found, name))]
    assert given == ["10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5"]
    before = contents(found.fleet)
    with pytest.raises(AddressesExhausted) as refused:
        found.create("e", on(WEB), start=True)
    assert (refused.value.network, refused.value.held) == (NETWORK, 4)
    assert contents(found.fleet) == before
    destroy(found, "b")
    assert ipv4(run(found, "e")) == ["10.1.0.3"]


def test_a_released_address_is_given_again_last() -> None:
    found = world("10.1.0.0/29")
    run(found, "a")
    destroy(found, "a")
    assert [ipv4(run(found, name)) for name in "bcdef"] == [[f"10.1.0.{last}"] for last in (3, 4, 5, 6, 2)]


def test_a_fixed_address_may_be_reserved_and_is_one_vms() -> None:
    found = world("10.1.0.0/24", "10.1.0.0/28")
    assert ipv4(run(found, "a", WEB._replace(ipv4_address="10.1.0.5"))) == ["10.1.0.5"]
    assert ipv4(run(found, "b")) == ["10.1.0.16"]
    with pytest.raises(AddressInUse) as refused:
        found.create("c", on(WEB._replace(ipv4_address="10.1.0.5")))
    assert (refused.value.address, refused.value.holder) == ("10.1.0.5", f"{PROJECT}/vms/a")
    assert found.vm_is_gone("c")


def test_a_fixed_address_that_was_taken_since_the_create_refuses_the_start() -> None:
    found = world()
    found.create("late", on(WEB._replace(ipv4_address="10.1.0.2")))
    run(found, "early")
    with pytest.raises(AddressInUse):
        found.ask(Verb.START, "late")
    destroy(found, "early")
    assert ipv4(run_again(found, "late")) == ["10.1.0.2"]


@pytest.mark.parametrize(
    ("interface", "field", "rule"),
    [
        (Interface(f"{PROJECT}/networks/none", ""), "network", "there is no projects/default/networks/none"),
        (WEB._replace(ipv4_address="10.2.0.5"), "ipv4_address", "must be an address of a VM in 10.1.0.0/24"),
        (WEB._replace(ipv4_address="10.1.0.255"), "ipv4_address", "must be an address of a VM in 10.1.0.0/24"),
        (WEB._replace(ipv4_address="10.1.0.1"), "ipv4_address", "10.1.0.1 is the gateway"),
        (WEB._replace(ipv6_address="fd00::5"), "ipv6_address", "has no IPv6"),
        (
            WEB._replace(security_groups=(GROUP, "projects/default/securityGroups/x")),
            "security_groups[1]",
            "there is no",
        ),
    ],
)
def test_what_a_spec_names_must_be_there(interface: Interface, field: str, rule: str) -> None:
    found = world()
    with pytest.raises(InvalidField) as refused:
        found.create("a", on(interface))
    (violation,) = refused.value.violations
    assert violation.field == f"vm.spec.network_interfaces[0].{field}"
    assert violation.rule.startswith(rule) or rule in violation.rule


def test_both_versions_of_ip_and_several_cards_are_held_together() -> None:
    found = world(ipv6="fd00::/64")
    add_network(found, "db", Connection(ipv4_cidr="10.2.0.0/24"))
    vm = run(found, "a", WEB, Interface(f"{PROJECT}/networks/db", ""))
    assert vm.cards == (
        Card(0, "uid-web", "02:00:00:00:00:01", "10.1.0.2", "fd00::1"),
        Card(1, "uid-db", "02:00:00:00:00:02", "10.2.0.1"),
    )


def test_a_card_that_is_taken_off_releases_its_addresses_and_the_others_keep_theirs() -> None:
    found = world()
    add_network(found, "db", Connection(ipv4_cidr="10.2.0.0/24"))
    database = Interface(f"{PROJECT}/networks/db", "")
    first, _ = run(found, "a", WEB, database).cards
    with pytest.raises(WrongState):
        change(found, "a", on(WEB))
    stop(found, "a")
    change(found, "a", on(WEB))
    assert found.vm("a").cards == (first,)
    assert found.fleet.holder("uid-db", "10.2.0.1") == ""
    change(found, "a", on(WEB, database))
    after = run_again(found, "a").cards
    assert after[0] == first
    assert card_number(after[1].mac_address) == 3


def test_who_reaches_a_card_can_be_changed_while_it_runs() -> None:
    found = world()
    before = run(found, "a").cards
    open_to = WEB._replace(security_groups=(GROUP,), published_ports=(PublishedPort(2222, 22, 1),))
    change(found, "a", on(open_to))
    vm = found.vm("a")
    assert vm.cards == before
    assert vm.spec.interfaces[0].security_group_uids == ("uid-ssh",)


def test_a_host_without_networks_is_turned_down() -> None:
    found = world()
    add_network(found, "site", Connection(NetworkKind.BRIDGED, bridge="br0"))
    with pytest.raises(InvalidField, match=r"no host has the trait 'network.bridge.br0'"):
        found.create("a", on(Interface(f"{PROJECT}/networks/site", "")))


def test_a_batch_gives_each_vm_another_address_and_a_refused_item_leaves_none() -> None:
    found = world("10.1.0.0/29")
    too_large = replace(on(WEB), resources=spec(vcpus=1000).resources)
    items = (
        create("a", on(WEB), start=True),
        create("b", too_large, start=True),
        create("c", on(WEB), start=True),
    )
    found.carry_out(Batch(items, allow_partial=True))
    assert found.vm_is_gone("b")
    assert found.fleet.held_addresses("uid-web") == 2
    assert {*ipv4(found.vm("a")), *ipv4(found.vm("c"))} == {"10.1.0.2", "10.1.0.3"}
    with pytest.raises(BatchItemRefused):
        found.carry_out(Batch((create("d", on(WEB), start=True), create("e", too_large, start=True))))
    assert found.fleet.held_addresses("uid-web") == 2


def test_a_fleet_of_what_was_captured_knows_who_holds_what() -> None:
    found = world()
    run(found, "a")
    other = World()
    other.fleet.restore(found.fleet.captured(1, found.now))
    assert other.fleet.is_settled
    assert other.fleet.holder("uid-web", "10.1.0.2") == "uid-a"
    other.create("b", on(WEB), start=True)
    assert other.vm("b").cards == (Card(0, "uid-web", "02:00:00:00:00:02", "10.1.0.3"),)


def adopted(found: World, made: Card, name: str = "web") -> Vm:
    """It never started as far as the ledger knows, and its guest has this card."""
    uid = f"uid-{name}"
    found.create(name, on(WEB))
    seen = UnexpectedGuest(uid, 7, RUNNING, cards=(made,))
    found.carry_out(ReportGuests("uid-node-1", {uid: seen}, is_inventory=True))
    found.carry_out(ReconcileHost("hosts/node-1", Action.ADOPT, uid))
    return found.vm(name)


def card(address: str = "10.1.0.9", number: int = 1, network: str = "uid-web", place: int = 0) -> Card:
    return Card(place, network, mac_address(number), address)


def restored() -> World:
    found = world()
    found.fleet.lineage = Lineage(forks=(FORK,))
    return found


def test_an_adopted_guest_has_the_card_that_it_was_made_with() -> None:
    found = restored()
    assert adopted(found, card(number=5)).cards == (card(number=5),)
    assert found.fleet.holder("uid-web", "10.1.0.9") == "uid-web"
    assert run(found, "other").cards[0].mac_address != card(number=5).mac_address


@pytest.mark.parametrize(
    "made",
    [
        card("10.1.0.1"),
        card("10.1.0.255"),
        card("10.9.0.9"),
        card(""),
        card(network="uid-gone"),
        card(place=1),
        # A number that this history is to give yet.
        card(number=1 << 39),
        card(number=0),
    ],
)
def test_a_card_that_the_ledger_cannot_have_given_is_not_adopted(made: Card) -> None:
    assert adopted(restored(), made).cards == ()


def test_what_another_vm_holds_by_now_is_not_adopted() -> None:
    found = restored()
    other = run(found, "other").cards[0]
    assert adopted(found, other).cards == ()
    # Its MAC address alone.
    assert adopted(found, other._replace(ipv4_address="10.1.0.77"), "again").cards == ()
