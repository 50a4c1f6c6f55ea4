"""The control plane's word in the agent's own values: DesiredGuest from the proto. Checks no values."""

from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import vm_pb2

from hostagent.converge.reconcile import DesiredGuest, DesiredPower
from hostagent.drivers.base import GuestSpec, ImageBoot, KernelBoot, VmUid

POWERS = {pb.DesiredPower.Value(f"DESIRED_POWER_{power.name}"): power for power in DesiredPower}


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
    )


def _boot(source: vm_pb2.BootSource) -> ImageBoot | KernelBoot | None:
    match source.WhichOneof("source"):
        case "image":
            return ImageBoot(source.image.image)
        case "kernel":
            kernel = source.kernel
            return KernelBoot(kernel.kernel, kernel.initramfs, kernel.cmdline)
        case None:
            return None
