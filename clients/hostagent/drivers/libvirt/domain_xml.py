"""The domain XML of a guest. Builds a tree, so that no value can break out of its place; looks nothing up.

Guests get the network cards that they are to have, on bridges of the agent or by QEMU with nothing beyond it, and no
other: its user-mode one as such would let every guest reach services on the host's loopback.

What QEMU emulates, a guest can attack. There is a serial port (the console), a virtio disk, ACPI (the power button), a
clock; where it is given something at its first boot, a CD-ROM on virtio-scsi; what its VM's spec names of firmware,
TPM, virtio-rng, a VGA card with a PS/2 keyboard and mouse, and the guest agent's channel on virtio-serial; and what the
board q35 has and libvirt cannot take off: a SATA controller and a PS/2 port, with nothing on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from hostagent.drivers.base import Firmware, GuestRefused, GuestSpec, KernelBoot, Limits, Machine, VmUid
from hostagent.drivers.libvirt.machine_traits import require_offered
from hostagent.drivers.libvirt.metadata import GuestMetadata
from hostagent.drivers.libvirt.user_network import USER_NETWORK, user_network_arguments
from hostagent.network.names import bridge, tap

MACHINES = {"x86_64": "q35", "aarch64": "virt"}
DEFAULT_CMDLINE = "console=ttyS0"
# The name of a guest's disk in its domain.
DISK = "vda"
# And of its seed. The kernels of cloud images have no driver for SATA.
SEED = "sda"
# By which a guest agent finds its channel.
AGENT_CHANNEL = "org.qemu.guest_agent.0"
QEMU_NAMESPACE = "http://libvirt.org/schemas/domain/qemu/1.0"
TPM_MODELS = {"x86_64": "tpm-crb", "aarch64": "tpm-tis-device"}
# Of random numbers for one guest: enough for keys, and no load for the host.
RNG_BYTES_A_SECOND = 1024
# Limits of a disk, by libvirt's names without `_sec`: the field.
IO_TUNE = {
    "read_bytes": "disk_read_bytes",
    "write_bytes": "disk_write_bytes",
    "read_iops": "disk_read_iops",
    "write_iops": "disk_write_iops",
}


@dataclass(frozen=True, slots=True)
class Platform:
    """What guests run under on this host."""

    # A libvirt domain type: `kvm`, `qemu`, `test`.
    virt_type: str
    architecture: str
    # The CPU models that it has for guests, by their names in small letters.
    cpu_models: Mapping[str, str] = field(default_factory=dict[str, str])
    # What their machines can have, as traits.
    offered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Files:
    """A guest's files on the host."""

    console: Path
    disk: Path | None = None
    kernel: Path | None = None
    initramfs: Path | None = None
    # What it is given at its first boot.
    seed: Path | None = None
    # The variables of its UEFI.
    nvram: Path | None = None


def domain_name(vm_uid: VmUid) -> str:
    return f"cv-{vm_uid}"


def domain_xml(spec: GuestSpec, files: Files, platform: Platform) -> str:
    """Raises GuestRefused. libvirt makes of `q35` the version that is the newest now, and keeps that."""
    require_offered(spec.machine, platform.offered)
    domain = Element("domain", type=platform.virt_type)
    _text(domain, "name", domain_name(spec.vm_uid))
    _text(domain, "uuid", spec.vm_uid)
    _text(domain, "title", spec.vm_name)
    SubElement(domain, "metadata").append(GuestMetadata.of(spec).element())
    _text(domain, "memory", str(spec.memory_mib), unit="MiB")
    _text(domain, "vcpu", str(spec.vcpus))
    _os(domain, spec, files, platform)
    _features(domain, platform, secure_boot=spec.machine.firmware is Firmware.UEFI_SECURE_BOOT)
    _cpu(domain, spec.cpu_model, platform)
    _clock(domain, platform)
    _text(domain, "on_poweroff", "destroy")
    _text(domain, "on_reboot", "restart")
    _text(domain, "on_crash", "destroy")
    _no_sleep(domain)
    _devices(domain, files, spec.limits)
    _interfaces(domain, spec)
    _more_devices(domain, spec.machine, platform)
    _user_networks(domain, spec, platform)
    return ElementTree.tostring(domain, encoding="unicode")


