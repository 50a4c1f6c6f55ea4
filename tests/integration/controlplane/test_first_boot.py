"""What guests are given at their first boot, their machines, and protection over gRPC."""

import base64

import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import vm_pb2, vm_service_pb2
from google.longrunning.operations_pb2 import Operation
from google.protobuf.field_mask_pb2 import FieldMask

from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.largest import public_key
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_host, a_vm, refused

KEYS = [public_key("alice@laptop"), public_key("")[:-1]]
KEYS_FIELD = "vm.spec.first_boot.ssh_authorized_keys"


async def create(plane: Plane, vm: vm_pb2.Vm, name: str = "web", *, start: bool = False) -> Operation:
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=name, vm=vm, start=start)
    return await plane.vms.CreateVm(request, metadata=ACTOR)


async def update(plane: Plane, vm: vm_pb2.Vm, *paths: str) -> Operation:
    request = vm_service_pb2.UpdateVmRequest(vm=vm, update_mask=FieldMask(paths=paths))
    return await plane.vms.UpdateVm(request, metadata=ACTOR)


async def test_it_comes_back_as_it_was_set_and_can_be_taken_away(plane: Plane) -> None:
    vm = a_vm()
    vm.spec.first_boot.ssh_authorized_keys.extend(KEYS)
    vm.spec.first_boot.hostname = "web.example.com"
    await create(plane, vm)
    found = await plane.get("web")
    assert found.spec.first_boot == vm.spec.first_boot
    assert (found.spec.firmware, found.spec.tpm, found.spec.rng) == (0, False, False)
    del found.spec.first_boot.ssh_authorized_keys[:]
    await update(plane, found, "spec.first_boot.ssh_authorized_keys")
    assert (await plane.get("web")).spec.first_boot == vm_pb2.FirstBoot(hostname="web.example.com")
    found = await plane.get("web")
    found.spec.ClearField("first_boot")
    await update(plane, found, "spec.first_boot")
    assert not (await plane.get("web")).spec.HasField("first_boot")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "ssh-ed25519",
        "AAAAC3NzaC1lZDI1NTE5AAAA",
        "ssh-ed25519 not-base64 alice",
        # Of another type than it says; of a type and nothing more; of a length that it has not.
        KEYS[0].replace("ssh-ed25519", "ssh-rsa", 1),
        f"ssh-rsa {base64.b64encode(bytes([0, 0, 0, 7]) + b'ssh-rsa').decode()}",
        f"ssh-rsa {base64.b64encode(bytes([255, 0, 0, 7]) + b'ssh-rsa123').decode()}",
        f'command="reboot" {KEYS[0]}',
        f"{KEYS[0]}\n{KEYS[0]}",
        f"{KEYS[0]}\x1b[2J",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nabc",
        public_key("c" * 5000),
    ],
)
async def test_what_is_no_public_key_is_refused_by_its_place(plane: Plane, key: str) -> None:
    vm = a_vm()
    vm.spec.first_boot.ssh_authorized_keys.extend([KEYS[0], key])
    found = await refused(create(plane, vm))
    assert (found.reason, found.fields) == ("INVALID_FIELD", [f"{KEYS_FIELD}[1]"])


async def test_there_is_an_end_to_keys(plane: Plane) -> None:
    vm = a_vm()
    vm.spec.first_boot.ssh_authorized_keys.extend([KEYS[1]] * 64)
    await create(plane, vm)
    vm.spec.first_boot.ssh_authorized_keys.append(KEYS[1])
    assert (await refused(create(plane, vm, "more"))).fields == [KEYS_FIELD]
    vm.spec.first_boot.ssh_authorized_keys[:] = [public_key("c" * 3000)] * 6
    assert (await refused(create(plane, vm, "more"))).fields == [KEYS_FIELD]


@pytest.mark.parametrize("name", ["web_1", "-web", "web-", "a..b", "a.", "a" * 64, ".".join(["a" * 60] * 5), "w\nx"])
async def test_what_is_no_host_name_is_refused(plane: Plane, name: str) -> None:
    vm = a_vm()
    vm.spec.first_boot.hostname = name
    assert (await refused(create(plane, vm))).fields == ["vm.spec.first_boot.hostname"]


async def test_a_machine_that_nobody_knows_is_refused(plane: Plane) -> None:
    vm = a_vm()
    vm.spec.firmware = vm_pb2.Firmware.ValueType(9)
    vm.spec.machine_type = "pc q35"
    found = await refused(create(plane, vm))
    assert found.fields == ["vm.spec.firmware", "vm.spec.machine_type"]


async def test_secure_boot_is_refused_with_a_kernel_that_nothing_checks(plane: Plane) -> None:
    vm = a_vm(disk_gib=0)
    vm.spec.boot.kernel.kernel, vm.spec.boot.kernel.initramfs = "vmlinuz", "initramfs"
    vm.spec.firmware = vm_pb2.FIRMWARE_UEFI_SECURE_BOOT
    found = await refused(create(plane, vm))
    assert found.fields == ["vm.spec.firmware"]
    vm.spec.firmware = vm_pb2.FIRMWARE_UEFI
    await create(plane, vm)
    # Nor by one half after the other.
    after = await plane.get("web")
    after.spec.firmware = vm_pb2.FIRMWARE_UEFI_SECURE_BOOT
    assert (await refused(update(plane, after, "spec.firmware"))).fields == ["vm.spec.firmware"]


async def test_a_machine_is_what_its_agent_is_sent(plane: Plane) -> None:
    offered = a_host()
    needed = ["firmware.uefi", "tpm.2.0", "machine.pc-q35-7.2", "device.rng", "device.guest-agent", "device.screen"]
    offered.traits.extend(needed)
    vm = a_vm()
    vm.spec.firmware, vm.spec.machine_type = vm_pb2.FIRMWARE_UEFI, "pc-q35-7.2"
    vm.spec.tpm = vm.spec.rng = vm.spec.guest_agent = vm.spec.screen = True
    vm.spec.first_boot.ssh_authorized_keys.append(KEYS[0])
    async with connected(plane, host=offered) as here:
        await create(plane, vm, start=True)
        found = await plane.get("web")
        sent = await here.until_desired(found.uid, agents.DESIRED_POWER_RUNNING)
        assert sent.spec == found.spec
        assert (sent.spec.firmware, list(sent.spec.first_boot.ssh_authorized_keys)) == (vm.spec.firmware, [KEYS[0]])


@pytest.mark.provokes("DELETION_PROTECTED")
async def test_a_protected_vm_is_not_destroyed_until_that_is_taken_off(plane: Plane) -> None:
    vm = a_vm()
    vm.deletion_protection = True
    await create(plane, vm)
    delete = vm_service_pb2.DeleteVmRequest(name=f"{DEFAULT}/vms/web")
    found = await refused(plane.vms.DeleteVm(delete, metadata=ACTOR))
    assert (found.reason, found.metadata["name"]) == ("DELETION_PROTECTED", delete.name)
    batch = vm_service_pb2.BatchDeleteVmsRequest(parent=DEFAULT, requests=[delete])
    assert (await refused(plane.vms.BatchDeleteVms(batch, metadata=ACTOR))).reason == "DELETION_PROTECTED"
    named = vm_pb2.Vm(name=delete.name)
    await update(plane, vm_pb2.Vm(name=delete.name, labels={"a": "b"}), "labels")
    assert (await plane.get("web")).deletion_protection
    await update(plane, named, "deletion_protection")
    await plane.vms.DeleteVm(delete, metadata=ACTOR)
