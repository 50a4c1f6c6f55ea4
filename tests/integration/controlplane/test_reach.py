"""Who reaches whom, over gRPC: which rules decide it, now and at any past position."""

from collections.abc import Sequence
from typing import Any

import pytest
from chronovisor.v1 import network_pb2, vm_service_pb2
from chronovisor.v1 import network_service_pb2 as api
from chronovisor.v1.network_pb2 import Network, NetworkKind, SecurityRule

from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_vm, refused
from tests.integration.controlplane.test_networks import WEB, create_group, host, update_group

TCP = network_pb2.IP_PROTOCOL_TCP
GROUPS = f"{DEFAULT}/securityGroups"


def name(vm: str) -> str:
    return f"{DEFAULT}/vms/{vm}"


def tcp(port: int, **more: Any) -> SecurityRule:
    return SecurityRule(protocol=TCP, first_port=port, **more)


async def network(plane: Plane, id_: str = "web", **more: Any) -> None:
    made = Network(ipv4_cidr="10.1.0.0/24", **more)
    request = api.CreateNetworkRequest(parent=DEFAULT, network_id=id_, network=made)
    await plane.networks.CreateNetwork(request, metadata=ACTOR)


async def vm(plane: Plane, vm_id: str, *groups: str, on: Sequence[str] = ("web",), start: bool = True) -> None:
    made = a_vm()
    for each in on:
        made.spec.network_interfaces.add(
            network=f"{DEFAULT}/networks/{each}", security_groups=[f"{GROUPS}/{group}" for group in groups]
        )
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=made, start=start)
    await plane.vms.CreateVm(request, metadata=ACTOR)


async def shop(plane: Plane) -> None:
    """`web-1` and `web-2` reach `db-1` at 5432, and `admin` everybody at 22."""
    await host(plane)
    await network(plane)
    await create_group(plane, "admins")
    await create_group(plane, "ssh", tcp(22, remote_group=f"{GROUPS}/admins"))
    await create_group(plane, "web", tcp(443))
    await create_group(plane, "db", tcp(5432, remote_group=f"{GROUPS}/web"))
    await vm(plane, "admin", "admins")
    await vm(plane, "db-1", "db", "ssh")
    await vm(plane, "web-1", "web", "ssh")
    await vm(plane, "web-2", "web", "ssh")


async def check(plane: Plane, source: str, destination: str, **more: Any) -> api.CheckReachResponse:
    request = api.CheckReachRequest(parent=DEFAULT, source=source, destination=destination, **more)
    return await plane.networks.CheckReach(request)


async def edges(plane: Plane, **more: Any) -> dict[str, list[str]]:
    """Who reaches whom, such as `a > b`, and at which ports; a page at a time."""
    request, found = api.ListReachRequest(parent=WEB, **more), dict[str, list[str]]()
    while True:
        page = await plane.networks.ListReach(request)
        for each in page.edges:
            ends = " > ".join(end.rpartition("/")[2] for end in (each.source, each.destination))
            assert ends not in found
            found[ends] = [f"{one.first_port} by {one.security_group.rpartition('/')[2]}" for one in each.openings]
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


@pytest.mark.covers("NetworkService.CheckReach")
async def test_the_rule_that_decides_is_named(any_plane: Plane) -> None:
    plane = any_plane
    await shop(plane)
    found = await check(plane, name("web-1"), name("db-1"), port=5432)
    (path,) = found.paths
    assert found.allowed
    assert (path.network, path.source_vm, path.destination_vm) == (WEB, name("web-1"), name("db-1"))
    assert (path.source_address, path.destination_address) == ("10.1.0.4", "10.1.0.3")
    assert (path.leaving.basis, path.leaving.allowed) == (api.REACH_BASIS_FREE_EGRESS, True)
    assert (path.entering.security_group, path.entering.rule_index) == (f"{GROUPS}/db", 0)
    assert (path.entering.basis, path.entering.rule.remote_group) == (api.REACH_BASIS_RULE, f"{GROUPS}/web")
    found = await check(plane, name("admin"), name("db-1"), port=5432)
    (path,) = found.paths
    assert (found.allowed, path.allowed, path.entering.basis) == (False, False, api.REACH_BASIS_NO_RULE)
    assert [*path.entering.security_groups] == [f"{GROUPS}/db", f"{GROUPS}/ssh"]
    assert (await check(plane, name("admin"), name("db-1"), port=22)).allowed
    assert not (await check(plane, name("admin"), name("db-1"))).allowed


