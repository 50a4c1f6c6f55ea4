"""What agents are sent of their hosts' networks: whose guests need what, who reaches whom, and when it is sent anew."""

from dataclasses import replace
from uuid import UUID

import pytest

from controlplane.commands.vm import Definition, ReportVm, UpdateVm
from controlplane.domain.network.aggregate import Connection, NetworkKind
from controlplane.domain.security_group.aggregate import Direction, IpProtocol, Rule
from controlplane.domain.vm.aggregate import Observed
from controlplane.domain.vm.interfaces import Interface, PublishedPort
from controlplane.domain.vm.machine import FirstBoot
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import Verb
from controlplane.rpc.agent.network_desires import EVERY_S
from tests.support.controlplane import ABSENT, PAUSED, PROJECT, RUNNING, SHUTOFF
from tests.support.networks import Link, Site, add_group, add_host, add_network, on, set_rules, with_cards

WEB = Connection(NetworkKind.ISOLATED, ipv4_cidr="10.1.0.0/24", ipv4_gateway="10.1.0.1")
SSH = Rule(Direction.INGRESS, IpProtocol.TCP, 22, 22)


@pytest.fixture
def site() -> Site:
    """Hosts `h1` and `h2`, each with room for one VM, and a network `web`."""
    site = Site()
    for number in (1, 2):
        add_host(site.world, f"h{number}", f"10.9.0.{number}", amount=1)
    add_network(site.world, "web", WEB)
    return site


def run(site: Site, name: str, *interfaces: Interface) -> str:
    """A VM that runs, whichever host has room. Returns that host's name."""
    site.world.create(name, with_cards(*(interfaces or (on("web"),))), start=True)
    site.world.report(RUNNING, name)
    site.publish()
    return site.world.vm(name).host.removeprefix("hosts/")


def connected(site: Site) -> tuple[Link, Link]:
    links = (site.connect("h1"), site.connect("h2"))
    for link in links:
        link.take()
    return links


def by_name(site: Site) -> dict[str, Link]:
    connected(site)
    return site.links


def destroy(site: Site, name: str) -> None:
    site.world.ask(Verb.DELETE, name)
    site.world.report(ABSENT, name)
    site.publish()


def test_a_host_without_guests_on_networks_is_sent_that_it_needs_none(site: Site) -> None:
    (message,) = site.connect("h1").take()
    assert message.WhichOneof("message") == "desired_networks"
    assert not message.desired_networks.networks


def test_a_host_that_can_have_no_networks_is_sent_nothing(site: Site) -> None:
    site.world.host("h3")
    assert not site.connect("h3").take()


def test_each_host_has_the_ports_of_its_own_guests_and_all_neighbours(site: Site) -> None:
    here, there = run(site, "a"), run(site, "b")
    assert {here, there} == {"h1", "h2"}
    for link, host, other in zip(connected(site), ("h1", "h2"), ("h2", "h1"), strict=True):
        network = link.networks["uid-web"]
        assert (network.vni, network.ipv4_gateway, network.dns_domain) == (1, "10.1.0.1", "web.default.internal")
        assert network.gateway_mac_address == "06:00:00:00:00:01"
        name = "a" if here == host else "b"
        card = site.world.vm(name).cards[0]
        (port,) = network.ports
        assert (port.vm_uid, port.mac_address, port.hostname) == (f"uid-{name}", card.mac_address, name)
        tunnels = {each.hostname: each.tunnel_address for each in network.neighbours}
        assert tunnels == {name: "", ({"a", "b"} - {name}).pop(): f"10.9.0.{other[1]}"}


def test_a_guest_that_comes_is_a_neighbour_on_all_hosts_of_its_network(site: Site) -> None:
    run(site, "a")
    one, two = connected(site)
    before = max(link.networks["uid-web"].version for link in (one, two) if link.networks)
    run(site, "b")
    site.wait(EVERY_S)
    for link in (one, two):
        link.take()
        assert {each.hostname for each in link.networks["uid-web"].neighbours} == {"a", "b"}
        assert link.networks["uid-web"].version > before


def test_a_network_that_no_guest_of_the_host_has_a_card_on_any_more_is_sent_absent(site: Site) -> None:
    host = run(site, "a")
    links = by_name(site)
    destroy(site, "a")
    site.wait(EVERY_S)
    (message,) = links[host].take()
    assert (message.desired_network.absent, message.desired_network.vni) == (True, 1)
    site.wait(EVERY_S)
    assert not links[host].take()
    assert not links["h1"].take()


