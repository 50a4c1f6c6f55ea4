"""Limits of VMs over gRPC: given back as they were requested, changed while the VM runs, refused by field."""

import pytest
from chronovisor.v1 import vm_pb2, vm_service_pb2
from chronovisor.v1.vm_pb2 import CpuPolicy, IoLimits
from google.longrunning.operations_pb2 import Operation
from google.protobuf.field_mask_pb2 import FieldMask

from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_vm, refused

LIMITS = IoLimits(disk_read_iops=500, disk_write_bytes=10 << 20, network_send_bytes=1 << 20)


async def create(plane: Plane, vm: vm_pb2.Vm, name: str = "web") -> Operation:
    return await plane.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=name, vm=vm), metadata=ACTOR)


async def update(plane: Plane, vm: vm_pb2.Vm, *paths: str) -> Operation:
    request = vm_service_pb2.UpdateVmRequest(vm=vm, update_mask=FieldMask(paths=paths))
    return await plane.vms.UpdateVm(request, metadata=ACTOR)


async def test_limits_come_back_as_they_were_set_and_can_be_taken_away(plane: Plane) -> None:
    vm = a_vm()
    vm.spec.io_limits.CopyFrom(LIMITS)
    await create(plane, vm)
    found = await plane.get("web")
    assert found.spec.io_limits == LIMITS
    assert found.spec.cpu_policy == CpuPolicy.CPU_POLICY_UNSPECIFIED
    found.spec.io_limits.disk_read_iops = 0
    await update(plane, found, "spec.io_limits.disk_read_iops")
    found = await plane.get("web")
    assert (found.spec.io_limits.disk_read_iops, found.spec.io_limits.disk_write_bytes) == (0, 10 << 20)
    found.spec.ClearField("io_limits")
    await update(plane, found, "spec.io_limits")
    assert not (await plane.get("web")).spec.HasField("io_limits")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("disk_read_iops", -1),
        ("disk_write_iops", 1_000_001),
        ("disk_read_bytes", 1023),
        ("network_send_bytes", (1 << 40) + 1),
        ("network_receive_bytes", -(1 << 62)),
    ],
)
async def test_a_limit_that_makes_no_sense_is_refused_by_its_field(plane: Plane, field: str, value: int) -> None:
    vm = a_vm()
    setattr(vm.spec.io_limits, field, value)
    found = await refused(create(plane, vm))
    assert found.fields == [f"vm.spec.io_limits.{field}"]


async def test_a_policy_that_nobody_knows_is_refused(plane: Plane) -> None:
    vm = a_vm()
    vm.spec.cpu_policy = CpuPolicy.ValueType(7)
    assert (await refused(create(plane, vm))).fields == ["vm.spec.cpu_policy"]


HOSTILE = [
    *("../secret", "/etc/passwd", "..", ".hidden", "a/b", "a\\b", "images/../../etc/shadow", "x" * 129),
    *(
        "tiny\0.qcow2",
        "tiny\n",
        "https://example.org/x.qcow2",
        "nbd:127.0.0.1:10809",
        "json:{}",
        "-o",
        "tiny,format=raw",
    ),
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_no_spec_names_a_path_of_a_host(plane: Plane, name: str) -> None:
    found = await refused(create(plane, a_vm(image=name)))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["vm.spec.boot.image.image"])
    for field in ("kernel", "initramfs"):
        vm = a_vm()
        vm.spec.boot.kernel.kernel, vm.spec.boot.kernel.initramfs = "vmlinuz", "initrd"
        setattr(vm.spec.boot.kernel, field, name)
        found = await refused(create(plane, vm))
        assert (found.reason, found.fields) == ("INVALID_FIELD", [f"vm.spec.boot.kernel.{field}"])
