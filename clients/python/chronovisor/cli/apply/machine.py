"""What a VM's machine has, and what its guest finds at its first boot, as terms of a file's spec. Pure."""

from collections.abc import Iterator
from typing import cast

from chronovisor.cli.apply.model import Path, Value
from chronovisor.cli.options.machine import FirmwareChoice, firmware_text
from chronovisor.v1.vm_pb2 import Firmware, VmSpec

FIRST_BOOT, FIRMWARE, KEYS, HOSTNAME = "first_boot", "firmware", "ssh_keys", "hostname"
DEVICES = ("tpm", "rng", "guest_agent", "screen")
NAMES = ("cpu_model", "machine_type")


def parse_firmware(text: str) -> str:
    """Raises ValueError."""
    if text not in [each.value for each in FirmwareChoice]:
        raise ValueError(f"{text!r} is none of {', '.join(each.value for each in FirmwareChoice)}")
    return text


def terms(spec: VmSpec) -> Iterator[tuple[Path, Value]]:
    """Those that are not as by default."""
    yield ("spec", FIRST_BOOT, KEYS), tuple(sorted(set(spec.first_boot.ssh_authorized_keys)))
    yield ("spec", FIRST_BOOT, HOSTNAME), spec.first_boot.hostname
    yield ("spec", FIRMWARE), firmware_text(spec.firmware)
    yield from ((("spec", name), getattr(spec, name)) for name in (*DEVICES, *NAMES))


def write(spec: VmSpec, key: str, value: Value | None) -> None:
    """Sets one, or takes it away."""
    if key == FIRMWARE:
        name = cast("str", value or "unspecified").upper().replace("-", "_")
        spec.firmware = Firmware.Value(f"FIRMWARE_{name}")
    elif key in DEVICES:
        setattr(spec, key, bool(value))
    else:
        setattr(spec, key, value or "")


def write_first_boot(spec: VmSpec, key: str, value: Value | None) -> None:
    if key == KEYS:
        spec.first_boot.ssh_authorized_keys[:] = cast("tuple[str, ...]", value or ())
    else:
        spec.first_boot.hostname = cast("str", value or "")
    if not spec.first_boot.ByteSize():
        spec.ClearField("first_boot")