def test_what_does_not_concern_networks_is_not_sent(site: Site) -> None:
    run(site, "a")
    one, two = connected(site)
    site.world.create("plain", replace(with_cards(), interfaces=()), start=True)
    for verb, state in ((Verb.PAUSE, PAUSED), (Verb.RESUME, RUNNING)):
        site.world.ask(verb, "a")
        site.world.report(state, "a")
    site.publish()
    assert not one.take()
    assert not two.take()


def test_rules_of_a_group_reach_the_hosts_of_its_members_alone(site: Site) -> None:
    add_group(site.world, "ssh", SSH)
    host = run(site, "a", on("web", "ssh"))
    run(site, "b")
    links = by_name(site)
    (rule,) = links[host].networks["uid-web"].ports[0].rules
    assert (rule.first_port, rule.last_port, rule.direction, rule.protocol) == (22, 22, 1, 1)
    set_rules(site.world, "ssh", SSH._replace(remote_cidr="10.1.0.7/32"))
    site.publish()
    site.wait(EVERY_S)
    assert not links[({"h1", "h2"} - {host}).pop()].take()
    links[host].take()
    assert [each.remote_cidr for each in links[host].networks["uid-web"].ports[0].rules] == ["10.1.0.7/32"]


def test_a_rule_that_names_a_group_comes_after_the_addresses_of_its_members(site: Site) -> None:
    add_group(site.world, "front")
    add_group(site.world, "back")
    host = run(site, "db", on("web", "back"))
    link = by_name(site)[host]
    assert not link.groups
    set_rules(site.world, "back", Rule(remote_group=f"{PROJECT}/securityGroups/front", remote_group_uid="uid-front"))
    site.publish()
    site.wait(EVERY_S)
    sent = [message.WhichOneof("message") for message in link.take()]
    assert sent == ["desired_address_group", "desired_network"]
    (uid,) = link.groups
    assert link.networks["uid-web"].ports[0].rules[0].remote_group_uid == uid
    run(site, "app", on("web", "front"))
    site.wait(EVERY_S)
    link.take()
    assert list(link.groups[uid].addresses) == [site.world.vm("app").cards[0].ipv4_address]
    set_rules(site.world, "back")
    site.publish()
    site.wait(EVERY_S)
    link.take()
    assert not link.groups


def test_members_on_another_network_with_the_same_addresses_are_not_meant(site: Site) -> None:
    """Whoever has such an address here may be anybody."""
    add_network(site.world, "other", WEB)
    add_group(site.world, "all", Rule(remote_group=f"{PROJECT}/securityGroups/all", remote_group_uid="uid-all"))
    host = run(site, "a", on("web", "all"))
    run(site, "b", on("other", "all"))
    link = by_name(site)[host]
    (group,) = link.groups.values()
    assert list(group.addresses) == [site.world.vm("a").cards[0].ipv4_address]


def test_a_vm_that_enters_a_group_while_it_runs_is_a_member_at_once(site: Site) -> None:
    add_group(site.world, "ssh", SSH)
    host = run(site, "a")
    link = by_name(site)[host]
    site.wait(EVERY_S)
    changed = Definition(with_cards(on("web", "ssh")))
    site.world.carry_out(UpdateVm(f"{PROJECT}/vms/a", "", lambda _: changed))
    site.publish()
    link.take()
    assert len(link.networks["uid-web"].ports[0].rules) == 1


def test_of_what_changes_again_and_again_a_few_messages_a_second_are_sent(site: Site) -> None:
    add_group(site.world, "ssh", SSH)
    host = run(site, "a", on("web", "ssh"))
    link = by_name(site)[host]
    site.wait(EVERY_S)
    sent = 0
    for port in range(1000, 1100):
        set_rules(site.world, "ssh", SSH._replace(first_port=port, last_port=port))
        site.publish()
        sent += len(link.take())
        site.wait(0.01)
    assert sent <= 1 + 1.0 / EVERY_S
    site.wait(EVERY_S)
    link.take()
    assert link.networks["uid-web"].ports[0].rules[0].first_port == 1099


def test_a_network_goes_before_its_guest_however_lately_it_was_sent(site: Site) -> None:
    add_host(site.world, "h1", "10.9.0.1", amount=8)
    host = run(site, "a")
    link = by_name(site)[host]
    run(site, "b")
    run(site, "c")
    mine = [name for name in ("a", "b", "c") if site.world.vm(name).host == f"hosts/{host}"]
    card = site.world.vm(mine[-1]).cards[0]
    link.take(("uid-web", card.mac_address))
    assert card.mac_address in {port.mac_address for port in link.networks["uid-web"].ports}


