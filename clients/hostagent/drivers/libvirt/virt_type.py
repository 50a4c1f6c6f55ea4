"""What guests run under: real virtualization where it works, else software emulation. Says which, and why."""

import enum
import logging

from hostagent.drivers.base import GuestRefused
from hostagent.drivers.libvirt.facts import Hypervisor
from hostagent.drivers.libvirt.kvm_probe import why_no_kvm

log = logging.getLogger(__name__)


class VirtType(enum.Enum):
    """What the operator configured."""

    AUTO = "auto"
    KVM = "kvm"
    QEMU = "qemu"


async def choose_virt_type(configured: VirtType, hypervisor: Hypervisor) -> str:
    """Returns a libvirt domain type. Raises GuestRefused when libvirt has no such one."""
    if hypervisor.kind != "QEMU":
        return hypervisor.kind.lower()
    if configured is not VirtType.AUTO:
        if configured.value not in hypervisor.emulators:
            raise GuestRefused(f"libvirt on this host knows no guests of type {configured.value!r}")
        return configured.value
    why = await _why_no_kvm(hypervisor)
    if why:
        log.warning("guests run under software emulation (TCG), much slower than KVM: %s", why)
        return "qemu"
    return "kvm"


async def _why_no_kvm(hypervisor: Hypervisor) -> str:
    emulator = hypervisor.emulators.get("kvm")
    if not emulator:
        return "libvirt offers no KVM here"
    if hypervisor.architecture != "x86_64":
        return "KVM can be tried out on x86_64 only (--virt-type kvm takes it untried)"
    return await why_no_kvm(emulator)
