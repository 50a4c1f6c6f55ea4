"""Images that mean harm, or are damaged: each is refused, says why, and leaves nothing behind."""

import hashlib
import os
import resource
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from controlplane.domain.image.aggregate import Expected
from controlplane.domain.image.content import ImageContent, ImageFormat
from controlplane.images.qcow2_header import Unfit
from controlplane.images.settings import ImageSettings
from controlplane.images.store import ImageStore, NoRoom

MIB, TIB = 1 << 20, 1 << 40


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    made = ImageStore(ImageSettings(tmp_path / "store", least_free=0))
    made.open()
    return made


def qemu_img(*arguments: object) -> None:
    subprocess.run(["qemu-img", *map(str, arguments)], check=True, capture_output=True)


def image(path: Path, *more: object, size: str = "64M") -> Path:
    """A qcow2 file with some bytes in it."""
    raw = path.with_suffix(".data")
    raw.write_bytes(os.urandom(2 * MIB))
    if more:
        qemu_img("create", "-q", "-f", "qcow2", *more, path, size)
    else:
        qemu_img("convert", "-f", "raw", "-O", "qcow2", raw, path)
    return path


def take(
    store: ImageStore, data: bytes, expected: Expected | None = None, size: int = 0, chunk: int = 100_000
) -> ImageContent:
    incoming = store.receive("uid", expected or Expected(), size)
    try:
        for place in range(0, len(data), chunk):
            incoming.add(data[place : place + chunk])
        return incoming.finish()
    finally:
        incoming.discard()


def left_in(store: ImageStore) -> list[str]:
    return [path.name for path in store.settings.folder.rglob("*") if path.is_file()]


def patched(data: bytes, place: int, layout: str, *values: int) -> bytes:
    packed = struct.pack(layout, *values)
    return data[:place] + packed + data[place + len(packed) :]


def test_an_image_is_kept_by_its_hash(store: ImageStore, tmp_path: Path) -> None:
    data = image(tmp_path / "a.qcow2").read_bytes()
    digest = hashlib.sha256(data).digest()
    content = take(store, data, Expected(sha256=digest), len(data))
    assert content == ImageContent("uid", digest, ImageFormat.QCOW2, 2 * MIB, len(data))
    assert left_in(store) == [digest.hex()]
    assert store.path(digest).read_bytes() == data
    # Once, however many images have it.
    assert take(store, data).sha256 == digest
    assert left_in(store) == [digest.hex()]


def test_what_zstd_has_packed_is_unpacked(store: ImageStore, tmp_path: Path) -> None:
    data = image(tmp_path / "a.qcow2").read_bytes()
    packed = zstandard.compress(data[:MIB]) + zstandard.compress(data[MIB:])
    for chunk in (1, len(packed)) if len(packed) < 10_000 else (977, len(packed)):
        assert take(store, packed, size=len(packed), chunk=chunk).sha256 == hashlib.sha256(data).digest()


def test_a_raw_image_is_taken_as_one_where_it_is_stated(store: ImageStore) -> None:
    content = take(store, b"x" * 4096, Expected(ImageFormat.RAW))
    assert content[2:] == (ImageFormat.RAW, 4096, 4096)


def _backed(path: Path, data: bytes) -> bytes:
    image(path, "-b", "/etc/shadow", "-F", "raw", "-u")
    return path.read_bytes()


def _with_data_file(path: Path, data: bytes) -> bytes:
    image(path, "-o", f"data_file={path.with_suffix('.raw')},data_file_raw=on")
    return path.read_bytes()


def _with_snapshot(path: Path, data: bytes) -> bytes:
    path.write_bytes(data)
    qemu_img("snapshot", "-c", "before", path)
    return path.read_bytes()


