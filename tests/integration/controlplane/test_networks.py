"""Networks and security groups over gRPC: made, changed and ended, and which addresses of a network were whose when."""

from typing import Any

import grpc
import pytest
from chronovisor.v1 import history_service_pb2, host_service_pb2, network_pb2, project_service_pb2, vm_service_pb2
from chronovisor.v1 import network_service_pb2 as api
from chronovisor.v1.network_pb2 import Network, SecurityGroup, SecurityRule
from google.protobuf.field_mask_pb2 import FieldMask

from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_host, a_vm, refused

WEB, SSH = f"{DEFAULT}/networks/web", f"{DEFAULT}/securityGroups/ssh"
REQUEST_ID = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f02"
TCP = network_pb2.IP_PROTOCOL_TCP


async def create(plane: Plane, id_: str = "web", **more: Any) -> Network:
    network = Network(ipv4_cidr="10.1.0.0/29", reserved_ranges=["10.1.0.2"], description="the web's")
    request = api.CreateNetworkRequest(parent=DEFAULT, network_id=id_, network=network, **more)
    return await plane.networks.CreateNetwork(request, metadata=ACTOR)


async def get(plane: Plane, name: str = WEB, **read: Any) -> Network:
    return await plane.networks.GetNetwork(api.GetNetworkRequest(name=name, **read))


async def update(plane: Plane, *paths: str, etag: str = "", **fields: Any) -> Network:
    network = Network(name=WEB, etag=etag, **fields)
    request = api.UpdateNetworkRequest(network=network, update_mask=FieldMask(paths=paths))
    return await plane.networks.UpdateNetwork(request, metadata=ACTOR)


async def delete(plane: Plane, name: str = WEB, **more: Any) -> Network:
    return await plane.networks.DeleteNetwork(api.DeleteNetworkRequest(name=name, **more), metadata=ACTOR)


async def create_group(plane: Plane, id_: str = "ssh", *rules: SecurityRule, **more: Any) -> SecurityGroup:
    group = SecurityGroup(rules=rules)
    request = api.CreateSecurityGroupRequest(parent=DEFAULT, security_group_id=id_, security_group=group, **more)
    return await plane.networks.CreateSecurityGroup(request, metadata=ACTOR)


async def get_group(plane: Plane, name: str = SSH, **read: Any) -> SecurityGroup:
    return await plane.networks.GetSecurityGroup(api.GetSecurityGroupRequest(name=name, **read))


async def update_group(plane: Plane, *paths: str, etag: str = "", **fields: Any) -> SecurityGroup:
    group = SecurityGroup(name=SSH, etag=etag, **fields)
    request = api.UpdateSecurityGroupRequest(security_group=group, update_mask=FieldMask(paths=paths))
    return await plane.networks.UpdateSecurityGroup(request, metadata=ACTOR)


async def delete_group(plane: Plane, name: str = SSH, **more: Any) -> SecurityGroup:
    request = api.DeleteSecurityGroupRequest(name=name, **more)
    return await plane.networks.DeleteSecurityGroup(request, metadata=ACTOR)


async def addresses(plane: Plane, **read: Any) -> dict[str, str]:
    """The IPv4 addresses that are held of the network, by VM; a page at a time."""
    request, found = api.ListNetworkAddressesRequest(parent=WEB, **read), dict[str, str]()
    while True:
        page = await plane.networks.ListNetworkAddresses(request)
        found.update((each.vm.rpartition("/")[2], each.address.ipv4_address) for each in page.addresses)
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


async def host(plane: Plane) -> None:
    offered = a_host(vcpus=32, memory_mib=1 << 16)
    offered.traits.append("network.vxlan")
    await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="node-1", host=offered))


async def vm(plane: Plane, vm_id: str, network: str = WEB, *, start: bool = True) -> None:
    made = a_vm()
    made.spec.network_interfaces.add(network=network)
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=made, start=start)
    await plane.vms.CreateVm(request, metadata=ACTOR)


