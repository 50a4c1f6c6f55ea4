"""The domain XML of a guest. Builds a tree, so that no value can break out of its place; looks nothing up.

Guests get no network card yet: QEMU's user-mode one would let every guest reach services on the host's loopback.
"""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from hostagent.drivers.base import GuestSpec, KernelBoot, VmUid
from hostagent.drivers.libvirt.metadata import GuestMetadata

_MACHINES = {"x86_64": "q35", "aarch64": "virt"}
DEFAULT_CMDLINE = "console=ttyS0"


@dataclass(frozen=True, slots=True)
class Platform:
    """What guests run under on this host."""

    # A libvirt domain type: `kvm`, `qemu`, `test`.
    virt_type: str
    architecture: str


@dataclass(frozen=True, slots=True)
class Files:
    """A guest's files on the host."""

    console: Path
    disk: Path | None = None
    kernel: Path | None = None
    initramfs: Path | None = None


def domain_name(vm_uid: VmUid) -> str:
    return f"cv-{vm_uid}"


def domain_xml(spec: GuestSpec, files: Files, platform: Platform) -> str:
    domain = Element("domain", type=platform.virt_type)
    _text(domain, "name", domain_name(spec.vm_uid))
    _text(domain, "uuid", spec.vm_uid)
    _text(domain, "title", spec.vm_name)
    SubElement(domain, "metadata").append(GuestMetadata.of(spec).element())
    _text(domain, "memory", str(spec.memory_mib), unit="MiB")
    _text(domain, "vcpu", str(spec.vcpus))
    _os(domain, spec, files, platform)
    _features(domain, platform)
    if platform.virt_type == "kvm":
        SubElement(domain, "cpu", mode="host-passthrough")
    SubElement(domain, "clock", offset="utc")
    _text(domain, "on_poweroff", "destroy")
    _text(domain, "on_reboot", "restart")
    _text(domain, "on_crash", "destroy")
    _devices(domain, files)
    return ElementTree.tostring(domain, encoding="unicode")


def _text(parent: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = text


def _os(domain: Element, spec: GuestSpec, files: Files, platform: Platform) -> None:
    os = SubElement(domain, "os")
    machine = _MACHINES.get(platform.architecture)
    if machine and platform.virt_type != "test":
        _text(os, "type", "hvm", arch=platform.architecture, machine=machine)
    else:
        _text(os, "type", "hvm")
    if isinstance(spec.boot, KernelBoot):
        _text(os, "kernel", str(files.kernel))
        _text(os, "initrd", str(files.initramfs))
        _text(os, "cmdline", spec.boot.cmdline or DEFAULT_CMDLINE)
    else:
        SubElement(os, "boot", dev="hd")


def _features(domain: Element, platform: Platform) -> None:
    features = SubElement(domain, "features")
    SubElement(features, "acpi")
    if platform.architecture == "x86_64":
        SubElement(features, "apic")
    if platform.virt_type == "qemu":
        # The default cache of translated code is up to a gigabyte a guest.
        _text(SubElement(features, "tcg"), "tb-cache", "16", unit="MiB")


def _devices(domain: Element, files: Files) -> None:
    devices = SubElement(domain, "devices")
    if files.disk is not None:
        disk = SubElement(devices, "disk", type="file", device="disk")
        SubElement(disk, "driver", name="qemu", type="qcow2")
        SubElement(disk, "source", file=str(files.disk))
        SubElement(disk, "target", dev="vda", bus="virtio")
    SubElement(devices, "controller", type="usb", model="none")
    serial = SubElement(devices, "serial", type="file")
    SubElement(serial, "source", path=str(files.console), append="on")
    SubElement(serial, "target", port="0")
    balloon = SubElement(devices, "memballoon", model="virtio")
    SubElement(balloon, "stats", period="2")
