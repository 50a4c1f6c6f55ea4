"""The libvirt driver, for `qemu:///system` and, as far as it goes, `test:///default`."""

from hostagent.drivers.libvirt.driver import LibvirtDriver, LibvirtSettings
from hostagent.drivers.libvirt.virt_type import VirtType

__all__ = ["LibvirtDriver", "LibvirtSettings", "VirtType"]
