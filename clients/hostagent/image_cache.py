"""Copies of the control plane's images, one a host, by their SHA-256: made when a guest is first to be made from one.

    images/{sha256}            whole, and what it must be
    images/{sha256}.part       as far as it was copied; the next attempt goes on after that

A copy that no disk is made from any more goes when room is short, the one that was used least lately first.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from hostagent.drivers.base import ImageContent, ImageSource, StepFailed
from hostagent.images import MOST_NAMES

# How often it is reported how far a copy is, in seconds.
REPORT_EVERY_S = 2.0
# So much of the file system is left to guests' disks, in bytes.
LEAST_FREE = 1 << 30
_PART = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


class ImageCache:
    """The copies of one host. `disks`: the folder of its guests' disks."""

    def __init__(self, folder: Path, disks: Path, *, least_free: int = LEAST_FREE) -> None:
        self._folder, self._disks, self._least_free = folder, disks, least_free
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def path(self, sha256: str) -> Path:
        """Where its copy is, once it is whole."""
        return self._folder / sha256

    def whole(self, content: ImageContent) -> Path:
        """Raises StepFailed where it is not copied yet."""
        path = self.path(content.sha256)
        if not path.exists():
            raise StepFailed(f"image {content.sha256[:12]} is not on this host yet")
        # When it was used last.
        path.touch()
        return path

    def digests(self) -> tuple[str, ...]:
        """The SHA-256 of each copy that is whole, sorted, up to what is reported of one host."""
        try:
            names = [path.name for path in self._folder.iterdir()]
        except FileNotFoundError:
            return ()
        return tuple(sorted(name for name in names if _DIGEST.fullmatch(name))[:MOST_NAMES])

    async def ensure(self, content: ImageContent, source: ImageSource, report: Callable[[str], None]) -> None:
        """Copies an image, unless it is there: for all guests that wait for it, once. Raises StepFailed."""
        async with self._turns[content.sha256]:
            if not self.path(content.sha256).exists():
                await asyncio.to_thread(self._folder.mkdir, mode=0o711, parents=True, exist_ok=True)
                await self._copy(content, source, report)

    async def _copy(self, content: ImageContent, source: ImageSource, report: Callable[[str], None]) -> None:
        unit = self._folder / f"{content.sha256}.part"
        try:
            with unit.open("ab") as file:
                _lock(file, content)
                if _size(file) > content.size:
                    file.truncate(0)
                await self._make_room(content.size - _size(file))
                await _append(file, content, source(content.sha256, _size(file)), report)
            await asyncio.to_thread(_check, unit, content)
            # Read by QEMU, which may be another user; written by nobody.
            unit.chmod(0o444)
            unit.rename(self.path(content.sha256))
        except OSError as error:
            raise StepFailed(f"image {content.sha256[:12]} cannot be copied: {error.strerror}") from error

    async def _make_room(self, size: int) -> None:
        """Raises StepFailed where there is none, also without the copies that no disk needs."""
        if self._free() - size >= self._least_free:
            return
        needed = await self.needed()
        unused = [path for path in self._folder.iterdir() if path.name not in needed and not self._is_copying(path)]
        for path in sorted(unused, key=lambda each: each.stat().st_mtime):
            if self._free() - size >= self._least_free:
                return
            path.unlink(missing_ok=True)
        if self._free() - size < self._least_free:
            raise StepFailed(f"no room for an image of {size >> 20} MiB: {self._free() >> 20} MiB are free")

    def copying(self) -> set[str]:
        """The names of the files that are being filled now."""
        return {f"{sha256}.part" for sha256, turn in self._turns.items() if turn.locked()}

    def _is_copying(self, path: Path) -> bool:
        turn = self._turns.get(path.name.removesuffix(".part"))
        return turn is not None and turn.locked()

    async def needed(self) -> set[str]:
        """The images that disks of this host are made from. Raises StepFailed where one cannot be read."""
        return {name for disk in self._disks.glob("*.qcow2") if (name := await self._base_of(disk))}

    async def _base_of(self, disk: Path) -> str:
        command = ("qemu-img", "info", "-U", "-f", "qcow2", "--output=json", str(disk))
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdin=nothing, stdout=pipe, stderr=nothing)
        output, _ = await process.communicate()
        if process.returncode:
            raise StepFailed(f"the disk {disk.name} cannot be read, and so no image is removed")
        base = Path(json.loads(output).get("full-backing-filename", ""))
        return base.name if base.parent == self._folder else ""

    def _free(self) -> int:
        return shutil.disk_usage(self._folder).free


async def _append(
    file: BinaryIO, content: ImageContent, parts: AsyncIterator[bytes], report: Callable[[str], None]
) -> None:
    reported = 0.0
    async for part in parts:
        await _to_its_end(partial(file.write, part))
        if _size(file) > content.size:
            break
        if time.monotonic() - reported >= REPORT_EVERY_S:
            reported = time.monotonic()
            report(f"copying its image: {_size(file) >> 20} of {content.size >> 20} MiB")
    file.flush()
    await _to_its_end(partial(os.fsync, file.fileno()))
    if _size(file) < content.size:
        raise StepFailed(f"its image was copied up to byte {_size(file)} of {content.size}")


def _lock(file: BinaryIO, content: ImageContent) -> None:
    """Where the directory is on storage that hosts share, one of them copies. Raises StepFailed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StepFailed(f"image {content.sha256[:12]} is being copied by another host") from None


async def _to_its_end(work: Callable[[], object]) -> None:
    """In a thread, and to its end whatever becomes of whoever waits: no two write to one file."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise


def _size(file: BinaryIO) -> int:
    """So far, in bytes. The place where more goes."""
    return file.seek(0, os.SEEK_END)


def _check(unit: Path, content: ImageContent) -> None:
    """Raises StepFailed where what was copied is something else: it is then copied anew."""
    digest = hashlib.sha256()
    with unit.open("rb") as file:
        while part := file.read(_PART):
            digest.update(part)
    if digest.hexdigest() != content.sha256:
        unit.unlink()
        raise StepFailed(f"what was copied of image {content.sha256[:12]} has another SHA-256: it is copied anew")
