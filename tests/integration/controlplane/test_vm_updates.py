"""UpdateVm over gRPC: labels at any time, the spec of a STOPPED VM, and what is refused."""

from typing import Any

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import vm_pb2, vm_service_pb2
from google.longrunning.operations_pb2 import GetOperationRequest, Operation
from google.protobuf.field_mask_pb2 import FieldMask

from tests.integration.controlplane.fake_agent import FakeAgent, connected
from tests.integration.controlplane.plane import ACTOR, Plane, metadata_of, refused, vm_name, vm_of

WEB = vm_name("web")
REQUEST_ID = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f03"


def a_spec(**amounts: int) -> vm_pb2.VmSpec:
    spec = vm_pb2.VmSpec()
    for name, amount in amounts.items():
        setattr(spec.resources, name, amount)
    return spec


async def update(
    plane: Plane, *paths: str, name: str = WEB, validate_only: bool = False, request_id: str = "", **fields: Any
) -> Operation:
    request = vm_service_pb2.UpdateVmRequest(
        vm=vm_pb2.Vm(name=name, **fields),
        update_mask=FieldMask(paths=paths),
        validate_only=validate_only,
        request_id=request_id,
        reason="because",
    )
    return await plane.vms.UpdateVm(request, metadata=ACTOR)


async def stopped_with_a_disk(plane: Plane, agent: FakeAgent) -> vm_pb2.Vm:
    """The VM `web`, which ran once."""
    await plane.create()
    uid = (await plane.get()).uid
    for ask, power in ((plane.start, agents.DESIRED_POWER_RUNNING), (plane.stop, agents.DESIRED_POWER_SHUTOFF)):
        operation = await ask()
        await agent.until_desired(uid, power)
        await agent.obey(uid)
        await plane.wait(operation)
    return await plane.get()


@pytest.mark.covers("VmService.UpdateVm")
async def test_a_stopped_vm_is_changed_and_starts_as_it_is_now(any_plane: Plane) -> None:
    plane = any_plane
    async with connected(plane) as agent:
        before = await stopped_with_a_disk(plane, agent)
        operation = await update(
            plane, "labels", "spec.resources.vcpus", labels={"app": "web"}, spec=a_spec(vcpus=4, memory_mib=999)
        )
        after = vm_of(operation)
        assert after == await plane.get()
        assert (metadata_of(operation).verb, metadata_of(operation).reason) == ("UpdateVm", "because")
        assert await plane.operations.GetOperation(GetOperationRequest(name=operation.name)) == operation
        assert (dict(after.labels), after.spec.resources.vcpus) == ({"app": "web"}, 4)
        assert after.spec.resources.memory_mib == before.spec.resources.memory_mib == 512
        assert after.held == before.held
        assert (await plane.used())["vcpus"] == (4, 0)
        await plane.start()
        desired = await agent.until_desired(after.uid, agents.DESIRED_POWER_RUNNING)
        assert (desired.incarnation, desired.spec.resources.vcpus) == (2, 4)
        assert (await plane.used())["vcpus"] == (4, 4)


async def test_labels_change_while_a_vm_starts_and_its_operation_goes_on(plane: Plane) -> None:
    async with connected(plane) as agent:
        await plane.create()
        starting = await plane.start()
        vm = vm_of(await update(plane, labels={"app": "web"}))
        assert (vm.state, dict(vm.labels)) == (vm_pb2.VM_STATE_STARTING, {"app": "web"})
        assert not (await plane.operations.GetOperation(GetOperationRequest(name=starting.name))).done
        await agent.until_desired(vm.uid, agents.DESIRED_POWER_RUNNING)
        await agent.obey(vm.uid)
        assert vm_of(await plane.wait(starting)).state == vm_pb2.VM_STATE_RUNNING
        assert dict(vm_of(await update(plane, "labels")).labels) == {}


async def test_the_spec_of_a_vm_that_runs_is_not_changed_and_the_same_spec_is_no_change(plane: Plane) -> None:
    await plane.register()
    await plane.create(start=True)
    before = await plane.get()
    found = await refused(update(plane, spec=a_spec(vcpus=3)))
    assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE")
    assert (found.metadata["state"], found.metadata["command"]) == ("STARTING", "UpdateVm")
    assert found.metadata["part"] == "spec"
    # Of labels.
    assert "UpdateVm" in found.metadata["allowed_commands"].split(",")
    assert "does not allow UpdateVm of spec; allowed: StopVm, DeleteVm, UpdateVm of labels" in found.message
    assert await plane.get() == before
    # What a reader sends back as it got it is no change, but for what it changed.
    before.labels["app"] = "web"
    after = vm_of(await plane.vms.UpdateVm(vm_service_pb2.UpdateVmRequest(vm=before)))
    assert dict(after.labels) == {"app": "web"}
    assert await plane.events(WEB) == ["vm_created", "vm_start_requested", "vm_updated"]


