"""Nonsense gets a refusal that names each bad field, never a fault of ours."""

import uuid
from datetime import timedelta

import grpc
import pytest
from chronovisor.v1 import (
    history_service_pb2,
    host_service_pb2,
    project_service_pb2,
    resources_pb2,
    utilization_service_pb2,
    vm_pb2,
    vm_service_pb2,
)
from google.longrunning import operations_pb2 as longrunning
from google.protobuf.duration_pb2 import Duration

from tests.integration.controlplane.plane import DEFAULT, Plane, a_host, a_vm, refused, vm_name

HUGE = "x" * (4 << 20)
# What would not fit into trailing metadata, in the longest encoding there is.
HUGE_EMOJI = "\N{FACE WITH TEARS OF JOY}" * (1 << 20)


def request(**changes: object) -> vm_service_pb2.CreateVmRequest:
    made = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm())
    for field, value in changes.items():
        if field in ("parent", "vm_id", "request_id", "reason"):
            setattr(made, field, value)
        else:
            setattr(made.vm.spec.resources, field, value)
    return made


def with_boot(boot: vm_pb2.BootSource) -> vm_service_pb2.CreateVmRequest:
    made = request()
    made.vm.spec.boot.CopyFrom(boot)
    return made


def labelled(**labels: str) -> vm_service_pb2.CreateVmRequest:
    made = request()
    made.vm.labels.update(labels)
    return made


def lasting(**length: int) -> vm_service_pb2.CreateVmRequest:
    filled = request()
    filled.vm.expected_lifetime.FromTimedelta(timedelta(**length))
    return filled


def extended(name: str, amount: int) -> vm_service_pb2.CreateVmRequest:
    made = request()
    made.vm.spec.resources.extended[name] = amount
    return made


RESOURCES = "vm.spec.resources"
BAD_CREATES = {
    "negative vcpus": (request(vcpus=-1), [f"{RESOURCES}.vcpus"]),
    "no vcpus": (request(vcpus=0), [f"{RESOURCES}.vcpus"]),
    "too many vcpus": (request(vcpus=(1 << 63) - 1), [f"{RESOURCES}.vcpus"]),
    "negative memory": (request(memory_mib=-5), [f"{RESOURCES}.memory_mib"]),
    "too much memory": (request(memory_mib=1 << 60), [f"{RESOURCES}.memory_mib"]),
    "negative disk": (request(disk_gib=-(1 << 63)), [f"{RESOURCES}.disk_gib"]),
    "an image without a disk": (request(disk_gib=0), [f"{RESOURCES}.disk_gib"]),
    "all of them": (
        request(vcpus=-1, memory_mib=0, disk_gib=-1, vm_id="", parent="x"),
        ["parent", "vm_id", f"{RESOURCES}.vcpus", f"{RESOURCES}.memory_mib", f"{RESOURCES}.disk_gib"],
    ),
    "empty name": (request(vm_id=""), ["vm_id"]),
    "a path as a name": (request(vm_id="../etc"), ["vm_id"]),
    "capitals": (request(vm_id="Web"), ["vm_id"]),
    "a newline at the end": (request(vm_id="web\n"), ["vm_id"]),
    "64 characters": (request(vm_id="x" * 64), ["vm_id"]),
    "a 4 MiB name": (request(vm_id=HUGE), ["vm_id"]),
    "a 4 MiB name of emoji": (request(vm_id=HUGE_EMOJI), ["vm_id"]),
    "a 4 MiB project": (request(parent=f"projects/{HUGE}"), ["parent"]),
    "no project": (request(parent=""), ["parent"]),
    "all projects": (request(parent="projects/-"), ["parent"]),
    "a request id that is no UUID": (request(request_id="1"), ["request_id"]),
    "a request id that nobody has set": (request(request_id=str(uuid.UUID(int=0))), ["request_id"]),
    "a reason that is too long": (request(reason="x" * 513), ["reason"]),
    "no boot source": (with_boot(vm_pb2.BootSource()), ["vm.spec.boot"]),
    "an image path": (
        with_boot(vm_pb2.BootSource(image=vm_pb2.ImageBoot(image="../../etc/shadow"))),
        ["vm.spec.boot.image.image"],
    ),
    "a kernel without an initramfs": (
        with_boot(vm_pb2.BootSource(kernel=vm_pb2.KernelBoot(kernel="vmlinuz"))),
        ["vm.spec.boot.kernel.initramfs"],
    ),
    "control characters": (
        with_boot(vm_pb2.BootSource(kernel=vm_pb2.KernelBoot(kernel="k", initramfs="i", cmdline="a\0b"))),
        ["vm.spec.boot.kernel.cmdline"],
    ),
    "too many labels": (labelled(**{f"k{number}": "v" for number in range(65)}), ["vm.labels"]),
    "a bad label key": (labelled(**{"-": "v"}), ["vm.labels[-]"]),
    "a long label value": (labelled(key="v" * 256), ["vm.labels[key]"]),
    "a class without a dot": (extended("gpu", 1), [f"{RESOURCES}.extended[gpu]"]),
    "none of a class": (extended("gpu.a100", 0), [f"{RESOURCES}.extended[gpu.a100]"]),
    "a lifetime of nothing": (lasting(seconds=0), ["vm.expected_lifetime"]),
    "a negative lifetime": (lasting(seconds=-1), ["vm.expected_lifetime"]),
    "a lifetime of more than ten years": (lasting(days=3651), ["vm.expected_lifetime"]),
    "a huge class": (extended(HUGE, -1), [f"{RESOURCES}.extended[{'x' * 63}]"] * 2),
}


