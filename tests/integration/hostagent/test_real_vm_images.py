"""A real guest writes to its disk, is stopped, and an image of it boots another guest, with what was written."""

import subprocess
from pathlib import Path

from chronovisor.v1 import image_service_pb2 as api
from chronovisor.v1.console_service_pb2 import ReadConsoleLogRequest
from chronovisor.v1.image_pb2 import IMAGE_STATE_READY, Image

from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, running, unpacked, vm_name
from tests.integration.hostagent.test_agent_process import agent_process
from tests.integration.hostagent.test_real_images import chain_of, create
from tests.support import images
from tests.support.images import MIB
from tests.support.shared import RealHypervisor
from tests.support.waiting import until

FIRST, AGAIN = b"first boot\r\n", b"booted again\r\n"


def counting_disk(path: Path) -> bytes:
    """A qcow2 image whose guest says whether it booted before, and writes to its disk that it did."""
    code = bytes.fromhex(
        "fc31c08ed88ec08ed0bc007c"  # forwards; ds, es, ss = 0; the stack below
        "8816f07d"  # the drive that it booted from
        "b80102bb007eb90200b600"  # read sector 2 to 0x7e00
        "8a16f07dcd13"
        "803e007e5a"  # is its first byte Z?
        "be807c"  # FIRST
        "7503"
        "bea07c"  # AGAIN
        "c606007e5a"  # it is now
        "b80103bb007eb90200b6008a16f07dcd13"  # write sector 2
        "baf803fcac84c07403eeebf8"  # say so, byte by byte
        "f4ebfd"  # halt
    )
    sector = bytearray(512)
    sector[: len(code)] = code
    sector[0x80 : 0x80 + len(FIRST)] = FIRST
    sector[0xA0 : 0xA0 + len(AGAIN)] = AGAIN
    sector[510:] = b"\x55\xaa"
    raw = path.with_suffix(".raw")
    raw.write_bytes(bytes(sector).ljust(4 * MIB, b"\0"))
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, path], check=True, capture_output=True)
    return path.read_bytes()


async def until_written(plane: Plane, words: bytes, vm_id: str) -> None:
    async def is_so() -> bool:
        request = ReadConsoleLogRequest(name=vm_name(vm_id))
        return words in b"".join([part.data async for part in plane.consoles.ReadConsoleLog(request, metadata=ACTOR)])

    await until(is_so)


async def test_what_a_guest_wrote_is_in_the_image_of_it(real_hypervisor: RealHypervisor, tmp_path: Path) -> None:
    state = tmp_path / "guests"
    async with running() as plane:
        base = await images.upload(plane.images, counting_disk(tmp_path / "base.qcow2"), DEFAULT, "base", ACTOR)
        server = f"127.0.0.1:{plane.control_plane.port}"
        options = ("--server", server, "--host-id", "node-1", "--virt-type", "qemu", "--uri", real_hypervisor.uri)
        options = (*options, "--image-dir", str(tmp_path / "none"), "--state-dir", str(state))
        async with agent_process(tmp_path, *options):

            async def is_known() -> bool:
                return plane.control_plane.reads.inventory.host_named("hosts/node-1") is not None

            await until(is_known)
            web = await create(plane, base.name)
            await until_written(plane, FIRST, "web")
            await plane.wait(await plane.stop())
            request = api.CreateImageRequest(parent=DEFAULT, image_id="golden", source_vm=vm_name("web"))
            done = await plane.wait(await plane.images.CreateImage(request, metadata=ACTOR))
            assert not done.HasField("error"), done.error
            golden = unpacked(done.response, Image)
            assert (golden.state, golden.virtual_size_bytes) == (IMAGE_STATE_READY, 1 << 30)
            assert golden.sha256 != base.sha256
            # Whole by itself, and nothing else is left beside the disk.
            kept = plane.control_plane.image_store.path(bytes.fromhex(golden.sha256))
            (whole,) = chain_of(kept)
            assert (whole["format"], whole["virtual-size"]) == ("qcow2", 1 << 30)
            assert [path.name for path in (state / "disks").glob("*.qcow2")] == [f"{web.uid}.qcow2"]
            await create(plane, golden.name, "other")
            await until_written(plane, AGAIN, "other")
            for name in ("web", "other"):
                await plane.wait(await plane.delete(name))
