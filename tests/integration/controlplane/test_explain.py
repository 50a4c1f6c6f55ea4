"""ExplainPlacement: where a VM would go and why, where one went and why, and what would have to change."""

from pathlib import Path

import pytest
from chronovisor.v1 import host_service_pb2
from chronovisor.v1 import vm_service_pb2 as api
from chronovisor.v1.vm_pb2 import Vm

from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_host, a_vm, refused, vm_name
from tests.support import images

covers = pytest.mark.covers("VmService.ExplainPlacement")


async def explain(plane: Plane, vm: Vm | None = None, name: str = "") -> api.PlacementExplanation:
    request = api.ExplainPlacementRequest(parent=DEFAULT, vm=vm)
    if name:
        request.name = name
    return (await plane.vms.ExplainPlacement(request, metadata=ACTOR)).explanation


@covers
async def test_a_vm_that_is_not_created_is_explained_where_it_would_go_and_leaves_no_trace(plane: Plane) -> None:
    for name in ("big", "small"):
        await plane.register(name, vcpus=64 if name == "big" else 4, memory_mib=65536 if name == "big" else 4096)
    await plane.register("tiny", vcpus=1)
    before = plane.control_plane.dispatcher.position
    explanation = await explain(plane, vm=a_vm(image="tiny", vcpus=2, memory_mib=2048))
    assert (explanation.policy, explanation.host, explanation.hosts_considered) == ("pack-balanced", "hosts/small", 3)
    assert dict(explanation.turned_down) == {"vcpus": 1}
    assert [each.host for each in explanation.alternatives] == ["hosts/big"]
    assert explanation.score > explanation.alternatives[0].score
    assert explanation.position == before == plane.control_plane.dispatcher.position


@covers
async def test_hosts_that_have_the_image_are_named(plane: Plane, tmp_path: Path) -> None:
    image = await images.upload(plane.images, images.qcow2(tmp_path / "web.qcow2"), DEFAULT, "web", ACTOR)
    for name in ("n1", "n2"):
        host = a_host()
        host.traits.append("image.fetch")
        host.platform.image_sha256s.extend([image.sha256] if name == "n2" else [])
        await plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id=name, host=host))
    found = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/n2"))
    assert list(found.platform.image_sha256s) == [image.sha256]
    explanation = await explain(plane, vm=a_vm(image=image.name))
    assert (explanation.host, list(explanation.image_hosts)) == ("hosts/n2", ["hosts/n2"])
    request = api.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm(image=image.name), start=True)
    await plane.vms.CreateVm(request, metadata=ACTOR)
    assert list((await explain(plane, name=vm_name("web"))).image_hosts) == ["hosts/n2"]
    host = a_host()
    host.platform.image_sha256s.append("x")
    refusal = await refused(plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="n3", host=host)))
    assert refusal.fields == ["host.platform.image_sha256s[0]"]


@covers
async def test_a_vm_that_fits_nowhere_is_explained_what_would_have_to_change(plane: Plane) -> None:
    await plane.register("far", vcpus=1)
    await plane.register("near", vcpus=3)
    explanation = await explain(plane, vm=a_vm(image="tiny", vcpus=4))
    assert (explanation.host, dict(explanation.turned_down)) == ("", {"vcpus": 2})
    assert [(each.host, each.rule, each.missing) for each in explanation.nearest] == [
        ("hosts/near", "vcpus", 1),
        ("hosts/far", "vcpus", 3),
    ]


@covers
async def test_of_a_pinned_vm_the_nearest_host_is_the_one_that_it_is_pinned_to(plane: Plane) -> None:
    for name in ("n1", "n2"):
        await plane.register(name)
    vm = a_vm(image="tiny")
    vm.spec.placement.host = "hosts/n2"
    await plane.hosts.CordonHost(host_service_pb2.CordonHostRequest(name="hosts/n2"))
    explanation = await explain(plane, vm=vm)
    assert [(each.host, each.rule) for each in explanation.nearest] == [("hosts/n2", "not_active")]


@covers
async def test_a_past_placement_is_read_back_as_it_was_whatever_came_after(plane: Plane) -> None:
    await plane.register("node-1")
    await plane.create("web", start=True)
    placed_at = plane.control_plane.dispatcher.position
    await plane.register("node-2")
    explanation = await explain(plane, name=vm_name("web"))
    assert (explanation.host, explanation.hosts_considered, explanation.policy) == ("hosts/node-1", 1, "pack-balanced")
    assert 0 < explanation.position <= placed_at


@pytest.mark.provokes("PLACEMENT_NOT_FOUND")
@covers
async def test_questions_without_an_answer_are_refused_with_the_reason(plane: Plane) -> None:
    assert (await refused(explain(plane))).fields == ["vm"]
    assert (await refused(explain(plane, name="web"))).fields == ["name"]
    assert (await refused(explain(plane, name=vm_name("none")))).reason == "VM_NOT_FOUND"
    assert (await refused(explain(plane, vm=a_vm(image="tiny", vcpus=0)))).fields == ["vm.spec.resources.vcpus"]
    await plane.create("never-started")
    assert (await refused(explain(plane, name=vm_name("never-started")))).reason == "PLACEMENT_NOT_FOUND"
