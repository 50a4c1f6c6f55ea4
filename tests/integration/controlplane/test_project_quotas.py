"""What a project holds that no host offers: the addresses of its VMs, and its images. By its quota, and over time."""

import asyncio

import pytest
from chronovisor.v1 import history_service_pb2, project_service_pb2, vm_service_pb2
from chronovisor.v1.image_pb2 import IMAGE_FORMAT_RAW, IMAGE_STATE_FAILED, Image
from chronovisor.v1.image_service_pb2 import GetImageRequest
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.resources_pb2 import Resources
from chronovisor.v1.utilization_service_pb2 import GetUsageRequest, GetUtilizationRequest, ListUtilizationRequest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from tests.integration.controlplane import test_images, test_networks
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, refused
from tests.support import images
from tests.support.images import MIB


async def bound(plane: Plane, **most: int) -> None:
    project = Project(name=DEFAULT, quota=Resources(extended=most))
    request = project_service_pb2.UpdateProjectRequest(project=project, update_mask=FieldMask(paths=["quota"]))
    await plane.projects.UpdateProject(request, metadata=ACTOR)


async def held(plane: Plane, scope: str = DEFAULT, at_position: int = 0) -> dict[str, int]:
    """What a project holds of its own classes; the same where all are listed."""
    found = await plane.utilization.GetUtilization(GetUtilizationRequest(scope=scope, at_position=at_position))
    if scope == DEFAULT:
        request = ListUtilizationRequest(group_by="projects", at_position=found.position)
        (listed,) = (await plane.utilization.ListUtilization(request)).utilizations
        assert [*listed.classes] == [*found.classes]
    own = [each for each in found.classes if each.resource_class in ("addresses", "image_mib")]
    assert all(each.total == each.free == each.eta == 0 for each in own)
    return {each.resource_class: each.allocated for each in own}


@pytest.mark.provokes("QUOTA_EXCEEDED")
async def test_addresses_are_held_from_a_start_until_their_vm_is_destroyed(any_plane: Plane) -> None:
    plane = any_plane
    await test_networks.host(plane)
    await test_networks.create(plane)
    await bound(plane, addresses=1)
    await test_networks.vm(plane, "one")
    before = (await plane.utilization.GetUtilization(GetUtilizationRequest())).position
    assert await held(plane) == await held(plane, at_position=before) == {"addresses": 1}
    await test_networks.vm(plane, "two", start=False)
    found = await refused(plane.vms.StartVm(vm_service_pb2.StartVmRequest(name=f"{DEFAULT}/vms/two"), metadata=ACTOR))
    expected = {"project": DEFAULT, "resource_class": "addresses", "quota": "1", "held": "1", "requested": "1"}
    assert (found.reason, found.metadata) == ("QUOTA_EXCEEDED", expected)
    assert await held(plane, "fleet") == {}
    await bound(plane, addresses=2)
    await plane.vms.StartVm(vm_service_pb2.StartVmRequest(name=f"{DEFAULT}/vms/two"), metadata=ACTOR)
    assert await held(plane) == {"addresses": 2}
    assert await held(plane, at_position=before) == {"addresses": 1}


@pytest.mark.provokes("QUOTA_EXCEEDED")
async def test_an_image_for_which_a_quota_has_no_room_fails_and_leaves_nothing(plane: Plane) -> None:
    await bound(plane, image_mib=2)
    await images.upload(plane.images, bytes(MIB + 512), DEFAULT, "one", ACTOR, image=Image(format=IMAGE_FORMAT_RAW))
    assert await held(plane) == {"image_mib": 2}
    found = await refused(images.upload(plane.images, bytes(512), DEFAULT, "two", ACTOR))
    assert (found.reason, found.metadata["requested"]) == ("QUOTA_EXCEEDED", "1")
    await bound(plane, image_mib=3)
    # The size is known at its end alone.
    raw = Image(format=IMAGE_FORMAT_RAW)
    found = await refused(images.upload(plane.images, bytes(2 * MIB), DEFAULT, "two", ACTOR, image=raw))
    assert (found.reason, found.metadata["held"], found.metadata["requested"]) == ("QUOTA_EXCEEDED", "2", "2")
    failed = await plane.images.GetImage(GetImageRequest(name=f"{DEFAULT}/images/two"))
    assert failed.state == IMAGE_STATE_FAILED
    assert "2 more is too much" in failed.failure
    assert await held(plane) == {"image_mib": 2}
    await test_images.are_kept(plane, 1)
    # The same bytes count for each image that has them.
    await images.upload(plane.images, bytes(MIB), DEFAULT, "two", ACTOR, image=raw)
    assert await held(plane) == {"image_mib": 3}


async def test_usage_has_addresses_and_images_over_time(plane: Plane) -> None:
    await test_networks.host(plane)
    await test_networks.create(plane)
    await images.upload(plane.images, bytes(MIB), DEFAULT, "disk", ACTOR, image=Image(format=IMAGE_FORMAT_RAW))
    await test_networks.vm(plane, "one")
    events = await plane.history.ListEvents(history_service_pb2.ListEventsRequest(parent=DEFAULT, page_size=100))
    since = {each.WhichOneof("payload"): each.commit_time for each in events.events}
    end = Timestamp()
    end.CopyFrom(since["vm_start_requested"])
    end.FromMicroseconds(end.ToMicroseconds() + 200_000)
    await asyncio.sleep(0.2)

    async def used(scope: str = "", group_by: str = "") -> dict[str, dict[str, int]]:
        request = GetUsageRequest(start_time=Timestamp(seconds=1), end_time=end, scope=scope, group_by=group_by)
        found = (await plane.utilization.GetUsage(request)).usages
        return {
            each.group: {some.resource_class: some.unit_seconds * 10**6 + some.unit_micros for some in each.classes}
            for each in found
        }

    stored = end.ToMicroseconds() - since["image_imported"].ToMicroseconds()
    by_project = await used(group_by="projects")
    assert by_project[DEFAULT]["addresses"] == 200_000
    assert by_project[DEFAULT]["image_mib"] == stored
    by_vm = await used(group_by="vms")
    assert [*by_vm] == [f"{DEFAULT}/vms/one"]
    assert by_vm[f"{DEFAULT}/vms/one"]["addresses"] == 200_000
    assert "image_mib" not in by_vm[f"{DEFAULT}/vms/one"]
    assert (await used(scope=f"{DEFAULT}/vms/one"))[""]["addresses"] == 200_000