async def test_another_boot_source_takes_the_place_of_the_one_before(plane: Plane) -> None:
    await plane.create()
    spec = vm_pb2.VmSpec()
    spec.boot.kernel.kernel, spec.boot.kernel.initramfs = "vmlinuz", "initrd"
    spec.placement.require, spec.placement.numa_nodes = "zone = a", 1
    after = vm_of(await update(plane, spec=spec))
    assert (after.spec.boot.kernel.kernel, after.spec.boot.WhichOneof("source")) == ("vmlinuz", "kernel")
    assert (after.spec.placement.require, after.spec.placement.numa_nodes) == ("zone=a", 1)
    after = vm_of(await update(plane, "spec.placement", "spec.resources.disk_gib"))
    assert not after.spec.HasField("placement")
    assert after.spec.resources.disk_gib == 0


async def test_a_placed_disk_keeps_its_image_and_does_not_shrink(plane: Plane) -> None:
    async with connected(plane) as agent:
        before = await stopped_with_a_disk(plane, agent)
        for spec, bad in (
            (a_spec(disk_gib=4), "vm.spec.resources.disk_gib"),
            (vm_pb2.VmSpec(boot=vm_pb2.BootSource(image=vm_pb2.ImageBoot(image="other"))), "vm.spec.boot"),
        ):
            found = await refused(update(plane, spec=spec))
            assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
            assert found.fields == [bad]
            assert "5 GiB is on hosts/node-1 already" in found.status.details[1].value.decode(errors="replace")
        assert await plane.get() == before


async def test_a_stale_etag_and_a_vm_that_is_not_there_are_refused(plane: Plane) -> None:
    await plane.create()
    found = await refused(update(plane, labels={"a": "b"}, etag='"7"'))
    assert (found.code, found.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    found = await refused(update(plane, name=vm_name("nobody"), labels={"a": "b"}))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "VM_NOT_FOUND")
    vm_of(await update(plane, labels={"a": "b"}, etag=(await plane.get()).etag))


async def test_an_update_is_carried_out_once_and_a_checked_one_not_at_all(plane: Plane) -> None:
    await plane.create()
    before = await plane.get()
    assert dict(vm_of(await update(plane, labels={"a": "b"}, validate_only=True)).labels) == {"a": "b"}
    assert await plane.get() == before
    first = await update(plane, labels={"a": "b"}, request_id=REQUEST_ID)
    await update(plane, labels={"a": "c"})
    assert await update(plane, labels={"a": "b"}, request_id=REQUEST_ID) == first
    found = await refused(update(plane, labels={"a": "d"}, request_id=REQUEST_ID))
    assert found.reason == "REQUEST_ID_REUSED"
    assert dict((await plane.get()).labels) == {"a": "c"}
    since = await plane.events(WEB)
    assert dict(vm_of(await update(plane, labels={"a": "c"})).labels) == {"a": "c"}
    assert await plane.events(WEB) == since == ["vm_created", "vm_updated", "vm_updated"]


BAD: dict[str, tuple[tuple[str, ...], dict[str, Any], list[str]]] = {
    "an unknown path": (("lables",), {}, ["update_mask"]),
    "an unknown path within": (("spec.resources.cores",), {}, ["update_mask"]),
    "what only the server sets": (("name", "uid", "state", "held", "host"), {}, ["update_mask"] * 5),
    "a path into a map": (("labels.a",), {}, ["update_mask"]),
    "nothing to change": ((), {}, ["update_mask"]),
    "no vCPUs": (("spec.resources.vcpus",), {}, ["vm.spec.resources.vcpus"]),
    "all of the spec, with nothing": (
        ("spec",),
        {},
        ["vm.spec.resources.vcpus", "vm.spec.resources.memory_mib", "vm.spec.boot"],
    ),
    "no disk for an image": (("spec.resources.disk_gib",), {}, ["vm.spec.resources.disk_gib"]),
    "a path for an image": (
        (),
        {"spec": vm_pb2.VmSpec(boot=vm_pb2.BootSource(image=vm_pb2.ImageBoot(image="/etc/passwd")))},
        ["vm.spec.boot.image.image"],
    ),
    "a bad label": (("labels",), {"labels": {"-": "a"}}, ["vm.labels[-]"]),
    "a bad selector": (
        (),
        {"spec": vm_pb2.VmSpec(placement=vm_pb2.PlacementRules(require="zone=="))},
        ["vm.spec.placement.require"],
    ),
    "more nodes than vCPUs": (
        (),
        {"spec": vm_pb2.VmSpec(placement=vm_pb2.PlacementRules(numa_nodes=4))},
        ["vm.spec.placement.numa_nodes"],
    ),
}


@pytest.mark.parametrize(("paths", "fields", "bad"), BAD.values(), ids=BAD.keys())
async def test_a_bad_update_names_each_bad_field(
    plane: Plane, paths: tuple[str, ...], fields: dict[str, Any], bad: list[str]
) -> None:
    await plane.create()
    before = await plane.get()
    found = await refused(update(plane, *paths, **fields))
    assert (found.code, found.reason, found.fields) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", bad)
    assert await plane.get() == before
