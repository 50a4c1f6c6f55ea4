"""The console of a real guest, through a control plane and an agent of its own process."""

import asyncio
from pathlib import Path

import libvirt
from chronovisor.v1 import console_service_pb2 as api
from chronovisor.v1 import vm_pb2, vm_service_pb2

from tests.integration.controlplane.consoles import BERT, TAKE_OVER, WEB, WRITE, Console, log_of, opened
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, running, vm_of
from tests.integration.controlplane.viewers import Viewer, seen
from tests.integration.hostagent.test_agent_process import agent_process
from tests.support.shared import RealHypervisor
from tests.support.waiting import until, wait_until

READY = b"chronovisor guest ready"
PROMPT = b"# "


def guests_on(uri: str) -> list[str]:
    connection = libvirt.open(uri)
    names = [each.name() for each in connection.listAllDomains()]
    connection.close()
    return names


async def started(plane: Plane, *, screen: bool = False) -> None:
    """The VM `web`, which runs the project's tiny guest."""

    async def is_known() -> bool:
        return plane.control_plane.reads.inventory.host_named("hosts/node-1") is not None

    await until(is_known)
    vm = vm_pb2.Vm()
    vm.spec.resources.vcpus, vm.spec.resources.memory_mib = 1, 112
    vm.spec.screen = screen
    vm.spec.boot.kernel.kernel, vm.spec.boot.kernel.initramfs = "tiny-vmlinuz", "tiny-initramfs.gz"
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=vm, start=True)
    vm_of(await plane.wait(await plane.vms.CreateVm(request, metadata=ACTOR)))


async def test_a_shell_on_the_console_of_a_guest(real_hypervisor: RealHypervisor, tmp_path: Path) -> None:
    async with running() as plane:
        server = f"127.0.0.1:{plane.control_plane.port}"
        options = ("--server", server, "--host-id", "node-1", "--virt-type", "qemu", "--uri", real_hypervisor.uri)
        options = (*options, "--image-dir", str(real_hypervisor.images), "--state-dir", str(tmp_path / "guests"))
        async with agent_process(tmp_path, *options):
            await started(plane)
            watcher = await Console(plane, backlog_bytes=64 << 10, metadata=BERT).open()
            await watcher.until(READY)
            writer = await Console(plane, mode=WRITE).open()
            await writer.type("\r")
            await writer.until(PROMPT)
            await writer.type("echo $((6 * 7))-is-it\r")
            for each in (writer, watcher):
                await each.until(b"\r\n42-is-it\r\n")
            other = await Console(plane, mode=TAKE_OVER, metadata=BERT).open()
            assert (await writer.until_writer()).written_by == "user:bert"
            await other.type("echo $((7 * 7))-too\r")
            await writer.until(b"\r\n49-too\r\n")
            # More than the guest takes at once: the rest waits, and leaving waits for nothing.
            await other.type(b"#" * (64 << 10))
            other.leave()
            parts = await log_of(plane)
            whole = b"".join(part.data for part in parts)
            assert READY in whole
            assert b"\r\n49-too\r\n" in whole
            place = whole.index(b"42-is-it\r\n")
            (again, *_) = await log_of(plane, offset=place)
            assert (again.offset, again.data[:8]) == (place, b"42-is-it")
        # Killed, with consoles open: whoever watches learns of it, and the guest is there for the next agent.
        for each in (writer, watcher):
            assert (await each.until_ended()).reason == api.CONSOLE_END_REASON_AGENT_LOST
        assert not len(plane.control_plane.consoles.sessions)
        async with agent_process(tmp_path, *options):
            back = await opened(plane, mode=WRITE)
            await back.type("\r\x03\recho $((8 * 8))-again\r")
            await back.until(b"\r\n64-again\r\n")
            await plane.wait(await plane.stop())
            assert (await back.until_ended()).reason == api.CONSOLE_END_REASON_GUEST_ENDED
            await plane.wait(await plane.delete())
            # Without a disk it is deleted at once: its agent must not be killed before it has heard of it.
            await asyncio.to_thread(wait_until, lambda: not guests_on(real_hypervisor.uri))


async def test_viewers_at_the_screen_of_a_guest(real_hypervisor: RealHypervisor, tmp_path: Path) -> None:
    async with running() as plane:
        server = f"127.0.0.1:{plane.control_plane.port}"
        options = ("--server", server, "--host-id", "node-1", "--virt-type", "qemu", "--uri", real_hypervisor.uri)
        options = (*options, "--image-dir", str(real_hypervisor.images), "--state-dir", str(tmp_path / "guests"))
        async with agent_process(tmp_path, *options):
            await started(plane, screen=True)
            first = await Viewer(plane, mode=WRITE).seen()
            assert len(await first.picture()) == 3 * first.size[0] * first.size[1] > 0
            # It stays where another comes.
            second = await Viewer(plane, metadata=BERT).seen()
            await second.press(0x61)
            await second.picture()
            await first.press(0x61)
            await first.picture()
            request = api.GetScreenshotRequest(name=WEB)
            image = (await plane.consoles.GetScreenshot(request, metadata=ACTOR)).png
            assert image.startswith(b"\x89PNG\r\n\x1a\n")
        # Killed, with screens open.
        for each in (first, second):
            assert (await each.until_ended()).reason == api.CONSOLE_END_REASON_AGENT_LOST
        async with agent_process(tmp_path, *options):
            back = await seen(plane)
            await plane.wait(await plane.stop())
            assert (await back.until_ended()).reason == api.CONSOLE_END_REASON_GUEST_ENDED
            await plane.wait(await plane.delete())
            # Without a disk it is deleted at once: its agent must not be killed before it has heard of it.
            await asyncio.to_thread(wait_until, lambda: not guests_on(real_hypervisor.uri))
