"""Disks of guests, flattened: whole, bounded, and gone with whoever reads them."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hostagent import disks as module
from hostagent.disks import Base, Disks
from hostagent.drivers.base import GuestRefused, StepFailed
from hostagent.images import ImageDirectory

MIB = 1 << 20
MOST = 1 << 40


def qemu_io(disk: Path, command: str) -> None:
    subprocess.run(["qemu-io", "-f", "qcow2", "-c", command, disk], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "disks").mkdir()
    return tmp_path / "disks"


@pytest.fixture
async def disks(folder: Path, tmp_path: Path) -> Disks:
    """The guest `web` has a disk of its own changes to an image."""
    base = tmp_path / "base.raw"
    base.write_bytes(b"b" * MIB)
    found = Disks(folder, ImageDirectory(tmp_path))
    await found.ensure("web", 1, Base(base, "raw"))
    qemu_io(found.path("web"), "write -P 0x77 512k 512k")
    return found


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def ignored(_done: int, _total: int) -> None:
    pass


async def test_a_disk_is_flattened_with_what_it_was_cloned_from(disks: Disks, folder: Path, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    with await disks.flatten("web", MOST, lambda done, total: heard.append((done, total))) as file:
        (tmp_path / "copy.qcow2").write_bytes(file.read())
        assert names_in(folder) == ["web.qcow2"]
    assert heard[-1] == (1 << 30, 1 << 30)
    command = ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", tmp_path / "copy.qcow2", tmp_path / "copy.raw"]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    with (tmp_path / "copy.raw").open("rb") as raw:
        assert raw.read(2 * MIB) == b"b" * (MIB // 2) + b"\x77" * (MIB // 2) + bytes(MIB)


async def test_too_large_and_missing_disks_are_refused(disks: Disks, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GuestRefused, match=r"its disk has 1 GiB; at most 0.5 are taken"):
        await disks.flatten("web", 1 << 29, ignored)
    with pytest.raises(GuestRefused, match="no disk"):
        await disks.flatten("other", MOST, ignored)
    monkeypatch.setattr(module, "LEAST_FREE", 1 << 60)
    with pytest.raises(StepFailed, match="no room for a copy of the disk"):
        await disks.flatten("web", MOST, ignored)


async def test_a_disk_that_a_hypervisor_writes_to_is_not_read(disks: Disks) -> None:
    command = ["qemu-io", "-f", "qcow2", str(disks.path("web"))]
    pipe = asyncio.subprocess.PIPE
    writer = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        assert writer.stdin
        assert writer.stdout
        writer.stdin.write(b"write 0 512\n")
        await writer.stdout.readline()
        with pytest.raises(StepFailed, match="lock"):
            await disks.flatten("web", MOST, ignored)
    finally:
        writer.kill()
        await writer.wait()


async def test_nothing_is_left_of_an_agent_that_is_killed(disks: Disks, folder: Path) -> None:
    """Not of the file, and not of the process that makes it."""
    code = f"""
import asyncio, os, sys
from pathlib import Path
from hostagent.disks import Disks
from hostagent.images import ImageDirectory
async def main():
    def heard(done, total):
        print(os.getpid(), flush=True)
    while True:
        with await Disks(Path({str(folder)!r}), ImageDirectory(Path("/"))).flatten("web", {MOST}, heard):
            pass
asyncio.run(main())
"""
    agent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert agent.stdout
    await agent.stdout.readline()
    agent.send_signal(signal.SIGKILL)
    # Ends with the last process that has it open: the agent's qemu-img, too, has gone.
    await agent.stdout.read()
    await agent.wait()
    assert names_in(folder) == ["web.qcow2"]
