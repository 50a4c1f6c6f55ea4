"""`chronovisor image`: from a file to an image, and to its end."""

import hashlib
from pathlib import Path

import pytest
import zstandard
from chronovisor.cli.exit_codes import Exit
from chronovisor.client import connect
from chronovisor.errors import Unavailable
from chronovisor.services.images import last_image
from chronovisor.v1.image_service_pb2 import ImageOpening, UploadImageRequest

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.support.images import qcow2

A_VM = ("--vcpus", "1", "--memory", "64MiB", "--disk", "1GiB", "--image", "tiny", "--start")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "web_1.qcow2"
    qcow2(path)
    return path


def test_the_life_of_an_image(cli: Cli, file: Path) -> None:
    ran = cli("image", "import", str(file), "--family", "web", "--label", "tier=front", "--description", "the shop")
    assert (ran.code, ran.out) == (Exit.OK, "web-1 is imported.\n")
    image = cli("image", "show", "web-1", "-o", "json").json
    assert image["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert image["labels"] == {"tier": "front"}
    listed = cli("image", "list").out
    assert all(word in listed for word in ("web-1", "READY", "qcow2", "2 MiB"))
    assert cli("image", "update", "web-1", "--min-disk", "2GiB").code == Exit.OK
    assert cli("image", "deprecate", "web-1", "--instead", "web-2").out == "web-1 is DEPRECATED.\n"
    shown = cli("image", "show", "web-1").out
    assert all(word in shown for word in ("DEPRECATED", "web-2", "the shop", "2 GiB"))
    assert cli("image", "deprecate", "web-1", "--restore").out == "web-1 is READY.\n"
    assert cli("image", "delete", "web-1").out == "web-1 is deleted.\n"
    history = cli("history", "image", image["name"].replace("web-1", image["uid"])).out
    for words in ("import begun: 'the shop'", "imported and checked: qcow2", "is DEPRECATED", "deleted"):
        assert words in history
    gone = cli("image", "show", "web-1")
    assert gone.code == Exit.NOT_FOUND
    assert "chronovisor image list" in gone.err


def test_an_image_that_is_packed_and_one_that_is_raw(cli: Cli, file: Path, tmp_path: Path) -> None:
    packed, raw = tmp_path / "web.qcow2.zst", tmp_path / "disk.raw"
    packed.write_bytes(zstandard.compress(file.read_bytes()))
    raw.write_bytes(bytes(4096))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert cli("image", "import", str(packed), "--sha256", digest).out == "web is imported.\n"
    assert cli("image", "import", str(raw), "--raw").out == "disk is imported.\n"
    refused = cli("image", "import", str(raw), "--name", "other")
    assert refused.code == Exit.USAGE
    assert "a raw one has to be declared as raw" in refused.err
    failed = cli("image", "show", "other").out
    assert "FAILED" in failed
    taken = cli("image", "import", str(file), "--name", "disk")
    assert "chronovisor image show disk" in taken.err


def test_an_image_from_a_url_is_followed_until_it_is_there(cli: Cli, plane: Plane, file: Path) -> None:
    url = f"file://{plane.image_folder.name}/{file.name}"
    missing = cli("image", "import", url)
    assert missing.code == Exit.OPERATION_FAILED
    assert "the file cannot be read: No such file or directory" in missing.err
    (Path(plane.image_folder.name) / file.name).write_bytes(file.read_bytes())
    ran = cli("image", "import", url, "--family", "web")
    assert (ran.code, ran.out) == (Exit.OK, "web-1 is imported.\n")
    assert f"source   {url}\n" in cli("image", "show", "web-1").out
    assert f"is to be imported from {url}" in cli("history", "image", "web-1").out
    assert cli("image", "import", url, "--name", "web", "--validate-only").out == "web: valid. Nothing was changed.\n"
    assert "Follow it: chronovisor operation wait" in cli("image", "import", url, "--name", "web", "--no-wait").out
    refused = cli("image", "import", "https://example.com/web.qcow2")
    assert refused.code == Exit.WRONG_STATE
    assert "the operator allows file://" in refused.err


def test_the_client_imports_from_a_url(plane: Plane, file: Path) -> None:
    (Path(plane.image_folder.name) / file.name).write_bytes(file.read_bytes())
    with connect(plane.address) as client:
        operation = client.images.import_from("web", f"file://{plane.image_folder.name}/{file.name}")
        assert operation.wait(10.0).sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_an_upload_that_was_broken_off_goes_on_by_the_same_command(cli: Cli, plane: Plane, file: Path) -> None:
    data, parent = file.read_bytes(), "projects/default"
    opening = ImageOpening(parent=parent, image_id="web-1", resumable=True, upload_size_bytes=len(data))
    opening.sha256 = hashlib.sha256(data).hexdigest()
    with connect(plane.address) as client:
        messages = [UploadImageRequest(open=opening), UploadImageRequest(chunk=data[: 1 << 20])]
        with pytest.raises(Unavailable, match="go on with `resume_uid`"):
            last_image(client.images.UploadImage(iter(messages)))
    assert "PENDING" in cli("image", "show", "web-1").out
    ran = cli("image", "import", str(file), "--resumable")
    assert (ran.code, ran.out) == (Exit.OK, "web-1 is imported.\n")
    sent = sum(len(each.request.chunk) for each in plane.proxy.calls_of("UploadImage"))
    assert sent == len(data)
    assert cli("image", "import", str(file), "--resumable", "--name", "web").out == "web is imported.\n"


def test_a_file_that_is_not_there_is_named(cli: Cli, tmp_path: Path) -> None:
    ran = cli("image", "import", str(tmp_path / "nothing.qcow2"))
    assert ran.code == Exit.USAGE
    assert "No such file" in ran.err


def test_what_was_is_shown(cli: Cli, file: Path) -> None:
    cli("image", "import", str(file))
    position = cli("image", "list", "-o", "json").json["position"]
    cli("image", "delete", "web-1")
    assert "web-1" in cli("at", str(position), "image", "list").out


def test_the_clients_methods(plane: Plane, file: Path) -> None:
    with connect(plane.address) as client:
        image = last_image(client.images.upload("web", file, description="of a script"))
        assert client.images.get("web") == image
        assert [each.name for each in client.images.list()] == [image.name]
        assert client.images.update("web", family="web").family == "web"
        assert client.images.deprecate("web", obsolete=True).state > image.state
        assert client.images.delete("web").HasField("delete_time")


def test_an_image_is_made_of_a_vm(cli: Cli) -> None:
    cli("vm", "create", "web-1", *A_VM)
    refused = cli("image", "create", "golden", "--from-vm", "web-1")
    assert (refused.code, "is RUNNING" in refused.err) == (Exit.WRONG_STATE, True)
    cli("vm", "stop", "web-1", "--grace", "0s")
    assert "golden: valid" in cli("image", "create", "golden", "--from-vm", "web-1", "--validate-only").out
    ran = cli("image", "create", "golden", "--from-vm", "web-1", "--family", "golden")
    assert (ran.code, ran.out) == (Exit.OK, "golden is created.\n")
    assert "source   projects/default/vms/web-1\n" in cli("image", "show", "golden").out
    assert "is to be made of the disk of projects/default/vms/web-1" in cli("history", "image", "golden").out


def test_the_client_makes_an_image_of_a_vm(cli: Cli, plane: Plane) -> None:
    cli("vm", "create", "web-1", *A_VM)
    cli("vm", "stop", "web-1", "--grace", "0s")
    with connect(plane.address) as client:
        assert client.images.create("golden", "web-1").wait(10.0).virtual_size_bytes == 1 << 30
