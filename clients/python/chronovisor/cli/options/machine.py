"""Options of what a VM's machine has, and of what its guest finds at its first boot beside user data."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from chronovisor.cli.settings import Misused
from chronovisor.program import why
from chronovisor.v1.vm_pb2 import Firmware, FirstBoot, VmSpec

_MACHINE = "Machine"
_FIRST_BOOT = "First boot"
# How a public key begins, where it is none in a file: its type, and a space.
_KEY = re.compile(r"(?:ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ ")
# A file of keys that is longer is something else.
_MOST_BYTES = 1 << 20


class FirmwareChoice(StrEnum):
    """What runs before a guest's operating system."""

    BIOS = "bios"
    UEFI = "uefi"
    UEFI_SECURE_BOOT = "uefi-secure-boot"


SshKey = Annotated[
    list[str] | None,
    typer.Option(
        "--ssh-key",
        metavar="KEY",
        help="Who may log in: a public key, or a file with some, such as ~/.ssh/id_ed25519.pub. Repeatable.",
        rich_help_panel=_FIRST_BOOT,
    ),
]
Hostname = Annotated[
    str | None,
    typer.Option("--hostname", metavar="NAME", help="Its host name; by default the VM's.", rich_help_panel=_FIRST_BOOT),
]
FirmwareOption = Annotated[
    FirmwareChoice | None,
    typer.Option(
        "--firmware",
        help="What runs before its operating system. By default the hypervisor's own: BIOS on x86.",
        rich_help_panel=_MACHINE,
    ),
]
Tpm = Annotated[
    bool | None,
    typer.Option("--tpm/--no-tpm", show_default=False, help="A TPM 2.0 of its own.", rich_help_panel=_MACHINE),
]
MachineType = Annotated[
    str | None,
    typer.Option(
        "--machine-type",
        metavar="NAME",
        help="The version of its machine, such as pc-q35-7.2. By default the newest of its host.",
        rich_help_panel=_MACHINE,
    ),
]
Rng = Annotated[
    bool | None,
    typer.Option("--rng/--no-rng", show_default=False, help="A source of random numbers.", rich_help_panel=_MACHINE),
]
GuestAgent = Annotated[
    bool | None,
    typer.Option(
        "--guest-agent/--no-guest-agent",
        show_default=False,
        help="A channel to QEMU's guest agent, where its guest runs it.",
        rich_help_panel=_MACHINE,
    ),
]
Screen = Annotated[
    bool | None,
    typer.Option(
        "--screen/--no-screen",
        show_default=False,
        help="A graphics card: see `vm screenshot`.",
        rich_help_panel=_MACHINE,
    ),
]
DeletionProtection = Annotated[
    bool | None,
    typer.Option(
        "--deletion-protection/--no-deletion-protection",
        show_default=False,
        help="Refuse to destroy it, until this is taken off.",
    ),
]


class Given(NamedTuple):
    """The options as they were given; None: not given."""

    ssh_keys: Sequence[str] | None = None
    hostname: str | None = None
    firmware: FirmwareChoice | None = None
    tpm: bool | None = None
    machine_type: str | None = None
    rng: bool | None = None
    guest_agent: bool | None = None
    screen: bool | None = None

    @property
    def is_given(self) -> bool:
        return any(each is not None for each in self)

    def write(self, spec: VmSpec) -> None:
        """Sets what was given, and leaves the rest as it is. Raises Misused for what is no key."""
        if self.ssh_keys is not None:
            spec.first_boot.ssh_authorized_keys[:] = read_keys(self.ssh_keys)
        if self.hostname is not None:
            spec.first_boot.hostname = self.hostname
        if not spec.first_boot.ByteSize():
            spec.ClearField("first_boot")
        if self.firmware is not None:
            spec.firmware = Firmware.Value(f"FIRMWARE_{self.firmware.name}")
        for name in ("tpm", "machine_type", "rng", "guest_agent", "screen"):
            if (value := getattr(self, name)) is not None:
                setattr(spec, name, value)


def read_keys(given: Sequence[str]) -> list[str]:
    """Keys as they are given, and those in files. Raises Misused."""
    try:
        return list(dict.fromkeys(key for each in given for key in keys_of(each)))
    except ValueError as error:
        raise Misused(str(error)) from None


def keys_of(given: str, folder: Path = Path()) -> Iterator[str]:
    """A public key itself, or those in a file, from `folder`. Raises ValueError, without what is in the file."""
    if _KEY.match(given):
        yield given.strip()
        return
    path = folder / Path(given).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES).decode()
    except OSError as error:
        raise ValueError(f"{given} is no public key, and no file that can be read: {why(error)}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{given} has no public keys: it is no text") from None
    if "PRIVATE KEY" in content:
        raise ValueError(f"{given} is a private key, which stays with its owner: give {given}.pub")
    found = [line.strip() for line in content.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not found:
        raise ValueError(f"{given} has no public keys")
    yield from found


def firmware_text(firmware: int) -> str:
    """`uefi-secure-boot`, as it is given; nothing for the default."""
    names = {int(Firmware.Value(f"FIRMWARE_{each.name}")): each.value for each in FirmwareChoice}
    return names.get(firmware, "")


def machine_text(firmware: int, machine_type: str, *, tpm: bool, rng: bool, guest_agent: bool, screen: bool) -> str:
    """`uefi, tpm, rng`; nothing for a machine that is as by default."""
    devices = {"tpm": tpm, "rng": rng, "guest agent": guest_agent, "screen": screen}
    found = [firmware_text(firmware), machine_type, *(name for name, is_there in devices.items() if is_there)]
    return ", ".join(each for each in found if each)


def first_boot_text(given: FirstBoot) -> str:
    """`2 SSH keys, host name web`."""
    count = len(given.ssh_authorized_keys)
    keys = f"{count} SSH key{'' if count == 1 else 's'}" if count else ""
    return ", ".join(each for each in (keys, f"host name {given.hostname}" if given.hostname else "") if each)