async def test_what_was_open_at_a_past_moment(plane: Plane) -> None:
    await host(plane)
    await network(plane)
    await create_group(plane, "ssh", tcp(22))
    await vm(plane, "a", "ssh")
    await vm(plane, "b", "ssh")
    before = await check(plane, name("a"), name("b"), port=22)
    assert before.allowed
    await update_group(plane, "rules", rules=[tcp(80)])
    assert not (await check(plane, name("a"), name("b"), port=22)).allowed
    assert await check(plane, name("a"), name("b"), port=22, at_position=before.position) == before
    assert await edges(plane, port=22) == {}
    assert await edges(plane, port=22, at_position=before.position) == {"b > a": ["22 by ssh"], "a > b": ["22 by ssh"]}
    # Before `b` was there.
    found = await refused(check(plane, name("a"), name("b"), port=22, at_position=2))
    assert found.reason == "VM_NOT_FOUND"


async def test_an_address_that_a_vm_holds_is_that_vms(plane: Plane) -> None:
    await shop(plane)
    assert (await check(plane, "10.1.0.4", name("db-1"), port=5432)).paths[0].source_vm == name("web-1")
    assert (await check(plane, "10.1.0.4/32", name("db-1"), port=5432)).allowed
    found = await check(plane, "10.1.0.40", name("db-1"), port=5432)
    assert (found.allowed, found.paths[0].source_vm) == (False, "")
    assert found.paths[0].leaving.basis == api.REACH_BASIS_OUTSIDE


async def test_a_published_port_is_reached_from_its_host_whatever_rules_allow(plane: Plane) -> None:
    await host(plane)
    await network(plane)
    made = a_vm()
    card = made.spec.network_interfaces.add(network=WEB)
    card.published_ports.add(host_port=2222, guest_port=22)
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="a", vm=made, start=True)
    await plane.vms.CreateVm(request, metadata=ACTOR)
    found = await check(plane, "127.0.0.1", name("a"), port=22)
    (path,) = found.paths
    assert (found.allowed, path.entering.basis) == (True, api.REACH_BASIS_PUBLISHED_PORT)
    assert (path.entering.host_port, path.leaving.basis) == (2222, api.REACH_BASIS_OUTSIDE)
    assert not (await check(plane, "127.0.0.1", name("a"), port=80)).allowed
    assert not (await check(plane, "192.0.2.7", name("a"), port=22)).allowed


async def test_outside_is_reached_where_the_network_leads_there(plane: Plane) -> None:
    await host(plane)
    await network(plane)
    await network(plane, "inner", kind=NetworkKind.NETWORK_KIND_ISOLATED)
    await create_group(plane, "open", SecurityRule())
    await vm(plane, "a", "open")
    await vm(plane, "b", "open", on=["inner"])
    assert (await check(plane, name("a"), "192.0.2.0/24")).allowed
    # Whatever its groups allow, its host does not let it out.
    for kept in ("169.254.169.254", "127.0.0.1", "100.64.0.9"):
        found = await check(plane, name("a"), kept)
        assert (found.allowed, found.paths[0].entering.basis) == (False, api.REACH_BASIS_HOST)
    assert not (await check(plane, name("a"), "192.0.2.7", protocol=network_pb2.IP_PROTOCOL_UDP, port=4789)).allowed
    found = await check(plane, "192.0.2.0/24", name("a"))
    assert found.paths[0].leaving.basis == api.REACH_BASIS_NO_WAY
    assert not (await check(plane, name("b"), "192.0.2.0/24")).allowed
    found = await check(plane, name("a"), name("b"))
    assert (found.allowed, [*found.paths]) == (False, [])


