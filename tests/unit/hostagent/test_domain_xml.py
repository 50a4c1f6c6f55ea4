"""Domain XML: values stay in their places, whatever is in them."""

import dataclasses
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hostagent.drivers.base import Firmware, GuestRefused, GuestSpec, ImageBoot, KernelBoot, Machine, VmUid
from hostagent.drivers.libvirt.domain_xml import Files, Platform, domain_xml, probe_xml
from hostagent.drivers.libvirt.machine_traits import machine_traits
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
        "limits": "cpu=share",
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


MACHINE = Machine(Firmware.UEFI, tpm=True, machine_type="pc-q35-7.0", rng=True, guest_agent=True, screen=True)
OFFERED = frozenset(
    (
        "firmware.uefi",
        "firmware.uefi-secure-boot",
        "tpm.2.0",
        "machine.pc-q35-7.0",
        "device.rng",
        "device.guest-agent",
        "device.screen",
    )
)


def test_a_plain_machine_has_nothing_more_to_attack() -> None:
    found = tree().find("devices")
    assert found is not None
    assert {each.tag for each in found} == {"disk", "controller", "memballoon", "serial"}
    os = tree().find("os")
    assert os is not None
    assert os.attrib == {}


def test_a_machine_has_what_its_spec_names() -> None:
    files = dataclasses.replace(FILES, nvram=Path("/s/d.fd"))
    platform = dataclasses.replace(TCG, offered=OFFERED)
    domain = tree(dataclasses.replace(SPEC, machine=MACHINE), files, platform)
    assert domain.find("os[@firmware='efi']/firmware/feature[@name='secure-boot'][@enabled='no']") is not None
    assert domain.findtext("os/nvram") == "/s/d.fd"
    assert domain.find("os/type[@machine='pc-q35-7.0']") is not None
    assert domain.find("features/smm") is None
    assert domain.find("devices/channel/target[@name='org.qemu.guest_agent.0']") is not None
    assert domain.find("devices/tpm[@model='tpm-crb']/backend[@version='2.0']") is not None
    assert domain.find("devices/video/model[@type='vga']") is not None
    assert domain.find("devices/graphics[@type='vnc'][@sharePolicy='force-shared']/listen[@type='none']") is not None
    assert domain.find("devices/rng/rate[@bytes='1024'][@period='1000']") is not None
    secure = dataclasses.replace(SPEC, machine=Machine(Firmware.UEFI_SECURE_BOOT))
    domain = tree(secure, files, platform)
    assert domain.find("os/firmware/feature[@name='enrolled-keys'][@enabled='yes']") is not None
    assert domain.find("features/smm[@state='on']") is not None


@pytest.mark.parametrize("missing", sorted(OFFERED - {"firmware.uefi-secure-boot"}))
def test_what_the_host_has_not_is_refused(missing: str) -> None:
    platform = dataclasses.replace(TCG, offered=OFFERED - {missing})
    with pytest.raises(GuestRefused, match=missing):
        domain_xml(dataclasses.replace(SPEC, machine=MACHINE), FILES, platform)


CAPABILITIES = """\
<domainCapabilities><arch>{arch}</arch>
  <os supported='yes'><enum name='firmware'><value>efi</value></enum>
    <loader supported='yes'><enum name='secure'><value>yes</value><value>no</value></enum></loader></os>
  <devices>
    <rng supported='yes'><enum name='backendModel'><value>random</value></enum></rng>
    <tpm supported='{tpm}'><enum name='backendModel'><value>emulator</value></enum>
      <enum name='backendVersion'><value>1.2</value><value>2.0</value></enum></tpm>
    <channel supported='yes'><enum name='type'><value>unix</value></enum></channel>
    <graphics supported='yes'><enum name='type'><value>sdl</value><value>vnc</value></enum></graphics>
    <video supported='yes'><enum name='modelType'><value>vga</value></enum></video>
  </devices></domainCapabilities>"""


def test_traits_are_what_libvirt_says_that_machines_can_have() -> None:
    found = machine_traits(ElementTree.fromstring(CAPABILITIES.format(arch="x86_64", tpm="yes")))
    assert found == OFFERED - {"machine.pc-q35-7.0"} | {"firmware.bios"}
    arm = machine_traits(ElementTree.fromstring(CAPABILITIES.format(arch="aarch64", tpm="no")))
    assert arm == {"firmware.uefi", "device.rng", "device.guest-agent", "device.screen"}
    assert machine_traits(ElementTree.fromstring("<domainCapabilities/>")) == frozenset()


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


def test_a_cpu_model_that_was_chosen_is_the_same_on_every_host() -> None:
    for virt_type in ("qemu", "kvm"):
        platform = Platform(virt_type, "x86_64", {"skylake-client-ibrs": "Skylake-Client-IBRS"})
        # Traits have small letters only.
        cpu = tree(dataclasses.replace(SPEC, cpu_model="skylake-client-ibrs"), platform=platform).find("cpu")
        assert cpu is not None
        assert cpu.attrib == {"mode": "custom", "match": "exact"}
        model = cpu.find("model")
        assert model is not None
        assert (model.text, model.get("fallback")) == ("Skylake-Client-IBRS", "forbid")


def test_a_cpu_model_that_the_host_has_not_is_refused() -> None:
    with pytest.raises(GuestRefused, match="no CPU model 'EPYC'"):
        domain_xml(dataclasses.replace(SPEC, cpu_model="EPYC"), FILES, TCG)


def test_without_a_cpu_model_a_virtualized_guest_gets_the_hosts_own() -> None:
    assert tree(platform=Platform("kvm", "x86_64")).find("cpu[@mode='host-passthrough']") is not None
    assert tree().find("cpu") is None


def test_a_guest_has_no_more_devices_than_it_needs() -> None:
    devices = tree().find("devices")
    assert devices is not None
    # The controller is none, and so is the balloon: libvirt adds both unless it is refused.
    assert [each.tag for each in devices] == ["disk", "controller", "memballoon", "serial"]
    assert [each.get("model") for each in devices if each.tag != "disk"] == ["none", "none", None]


def test_what_a_board_has_and_no_guest_needs_is_switched_off() -> None:
    domain = tree()
    assert domain.find("features/vmport[@state='off']") is not None
    assert domain.find("clock/timer[@name='hpet'][@present='no']") is not None
    assert [each.get("enabled") for each in domain.iterfind("pm/*")] == ["no", "no"]
    elsewhere = tree(platform=Platform("kvm", "aarch64"))
    assert elsewhere.find("features/vmport") is None
    assert elsewhere.find("clock/timer") is None


def test_a_probe_runs_on_a_machine_like_those_of_guests() -> None:
    probe, guest = ElementTree.fromstring(probe_xml(UID, TCG)), tree()
    for path in ("os/type", "features"):
        ours, theirs = probe.find(path), guest.find(path)
        assert ours is not None
        assert theirs is not None
        assert ElementTree.tostring(ours) == ElementTree.tostring(theirs)
    # It is none of the agent's, and reads and writes no file.
    assert not (probe.findtext("name") or "").startswith("cv-")
    assert probe.find("metadata") is None
    assert [each.tag for each in probe.iterfind("devices/*")] == ["controller", "memballoon"]
