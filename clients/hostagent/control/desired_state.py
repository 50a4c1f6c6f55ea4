"""The control plane's word in the agent's own values: DesiredGuest from the proto. Checks no values."""

import re

from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import image_pb2, vm_pb2

from hostagent.control.desired_networks import BadNetwork, interface_of
from hostagent.converge.reconcile import DesiredGuest, DesiredPower
from hostagent.drivers.base import (
    CpuPolicy,
    DiskMove,
    Endpoint,
    Firmware,
    FirstBoot,
    GuestSpec,
    ImageBoot,
    ImageContent,
    Interface,
    KernelBoot,
    Limits,
    Machine,
    Outgoing,
    VmUid,
)

POWERS = {pb.DesiredPower.Value(f"DESIRED_POWER_{power.name}"): power for power in DesiredPower}
DISK_MOVES = {vm_pb2.DiskMove.Value(f"DISK_MOVE_{move.name}"): move for move in DiskMove}

CPU_POLICIES = {vm_pb2.CPU_POLICY_UNSPECIFIED: CpuPolicy.SHARE} | {
    vm_pb2.CpuPolicy.Value(f"CPU_POLICY_{policy.name}"): policy for policy in CpuPolicy
}

# QEMU's words.
IMAGE_FORMATS = {image_pb2.IMAGE_FORMAT_QCOW2: "qcow2", image_pb2.IMAGE_FORMAT_RAW: "raw"}
_SHA256 = re.compile(r"[0-9a-f]{64}")

FIRMWARE = {vm_pb2.Firmware.Value(f"FIRMWARE_{each.name}"): each for each in Firmware}


class NotUnderstood(ValueError):
    """The control plane says something that this agent has no meaning for."""


def desired_guest(message: pb.DesiredGuest) -> DesiredGuest:
    """Raises NotUnderstood."""
    power = POWERS.get(message.power)
    if power is None:
        raise NotUnderstood(f"desired power {message.power} of VM {message.vm_uid!r}")
    if not message.vm_uid:
        raise NotUnderstood("a desired guest without a vm_uid")
    grace = message.grace_period
    return DesiredGuest(
        spec=_spec(message),
        power=power,
        reboots=message.reboots,
        force_reboot=message.force_reboot,
        grace_s=max(0.0, grace.seconds + grace.nanos / 1e9),
        version=message.version,
        incoming=_disk_move(message.incoming.disk) if message.HasField("incoming") else None,
        outgoing=_outgoing(message.outgoing) if message.HasField("outgoing") else None,
        keep_disk=message.keep_disk,
        trace=message.traceparent,
    )


def _disk_move(move: "vm_pb2.DiskMove.ValueType") -> DiskMove:
    """Raises NotUnderstood."""
    found = DISK_MOVES.get(move)
    if found is None:
        raise NotUnderstood(f"disk move {move}")
    return found


def _outgoing(message: pb.OutgoingGuest) -> Outgoing:
    return Outgoing(
        Endpoint(dict(message.endpoint.address)),
        message.incarnation,
        _disk_move(message.disk),
        message.bandwidth_mib_s,
        message.auto_converge,
    )


def _spec(message: pb.DesiredGuest) -> GuestSpec:
    resources = message.spec.resources
    return GuestSpec(
        vm_uid=VmUid(message.vm_uid),
        vm_name=message.vm_name,
        incarnation=message.incarnation,
        vcpus=resources.vcpus,
        memory_mib=resources.memory_mib,
        disk_gib=resources.disk_gib,
        boot=_boot(message.spec.boot),
        cpu_model=message.spec.cpu_model,
        limits=_limits(message.spec),
        user_data=message.user_data,
        interfaces=_interfaces(message),
        machine=_machine(message.spec),
        first_boot=FirstBoot(tuple(message.spec.first_boot.ssh_authorized_keys), message.spec.first_boot.hostname),
    )


def _interfaces(message: pb.DesiredGuest) -> tuple[Interface, ...]:
    """Raises NotUnderstood."""
    try:
        return tuple(sorted(map(interface_of, message.network_interfaces), key=lambda each: each.index))
    except BadNetwork as error:
        raise NotUnderstood(f"a network card of VM {message.vm_uid!r}: {error}") from error


def _machine(spec: vm_pb2.VmSpec) -> Machine:
    """Raises NotUnderstood."""
    firmware = FIRMWARE.get(spec.firmware)
    if firmware is None:
        raise NotUnderstood(f"firmware {spec.firmware}")
    return Machine(firmware, spec.tpm, spec.machine_type, spec.rng, spec.guest_agent, spec.screen)


def _limits(spec: vm_pb2.VmSpec) -> Limits:
    """Raises NotUnderstood."""
    policy = CPU_POLICIES.get(spec.cpu_policy)
    if policy is None:
        raise NotUnderstood(f"CPU policy {spec.cpu_policy}")
    most = spec.io_limits
    return Limits(
        policy,
        most.disk_read_iops,
        most.disk_write_iops,
        most.disk_read_bytes,
        most.disk_write_bytes,
        most.network_receive_bytes,
        most.network_send_bytes,
    )


def _content(image: vm_pb2.ImageBoot) -> ImageContent | None:
    """Raises NotUnderstood."""
    if not image.sha256:
        return None
    format_ = IMAGE_FORMATS.get(image.format)
    if format_ is None or not _SHA256.fullmatch(image.sha256):
        raise NotUnderstood(f"image format {image.format}, SHA-256 {image.sha256!r}")
    return ImageContent(image.sha256, format_, image.size_bytes)


def _boot(source: vm_pb2.BootSource) -> ImageBoot | KernelBoot | None:
    match source.WhichOneof("source"):
        case "image":
            return ImageBoot(source.image.image, _content(source.image))
        case "kernel":
            kernel = source.kernel
            return KernelBoot(kernel.kernel, kernel.initramfs, kernel.cmdline)
        case None:
            return None
