"""What hosts have of networks, with agents on simulated hosts: cards, rules, moves, failures, and where tunnels are."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest
from chronovisor.v1 import host_pb2, host_service_pb2, network_pb2, vm_pb2, vm_service_pb2
from chronovisor.v1 import network_service_pb2 as api
from google.protobuf.field_mask_pb2 import FieldMask
from hostagent.network.desired import ALL_TUNNELS, Network

from tests.integration.controlplane.fake_agent import FakeAgent, connected
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_host, a_vm, vm_of
from tests.integration.controlplane.simulated_hosts import SimulatedHosts, simulated_hosts
from tests.support.waiting import until

WEB, APP = f"{DEFAULT}/networks/web", f"{DEFAULT}/securityGroups/app"
MEMBERS = network_pb2.SecurityRule(protocol=network_pb2.IP_PROTOCOL_TCP, first_port=80, remote_group=APP)


@pytest.fixture
async def hosts(plane: Plane) -> AsyncGenerator[SimulatedHosts]:
    """Two that have networks, a network, and a group."""
    network = network_pb2.Network(ipv4_cidr="10.1.0.0/24", ipv6_cidr="fd00:1::/64")
    request = api.CreateNetworkRequest(parent=DEFAULT, network_id="web", network=network)
    await plane.networks.CreateNetwork(request, metadata=ACTOR)
    await plane.networks.CreateSecurityGroup(
        api.CreateSecurityGroupRequest(
            parent=DEFAULT, security_group_id="app", security_group=network_pb2.SecurityGroup()
        ),
        metadata=ACTOR,
    )
    async with simulated_hosts(plane, "node-1", "node-2", networks=True) as found:
        await until(lambda: _async(_are_there(plane)))
        yield found


async def _async(value: bool) -> bool:
    return value


def _are_there(plane: Plane) -> bool:
    hosts = plane.control_plane.reads.inventory.hosts.values()
    return sum("network.vxlan" in each.traits for each in hosts) == 2


async def run(plane: Plane, vm_id: str, host: str) -> vm_pb2.Vm:
    vm = a_vm(vcpus=1, memory_mib=64, disk_gib=0)
    vm.spec.boot.kernel.kernel, vm.spec.boot.kernel.initramfs = "vmlinuz", "initramfs"
    vm.spec.placement.prefer.add(selector=f"host={host}", weight=100)
    vm.spec.network_interfaces.add(network=WEB, security_groups=[APP])
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=vm, start=True)
    return vm_of(await plane.wait(await plane.vms.CreateVm(request, metadata=ACTOR)))


async def network_of(hosts: SimulatedHosts, host: str, holds: Callable[[Network], object]) -> Network:
    """The network as a host has it, once that is so."""

    async def is_so() -> bool:
        return any(map(holds, hosts.realizers[host].made.networks))

    await until(is_so)
    return next(filter(holds, hosts.realizers[host].made.networks))


async def host(plane: Plane, host_id: str = "node-1") -> host_pb2.Host:
    return await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name=f"hosts/{host_id}"))


async def test_a_card_is_on_its_host_and_known_to_the_others_before_its_guest_runs(
    plane: Plane, hosts: SimulatedHosts
) -> None:
    first = await run(plane, "a", "node-1")
    # That it runs means that its host has the network.
    here = await network_of(hosts, "node-1", lambda network: network.ports)
    (port,), (held,) = here.ports, first.network_addresses
    assert (port.mac, str(port.ipv4), str(port.ipv6)) == (held.mac_address, held.ipv4_address, held.ipv6_address)
    assert (port.hostname, here.dns_domain, here.name) == ("a", "web.default.internal", WEB)
    (guest,) = hosts.drivers["node-1"].guests
    spec = hosts.drivers["node-1"].spec_of(guest)
    assert spec
    assert [(card.mac, card.ipv4) for card in spec.interfaces] == [(held.mac_address, f"{held.ipv4_address}/24")]
    await run(plane, "b", "node-2")
    here = await network_of(hosts, "node-1", lambda network: len(network.neighbours) == 2)
    assert {each.hostname: str(each.tunnel) for each in here.neighbours} == {"a": "None", "b": "10.9.0.2"}


async def test_rules_and_members_of_a_group_reach_all_hosts_of_its_cards(plane: Plane, hosts: SimulatedHosts) -> None:
    first = await run(plane, "a", "node-1")
    await run(plane, "b", "node-2")
    group = network_pb2.SecurityGroup(name=APP, rules=[MEMBERS])
    change = api.UpdateSecurityGroupRequest(security_group=group, update_mask=FieldMask(paths=["rules"]))
    await plane.networks.UpdateSecurityGroup(change, metadata=ACTOR)
    for name in ("node-1", "node-2"):
        found = await network_of(hosts, name, lambda network: network.ports and network.ports[0].rules)
        (rule,) = found.ports[0].rules
        groups = {each.uid: each for each in hosts.realizers[name].made.groups}
        assert len(groups[ALL_TUNNELS].addresses) == 2
        members = groups[rule.group]
        assert rule.first_port == 80
        assert first.network_addresses[0].ipv4_address in set(map(str, members.addresses))
        assert len(members.addresses) == 4
    await plane.wait(await plane.delete("b"))

    async def is_out() -> bool:
        return all(len(each.addresses) == 2 for each in hosts.realizers["node-1"].made.groups)

    await until(is_out)
    # Nothing of it is left where no guest needs it.

    async def is_gone() -> bool:
        return not hosts.realizers["node-2"].made.networks

    await until(is_gone)


async def test_a_guest_that_moves_keeps_its_card_and_is_reached_where_it_is(
    plane: Plane, hosts: SimulatedHosts
) -> None:
    before = await run(plane, "a", "node-1")
    await run(plane, "b", "node-2")
    request = vm_service_pb2.MigrateVmRequest(name=before.name, destination_host="hosts/node-2")
    after = vm_of(await plane.wait(await plane.vms.MigrateVm(request, metadata=ACTOR)))
    assert (after.host, list(after.network_addresses)) == ("hosts/node-2", list(before.network_addresses))
    # Nothing of it is on another host.
    await network_of(
        hosts, "node-2", lambda network: len(network.ports) == 2 and not any(each.tunnel for each in network.neighbours)
    )

    async def has_left() -> bool:
        return not hosts.realizers["node-1"].made.networks

    await until(has_left)


async def test_an_agent_that_comes_back_is_sent_all_again(plane: Plane, hosts: SimulatedHosts) -> None:
    await run(plane, "a", "node-1")
    await hosts.end("node-1")
    await run(plane, "b", "node-2")
    hosts.begin("node-1")
    await network_of(hosts, "node-1", lambda network: len(network.neighbours) == 2 and network.ports)


async def test_a_host_shows_which_networks_it_has_not_as_desired_and_that_its_guest_waits_for_them(
    plane: Plane, hosts: SimulatedHosts
) -> None:
    await run(plane, "a", "node-1")
    uid = (await plane.get("a")).network_addresses[0].network_uid
    hosts.realizers["node-1"].failures[uid] = "no such device"
    await run(plane, "b", "node-2")

    async def shows() -> bool:
        return list((await host(plane)).network_failures) == [f"{WEB}: no such device"]

    await until(shows)
    assert not (await host(plane, "node-2")).network_failures
    hosts.realizers["node-1"].failures.clear()

    async def is_well() -> bool:
        return not (await host(plane)).network_failures

    await until(is_well)


async def test_where_tunnels_reach_a_host_is_recorded_as_its_agent_reports_it(plane: Plane) -> None:
    before = plane.control_plane.dispatcher.position
    async with connected(plane, tunnel_address="2001:DB8::7"):
        assert (await host(plane)).tunnel_address == "2001:db8::7"
    then = plane.control_plane.dispatcher.position
    async with connected(plane):
        assert not (await host(plane)).tunnel_address
    read = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1", at_position=then))
    assert read.tunnel_address == "2001:db8::7"
    assert before < then


@pytest.mark.parametrize("address", ["10.9.0.1/24", "localhost", "127.0.0.1", "0.0.0.0", "ff02::1", "fe80::1%eth0"])
async def test_an_address_that_no_other_host_reaches_is_refused(plane: Plane, address: str) -> None:
    refusal = await FakeAgent(plane, "node-1", tunnel_address=address).refusal()
    assert (refusal.reason, refusal.fields) == ("INVALID_FIELD", ["tunnel_address"])


async def test_an_agent_without_networks_is_sent_none_of_their_messages(plane: Plane) -> None:
    async with connected(plane, host=a_host()) as agent:
        await agent.beat()
        assert not agent.networks_sent


async def test_what_an_agent_reports_of_networks_that_there_are_not_is_of_no_account(plane: Plane) -> None:
    async with connected(plane) as agent:
        for uid in ("", "nonsense", "\x00" * 40):
            await agent.send(network_report={"network_uid": uid, "failure": "x" * 100_000})
        await agent.beat()
        assert not (await host(plane)).network_failures
        await asyncio.wait_for(agent.beat(), 10)