@pytest.mark.parametrize(("bad", "fields"), BAD_CREATES.values(), ids=BAD_CREATES.keys())
@pytest.mark.provokes("INVALID_FIELD")
async def test_a_bad_create_names_each_bad_field(
    plane: Plane, bad: vm_service_pb2.CreateVmRequest, fields: list[str]
) -> None:
    found = await refused(plane.vms.CreateVm(bad))
    assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert found.details == ["BadRequest"]
    assert found.fields == fields
    assert len(found.status.SerializeToString()) < 4096
    assert await plane.events() == ["project_created", "batch_sealed"]


async def test_an_image_that_no_host_has_is_named(plane: Plane) -> None:
    registration = host_service_pb2.RegisterHostRequest(host_id="node-1", host=a_host(images=["tiny"]))
    await plane.hosts.RegisterHost(registration)
    boot = vm_pb2.BootSource(image=vm_pb2.ImageBoot(image="unknown"))
    found = await refused(plane.vms.CreateVm(with_boot(boot)))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["vm.spec.boot.image.image"])


@pytest.mark.parametrize("name", ["", "web", "projects/default/vms", "projects/default/vms/", HUGE, "projects/-/vms/a"])
async def test_a_bad_name_is_named_by_every_method(plane: Plane, name: str) -> None:
    for call in (
        plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=name)),
        plane.vms.StartVm(vm_service_pb2.StartVmRequest(name=name)),
        plane.vms.StopVm(vm_service_pb2.StopVmRequest(name=name)),
        plane.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=name)),
        plane.hosts.GetHost(host_service_pb2.GetHostRequest(name=name)),
        plane.projects.GetProject(project_service_pb2.GetProjectRequest(name=name)),
    ):
        found = await refused(call)
        assert (found.reason, found.fields) == ("INVALID_FIELD", ["name"])


@pytest.mark.parametrize("grace", [Duration(seconds=-1), Duration(seconds=3601), Duration(nanos=-1)])
async def test_a_grace_period_is_0_to_an_hour(plane: Plane, grace: Duration) -> None:
    await plane.create()
    found = await refused(plane.vms.StopVm(vm_service_pb2.StopVmRequest(name=vm_name("web"), grace_period=grace)))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["grace_period"])


