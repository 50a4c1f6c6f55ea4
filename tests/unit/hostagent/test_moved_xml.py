"""The XML of a guest that moves: another incarnation with other files, and the same machine."""

from xml.etree import ElementTree

import pytest
from hostagent.drivers.base import Endpoint, GuestRefused
from hostagent.drivers.libvirt.metadata import NAMESPACE
from hostagent.drivers.libvirt.moved_xml import Place, moved_xml

XML = f"""
<domain type='qemu'>
  <metadata>
    <cv:guest xmlns:cv='{NAMESPACE}' vm-uid='u' vm-name='n' incarnation='4' started='yes' reboots='2' leaving='5'
              limits='cpu=share'/>
    <other:thing xmlns:other='https://example.com' incarnation='4'/>
  </metadata>
  <memtune><hard_limit unit='KiB'>716800</hard_limit></memtune>
  <cputune><shares>20</shares></cputune>
  <os>
    <type machine='pc-q35-7.2'>hvm</type>
    <kernel>/a/k</kernel><initrd>/a/i</initrd><cmdline>quiet</cmdline>
  </os>
  <cpu mode='custom'><model>Nehalem</model></cpu>
  <devices>
    <disk type='file'>
      <source file='/a/d.qcow2' index='1'/>
      <backingStore type='file'><source file='/a/base.qcow2'/><backingStore/></backingStore>
      <target dev='vda'/>
    </disk>
    <disk type='file'><source file='/a/other.iso'/><target dev='sda'/></disk>
    <serial type='file'><source path='/a/c.log' append='on'/></serial>
    <console type='file'><source path='/a/c.log' append='on'/></console>
    <serial type='pty'><source path='/dev/pts/1'/></serial>
  </devices>
</domain>
"""
PLACE = Place("qemu+tls://b.example/system", "/b/c.log", "/b/d.qcow2", "/b/k", "/b/i")


def moved(place: Place = PLACE) -> ElementTree.Element:
    return ElementTree.fromstring(moved_xml(XML, place, 5))


def test_it_is_another_incarnation_that_has_been_started_and_leaves_for_nowhere() -> None:
    guest = moved().find(f"metadata/{{{NAMESPACE}}}guest")
    assert guest is not None
    assert guest.attrib == {"vm-uid": "u", "vm-name": "n", "incarnation": "5", "started": "yes", "reboots": "2"}


def test_limits_of_the_source_do_not_keep_it_from_a_host_without_control_groups() -> None:
    assert moved().find("cputune") is None
    assert moved().find("memtune") is None


def test_what_is_not_ours_stays() -> None:
    domain = moved()
    other = domain.find("metadata/{https://example.com}thing")
    assert other is not None
    assert other.get("incarnation") == "4"
    assert domain.findtext("os/cmdline") == "quiet"
    assert domain.find("os/type[@machine='pc-q35-7.2']") is not None
    assert domain.findtext("cpu/model") == "Nehalem"
    assert domain.find("devices/serial[@type='pty']/source[@path='/dev/pts/1']") is not None
    assert domain.find("devices/disk/source[@file='/a/other.iso']") is not None


def test_its_files_are_those_of_the_destination() -> None:
    domain = moved()
    assert (domain.findtext("os/kernel"), domain.findtext("os/initrd")) == ("/b/k", "/b/i")
    (disk,) = [disk for disk in domain.iterfind("devices/disk") if disk.find("target[@dev='vda']") is not None]
    source = disk.find("source")
    assert source is not None
    assert source.attrib == {"file": "/b/d.qcow2"}
    # Read anew from the file there.
    assert disk.find("backingStore") is None
    for device in ("serial", "console"):
        assert domain.find(f"devices/{device}[@type='file']/source[@path='/b/c.log']") is not None


def test_without_a_kernel_or_a_disk_there_is_nothing_to_replace() -> None:
    domain = moved(Place("qemu+tcp://b/system", "/b/c.log"))
    assert domain.findtext("os/kernel") == "/a/k"
    assert domain.find("devices/disk/source[@file='/a/d.qcow2']") is not None


def test_a_place_goes_as_an_endpoint_and_comes_back() -> None:
    assert Place.of(PLACE.endpoint()) == PLACE
    bare = Place("qemu+tcp://b/system", "/b/c.log")
    assert Place.of(bare.endpoint()) == bare
    assert "disk" not in bare.endpoint().address


@pytest.mark.parametrize("address", [{}, {"host": "b"}, {"kind": "libvirt", "uri": "qemu+tcp://b/system"}])
def test_an_endpoint_of_another_kind_is_refused_for_good(address: dict[str, str]) -> None:
    with pytest.raises(GuestRefused) as caught:
        Place.of(Endpoint(address))
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("uri", "migrate_uri", "encrypted"),
    [
        ("qemu+tls://b.example/system", "tcp://b.example", True),
        ("qemu+tcp://10.0.0.2:1234/system", "tcp://10.0.0.2", False),
        ("qemu+ssh://root@[fd00::2]/system", "tcp://[fd00::2]", False),
    ],
)
def test_memory_and_disks_go_to_where_its_libvirt_is(uri: str, migrate_uri: str, encrypted: bool) -> None:
    place = Place(uri, "/b/c.log")
    assert (place.migrate_uri, place.is_encrypted) == (migrate_uri, encrypted)