@pytest.mark.covers(
    "NetworkService.CreateNetwork",
    "NetworkService.GetNetwork",
    "NetworkService.UpdateNetwork",
    "NetworkService.DeleteNetwork",
)
@pytest.mark.provokes("NETWORK_NOT_FOUND", "NETWORK_ALREADY_EXISTS")
async def test_a_network_is_made_changed_and_ended(any_plane: Plane) -> None:
    plane = any_plane
    made = await create(plane)
    assert (made.name, made.ipv4_gateway, made.mtu, made.vni) == (WEB, "10.1.0.1", 1450, 1)
    assert (made.kind, made.dns_domain) == (network_pb2.NETWORK_KIND_NAT, "web.default.internal")
    assert made == await get(plane) == await get(plane, f"{DEFAULT}/networks/{made.uid}")
    found = await refused(create(plane))
    assert (found.code, found.reason) == (grpc.StatusCode.ALREADY_EXISTS, "NETWORK_ALREADY_EXISTS")
    after = await update(plane, "reserved_ranges", reserved_ranges=["10.1.0.4/30"])
    assert ([*after.reserved_ranges], after.description) == (["10.1.0.4/30"], "the web's")
    assert (after.etag != made.etag, after.ipv4_cidr) == (True, made.ipv4_cidr)
    assert await get(plane) == after
    gone = await delete(plane)
    assert gone.HasField("delete_time")
    found = await refused(get(plane))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "NETWORK_NOT_FOUND")
    assert await get(plane, f"{DEFAULT}/networks/{made.uid}") == gone
    again = await create(plane)
    assert (again.uid != made.uid, again.vni) == (True, 2)


async def test_what_changed_of_one_is_listed_by_its_name(plane: Plane) -> None:
    first, group = await create(plane), await create_group(plane)
    begin = (await plane.history.ListEvents(history_service_pb2.ListEventsRequest(parent=WEB))).position

    async def diff(scope: str) -> list[tuple[str, str]]:
        request = history_service_pb2.DiffStateRequest(scope=scope, from_position=begin)
        found = (await plane.history.DiffState(request)).changes
        return [(each.uid, each.field) for each in found if each.field not in ("etag", "update_time")]

    await update(plane, "description", description="another")
    await update_group(plane, "description", description="another")
    assert await diff(WEB) == await diff(f"{DEFAULT}/networks/{first.uid}") == [(first.uid, "description")]
    assert await diff(SSH) == [(group.uid, "description")]
    await delete(plane)
    second = await create(plane)
    # Both that have the name at one of the ends.
    assert sorted(await diff(WEB)) == sorted([(first.uid, ""), (second.uid, "")])
    assert (await refused(diff(f"{DEFAULT}/networks/none"))).reason == "NETWORK_NOT_FOUND"
    assert (await refused(diff(f"{DEFAULT}/securityGroups/none"))).reason == "SECURITY_GROUP_NOT_FOUND"
    assert (await refused(diff(f"{DEFAULT}/images/none"))).reason == "IMAGE_NOT_FOUND"


@pytest.mark.covers(
    "NetworkService.CreateSecurityGroup",
    "NetworkService.GetSecurityGroup",
    "NetworkService.UpdateSecurityGroup",
    "NetworkService.DeleteSecurityGroup",
)
@pytest.mark.provokes("SECURITY_GROUP_NOT_FOUND", "SECURITY_GROUP_ALREADY_EXISTS")
async def test_a_group_is_made_changed_and_ended(any_plane: Plane) -> None:
    plane = any_plane
    rule = SecurityRule(protocol=TCP, first_port=22, remote_group=SSH)
    made = await create_group(plane, "ssh", rule)
    assert (made.rules[0].last_port, made.rules[0].direction) == (22, network_pb2.RULE_DIRECTION_INGRESS)
    assert made == await get_group(plane) == await get_group(plane, f"{DEFAULT}/securityGroups/{made.uid}")
    found = await refused(create_group(plane))
    assert (found.code, found.reason) == (grpc.StatusCode.ALREADY_EXISTS, "SECURITY_GROUP_ALREADY_EXISTS")
    after = await update_group(plane, "rules", "description", description="nobody")
    assert ([*after.rules], after.description) == ([], "nobody")
    assert await get_group(plane) == after
    gone = await delete_group(plane)
    assert gone.HasField("delete_time")
    found = await refused(get_group(plane))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "SECURITY_GROUP_NOT_FOUND")
    assert await get_group(plane, f"{DEFAULT}/securityGroups/{made.uid}") == gone


