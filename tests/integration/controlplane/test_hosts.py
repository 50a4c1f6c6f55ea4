"""Hosts as their operators change them: updated, cordoned, dedicated, and what is refused."""

from typing import Any

import grpc
import pytest
from chronovisor.v1 import host_pb2, host_service_pb2, project_service_pb2
from google.protobuf.field_mask_pb2 import FieldMask

from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_host, refused

NODE = "hosts/node-1"
REQUEST_ID = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f01"


async def updated(
    plane: Plane, *paths: str, etag: str = "", validate_only: bool = False, request_id: str = "", **fields: Any
) -> host_pb2.Host:
    request = host_service_pb2.UpdateHostRequest(
        host=host_pb2.Host(name=NODE, etag=etag, **fields),
        update_mask=FieldMask(paths=paths),
        validate_only=validate_only,
        request_id=request_id,
        reason="because",
    )
    return await plane.hosts.UpdateHost(request, metadata=ACTOR)


async def cordon(plane: Plane, etag: str = "") -> host_pb2.Host:
    return await plane.hosts.CordonHost(host_service_pb2.CordonHostRequest(name=NODE, etag=etag))


async def uncordon(plane: Plane, etag: str = "") -> host_pb2.Host:
    return await plane.hosts.UncordonHost(host_service_pb2.UncordonHostRequest(name=NODE, etag=etag))


async def host(plane: Plane) -> host_pb2.Host:
    return await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name=NODE))


async def register(plane: Plane, **fields: Any) -> host_pb2.Host:
    """A host of 16 vCPUs and 16 GiB, with `fields`."""
    host = a_host(vcpus=16, memory_mib=16384)
    host.MergeFrom(host_pb2.Host(**fields))
    return await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="node-1", host=host))


async def project(plane: Plane, name: str) -> None:
    await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id=name))


async def test_a_host_is_registered_with_all_that_it_can_have(any_plane: Plane) -> None:
    plane = any_plane
    nodes = [host_pb2.NumaNode(vcpus=8, memory_mib=8192)] * 2
    described = a_host(vcpus=16, memory_mib=16384)
    described.traits[:] = ["ssd", "cpu.avx2"]
    described.numa_nodes.extend(nodes)
    described.dedicated_project, described.zone = DEFAULT, "eu-1a"
    vcpus = described.inventory["vcpus"]
    vcpus.allocation_ratio, vcpus.min_unit, vcpus.max_unit, vcpus.step_size = 2.0, 2, 8, 2
    request = host_service_pb2.RegisterHostRequest(host_id="node-1", host=described)
    made = await plane.hosts.RegisterHost(request)
    assert made == await plane.hosts.RegisterHost(request) == await host(plane)
    assert made.traits == ["cpu.avx2", "ssd"]
    assert [(each.vcpus, each.memory_mib) for each in made.numa_nodes] == [(8, 8192)] * 2
    assert (made.dedicated_project, made.zone, made.capacity.vcpus) == (DEFAULT, "eu-1a", 32)
    kept = made.inventory["vcpus"]
    assert (kept.min_unit, kept.max_unit, kept.step_size) == (2, 8, 2)


@pytest.mark.covers("HostService.UpdateHost")
async def test_only_what_the_mask_names_is_changed(any_plane: Plane) -> None:
    plane = any_plane
    before = await register(plane, zone="eu-1a", traits=["ssd"], labels={"rack": "1"})
    after = await updated(plane, "traits", "labels", traits=["nvme"], labels={"rack": "2"}, zone="eu-1b")
    assert (list(after.traits), dict(after.labels), after.zone) == (["nvme"], {"rack": "2"}, "eu-1a")
    assert after.etag != before.etag
    assert after == await host(plane)
    assert (await updated(plane, "traits")).traits == []
    assert await plane.events(NODE) == ["host_registered", "host_updated", "host_updated"]


async def test_without_a_mask_what_is_set_is_changed_and_a_star_changes_all(plane: Plane) -> None:
    await register(plane, zone="eu-1a", traits=["ssd"])
    after = await updated(plane, zone="eu-1b")
    assert (after.zone, list(after.traits)) == ("eu-1b", ["ssd"])
    after = await updated(plane, "*", inventory=a_host(vcpus=8).inventory)
    assert (after.zone, list(after.traits), after.capacity.vcpus) == ("", [], 8)


async def test_an_update_that_changes_nothing_appends_nothing(plane: Plane) -> None:
    before = await register(plane, zone="eu-1a")
    assert await updated(plane, "zone", zone="eu-1a") == before
    assert await plane.events(NODE) == ["host_registered"]


