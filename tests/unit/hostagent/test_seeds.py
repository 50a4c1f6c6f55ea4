"""Seeds are what cloud-init takes, for nobody else to read, and leave nothing of them anywhere else."""

import io
import stat
from pathlib import Path
from xml.etree import ElementTree

import pycdlib
import pytest
from chronovisor.v1 import agent_service_pb2 as pb
from hostagent.control.desired_state import desired_guest
from hostagent.drivers.base import GuestSpec, ImageBoot, StepFailed, VmUid
from hostagent.drivers.libvirt.domain_xml import Files, Platform, domain_xml
from hostagent.drivers.libvirt.moved_xml import Place, moved_xml
from hostagent.seeds import LABEL, Seeds, seed

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
    image = seed(UID, "web", text)
    assert LABEL.encode() in image[32808:32840]
    assert read(image, "/user-data") == text
    assert read(image, "/meta-data") == f"instance-id: {UID}\nlocal-hostname: web\n".encode()


async def test_a_seed_is_for_its_owner_alone_and_goes_with_its_guest(tmp_path: Path) -> None:
    seeds = Seeds(tmp_path)
    await seeds.ensure(UID, "projects/p/vms/web", TEXT)
    file = seeds.path(UID)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read(file.read_bytes(), "/user-data") == TEXT
    await seeds.ensure(UID, "projects/p/vms/web", b"other")
    assert read(file.read_bytes(), "/user-data") == b"other"
    await seeds.ensure(UID, "projects/p/vms/web", b"")
    assert contents(tmp_path) == b""
    seeds.remove(UID)


async def test_a_seed_that_cannot_be_written_fails_the_step_without_its_text(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as failed:
        await Seeds(tmp_path / "nowhere").ensure(UID, "web", TEXT)
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


def test_what_is_desired_has_it_and_does_not_show_it() -> None:
    message = pb.DesiredGuest(vm_uid=UID, power=pb.DESIRED_POWER_RUNNING, user_data=TEXT)
    desired = desired_guest(message)
    assert desired.spec.user_data == TEXT
    assert "canary" not in repr(desired)
