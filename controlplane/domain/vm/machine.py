"""What a VM's machine has beside its resources, and what its guest finds at its first boot. Performs no I/O."""

from enum import IntEnum
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

# Traits of hosts. A machine type's is followed by its name.
MACHINE = "machine."
TPM = "tpm.2.0"
RNG = "device.rng"
GUEST_AGENT = "device.guest-agent"
SCREEN = "device.screen"


class Firmware(IntEnum):
    """What runs before a guest's operating system. The numbers are those of chronovisor.v1.Firmware."""

    DEFAULT = 0
    BIOS = 1
    UEFI = 2
    UEFI_SECURE_BOOT = 3


_FIRMWARE_TRAITS = {
    Firmware.DEFAULT: "",
    Firmware.BIOS: "firmware.bios",
    Firmware.UEFI: "firmware.uefi",
    Firmware.UEFI_SECURE_BOOT: "firmware.uefi-secure-boot",
}


class Machine(NamedTuple):
    """By the names of chronovisor.v1.VmSpec. An empty `machine_type` is the newest of the host."""

    firmware: Firmware = Firmware.DEFAULT
    tpm: bool = False
    machine_type: str = ""
    rng: bool = False
    guest_agent: bool = False
    screen: bool = False

    @property
    def traits(self) -> dict[str, str]:
        """What a host must have for it, by the field that needs it."""
        needed = {
            "firmware": _FIRMWARE_TRAITS[self.firmware],
            "tpm": TPM if self.tpm else "",
            "machine_type": f"{MACHINE}{self.machine_type}" if self.machine_type else "",
            "rng": RNG if self.rng else "",
            "guest_agent": GUEST_AGENT if self.guest_agent else "",
            "screen": SCREEN if self.screen else "",
        }
        return {field: trait for field, trait in needed.items() if trait}


class FirstBoot(NamedTuple):
    """What a guest is given at its first boot, beside user data. An empty `hostname` is the VM's id."""

    ssh_authorized_keys: tuple[str, ...] = ()
    hostname: str = ""


PLAIN_MACHINE = Machine()
NO_FIRST_BOOT = FirstBoot()


def machine_of(recorded: ev.Spec) -> Machine:
    devices = (recorded.tpm, recorded.machine_type, recorded.rng, recorded.guest_agent, recorded.screen)
    machine = Machine(Firmware(recorded.firmware), *devices)
    return machine if machine != PLAIN_MACHINE else PLAIN_MACHINE


def first_boot_of(recorded: ev.FirstBoot) -> FirstBoot:
    return FirstBoot(tuple(recorded.ssh_authorized_keys), recorded.hostname)


def recorded_first_boot(given: FirstBoot) -> ev.FirstBoot | None:
    """As an event records it; None where there is nothing."""
    return ev.FirstBoot(**given._asdict()) if given != NO_FIRST_BOOT else None
