"""Projects as their owners change them: updated by mask, deleted, and what is refused."""

from typing import Any

import grpc
import pytest
from chronovisor.v1 import (
    history_service_pb2,
    host_service_pb2,
    project_pb2,
    project_service_pb2,
    resources_pb2,
    utilization_service_pb2,
    vm_service_pb2,
)
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import aio

from controlplane.domain.resource_kinds import RESOURCE_KINDS
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_host, a_vm, refused, running

SHOP = "projects/shop"
REQUEST_ID = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f02"
Project = project_pb2.Project
SpareCapacityRule = project_pb2.SpareCapacityRule
Resources = resources_pb2.Resources


async def create(plane: Plane, **fields: Any) -> Project:
    request = project_service_pb2.CreateProjectRequest(project_id="shop", project=Project(**fields))
    return await plane.projects.CreateProject(request, metadata=ACTOR)


async def get(plane: Plane, at_position: int = 0) -> Project:
    request = project_service_pb2.GetProjectRequest(name=SHOP, at_position=at_position)
    return await plane.projects.GetProject(request)


async def updated(
    plane: Plane, *paths: str, etag: str = "", validate_only: bool = False, request_id: str = "", **fields: Any
) -> Project:
    request = project_service_pb2.UpdateProjectRequest(
        project=Project(name=SHOP, etag=etag, **fields),
        update_mask=FieldMask(paths=paths),
        validate_only=validate_only,
        request_id=request_id,
        reason="because",
    )
    return await plane.projects.UpdateProject(request, metadata=ACTOR)


async def deleted(
    plane: Plane, name: str = SHOP, etag: str = "", validate_only: bool = False, request_id: str = ""
) -> Project:
    request = project_service_pb2.DeleteProjectRequest(
        name=name, etag=etag, validate_only=validate_only, request_id=request_id, reason="closed"
    )
    return await plane.projects.DeleteProject(request, metadata=ACTOR)


@pytest.mark.covers("ProjectService.UpdateProject")
async def test_only_what_the_mask_names_is_changed(any_plane: Plane) -> None:
    plane = any_plane
    before = await create(plane, display_name="Shop", labels={"a": "1"}, quota=Resources(vcpus=4, disk_gib=9))
    after = await updated(plane, "labels", "quota.vcpus", labels={"b": "2"}, quota=Resources(vcpus=8), display_name="X")
    assert (after.display_name, dict(after.labels)) == ("Shop", {"b": "2"})
    assert after.quota == Resources(vcpus=8, disk_gib=9)
    assert (after.create_time, after.uid) == (before.create_time, before.uid)
    assert after.etag != before.etag
    assert after == await get(plane)
    assert (await updated(plane, "quota.disk_gib")).quota == Resources(vcpus=8)
    assert (await updated(plane, "labels")).labels == {}
    assert await plane.events(SHOP) == ["project_created", *["project_updated"] * 3]


async def test_without_a_mask_what_is_set_is_changed_and_a_star_changes_all(plane: Plane) -> None:
    await create(plane, display_name="Shop", quota=Resources(vcpus=4))
    after = await updated(plane, quota=Resources(memory_mib=512), placement_policy="spread")
    assert (after.display_name, after.quota) == ("Shop", Resources(vcpus=4, memory_mib=512))
    assert after.placement_policy == "spread"
    after = await updated(plane, "*", display_name="Other")
    assert (after.display_name, after.quota, after.placement_policy) == ("Other", Resources(), "pack-balanced")


async def test_an_update_that_changes_nothing_and_one_that_is_checked_append_nothing(plane: Plane) -> None:
    before = await create(plane, display_name="Shop")
    assert await updated(plane, "display_name", display_name="Shop") == before
    assert (await updated(plane, display_name="Other", validate_only=True)).display_name == "Other"
    assert await get(plane) == before
    assert await plane.events(SHOP) == ["project_created"]


