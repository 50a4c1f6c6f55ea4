"""Seeds are what cloud-init takes, for nobody else to read, and leave nothing of them anywhere else."""

import io
import stat
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pycdlib
import pytest
import yaml
from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import vm_pb2
from hostagent.control.desired_state import NotUnderstood, desired_guest
from hostagent.drivers.base import Firmware, FirstBoot, GuestSpec, ImageBoot, Machine, StepFailed, VmUid
from hostagent.drivers.libvirt.domain_xml import Files, Platform, domain_xml
from hostagent.drivers.libvirt.moved_xml import Place, moved_xml
from hostagent.seeds import LABEL, Seeds, meta_data, seed

from tests.support.files import contents

TEXT = b"#cloud-config\npassword: canary\n"
UID = "0190aa00-0000-7000-8000-000000000001"
PLATFORM = Platform("qemu", "x86_64")


def read(image: bytes, path: str) -> bytes:
    iso, found = pycdlib.PyCdlib(), io.BytesIO()
    iso.open_fp(io.BytesIO(image))
    iso.get_file_from_iso_fp(found, joliet_path=path)
    iso.close()
    return found.getvalue()


@pytest.mark.parametrize("text", [TEXT, b"\x00\xff" * 20_000, b"x"])
def test_a_seed_has_what_cloud_init_looks_for(text: bytes) -> None:
    image = seed(text, meta_data(UID, "projects/p/vms/web", FirstBoot()))
    assert LABEL.encode() in image[32808:32840]
    assert read(image, "/user-data") == text
    assert read(image, "/meta-data") == f"instance-id: {UID}\nlocal-hostname: web\n".encode()


def test_keys_and_a_host_name_are_in_it_as_yaml_has_them() -> None:
    keys = ("ssh-ed25519 AAAA alice@laptop", 'ssh-rsa BBBB "Zoë" \\ #: [x] 🚀')
    text = meta_data(UID, "projects/p/vms/web", FirstBoot(keys, "db.example.com"))
    assert yaml.safe_load(text) == {
        "instance-id": UID,
        "local-hostname": "db.example.com",
        "public-keys": list(keys),
    }


async def test_a_seed_is_for_its_owner_alone_and_goes_with_its_guest(tmp_path: Path) -> None:
    seeds = Seeds(tmp_path)
    await seeds.ensure(spec(TEXT))
    file = seeds.path(UID)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read(file.read_bytes(), "/user-data") == TEXT
    await seeds.ensure(spec(b"other"))
    assert read(file.read_bytes(), "/user-data") == b"other"
    await seeds.ensure(replace(spec(b""), first_boot=FirstBoot(hostname="other")))
    assert read(file.read_bytes(), "/user-data") == b""
    assert b"other" in read(file.read_bytes(), "/meta-data")
    await seeds.ensure(spec(b""))
    assert contents(tmp_path) == b""
    seeds.remove(UID)


async def test_a_seed_that_cannot_be_written_fails_the_step_without_its_text(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as failed:
        await Seeds(tmp_path / "nowhere").ensure(spec(TEXT))
    assert "canary" not in str(failed.value)


def spec(user_data: bytes) -> GuestSpec:
    return GuestSpec(VmUid(UID), "projects/p/vms/web", 1, 1, 64, 1, ImageBoot("tiny"), user_data=user_data)


def test_the_text_is_in_no_xml_and_in_no_words() -> None:
    xml = domain_xml(spec(TEXT), Files(Path("/c"), Path("/d"), seed=Path("/s.iso")), PLATFORM)
    assert "canary" not in xml + repr(spec(TEXT)) + str(spec(TEXT))
    drive = ElementTree.fromstring(xml).find("devices/disk[@device='cdrom']")
    assert drive is not None
    assert drive.find("source[@file='/s.iso']") is not None
    assert drive.find("readonly") is not None
    without = domain_xml(spec(b""), Files(Path("/c"), Path("/d")), PLATFORM)
    assert ElementTree.fromstring(without).find("devices/disk[@device='cdrom']") is None


def test_a_guest_that_moves_finds_its_seed_where_it_comes_to() -> None:
    xml = domain_xml(spec(TEXT), Files(Path("/c"), Path("/d"), seed=Path("/s.iso")), PLATFORM)
    place = Place("qemu+tls://b/system", "/there/c", "/there/d", seed="/there/s.iso")
    assert Place.of(place.endpoint()) == place
    moved = ElementTree.fromstring(moved_xml(xml, place, 2))
    assert [each.get("file") for each in moved.iterfind("devices/disk/source")] == ["/there/d", "/there/s.iso"]


def test_a_machine_and_keys_are_understood_as_they_are_sent() -> None:
    message = pb.DesiredGuest(vm_uid=UID, power=pb.DESIRED_POWER_RUNNING)
    assert not desired_guest(message).spec.has_seed
    message.spec.MergeFrom(
        vm_pb2.VmSpec(
            first_boot=vm_pb2.FirstBoot(ssh_authorized_keys=["ssh-ed25519 AAAA"], hostname="web"),
            firmware=vm_pb2.FIRMWARE_UEFI_SECURE_BOOT,
            tpm=True,
            machine_type="pc-q35-7.2",
            rng=True,
            guest_agent=True,
        )
    )
    found = desired_guest(message).spec
    assert found.has_seed
    assert found.first_boot == FirstBoot(("ssh-ed25519 AAAA",), "web")
    assert found.machine == Machine(Firmware.UEFI_SECURE_BOOT, True, "pc-q35-7.2", True, True)
    message.spec.firmware = vm_pb2.Firmware.ValueType(9)
    with pytest.raises(NotUnderstood, match="firmware 9"):
        desired_guest(message)


def test_what_is_desired_has_it_and_does_not_show_it() -> None:
    message = pb.DesiredGuest(vm_uid=UID, power=pb.DESIRED_POWER_RUNNING, user_data=TEXT)
    desired = desired_guest(message)
    assert desired.spec.user_data == TEXT
    assert "canary" not in repr(desired)