HOSTILE: dict[str, tuple[Callable[[Path, bytes], bytes], str]] = {
    "a backing file": (_backed, "backing file"),
    "a data file": (_with_data_file, "another file"),
    # By its header: qemu-img measures how quickly it derives keys, which fails on a busy machine.
    "encrypted by LUKS": (lambda _, data: patched(data, 32, ">I", 2), "encrypted"),
    "encrypted by AES": (lambda _, data: patched(data, 32, ">I", 1), "encrypted"),
    "a snapshot": (_with_snapshot, "internal snapshots"),
    "of 2 TiB": (lambda _, data: patched(data, 24, ">Q", 2 * TIB), "2048 GiB"),
    "of all bytes that there are": (lambda _, data: patched(data, 24, ">Q", (1 << 64) - 1), "GiB"),
    "of no size": (lambda _, data: patched(data, 24, ">Q", 0), "0 GiB"),
    "a table of 16 GiB": (lambda _, data: patched(data, 36, ">I", (1 << 31) - 1), "which are not there"),
    "a table beyond its end": (lambda _, data: patched(data, 40, ">Q", 1 << 50), "which are not there"),
    "counts beyond its end": (lambda _, data: patched(data, 48, ">QI", 1 << 60, 1), "which are not there"),
    "clusters of 2^31 bytes": (lambda _, data: patched(data, 20, ">I", 31), "2^31"),
    "an extension beyond its cluster": (lambda _, data: patched(data, 112, ">II", 7, 1 << 31), "extension"),
    "features that nobody knows": (lambda _, data: patched(data, 72, ">Q", 1 << 40), "not known"),
    "a header that says it is long": (lambda _, data: patched(data, 100, ">I", 1 << 31), "no length"),
    "of version 9": (lambda _, data: patched(data, 4, ">I", 9), "version 9"),
    "tables of nonsense": (lambda _, data: data[: 3 * 65536] + b"\xa5" * (len(data) - 3 * 65536), "qemu-img check"),
    "half of it": (lambda _, data: data[: len(data) // 2], "qemu-img check"),
    "its header alone": (lambda _, data: data[:112], "which are not there"),
    "no image": (lambda _, data: b"#!/bin/sh\n" * 1000, "not a qcow2 image"),
    "nothing": (lambda _, data: b"", "not a qcow2 image"),
    "half of what was packed": (lambda _, data: zstandard.compress(data)[:-1000], "cut off"),
    "nonsense that was packed": (lambda _, data: b"\x28\xb5\x2f\xfd" + data, "cannot be unpacked"),
}


@pytest.mark.parametrize(("made", "why"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_whole_image_of_its_own_is_refused(
    store: ImageStore, tmp_path: Path, made: Callable[[Path, bytes], bytes], why: str
) -> None:
    data = image(tmp_path / "whole.qcow2").read_bytes()
    with pytest.raises(Unfit, match=why.replace("^", r"\^")):
        take(store, made(tmp_path / "hostile.qcow2", data))
    assert left_in(store) == []


def test_qcow2_that_is_declared_raw_is_refused(store: ImageStore, tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="begins as qcow2"):
        take(store, _backed(tmp_path / "a.qcow2", b""), Expected(ImageFormat.RAW))


def test_another_hash_or_another_size_than_was_declared_is_refused(store: ImageStore, tmp_path: Path) -> None:
    data = image(tmp_path / "a.qcow2").read_bytes()
    with pytest.raises(Unfit, match="its SHA-256 is"):
        take(store, data, Expected(sha256=b"\0" * 32))
    with pytest.raises(Unfit, match="of the"):
        take(store, data, size=len(data) + 1)
    with pytest.raises(Unfit, match="more than"):
        take(store, data, size=len(data) - 1)
    assert left_in(store) == []


def test_a_little_that_unpacks_to_very_much_is_broken_off(tmp_path: Path) -> None:
    store = ImageStore(ImageSettings(tmp_path / "store", largest_gib=1, least_free=0))
    store.open()
    bomb = zstandard.ZstdCompressor().compressobj()
    packed = b"".join(bomb.compress(bytes(64 * MIB)) for _ in range(17)) + bomb.flush()
    assert len(packed) < MIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Unfit, match="more than 1 GiB"):
        take(store, packed, Expected(ImageFormat.RAW))
    assert left_in(store) == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 256 << 10


def test_room_that_is_kept_free_stays_so(tmp_path: Path) -> None:
    store = ImageStore(ImageSettings(tmp_path / "store", least_free=1 << 60))
    store.open()
    with pytest.raises(NoRoom, match="kept free"):
        take(store, b"QFI\xfb" + bytes(1000))
    with pytest.raises(NoRoom, match="kept free"):
        store.receive("uid", Expected(), 1000)
    assert left_in(store) == []


def test_a_disk_that_is_full_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    """Of the process, files may have so many bytes and no more."""
    script = """
import resource, signal, sys
from pathlib import Path
from controlplane.domain.image.aggregate import Expected
from controlplane.images.settings import ImageSettings
from controlplane.images.store import ImageStore, NoRoom
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = ImageStore(ImageSettings(Path(sys.argv[1]), least_free=0))
store.open()
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
incoming = store.receive("uid", Expected())
try:
    for _ in range(64):
        incoming.add(bytes(100_000))
except NoRoom as error:
    print(error)
finally:
    incoming.discard()
"""
    command = [sys.executable, "-c", script, str(tmp_path / "store")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "File too large\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_import_for_which_the_disk_is_full_in_the_middle_ends(tmp_path: Path) -> None:
    """What came stays until the import is given up."""
    script = """
import resource, signal, sys
from pathlib import Path
from controlplane.domain.image.aggregate import Expected
from controlplane.images.settings import ImageSettings
from controlplane.images.source_import import SourceImport
from controlplane.images.sources import SourceSettings, Sources
from controlplane.images.store import ImageStore, NoRoom
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = ImageStore(ImageSettings(Path(sys.argv[1]) / "store", least_free=0))
store.open()
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
sources = Sources(SourceSettings((f"file://{sys.argv[1]}/",)))
job = SourceImport(store, sources, "uid", f"file://{sys.argv[1]}/large", Expected())
try:
    job.run()
except NoRoom as error:
    print(error, job.done <= 1 << 20)
job.discard()
"""
    (tmp_path / "large").write_bytes(bytes(3 << 20))
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "File too large True\n"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["large"]


def test_what_was_coming_in_is_gone_after_a_start(store: ImageStore) -> None:
    incoming = store.receive("uid", Expected())
    incoming.add(b"x" * 1000)
    assert left_in(store) == ["uid"]
    store.close()
    store.open()
    assert left_in(store) == []
    incoming.discard()


def test_two_control_planes_do_not_share_a_directory(store: ImageStore) -> None:
    other = ImageStore(store.settings)
    with pytest.raises(OSError, match=r"another control plane uses this image directory.*--image-dir"):
        other.open()
    store.close()
    other.open()
    other.close()


def test_bytes_that_nothing_needs_are_removed_unless_they_came_again(store: ImageStore) -> None:
    digest = take(store, b"x" * 4096, Expected(ImageFormat.RAW)).sha256
    assert store.known() == set()
    store.settled(digest)
    assert store.known() == {digest}
    # While somebody decides what of these is needed, it comes again.
    take(store, b"x" * 4096, Expected(ImageFormat.RAW))
    store.settled(digest)
    store.remove([digest])
    assert left_in(store) == [digest.hex()]
    assert store.known() == {digest}
    store.remove([digest])
    assert left_in(store) == []
