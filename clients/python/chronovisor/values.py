"""Plain Python values as the API has them: sizes, times, names, and what a VM is made of. Sends nothing."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias, TypedDict, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from chronovisor.v1.resources_pb2 import Resources
from chronovisor.v1.vm_pb2 import (
    Availability,
    BootSource,
    CpuPolicy,
    Firmware,
    ImageBoot,
    IoLimits,
    KernelBoot,
    PlacementRules,
    Vm,
    VmSpec,
)

M = TypeVar("M", bound=Message)

# A whole number in the API's unit, or a text such as `512MiB` or `2 GiB`.
Size: TypeAlias = int | str
# A position of the ledger, or a time; one without a zone is local.
Moment: TypeAlias = int | datetime
# A time span, or seconds.
Span: TypeAlias = timedelta | float

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGTP]i?B?|B)", re.IGNORECASE)
_UNITS = {"K": 1, "M": 2, "G": 3, "T": 4, "P": 5}
MIB = 2
GIB = 3


class Options(TypedDict, total=False):
    """Of every call."""

    # Seconds for the call with all its attempts; the client's own by default.
    timeout: float


class Reading(Options, total=False):
    """Of a read."""

    # As of then; now by default.
    at: Moment | None
    # Wait, within the call's timeout, until this position can be read: to read your own writes.
    min_position: int


class Command(Options, total=False):
    """Of what changes something."""

    # Why, for the audit.
    reason: str
    # A UUID that makes the call safe to repeat, also by another process. By default each call has a new one.
    request_id: str
    # Check everything, change nothing.
    validate_only: bool


class Change(Command, total=False):
    """Of what changes something that is there."""

    # As it was read last: refused as a Conflict where the resource has changed since.
    etag: str


class VmValues(TypedDict, total=False):
    """What a VM is made of. What is not given is not set, or, of an update, not changed."""

    vcpus: int
    # In MiB, or a text such as `2GiB`.
    memory: Size
    # In GiB, or a text such as `10GiB`.
    disk: Size
    # Amounts of extended classes, such as {"gpu.a100": 1}.
    extended: Mapping[str, int]
    # The image to boot from, such as `debian-12.qcow2`.
    image: str
    # A kernel to boot, with what belongs to it, instead of an image.
    kernel: str
    initramfs: str
    cmdline: str
    # Hosts that may have it, such as `zone=eu-1a,trait:ssd`; or all the rules of placement.
    require: str
    placement: PlacementRules
    # The CPU that its guest sees, such as `haswell-notsx`.
    cpu_model: str
    # How it shares its host's CPUs: `share`, or `guarantee` for the time of so many CPUs always.
    cpu_policy: Literal["share", "guarantee"]
    # What it may do with its disk and its network.
    io_limits: IoLimits
    # What becomes of it when its host is drained or fails.
    availability: Availability
    labels: Mapping[str, str]
    expected_lifetime: Span
    # What its guest is given at its first boot, as cloud-init takes it; kept encrypted.
    user_data: bytes
    # Public keys that may log in, as OpenSSH writes them, and its host name; the VM's by default.
    ssh_authorized_keys: Sequence[str]
    hostname: str
    # What runs before its operating system; what its machine has, and of which version it is, such as `pc-q35-7.2`.
    firmware: Literal["bios", "uefi", "uefi-secure-boot"]
    tpm: bool
    machine_type: str
    rng: bool
    guest_agent: bool
    screen: bool
    # Whether it is not to be destroyed.
    deletion_protection: bool


def size_in(unit: int, given: Size, name: str) -> int:
    """A size as a whole number of MiB or GiB. Raises ValueError for what is none."""
    if not isinstance(given, str):
        return given
    match = _SIZE.fullmatch(given.strip())
    if match is None:
        raise ValueError(f"{name} must be a whole number or a size such as 512MiB or 2GiB, not {given!r}")
    letter = match[2][0].upper()
    size = float(match[1]) * 1024.0 ** (_UNITS.get(letter, 0) - unit)
    if size != int(size):
        raise ValueError(f"{name} must be a whole number of {'MiB' if unit == MIB else 'GiB'}, not {given!r}")
    return int(size)


def duration(span: Span) -> Duration:
    """As a message, to the microsecond."""
    made = Duration()
    made.FromTimedelta(span if isinstance(span, timedelta) else timedelta(seconds=span))
    return made


def timestamp(when: datetime) -> Timestamp:
    """As a message. A time without a zone is local."""
    made = Timestamp()
    made.FromDatetime(when.astimezone())
    return made


def put_moment(request: Message, moment: Moment | None, position_field: str, time_field: str) -> None:
    """Sets the one of the two fields that the moment is of."""
    if isinstance(moment, datetime):
        getattr(request, time_field).CopyFrom(timestamp(moment))
    elif moment is not None:
        setattr(request, position_field, moment)


def filled(request: M, options: Mapping[str, Any]) -> M:
    """The request with the options that are fields of it."""
    for key, value in options.items():
        if key == "at":
            put_moment(request, value, "at_position", "read_time")
        elif key != "timeout":
            setattr(request, key, value)
    return request


def put_resources(resources: Resources, values: Mapping[str, Any]) -> list[str]:
    """Sets what is given; returns the fields that were set."""
    paths: list[str] = []
    for name, field, unit in (("vcpus", "vcpus", 0), ("memory", "memory_mib", MIB), ("disk", "disk_gib", GIB)):
        if name in values:
            setattr(resources, field, size_in(unit, values[name], name) if unit else values[name])
            paths.append(field)
    if "extended" in values:
        resources.extended.update(values["extended"])
        paths.append("extended")
    return paths


def resources_of(values: Mapping[str, Size]) -> Resources:
    """Amounts by class: vcpus, memory, disk, and extended ones by their names. A quota may have images, a size."""
    base = {"vcpus", "memory", "disk"}
    made = Resources()
    put_resources(made, {key: value for key, value in values.items() if key in base})
    extended = {key: value for key, value in values.items() if key not in base}
    if "images" in extended:
        extended["image_mib"] = size_in(MIB, extended.pop("images"), "images")
    made.extended.update({key: int(value) for key, value in extended.items()})
    return made


def put_vm(vm: Vm, values: VmValues) -> list[str]:
    """Sets what is given; returns the paths that were set, as an update mask has them. Raises ValueError, TypeError."""
    if unknown := values.keys() - VmValues.__annotations__.keys():
        raise TypeError(f"a VM has no {', '.join(sorted(unknown))}")
    paths = [f"spec.resources.{each}" for each in put_resources(vm.spec.resources, values)]
    if boot := _boot_of(values):
        vm.spec.boot.CopyFrom(boot)
        paths.append("spec.boot")
    if "placement" in values or "require" in values:
        vm.spec.placement.CopyFrom(values.get("placement", PlacementRules()))
        if "require" in values:
            vm.spec.placement.require = values["require"]
        paths.append("spec.placement" if "placement" in values else "spec.placement.require")
    if "cpu_model" in values:
        vm.spec.cpu_model = values["cpu_model"]
        paths.append("spec.cpu_model")
    if "cpu_policy" in values:
        vm.spec.cpu_policy = CpuPolicy.Value(f"CPU_POLICY_{values['cpu_policy'].upper()}")
        paths.append("spec.cpu_policy")
    if "io_limits" in values:
        vm.spec.io_limits.CopyFrom(values["io_limits"])
        paths.append("spec.io_limits")
    paths += _put_machine(vm.spec, values)
    if "availability" in values:
        vm.availability.CopyFrom(values["availability"])
        paths.append("availability")
    if "labels" in values:
        vm.labels.update(values["labels"])
        paths.append("labels")
    if "expected_lifetime" in values:
        vm.expected_lifetime.CopyFrom(duration(values["expected_lifetime"]))
        paths.append("expected_lifetime")
    if "user_data" in values:
        vm.user_data = values["user_data"]
        paths.append("user_data")
    if "deletion_protection" in values:
        vm.deletion_protection = values["deletion_protection"]
        paths.append("deletion_protection")
    return paths


def _put_machine(spec: VmSpec, values: VmValues) -> list[str]:
    """What its machine has, and what its guest is given at its first boot."""
    paths: list[str] = []
    if "ssh_authorized_keys" in values:
        spec.first_boot.ssh_authorized_keys[:] = texts(values["ssh_authorized_keys"])
        paths.append("spec.first_boot.ssh_authorized_keys")
    if "hostname" in values:
        spec.first_boot.hostname = values["hostname"]
        paths.append("spec.first_boot.hostname")
    if "firmware" in values:
        spec.firmware = Firmware.Value(f"FIRMWARE_{values['firmware'].upper().replace('-', '_')}")
        paths.append("spec.firmware")
    for name in ("tpm", "machine_type", "rng", "guest_agent", "screen"):
        if name in values:
            setattr(spec, name, values.get(name))
            paths.append(f"spec.{name}")
    return paths


def _boot_of(values: VmValues) -> BootSource | None:
    if "image" in values:
        if "kernel" in values:
            raise ValueError("a VM boots from an image or a kernel, not from both")
        return BootSource(image=ImageBoot(image=values["image"]))
    if "kernel" not in values:
        return None
    return BootSource(
        kernel=KernelBoot(
            kernel=values["kernel"], initramfs=values.get("initramfs", ""), cmdline=values.get("cmdline", "")
        )
    )


def spec_of(values: VmValues) -> VmSpec:
    """What a VM of these values is to be."""
    vm = Vm()
    put_vm(vm, values)
    return vm.spec


def texts(given: Sequence[str] | str) -> list[str]:
    """A list, of one text too."""
    return [given] if isinstance(given, str) else list(given)