async def test_etags_masks_and_checks_are_as_everywhere(plane: Plane) -> None:
    network, group = await create(plane), await create_group(plane)
    assert (await delete(plane, validate_only=True)).HasField("delete_time")
    assert (await delete_group(plane, validate_only=True)).HasField("delete_time")
    changed, regrouped = await update(plane, description="b"), await update_group(plane, description="b")
    for call in (
        update(plane, etag=network.etag, description="c"),
        update_group(plane, etag=group.etag, description="c"),
        delete(plane, etag=network.etag),
        delete_group(plane, etag=group.etag),
    ):
        assert (await refused(call)).reason == "ETAG_MISMATCH"
    for path in ("ipv4_cidr", "kind", "vni"):
        assert (await refused(update(plane, path))).fields == ["update_mask"]
    found = await refused(update(plane, reserved_ranges=["10.2.0.0/30"]))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["network.reserved_ranges[0]"])
    found = await refused(update_group(plane, rules=[SecurityRule(first_port=1)]))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["security_group.rules[0].first_port"])
    assert await update(plane, etag=changed.etag, description="b") == changed
    assert await update_group(plane, etag=regrouped.etag, description="b") == regrouped


async def test_the_same_request_id_makes_each_once(plane: Plane) -> None:
    assert await create(plane, request_id=REQUEST_ID) == await create(plane, request_id=REQUEST_ID)
    other = REQUEST_ID.replace("f02", "f03")
    assert await create_group(plane, request_id=other) == await create_group(plane, request_id=other)
    assert (await refused(create_group(plane, "other", request_id=other))).reason == "REQUEST_ID_REUSED"


@pytest.mark.covers("NetworkService.ListNetworks", "NetworkService.ListSecurityGroups")
async def test_lists_are_of_a_project_or_of_all_and_of_any_position(plane: Plane) -> None:
    await create(plane)
    await create_group(plane)
    position = (await plane.networks.ListNetworks(api.ListNetworksRequest(parent=DEFAULT))).position
    await create(plane, "db")
    await delete_group(plane)
    for parent in (DEFAULT, "projects/-"):
        found = await plane.networks.ListNetworks(api.ListNetworksRequest(parent=parent))
        assert [each.name for each in found.networks] == [f"{DEFAULT}/networks/db", WEB]
        groups = await plane.networks.ListSecurityGroups(api.ListSecurityGroupsRequest(parent=parent))
        assert not groups.security_groups
    then = await plane.networks.ListNetworks(api.ListNetworksRequest(parent=DEFAULT, at_position=position))
    assert ([each.name for each in then.networks], then.position) == ([WEB], position)
    groups = api.ListSecurityGroupsRequest(parent=DEFAULT, at_position=position)
    assert [each.name for each in (await plane.networks.ListSecurityGroups(groups)).security_groups] == [SSH]
    found = await refused(plane.networks.ListNetworks(api.ListNetworksRequest(parent="projects/none")))
    assert found.reason == "PROJECT_NOT_FOUND"