@pytest.mark.parametrize(
    ("name", "inventory", "field"),
    [
        ("vcpus", resources_pb2.ResourceInventory(total=-1), "host.inventory[vcpus].total"),
        ("vcpus", resources_pb2.ResourceInventory(total=4, reserved=5), "host.inventory[vcpus].reserved"),
        ("vcpus", resources_pb2.ResourceInventory(total=4, reserved=-1), "host.inventory[vcpus].reserved"),
        (
            "vcpus",
            resources_pb2.ResourceInventory(total=4, allocation_ratio=0),
            "host.inventory[vcpus].allocation_ratio",
        ),
        (
            "vcpus",
            resources_pb2.ResourceInventory(total=4, allocation_ratio=float("nan")),
            "host.inventory[vcpus].allocation_ratio",
        ),
        (
            "vcpus",
            resources_pb2.ResourceInventory(total=4, allocation_ratio=float("inf")),
            "host.inventory[vcpus].allocation_ratio",
        ),
        ("Nonsense", resources_pb2.ResourceInventory(total=1), "host.inventory[Nonsense]"),
    ],
)
async def test_a_bad_host_names_the_bad_field(
    plane: Plane, name: str, inventory: resources_pb2.ResourceInventory, field: str
) -> None:
    host = a_host()
    host.inventory[name].CopyFrom(inventory)
    call = plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="node-1", host=host))
    found = await refused(call)
    assert (found.reason, found.fields) == ("INVALID_FIELD", [field])


async def test_a_host_without_an_inventory_names_each_class(plane: Plane) -> None:
    found = await refused(plane.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="Node 1")))
    assert found.fields == ["host_id", *(f"host.inventory[{name}]" for name in ("vcpus", "memory_mib", "disk_gib"))]


async def test_reads_refuse_nonsense_by_its_field(plane: Plane) -> None:
    list_vms, list_events = vm_service_pb2.ListVmsRequest, history_service_pb2.ListEventsRequest
    bad_filters = ["state", "state=", 'state="RUNNING" OR x="y"', "nonsense=1", 'state="a" state="b"', "(a=b)", HUGE]
    calls = {
        "filter": [plane.vms.ListVms(list_vms(parent=DEFAULT, filter=each)) for each in bad_filters],
        "page_size": [
            plane.vms.ListVms(list_vms(parent=DEFAULT, page_size=-1)),
            plane.history.ListEvents(list_events(page_size=-1)),
            plane.operations.ListOperations(longrunning.ListOperationsRequest(page_size=-1)),
        ],
        "order_by": [plane.vms.ListVms(list_vms(parent=DEFAULT, order_by="colour"))],
        "event_types": [plane.history.ListEvents(list_events(event_types=["VmExploded"]))],
        "after_position": [plane.history.ListEvents(list_events(after_position=-1))],
        "scope": [
            plane.utilization.GetUtilization(utilization_service_pb2.GetUtilizationRequest(scope=each))
            for each in ("nonsense", "fleet/x", "hosts/", HUGE)
        ],
        "parent": [plane.history.ListEvents(list_events(parent=each)) for each in ("nonsense", "hosts/", HUGE)],
        "name": [
            plane.operations.GetOperation(longrunning.GetOperationRequest(name="nonsense")),
            plane.operations.WaitOperation(longrunning.WaitOperationRequest(name="nonsense")),
        ],
    }
    for field, each_call in calls.items():
        for call in each_call:
            found = await refused(call)
            assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
            assert found.fields == [field]


async def test_a_huge_name_that_is_not_found_is_answered_in_short(plane: Plane) -> None:
    for call in (
        plane.used(f"hosts/{HUGE_EMOJI}"),
        plane.used(f"zones/{HUGE_EMOJI}"),
        plane.operations.GetOperation(longrunning.GetOperationRequest(name=f"operations/{HUGE_EMOJI}")),
        plane.operations.WaitOperation(longrunning.WaitOperationRequest(name=f"operations/{HUGE_EMOJI}")),
    ):
        found = await refused(call)
        assert found.code in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)


async def test_a_huge_etag_is_answered_in_short(plane: Plane) -> None:
    await plane.create()
    call = plane.vms.StartVm(vm_service_pb2.StartVmRequest(name=vm_name("web"), etag=HUGE_EMOJI))
    assert (await refused(call)).reason == "ETAG_MISMATCH"
