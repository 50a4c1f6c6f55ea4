"""What the machines of a host's guests can have, as traits of the host, and what a guest needs of them. A table."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from hostagent.drivers.base import Firmware, GuestRefused, Machine

# Followed by the name of a machine type.
MACHINE = "machine."
TPM = "tpm.2.0"
RNG = "device.rng"
GUEST_AGENT = "device.guest-agent"
SCREEN = "device.screen"
FIRMWARE: Mapping[Firmware, str] = {
    Firmware.BIOS: "firmware.bios",
    Firmware.UEFI: "firmware.uefi",
    Firmware.UEFI_SECURE_BOOT: "firmware.uefi-secure-boot",
}
# Where QEMU's own firmware, which needs no other package, is a BIOS.
_HAS_BIOS = "x86_64"


def machine_traits(capabilities: Element) -> frozenset[str]:
    """By libvirt's domain capabilities: what a hypervisor without any has, is not known."""
    is_x86 = capabilities.findtext("arch") == _HAS_BIOS
    has_uefi = _offers(capabilities, "os/enum[@name='firmware']", "efi")
    # What guards the keys is a mode of x86 processors.
    has_secure = has_uefi and is_x86 and _offers(capabilities, "os/loader/enum[@name='secure']", "yes")
    tpm = "devices/tpm[@supported='yes']/enum"
    has_tpm = _offers(capabilities, f"{tpm}[@name='backendModel']", "emulator")
    has_vnc = _offers(capabilities, "devices/graphics[@supported='yes']/enum[@name='type']", "vnc")
    holds = {
        FIRMWARE[Firmware.BIOS]: is_x86 and capabilities.find("os[@supported='yes']") is not None,
        FIRMWARE[Firmware.UEFI]: has_uefi,
        FIRMWARE[Firmware.UEFI_SECURE_BOOT]: has_secure,
        TPM: has_tpm and _offers(capabilities, f"{tpm}[@name='backendVersion']", "2.0"),
        RNG: _offers(capabilities, "devices/rng[@supported='yes']/enum[@name='backendModel']", "random"),
        GUEST_AGENT: _offers(capabilities, "devices/channel[@supported='yes']/enum[@name='type']", "unix"),
        SCREEN: has_vnc and _offers(capabilities, "devices/video[@supported='yes']/enum[@name='modelType']", "vga"),
    }
    return frozenset(trait for trait, is_so in holds.items() if is_so)


def require_offered(machine: Machine, offered: frozenset[str]) -> None:
    """Raises GuestRefused for what the host has not, whoever sent the guest here."""
    needed = [
        FIRMWARE.get(machine.firmware, ""),
        TPM if machine.tpm else "",
        f"{MACHINE}{machine.machine_type}" if machine.machine_type else "",
        RNG if machine.rng else "",
        GUEST_AGENT if machine.guest_agent else "",
        SCREEN if machine.screen else "",
    ]
    if missing := [trait for trait in needed if trait and trait not in offered]:
        raise GuestRefused(f"this host has no {', '.join(missing)} for guests")


def _offers(capabilities: Element, path: str, value: str) -> bool:
    return any(each.text == value for each in capabilities.iterfind(f"{path}/value"))