def test_frames_go_to_the_source_of_a_migration_until_it_has_switched(site: Site) -> None:
    source = run(site, "a")
    destination = ({"h1", "h2"} - {source}).pop()
    links = by_name(site)
    site.world.ask(Verb.MIGRATE, "a")
    site.publish()
    site.wait(EVERY_S)
    assert _tunnel(links[destination]) == f"10.9.0.{source[1]}"
    assert len(links[destination].networks["uid-web"].ports) == 1
    _switch(site, "a", destination)
    site.wait(EVERY_S)
    assert _tunnel(links[destination]) == ""
    assert _tunnel(links[source]) == f"10.9.0.{destination[1]}"
    # The source keeps its card until the guest is gone there.
    assert links[source].networks["uid-web"].ports
    site.world.report(RUNNING, "a")
    site.publish()
    site.wait(EVERY_S)
    links[source].take()
    assert not links[source].networks


def _tunnel(link: Link) -> str:
    link.take()
    return link.networks["uid-web"].neighbours[0].tunnel_address


def _switch(site: Site, name: str, destination: str) -> None:
    """The guest arrives, and leaves its source."""
    vm = site.world.vm(name)
    assert vm.migration
    seen = Observed(ABSENT, site.world.now, "")
    prepared = Report(vm.migration.incarnation, seen, address={"host": "there"})
    arrived = Report(vm.migration.incarnation, seen._replace(guest_state=PAUSED), started=True)
    for report in (prepared, arrived):
        site.world.carry_out(ReportVm(f"uid-{destination}", vm.uid, report))
    site.world.report(SHUTOFF, name)
    site.publish()
    assert site.world.vm(name).host == f"hosts/{destination}"


def test_a_host_whose_tunnel_moves_is_reached_there_by_all(site: Site) -> None:
    here = run(site, "a")
    there = run(site, "b")
    links = by_name(site)
    site.wait(EVERY_S)
    add_host(site.world, there, "10.9.0.99", amount=1)
    site.publish()
    links[here].take()
    assert "10.9.0.99" in {each.tunnel_address for each in links[here].networks["uid-web"].neighbours}


def test_a_guest_is_known_by_the_name_that_it_was_given(site: Site) -> None:
    spec = replace(with_cards(on("web")), first_boot=FirstBoot(hostname="DB.example.com"))
    site.world.create("a", spec, start=True)
    site.publish()
    host = site.world.vm("a").host.removeprefix("hosts/")
    link = by_name(site)[host]
    assert [each.hostname for each in link.networks["uid-web"].neighbours] == ["db"]


def test_a_user_network_is_nothing_that_a_host_has(site: Site) -> None:
    add_network(site.world, "dev", Connection(kind=NetworkKind.USER))
    ports = (PublishedPort(2222, 22, IpProtocol.TCP),)
    run(site, "a", on("dev")._replace(published_ports=ports))
    assert not any(link.networks for link in connected(site))


def test_very_much_is_sent_in_parts(site: Site) -> None:
    add_host(site.world, "h1", "10.9.0.1", amount=400)
    many = tuple(Rule(remote_cidr=f"10.{first}.{second}.0/24") for first in range(8) for second in range(16))
    for group in range(16):
        add_group(site.world, f"g{group}", *many)
    groups = [f"g{group}" for group in range(16)]
    for number in range(40):
        add_network(site.world, f"n{number}", WEB)
        site.world.create(f"vm{number}", with_cards(on(f"n{number}", *groups)), start=True)
    site.publish()
    link = site.connect("h1")
    parts = [message.desired_networks for message in link.take()]
    assert len(parts) > 1
    assert max(part.ByteSize() for part in parts) <= 1 << 20
    assert [part.continues for part in parts] == [True] * (len(parts) - 1) + [False]
    assert len(link.networks) == len({vm.uid for vm in site.world.fleet.vms.values() if vm.host == "hosts/h1"})


def test_nothing_is_kept_of_sessions_that_have_ended(site: Site) -> None:
    add_group(site.world, "all", Rule(remote_group=f"{PROJECT}/securityGroups/all", remote_group_uid="uid-all"))
    run(site, "a", on("web", "all"))
    for link in connected(site):
        link.desires.close()
    assert site.book.is_idle()


def test_guests_with_a_way_out_are_kept_from_all_hosts_also_those_without_their_network(site: Site) -> None:
    add_network(site.world, "out", Connection(ipv4_cidr="10.2.0.0/24", ipv4_gateway="10.2.0.1"))
    host = run(site, "a", on("out"))
    link = by_name(site)[host]
    (tunnels,) = link.groups.values()
    assert (UUID(tunnels.group_uid).int, list(tunnels.addresses)) == (0, ["10.9.0.1", "10.9.0.2"])
    add_host(site.world, "h3", "10.9.0.3")
    site.publish()
    site.wait(EVERY_S)
    link.take()
    (tunnels,) = link.groups.values()
    assert list(tunnels.addresses) == ["10.9.0.1", "10.9.0.2", "10.9.0.3"]
