"""A real guest from an image of the control plane: copied to its host once, checked, and cloned."""

import json
import os
import subprocess
from pathlib import Path

from chronovisor.v1 import image_service_pb2, vm_pb2, vm_service_pb2
from chronovisor.v1.image_pb2 import Image

from tests.integration.controlplane.consoles import log_of
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, running, vm_of
from tests.integration.hostagent.test_agent_process import agent_process
from tests.support import images
from tests.support.images import MIB
from tests.support.shared import RealHypervisor
from tests.support.waiting import until

WORDS = b"booted from its image\r\n"
# Writes the words to the first serial port, byte by byte, and halts.
BOOT_SECTOR = bytes.fromhex("fa31c08ed8be167cac84c07406baf803eeebf5f4ebfd") + WORDS + b"\0"


def bootable(path: Path, size: int) -> bytes:
    """A qcow2 image whose boot sector says that it was booted."""
    raw = path.with_suffix(".raw")
    sector = BOOT_SECTOR.ljust(510, b"\0") + b"\x55\xaa"
    raw.write_bytes(sector + os.urandom(size - len(sector)))
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, path], check=True, capture_output=True)
    return path.read_bytes()


async def create(plane: Plane, image: str, vm_id: str = "web") -> vm_pb2.Vm:
    vm = vm_pb2.Vm()
    vm.spec.resources.vcpus, vm.spec.resources.memory_mib = 1, 64
    vm.spec.boot.image.image = image
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=vm, start=True)
    return vm_of(await plane.wait(await plane.vms.CreateVm(request, metadata=ACTOR)))


def chain_of(disk: Path) -> list[dict[str, str]]:
    command = ["qemu-img", "info", "-U", "--backing-chain", "--output=json", str(disk)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


async def test_a_guest_boots_from_an_image_of_the_control_plane(
    real_hypervisor: RealHypervisor, tmp_path: Path
) -> None:
    state = tmp_path / "guests"
    async with running() as plane:
        image = await images.upload(plane.images, bootable(tmp_path / "web.qcow2", 20 * MIB), DEFAULT, "web", ACTOR)
        server = f"127.0.0.1:{plane.control_plane.port}"
        options = ("--server", server, "--host-id", "node-1", "--virt-type", "qemu", "--uri", real_hypervisor.uri)
        options = (*options, "--image-dir", str(tmp_path / "none"), "--state-dir", str(state))
        # What a copying that was broken off has left.
        copy = state / "images" / image.sha256
        copy.parent.mkdir(parents=True)
        copy.with_name(f"{image.sha256}.part").write_bytes((tmp_path / "web.qcow2").read_bytes()[: 5 * MIB])
        async with agent_process(tmp_path, *options):

            async def is_known() -> bool:
                return plane.control_plane.reads.inventory.host_named("hosts/node-1") is not None

            await until(is_known)
            vm = await create(plane, image.name)
            made = vm.spec.boot.image
            assert (made.image_uid, made.sha256, vm.spec.resources.disk_gib) == (image.uid, image.sha256, 1)

            async def says_so() -> bool:
                return WORDS in b"".join(part.data for part in await log_of(plane))

            await until(says_so)
            disk, base = chain_of(state / "disks" / f"{vm.uid}.qcow2")
            assert (disk["full-backing-filename"], base["format"]) == (str(copy), "qcow2")
            assert copy.read_bytes() == (tmp_path / "web.qcow2").read_bytes()
            # One copy for all, and what was made from it goes on without the image.
            other = await create(plane, image.name, "other")
            assert chain_of(state / "disks" / f"{other.uid}.qcow2")[0]["full-backing-filename"] == str(copy)
            assert [path.name for path in copy.parent.iterdir()] == [image.sha256]
            gone: Image = await plane.images.DeleteImage(image_service_pb2.DeleteImageRequest(name=image.name))
            assert gone.HasField("delete_time")
            await plane.wait(await plane.stop())
            assert vm_of(await plane.wait(await plane.start())).state == vm_pb2.VM_STATE_RUNNING
            for name in ("web", "other"):
                await plane.wait(await plane.delete(name))
            assert copy.exists()
