"""The project's tiny guest under plain QEMU, without libvirt: it boots, says so, and hears its power button."""

import os
import re
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.shared import ROOT, tiny_images
from tests.support.waiting import patient

BUILD = ROOT / "deploy" / "guest-image" / "build.sh"
READY = b"chronovisor guest ready: "
BOOT_S = patient(60.0)
POWER_OFF_S = patient(20.0)

pytestmark = pytest.mark.skipif(
    not (shutil.which("qemu-system-x86_64") and shutil.which("qemu-img")),
    reason="needs QEMU: apt-get install qemu-system-x86 qemu-utils",
)


class Machine:
    """One QEMU with its console and its monitor."""

    def __init__(self, process: subprocess.Popen[bytes], monitor: socket.socket) -> None:
        self.process = process
        self._monitor = monitor
        self._console = b""

    def says(self, start: bytes) -> bytes:
        """The whole line that begins with `start`, as soon as the console has it."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + BOOT_S
        while not (found := re.search(re.escape(start) + rb"[^\r\n]*(?=[\r\n])", self._console)):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            more = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            assert more, f"the console never printed {start!r}, but: {self._console!r}"
            self._console += more
        return found[0]

    def press_power_button(self) -> None:
        self._monitor.sendall(b"system_powerdown\n")


@contextmanager
def machine(boot: list[str]) -> Generator[Machine, None, None]:
    ours, qemus = socket.socketpair()
    hardware = ["-machine", "q35,accel=tcg", "-m", "96", "-smp", "1", "-nodefaults", "-display", "none", "-no-reboot"]
    console = ["-serial", "stdio"]
    monitor = ["-chardev", f"socket,id=monitor,fd={qemus.fileno()}", "-mon", "chardev=monitor"]
    with (
        ours,
        qemus,
        subprocess.Popen(
            ["qemu-system-x86_64", *hardware, *console, *monitor, *boot],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[qemus.fileno()],
        ) as process,
    ):
        try:
            yield Machine(process, ours)
        finally:
            process.kill()


def direct_kernel_boot(images: Path) -> list[str]:
    kernel = ["-kernel", str(images / "tiny-vmlinuz"), "-initrd", str(images / "tiny-initramfs.gz")]
    return [*kernel, "-append", "console=ttyS0 quiet"]


def disk_boot(images: Path) -> list[str]:
    # Written to nowhere: the image is shared with other tests.
    return ["-drive", f"file={images / 'tiny.qcow2'},format=qcow2,if=virtio,snapshot=on"]


@pytest.mark.parametrize("boot", [direct_kernel_boot, disk_boot])
def test_it_boots_to_its_line_and_powers_off_on_request(boot: Callable[[Path], list[str]]) -> None:
    with machine(boot(tiny_images())) as guest:
        assert guest.says(READY).endswith(b" 1 vcpus 96 MiB")
        guest.press_power_button()
        assert guest.process.wait(timeout=POWER_OFF_S) == 0


def test_a_second_build_changes_nothing() -> None:
    images = tiny_images()
    before = {path.name: path.stat().st_mtime_ns for path in images.glob("tiny*")}
    again = subprocess.run([BUILD, images], check=True, capture_output=True, text=True)
    assert {path.name: path.stat().st_mtime_ns for path in images.glob("tiny*")} == before
    assert again.stderr == ""


def test_a_machine_without_the_tools_is_reported_in_one_line_what_to_install(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "dirname", "mkdir", "cat", "sha256sum", "cut", "flock", "uname", "apt-get", "apt-cache"):
        found = shutil.which(tool)
        if not found:
            pytest.skip(f"there is no {tool} here")
        (tools / tool).symlink_to(found)
    refused = subprocess.run(
        ["bash", BUILD, tmp_path / "out"], env={"PATH": str(tools)}, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "apt-get install" in refused.stderr