@pytest.mark.covers("NetworkService.ListNetworkAddresses")
@pytest.mark.provokes("ADDRESSES_EXHAUSTED")
async def test_addresses_are_whose_they_were_at_each_position(any_plane: Plane) -> None:
    plane = any_plane
    await create(plane)
    await create(plane, "other")
    await host(plane)
    for vm_id in ("b", "a"):
        await vm(plane, vm_id)
    await vm(plane, "off", start=False)
    await vm(plane, "elsewhere", f"{DEFAULT}/networks/other")
    held = {"a": "10.1.0.4", "b": "10.1.0.3"}
    assert await addresses(plane) == await addresses(plane, page_size=1) == held
    position = (await plane.networks.ListNetworkAddresses(api.ListNetworkAddressesRequest(parent=WEB))).position
    await vm(plane, "c")
    await vm(plane, "d")
    found = await refused(vm(plane, "e"))
    assert (found.reason, found.metadata) == ("ADDRESSES_EXHAUSTED", {"network": WEB, "held": "4"})
    assert found.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert [*await addresses(plane)] == ["a", "b", "c", "d"]
    assert await addresses(plane, at_position=position, page_size=1) == held
    request = api.ListNetworkAddressesRequest(parent=f"{DEFAULT}/networks/none")
    assert (await refused(plane.networks.ListNetworkAddresses(request))).reason == "NETWORK_NOT_FOUND"


@pytest.mark.provokes("NETWORK_IN_USE", "SECURITY_GROUP_IN_USE")
async def test_what_vms_are_on_is_not_deleted(plane: Plane) -> None:
    await create(plane)
    await create_group(plane)
    await create_group(plane, "other", SecurityRule(remote_group=SSH))
    made = a_vm()
    made.spec.network_interfaces.add(network=WEB, security_groups=[SSH])
    await plane.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=made))
    found = await refused(delete(plane))
    assert (found.reason, found.metadata) == ("NETWORK_IN_USE", {"name": WEB, "vms": "1"})
    assert (found.code, found.details) == (grpc.StatusCode.FAILED_PRECONDITION, ["PreconditionFailure"])
    found = await refused(delete_group(plane))
    assert (found.reason, found.metadata) == ("SECURITY_GROUP_IN_USE", {"name": SSH, "vms": "1", "groups": "1"})
    await plane.delete("web")
    await delete_group(plane, f"{DEFAULT}/securityGroups/other")
    await delete(plane)
    await delete_group(plane)


@pytest.mark.provokes("ADDRESS_IN_USE")
async def test_an_address_that_is_another_vms_is_named_with_its_holder(plane: Plane) -> None:
    await create(plane)
    await host(plane)
    await vm(plane, "first")
    made = a_vm()
    made.spec.network_interfaces.add(network=WEB, ipv4_address="10.1.0.3")
    found = await refused(plane.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="second", vm=made)))
    assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ADDRESS_IN_USE")
    assert found.metadata == {"network": WEB, "address": "10.1.0.3", "holder": f"{DEFAULT}/vms/first"}


async def test_a_project_with_networks_is_not_deleted(plane: Plane) -> None:
    await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="shop"))
    network = Network(ipv4_cidr="10.1.0.0/24")
    request = api.CreateNetworkRequest(parent="projects/shop", network_id="web", network=network)
    await plane.networks.CreateNetwork(request)
    ended = plane.projects.DeleteProject(project_service_pb2.DeleteProjectRequest(name="projects/shop"))
    found = await refused(ended)
    assert (found.reason, found.metadata["networks"]) == ("PROJECT_IN_USE", "1")


async def test_all_that_happened_is_in_the_history(plane: Plane) -> None:
    await create(plane)
    await create_group(plane)
    await update(plane, description="b")
    await delete(plane)
    assert await plane.events(WEB) == ["network_created", "network_updated", "network_deleted"]
    assert await plane.events(SSH) == ["security_group_created"]
    request = history_service_pb2.DiffStateRequest(scope=DEFAULT, from_position=1)
    changed = await plane.history.DiffState(request)
    assert SSH in {each.name for each in changed.changes}