async def test_a_stale_etag_is_refused_and_a_fresh_one_is_not(plane: Plane) -> None:
    made = await create(plane)
    now = await updated(plane, display_name="a", etag=made.etag)
    for call in (updated(plane, display_name="b", etag=made.etag), deleted(plane, etag=made.etag)):
        found = await refused(call)
        assert (found.code, found.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert (await deleted(plane, etag=now.etag)).HasField("delete_time")


async def test_the_same_request_id_changes_a_project_once(plane: Plane) -> None:
    await create(plane)
    first = await updated(plane, display_name="a", request_id=REQUEST_ID)
    assert await updated(plane, display_name="a", request_id=REQUEST_ID) == first
    found = await refused(updated(plane, display_name="b", request_id=REQUEST_ID))
    assert found.reason == "REQUEST_ID_REUSED"
    assert await plane.events(SHOP) == ["project_created", "project_updated"]


async def test_a_quota_below_what_is_held_is_taken_and_nothing_more_starts(plane: Plane) -> None:
    await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="node-1", host=a_host(vcpus=16)))
    await create(plane)
    request = vm_service_pb2.CreateVmRequest(parent=SHOP, vm_id="web", vm=a_vm(vcpus=4), start=True)
    await plane.vms.CreateVm(request)
    assert (await updated(plane, quota=Resources(vcpus=2))).quota.vcpus == 2
    request.vm_id = "more"
    found = await refused(plane.vms.CreateVm(request))
    assert (found.reason, found.metadata["held"], found.metadata["quota"]) == ("QUOTA_EXCEEDED", "4", "2")
    query = utilization_service_pb2.GetUtilizationRequest(scope=SHOP)
    assert {each.resource_class: each.allocated for each in (await plane.utilization.GetUtilization(query)).classes}[
        "vcpus"
    ] == 4


BAD: dict[str, tuple[tuple[str, ...], dict[str, Any], list[str]]] = {
    "an unknown path": (("nam",), {}, ["update_mask"]),
    "what only the server sets": (("uid", "create_time", "etag", "name"), {}, ["update_mask"] * 4),
    "a path into a map": (("labels.a",), {"labels": {"a": "b"}}, ["update_mask"]),
    "an unknown class": (("quota.gpus",), {}, ["update_mask"]),
    "nothing to change": ((), {}, ["update_mask"]),
    "a long title": (("display_name",), {"display_name": "x" * 256}, ["project.display_name"]),
    "a bad label": (("labels",), {"labels": {"-": "a"}}, ["project.labels[-]"]),
    "a quota below 0": (("quota",), {"quota": Resources(vcpus=-1)}, ["project.quota.vcpus"]),
    "no policy": (("placement_policy",), {"placement_policy": "pile"}, ["project.placement_policy"]),
    "a bad zone": (("zone_policies",), {"zone_policies": {"Eu 1": "pack"}}, ["project.zone_policies[Eu 1]"]),
    "no policy of a zone": (("zone_policies",), {"zone_policies": {"a": ""}}, ["project.zone_policies[a]"]),
    "a bad policy of a zone": (("zone_policies",), {"zone_policies": {"a": "pack=x"}}, ["project.zone_policies[a]"]),
    "more at once than is kept for": (
        ("spare_capacity",),
        {"spare_capacity": [SpareCapacityRule(survive=4), SpareCapacityRule(within="-")]},
        ["project.spare_capacity[0].survive", "project.spare_capacity[1].within"],
    ),
    "a rule of a bad zone": (
        ("spare_capacity",),
        {"spare_capacity": [SpareCapacityRule(zone="Eu 1")]},
        ["project.spare_capacity[0].zone"],
    ),
    "too many rules": (("spare_capacity",), {"spare_capacity": [SpareCapacityRule()] * 9}, ["project.spare_capacity"]),
    "too many zones": (
        ("zone_policies",),
        {"zone_policies": {f"z{number}": "pack" for number in range(65)}},
        ["project.zone_policies"],
    ),
}