async def test_a_vm_that_never_started_has_no_address_to_reach(plane: Plane) -> None:
    await host(plane)
    await network(plane)
    await create_group(plane, "open", SecurityRule())
    await vm(plane, "a", "open")
    await vm(plane, "b", "open", start=False)
    found = await check(plane, name("a"), name("b"))
    assert (found.allowed, [*found.paths]) == (False, [])


@pytest.mark.covers("NetworkService.ListReach")
@pytest.mark.parametrize("size", [0, 1, 2])
async def test_who_reaches_whom_over_a_network_a_page_at_a_time(plane: Plane, size: int) -> None:
    await shop(plane)
    found = await edges(plane, page_size=size)
    assert found == {
        "admin > db-1": ["22 by ssh"],
        "web-1 > db-1": ["5432 by db"],
        "web-2 > db-1": ["5432 by db"],
        "admin > web-1": ["443 by web", "22 by ssh"],
        "db-1 > web-1": ["443 by web"],
        "web-2 > web-1": ["443 by web"],
        "admin > web-2": ["443 by web", "22 by ssh"],
        "db-1 > web-2": ["443 by web"],
        "web-1 > web-2": ["443 by web"],
    }
    assert {*await edges(plane, port=5432, page_size=size)} == {"web-1 > db-1", "web-2 > db-1"}
    assert await edges(plane, protocol=network_pb2.IP_PROTOCOL_UDP) == {}


async def test_of_many_openings_the_first_are_listed(plane: Plane) -> None:
    await host(plane)
    await network(plane)
    await create_group(plane, "many", *(tcp(port) for port in range(1, 100)))
    await vm(plane, "a", "many")
    await vm(plane, "b", "many")
    page = await plane.networks.ListReach(api.ListReachRequest(parent=WEB))
    assert [(len(each.openings), each.more_openings) for each in page.edges] == [(50, True)] * 2
    page = await plane.networks.ListReach(api.ListReachRequest(parent=WEB, port=99))
    assert [(len(each.openings), each.more_openings) for each in page.edges] == [(1, False)] * 2


async def test_all_pages_are_of_the_first_ones_position(plane: Plane) -> None:
    await shop(plane)
    first = await plane.networks.ListReach(api.ListReachRequest(parent=WEB, page_size=8))
    await update_group(plane, "rules", rules=[])
    request = api.ListReachRequest(parent=WEB, page_size=8, page_token=first.next_page_token)
    second = await plane.networks.ListReach(request)
    assert (second.position, len(second.edges), second.next_page_token) == (first.position, 1, "")
    request.port = 22
    assert (await refused(plane.networks.ListReach(request))).reason == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"source": "", "destination": "b"}, "source"),
        ({"source": "a", "destination": "10.1.0.1/24"}, "destination"),
        ({"source": "10.1.0.1", "destination": "10.1.0.2"}, "destination"),
        ({"source": "a", "destination": "a"}, "destination"),
        ({"source": "a", "destination": "projects/other/vms/b"}, "destination"),
        ({"source": "a", "destination": "b", "port": 65536}, "port"),
        ({"source": "a", "destination": "b", "port": 8, "protocol": network_pb2.IP_PROTOCOL_ICMP}, "port"),
        ({"source": "a", "destination": "b", "protocol": 77}, "protocol"),
    ],
)
async def test_which_field_is_bad(plane: Plane, fields: dict[str, Any], field: str) -> None:
    full: dict[str, Any] = {key: name(value) if value in ("a", "b") else value for key, value in fields.items()}
    found = await refused(plane.networks.CheckReach(api.CheckReachRequest(parent=DEFAULT, **full)))
    assert (found.reason, [*found.fields]) == ("INVALID_FIELD", [field])