async def test_a_stale_etag_is_refused_and_a_fresh_one_is_not(plane: Plane) -> None:
    made = await register(plane)
    await updated(plane, "zone", zone="a", etag=made.etag)
    for call in (
        updated(plane, "zone", zone="b", etag=made.etag),
        cordon(plane, made.etag),
        uncordon(plane, made.etag),
    ):
        found = await refused(call)
        assert (found.code, found.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert (await host(plane)).zone == "a"


async def test_the_same_request_id_changes_a_host_once(plane: Plane) -> None:
    await register(plane)
    first = await updated(plane, "zone", zone="a", request_id=REQUEST_ID)
    assert await updated(plane, "zone", zone="a", request_id=REQUEST_ID) == first
    found = await refused(updated(plane, "zone", zone="b", request_id=REQUEST_ID))
    assert found.reason == "REQUEST_ID_REUSED"
    assert await plane.events(NODE) == ["host_registered", "host_updated"]


async def test_a_checked_update_changes_nothing(plane: Plane) -> None:
    before = await register(plane)
    assert (await updated(plane, "zone", zone="a", validate_only=True)).zone == "a"
    assert await host(plane) == before


@pytest.mark.provokes("INSUFFICIENT_RESOURCES")
async def test_an_inventory_that_could_not_hold_what_is_held_is_refused(plane: Plane) -> None:
    await register(plane)
    await plane.create(start=True, vcpus=8)
    before = await host(plane)
    for change in ("total", "reserved", "allocation_ratio"):
        offered = a_host(vcpus=16, memory_mib=16384).inventory
        setattr(offered["vcpus"], change, {"total": 7, "reserved": 9, "allocation_ratio": 0.4}[change])
        found = await refused(updated(plane, "inventory", inventory=offered))
        assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "INSUFFICIENT_RESOURCES")
        assert "holds 8 vcpus" in found.message
    assert await host(plane) == before
    offered = a_host(vcpus=8, memory_mib=16384).inventory
    assert (await updated(plane, "inventory", inventory=offered)).capacity.vcpus == 8


async def test_overcommit_makes_room_at_once(plane: Plane) -> None:
    await register(plane)
    found = await refused(plane.create("big", start=True, vcpus=17))
    assert found.reason == "NO_CAPACITY"
    offered = a_host(vcpus=16, memory_mib=16384).inventory
    offered["vcpus"].allocation_ratio = 2.0
    await updated(plane, "inventory", inventory=offered)
    await plane.create("big", start=True, vcpus=17)
    assert (await plane.used())["vcpus"] == (32, 17)


async def test_a_dedicated_host_reports_the_vms_of_others_and_keeps_them(plane: Plane) -> None:
    await register(plane)
    await project(plane, "shop")
    await plane.create("web", start=True)
    after = await updated(plane, "dedicated_project", dedicated_project="projects/shop")
    assert list(after.violations) == ["projects/default/vms/web: the host is dedicated to projects/shop"]
    assert (await plane.get("web")).host == NODE
    assert (await refused(plane.create("more", start=True))).reason == "NO_CAPACITY"
    assert list((await updated(plane, "dedicated_project")).violations) == []
    await plane.create("again", start=True)


@pytest.mark.covers("HostService.CordonHost", "HostService.UncordonHost")
async def test_a_cordoned_host_keeps_what_it_has_and_takes_nothing_new(any_plane: Plane) -> None:
    plane = any_plane
    await register(plane)
    await plane.create("old", start=True)
    cordoned = await cordon(plane)
    assert cordoned.state == host_pb2.HOST_STATE_CORDONED
    assert await cordon(plane) == cordoned
    found = await refused(plane.create("new", start=True))
    assert found.reason == "NO_CAPACITY"
    assert (await plane.get("old")).host == NODE
    assert (await updated(plane, "zone", zone="a")).state == host_pb2.HOST_STATE_CORDONED
    active = await uncordon(plane)
    assert active.state == host_pb2.HOST_STATE_ACTIVE
    assert await uncordon(plane) == active
    await plane.create("new", start=True)
    assert [each for each in await plane.events(NODE) if "cordon" in each] == ["host_cordoned", "host_uncordoned"]


async def test_a_host_that_is_not_there_is_not_found(plane: Plane) -> None:
    for call in (updated(plane, "zone", zone="a"), cordon(plane), uncordon(plane)):
        found = await refused(call)
        assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "HOST_NOT_FOUND")