def probe_xml(uid: str, platform: Platform) -> str:
    """A guest that is to run nothing, on a machine like those of others."""
    domain = Element("domain", type=platform.virt_type)
    _text(domain, "name", f"chronovisor-probe-{uid}")
    _text(domain, "uuid", uid)
    _text(domain, "memory", "16", unit="MiB")
    _text(domain, "vcpu", "1")
    _machine(SubElement(domain, "os"), platform)
    _features(domain, platform)
    devices = SubElement(domain, "devices")
    _without_extras(devices)
    return ElementTree.tostring(domain, encoding="unicode")


def _text(parent: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = text


def _os(domain: Element, spec: GuestSpec, files: Files, platform: Platform) -> None:
    os = SubElement(domain, "os")
    _machine(os, platform, spec.machine.machine_type)
    if spec.machine.firmware.is_uefi:
        _uefi(os, files, secure_boot=spec.machine.firmware is Firmware.UEFI_SECURE_BOOT)
    if isinstance(spec.boot, KernelBoot):
        _text(os, "kernel", str(files.kernel))
        _text(os, "initrd", str(files.initramfs))
        _text(os, "cmdline", spec.boot.cmdline or DEFAULT_CMDLINE)
    else:
        SubElement(os, "boot", dev="hd")


def _uefi(os: Element, files: Files, *, secure_boot: bool) -> None:
    """libvirt finds one of the host's that is so, by its descriptions in /usr/share/qemu/firmware."""
    os.set("firmware", "efi")
    firmware = SubElement(os, "firmware")
    for name in ("enrolled-keys", "secure-boot"):
        SubElement(firmware, "feature", enabled="yes" if secure_boot else "no", name=name)
    _text(os, "nvram", str(files.nvram))


def _machine(os: Element, platform: Platform, version: str = "") -> None:
    machine = version or MACHINES.get(platform.architecture)
    if machine and platform.virt_type != "test":
        _text(os, "type", "hvm", arch=platform.architecture, machine=machine)
    else:
        _text(os, "type", "hvm")


def _cpu(domain: Element, name: str, platform: Platform) -> None:
    """Raises GuestRefused."""
    if name:
        model = platform.cpu_models.get(name.lower())
        if model is None:
            raise GuestRefused(f"this host has no CPU model {name!r} for guests")
        # As it is named, on whatever host: a guest that moves must find the same one.
        cpu = SubElement(domain, "cpu", mode="custom", match="exact")
        _text(cpu, "model", model, fallback="forbid")
    elif platform.virt_type == "kvm":
        SubElement(domain, "cpu", mode="host-passthrough")


def _features(domain: Element, platform: Platform, *, secure_boot: bool = False) -> None:
    features = SubElement(domain, "features")
    SubElement(features, "acpi")
    if platform.architecture == "x86_64":
        SubElement(features, "apic")
        # VMware's back door, which QEMU's boards have.
        SubElement(features, "vmport", state="off")
    if secure_boot:
        # Its keys are out of the operating system's reach.
        SubElement(features, "smm", state="on")
    if platform.virt_type == "qemu":
        # The default cache of translated code is up to a gigabyte a guest.
        _text(SubElement(features, "tcg"), "tb-cache", "16", unit="MiB")


def _clock(domain: Element, platform: Platform) -> None:
    clock = SubElement(domain, "clock", offset="utc")
    if platform.architecture == "x86_64":
        # Kernels have better ones.
        SubElement(clock, "timer", name="hpet", present="no")


def _no_sleep(domain: Element) -> None:
    # A guest that sleeps looks like one that hangs, and nothing wakes it up.
    power = SubElement(domain, "pm")
    SubElement(power, "suspend-to-mem", enabled="no")
    SubElement(power, "suspend-to-disk", enabled="no")


def _devices(domain: Element, files: Files, limits: Limits) -> None:
    devices = SubElement(domain, "devices")
    if files.disk is not None:
        disk = SubElement(devices, "disk", type="file", device="disk")
        SubElement(disk, "driver", name="qemu", type="qcow2")
        SubElement(disk, "source", file=str(files.disk))
        SubElement(disk, "target", dev=DISK, bus="virtio")
        _io_tune(disk, limits)
    if files.seed is not None:
        _seed(devices, files.seed)
    _without_extras(devices)
    serial = SubElement(devices, "serial", type="pty")
    SubElement(serial, "log", file=str(files.console), append="on")
    SubElement(serial, "target", port="0")


def _interfaces(domain: Element, spec: GuestSpec) -> None:
    """On the bridges that the agent has for the guest's networks, under names that its rules know."""
    devices = domain.find("devices")
    assert devices is not None
    for each in (each for each in spec.interfaces if not each.is_user):
        card = SubElement(devices, "interface", type="bridge")
        SubElement(card, "mac", address=each.mac)
        SubElement(card, "source", bridge=bridge(each.vni))
        SubElement(card, "target", dev=tap(spec.vm_uid, each.index))
        SubElement(card, "model", type="virtio")
        if each.mtu:
            SubElement(card, "mtu", size=str(each.mtu))


def _user_networks(domain: Element, spec: GuestSpec, platform: Platform) -> None:
    """By QEMU alone, restricted: what is published comes in, and nothing goes out. Raises GuestRefused.

    libvirt's own of this kind has no restriction.
    """
    cards = [each for each in spec.interfaces if each.is_user]
    if cards and USER_NETWORK not in platform.offered:
        raise GuestRefused(f"this host has no {USER_NETWORK} for guests")
    arguments = [argument for each in cards for argument in user_network_arguments(each)]
    if arguments:
        ElementTree.register_namespace("qemu", QEMU_NAMESPACE)
        line = SubElement(domain, f"{{{QEMU_NAMESPACE}}}commandline")
        for argument in arguments:
            SubElement(line, f"{{{QEMU_NAMESPACE}}}arg", value=argument)


def _more_devices(domain: Element, machine: Machine, platform: Platform) -> None:
    devices = domain.find("devices")
    assert devices is not None
    if machine.guest_agent:
        channel = SubElement(devices, "channel", type="unix")
        SubElement(channel, "target", type="virtio", name=AGENT_CHANNEL)
    if machine.tpm:
        tpm = SubElement(devices, "tpm", model=TPM_MODELS.get(platform.architecture, "tpm-tis"))
        SubElement(tpm, "backend", type="emulator", version="2.0")
    if machine.rng:
        rng = SubElement(devices, "rng", model="virtio")
        SubElement(rng, "rate", bytes=str(RNG_BYTES_A_SECOND), period="1000")
        _text(rng, "backend", "/dev/urandom", model="random")
    if machine.screen:
        SubElement(SubElement(devices, "video"), "model", type="vga")
        # Nothing listens: whoever looks is handed over by the agent. And no viewer throws out another.
        screen = SubElement(devices, "graphics", type="vnc", sharePolicy="force-shared")
        SubElement(screen, "listen", type="none")


def _seed(devices: Element, seed: Path) -> None:
    SubElement(devices, "controller", type="scsi", model="virtio-scsi")
    disk = SubElement(devices, "disk", type="file", device="cdrom")
    SubElement(disk, "driver", name="qemu", type="raw")
    SubElement(disk, "source", file=str(seed))
    SubElement(disk, "target", dev=SEED, bus="scsi")
    SubElement(disk, "readonly")


def _io_tune(disk: Element, limits: Limits) -> None:
    given = {name: getattr(limits, field) for name, field in IO_TUNE.items()}
    if any(given.values()):
        tune = SubElement(disk, "iotune")
        for name, most in given.items():
            if most:
                _text(tune, f"{name}_sec", str(most))


def _without_extras(devices: Element) -> None:
    """Without what libvirt adds unless it is refused. What guests use of memory is read from their processes."""
    SubElement(devices, "controller", type="usb", model="none")
    SubElement(devices, "memballoon", model="none")