@pytest.mark.parametrize(("paths", "fields", "bad"), BAD.values(), ids=BAD.keys())
async def test_a_bad_update_names_each_bad_field(
    plane: Plane, paths: tuple[str, ...], fields: dict[str, Any], bad: list[str]
) -> None:
    before = await create(plane)
    found = await refused(updated(plane, *paths, **fields))
    assert (found.code, found.reason, found.fields) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", bad)
    assert await get(plane) == before


async def test_a_project_that_is_not_there_is_not_found(plane: Plane) -> None:
    for call in (updated(plane, display_name="a"), deleted(plane)):
        found = await refused(call)
        assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND")


async def a_vm_of_the_shop(plane: Plane) -> str:
    request = vm_service_pb2.CreateVmRequest(parent=SHOP, vm_id="web", vm=a_vm())
    await plane.vms.CreateVm(request)
    name = f"{SHOP}/vms/web"
    return (await plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=name))).uid


@pytest.mark.provokes("PROJECT_IN_USE")
async def test_a_project_in_use_is_not_deleted(plane: Plane) -> None:
    await create(plane)
    await a_vm_of_the_shop(plane)
    host = a_host()
    host.dedicated_project = SHOP
    await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="node-1", host=host))
    found = await refused(deleted(plane))
    assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "PROJECT_IN_USE")
    others = {kind.plural: "0" for kind in RESOURCE_KINDS.values()}
    assert found.metadata == {"project": SHOP, "vms": "1", "dedicated_hosts": "1", **others}
    assert found.details == ["PreconditionFailure"]
    assert "1 VM and 1 dedicated host" in found.message


async def test_the_default_project_is_not_deleted(plane: Plane) -> None:
    found = await refused(deleted(plane, DEFAULT))
    assert (found.code, found.reason, found.fields) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["name"])


@pytest.mark.covers("ProjectService.DeleteProject")
async def test_a_deleted_project_is_gone_and_its_history_stays(any_plane: Plane) -> None:
    plane = any_plane
    await create(plane, display_name="Shop")
    uid = await a_vm_of_the_shop(plane)
    await plane.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=f"{SHOP}/vms/web"))
    there = (await plane.history.ListEvents(history_service_pb2.ListEventsRequest())).position
    checked = await deleted(plane, validate_only=True)
    assert (await get(plane)).display_name == "Shop"
    gone = await deleted(plane)
    assert gone.uid == checked.uid
    assert gone.HasField("delete_time")
    now = (await plane.history.ListEvents(history_service_pb2.ListEventsRequest())).position
    for call in (
        get(plane),
        get(plane, now),
        a_vm_of_the_shop(plane),
        plane.vms.ListVms(vm_service_pb2.ListVmsRequest(parent=SHOP)),
        plane.utilization.GetUtilization(utilization_service_pb2.GetUtilizationRequest(scope=SHOP)),
        plane.utilization.GetUtilization(utilization_service_pb2.GetUtilizationRequest(scope=SHOP, at_position=now)),
    ):
        assert (await refused(call)).reason == "PROJECT_NOT_FOUND"
    assert (await get(plane, there)).display_name == "Shop"
    listed = await plane.projects.ListProjects(project_service_pb2.ListProjectsRequest())
    assert [each.name for each in listed.projects] == [DEFAULT]
    events = await plane.events(SHOP)
    assert events == ["project_created", "vm_created", "vm_delete_requested", "vm_deleted", "project_deleted"]
    ended = await plane.vms.ListVms(vm_service_pb2.ListVmsRequest(parent=SHOP, show_deleted=True))
    assert [each.uid for each in ended.vms] == [uid]
    assert (await plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=f"{SHOP}/vms/{uid}"))).uid == uid
    diff = history_service_pb2.DiffStateRequest(scope=SHOP, from_position=there, to_position=now)
    assert [each.field for each in (await plane.history.DiffState(diff)).changes if "delete_time" in each.field]


