"""The image directory never gives out a file that is not in it."""

import os
from pathlib import Path

import pytest
from hostagent.drivers.base import ImageNotFound
from hostagent.images import ImageDirectory


@pytest.fixture
def images(tmp_path: Path) -> ImageDirectory:
    folder = tmp_path / "images"
    (folder / "folder").mkdir(parents=True)
    (folder / "debian.qcow2").write_bytes(b"image")
    (folder / ".hidden").write_bytes(b"")
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "outside").symlink_to(tmp_path / "secret")
    (folder / "inside").symlink_to(folder / "debian.qcow2")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "dangling").symlink_to(folder / "nothing")
    return ImageDirectory(folder)


def test_names_are_the_files_that_can_be_resolved(images: ImageDirectory) -> None:
    assert images.names() == ("debian.qcow2", "inside")


def test_a_name_becomes_its_file(images: ImageDirectory) -> None:
    assert images.resolve("inside") == images.resolve("debian.qcow2") == images.path / "debian.qcow2"


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../secret", "/etc/passwd", "folder", "folder/../debian.qcow2"),
        *(".hidden", "outside", "loop", "dangling", "none", "debian.qcow2\0", "x" * 5000),
    ],
)
def test_anything_else_is_not_found(images: ImageDirectory, name: str) -> None:
    with pytest.raises(ImageNotFound):
        images.resolve(name)


def test_a_missing_directory_has_no_images(tmp_path: Path) -> None:
    assert ImageDirectory(tmp_path / "nowhere").names() == ()


def test_names_that_no_vm_can_request_are_not_reported(tmp_path: Path) -> None:
    for name in (b"ok.qcow2", b"a b", b"\xff\xfe", "größe".encode(), b"\x1b[31m", b"x" * 129):
        (tmp_path / os.fsdecode(name)).write_bytes(b"")
    assert ImageDirectory(tmp_path).names() == ("ok.qcow2",)
