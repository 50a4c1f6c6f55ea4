"""Domain XML: values stay in their places, whatever is in them."""

import dataclasses
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hostagent.drivers.base import GuestSpec, ImageBoot, KernelBoot, VmUid
from hostagent.drivers.libvirt.domain_xml import Files, Platform, domain_xml
from hostagent.drivers.libvirt.metadata import NAMESPACE
from hypothesis import given
from hypothesis import strategies as st

UID = VmUid("6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111")
SPEC = GuestSpec(UID, "projects/p/vms/a", 3, 2, 128, 1, KernelBoot("vmlinuz", "initramfs", "console=ttyS0 quiet"))
FILES = Files(Path("/s/c.log"), Path("/s/d.qcow2"), Path("/i/vmlinuz"), Path("/i/initramfs"))
TCG = Platform("qemu", "x86_64")
xml_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="￾￿"))


def tree(spec: GuestSpec = SPEC, files: Files = FILES, platform: Platform = TCG) -> ElementTree.Element:
    return ElementTree.fromstring(domain_xml(spec, files, platform))


def test_a_guest_carries_whose_it_is() -> None:
    guest = tree().find(f"metadata/{{{NAMESPACE}}}guest")
    assert guest is not None
    assert guest.attrib == {
        "vm-uid": UID,
        "vm-name": "projects/p/vms/a",
        "incarnation": "3",
        "started": "no",
        "reboots": "0",
    }


def test_a_kernel_is_booted_directly() -> None:
    os = tree().find("os")
    assert os is not None
    assert [os.findtext(tag) for tag in ("kernel", "initrd", "cmdline")] == [
        "/i/vmlinuz",
        "/i/initramfs",
        "console=ttyS0 quiet",
    ]


def test_a_guest_without_a_disk_has_none() -> None:
    assert tree(files=Files(Path("/s/c.log"))).find("devices/disk") is None


def test_an_image_is_booted_from_its_disk() -> None:
    domain = tree(dataclasses.replace(SPEC, boot=ImageBoot("debian.qcow2")))
    assert domain.find("os/kernel") is None
    assert domain.find("os/boot[@dev='hd']") is not None


def test_only_emulated_guests_limit_the_cache_of_translated_code() -> None:
    assert tree().findtext("features/tcg/tb-cache") == "16"
    assert tree(platform=Platform("kvm", "x86_64")).find("features/tcg") is None


@pytest.mark.slow
@given(xml_text, xml_text)
def test_no_value_breaks_out_of_its_place(vm_name: str, cmdline: str) -> None:
    spec = dataclasses.replace(SPEC, vm_name=vm_name, boot=KernelBoot("k", "i", cmdline))
    domain = tree(spec)
    plain = tree()
    assert [element.tag for element in domain.iter()] == [element.tag for element in plain.iter()]
    guest = domain.find(f"metadata/{{{NAMESPACE}}}guest")
    assert guest is not None
    assert guest.get("vm-name") == vm_name
    assert domain.findtext("os/cmdline") == (cmdline or "console=ttyS0")