BAD: dict[str, tuple[tuple[str, ...], dict[str, Any], list[str]]] = {
    "an unknown path": (("zonne",), {}, ["update_mask"]),
    "a path that only the server sets": (("state",), {}, ["update_mask"]),
    "two of them": (("uid", "zone", "capacity"), {}, ["update_mask"] * 2),
    "nothing to change": ((), {}, ["update_mask"]),
    "a zone with a space": (("zone",), {"zone": "eu 1"}, ["host.zone"]),
    "a trait in capitals": (("traits",), {"traits": ["ssd", "SSD"]}, ["host.traits[1]"]),
    "an empty trait": (("traits",), {"traits": [""]}, ["host.traits[0]"]),
    "a long trait": (("traits",), {"traits": ["x" * 64]}, ["host.traits[0]"]),
    "too many traits": (("traits",), {"traits": [f"t{number}" for number in range(1025)]}, ["host.traits"]),
    "a project that is no project's name": (
        ("dedicated_project",),
        {"dedicated_project": "default"},
        ["host.dedicated_project"],
    ),
    "a project that is not there": (
        ("dedicated_project",),
        {"dedicated_project": "projects/none"},
        ["host.dedicated_project"],
    ),
    "a bad label": (("labels",), {"labels": {"-": "a"}}, ["host.labels[-]"]),
    "no inventory": (
        ("inventory",),
        {},
        ["host.inventory[vcpus]", "host.inventory[memory_mib]", "host.inventory[disk_gib]"],
    ),
}


@pytest.mark.parametrize(("paths", "fields", "bad"), BAD.values(), ids=BAD.keys())
async def test_a_bad_update_names_each_bad_field(
    plane: Plane, paths: tuple[str, ...], fields: dict[str, Any], bad: list[str]
) -> None:
    before = await register(plane)
    found = await refused(updated(plane, *paths, **fields))
    assert (found.code, found.reason, found.fields) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", bad)
    assert await host(plane) == before


UNITS = {
    "a ratio of 0": ({"allocation_ratio": 0.0}, "allocation_ratio"),
    "a negative ratio": ({"allocation_ratio": -1.0}, "allocation_ratio"),
    "no number": ({"allocation_ratio": float("nan")}, "allocation_ratio"),
    "an endless ratio": ({"allocation_ratio": float("inf")}, "allocation_ratio"),
    "a negative reserve": ({"reserved": -1}, "reserved"),
    "a reserve above the total": ({"reserved": 17}, "reserved"),
    "a negative total": ({"total": -1}, "total"),
    "a negative least": ({"min_unit": -1}, "min_unit"),
    "a negative most": ({"max_unit": -1}, "max_unit"),
    "a negative step": ({"step_size": -2}, "step_size"),
    "a least above the most": ({"min_unit": 9, "max_unit": 8}, "min_unit"),
    "a step that leaves no amount": ({"min_unit": 5, "max_unit": 7, "step_size": 4}, "step_size"),
}


@pytest.mark.parametrize(("units", "bad"), UNITS.values(), ids=UNITS.keys())
async def test_a_bad_inventory_is_refused_by_both_methods(plane: Plane, units: dict[str, float], bad: str) -> None:
    await register(plane)
    host = a_host(vcpus=16, memory_mib=16384)
    for field, value in units.items():
        setattr(host.inventory["vcpus"], field, value)
    registration = host_service_pb2.RegisterHostRequest(host_id="node-2", host=host)
    for call in (plane.hosts.RegisterHost(registration), updated(plane, "inventory", inventory=host.inventory)):
        found = await refused(call)
        assert (found.reason, found.fields) == ("INVALID_FIELD", [f"host.inventory[vcpus].{bad}"])


@pytest.mark.parametrize(
    ("nodes", "bad"),
    [
        ([(9, 1), (8, 1)], ["host.numa_nodes"]),
        ([(8, 16384), (8, 1)], ["host.numa_nodes"]),
        ([(-1, 1), (8, -5)], ["host.numa_nodes[0].vcpus", "host.numa_nodes[1].memory_mib"]),
        ([(0, 0)] * 65, ["host.numa_nodes"]),
    ],
)
async def test_bad_nodes_are_refused(plane: Plane, nodes: list[tuple[int, int]], bad: list[str]) -> None:
    cells = [host_pb2.NumaNode(vcpus=vcpus, memory_mib=memory) for vcpus, memory in nodes]
    found = await refused(register(plane, numa_nodes=cells))
    assert (found.reason, found.fields) == ("INVALID_FIELD", bad)


async def test_an_inventory_that_is_smaller_than_the_nodes_is_refused(plane: Plane) -> None:
    nodes = [host_pb2.NumaNode(vcpus=8, memory_mib=8192)] * 2
    await register(plane, numa_nodes=nodes)
    found = await refused(updated(plane, "inventory", inventory=a_host(vcpus=15, memory_mib=16384).inventory))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["host.inventory[vcpus].total"])


async def test_a_host_whose_project_is_not_there_is_not_registered(plane: Plane) -> None:
    found = await refused(register(plane, dedicated_project="projects/none"))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["host.dedicated_project"])