async def test_the_first_answer_of_a_deletion_is_given_again_when_the_name_is_anothers(plane: Plane) -> None:
    first = await create(plane)
    gone = await deleted(plane, request_id=REQUEST_ID)
    second = await create(plane)
    assert second.uid != first.uid
    assert await deleted(plane, request_id=REQUEST_ID) == gone
    assert await get(plane) == second
    found = await refused(deleted(plane, etag=first.etag, request_id=REQUEST_ID))
    assert found.reason == "REQUEST_ID_REUSED"


async def test_an_update_is_answered_again_after_the_project_was_deleted(plane: Plane) -> None:
    await create(plane)
    await updated(plane, display_name="a", request_id=REQUEST_ID)
    await deleted(plane)
    assert (await updated(plane, display_name="a", request_id=REQUEST_ID)).display_name == "a"


async def test_a_restart_knows_what_was_changed_and_deleted(tmp_path: Any) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        await create(plane)
        changed = await updated(plane, zone_policies={"eu-1a": "spread"}, quota=Resources(vcpus=3))
        await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="old"))
        await deleted(plane, "projects/old")
    async with running(store) as plane:
        assert await get(plane) == changed
        assert await plane.events("projects/old") == ["project_created", "project_deleted"]
        await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="old"))


async def test_a_zone_has_a_policy_of_its_own(plane: Plane) -> None:
    """In zone a hosts are filled up, in zone b they are kept even: each as good as its own policy finds it."""
    for name, zone in (("a-1", "a"), ("a-2", "a"), ("b-1", "b"), ("b-2", "b")):
        host = a_host(vcpus=16, memory_mib=16384)
        host.zone = zone
        await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id=name, host=host))
    made = await create(plane, zone_policies={"b": "spread=2", "c": "balance"})
    assert dict(made.zone_policies) == {"b": "spread=2", "c": "balance"}

    async def place(vm_id: str, zone: str) -> tuple[str, str, float]:
        vm = a_vm(vcpus=2)
        vm.spec.placement.require = f"zone={zone}"
        await plane.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=SHOP, vm_id=vm_id, vm=vm, start=True))
        query = vm_service_pb2.ExplainPlacementRequest(name=f"{SHOP}/vms/{vm_id}")
        explanation = (await plane.vms.ExplainPlacement(query)).explanation
        return explanation.host, explanation.policy, explanation.score

    chosen = [await place(f"{zone}-{number}", zone) for number in range(2) for zone in "ab"]
    assert [each[0] for each in chosen] == ["hosts/a-1", "hosts/b-1", "hosts/a-1", "hosts/b-2"]
    assert [each[1] for each in chosen] == ["pack-balanced", "spread=2"] * 2
    assert all(0 <= score <= 2 for _, _, score in chosen)


async def test_projects_are_picked_and_ordered(plane: Plane) -> None:
    for name, tier in (("a", "gold"), ("b", "lead"), ("c", "gold")):
        project = project_pb2.Project(labels={"tier": tier})
        await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id=name, project=project))

    async def names(**fields: str) -> list[str]:
        request = project_service_pb2.ListProjectsRequest(page_size=1, **fields)  # pyright: ignore[reportArgumentType]
        found: list[str] = []
        while True:
            page = await plane.projects.ListProjects(request)
            found += [each.name for each in page.projects]
            if not (token := page.next_page_token):
                return found
            request.page_token = token

    assert await names(filter="labels.tier = gold") == ["projects/a", "projects/c"]
    assert await names(filter="labels.tier = gold", order_by="name desc") == ["projects/c", "projects/a"]
    assert await names(filter='name = "projects/b"') == ["projects/b"]
    for bad in ({"filter": "state = ACTIVE"}, {"order_by": "create_time"}):
        with pytest.raises(aio.AioRpcError) as error:
            await names(**bad)
        assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
