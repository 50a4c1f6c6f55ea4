"""Guests' disks: qcow2 files made with qemu-img. Overwrites no disk, and leaves no half-made one."""

import asyncio
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from hostagent import confined
from hostagent.drivers.base import GuestRefused, ImageUnusable, StepFailed
from hostagent.images import ImageDirectory

_GIB = 1 << 30
_AT_ONCE = 4
# QEMU's words for a file that another QEMU writes to.
_LOCKED = '"write" lock'
# What qemu-img says of how far it is.
_PERCENT = re.compile(rb"\(([0-9.]+)/100%\)")
# So much of the file system is left to guests' disks, in bytes.
LEAST_FREE = 1 << 30


@dataclass(frozen=True, slots=True)
class Base:
    """An image that a disk is to be cloned from."""

    path: Path
    format: str


class Disks:
    """The disks of one host."""

    def __init__(self, folder: Path, images: ImageDirectory) -> None:
        self._folder = folder
        self._images = images
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def path(self, vm_uid: str) -> Path:
        return self._folder / f"{vm_uid}.qcow2"

    async def usable_base(self, image: Path, disk_gib: int) -> Base:
        """Checks that a disk of `disk_gib` can be cloned from the image. Raises ImageUnusable, StepFailed."""
        try:
            info = json.loads(await self._qemu_img("info", "-U", "--output=json", str(image)))
        except StepFailed as error:
            raise ImageUnusable(str(error)) from error
        size = int(info["virtual-size"])
        if size > disk_gib * _GIB:
            needed = -(-size // _GIB)
            raise ImageUnusable(f"image {image.name} needs a disk of {needed} GiB or more, and disk_gib is {disk_gib}")
        references = [
            info.get("full-backing-filename"),
            info.get("format-specific", {}).get("data", {}).get("data-file"),
        ]
        for reference in references:
            if reference and not self._images.contains(image.parent / reference):
                raise ImageUnusable(f"image {image.name} refers to a file outside of the image directory: {reference}")
        return Base(image, str(info["format"]))

    async def ensure(self, vm_uid: str, disk_gib: int, base: Base | None) -> None:
        """Makes the disk unless it is there: a clone of `base`, or blank. A smaller one grows. Raises StepFailed."""
        path = self.path(vm_uid)
        if path.exists():
            await self.grow(vm_uid, disk_gib)
            return
        unit = path.with_suffix(".new")
        backing = ["-b", str(base.path), "-F", base.format] if base else []
        await self._qemu_img("create", "-q", "-f", "qcow2", *backing, str(unit), f"{disk_gib}G")
        unit.rename(path)

    async def ensure_room(self, vm_uid: str, disk_gib: int) -> None:
        """Makes a disk of exactly this size, for a copy to overwrite whatever is on it. Raises StepFailed."""
        path = self.path(vm_uid)
        if path.exists() and await self._size(path) != disk_gib * _GIB:
            await self.remove(vm_uid)
        if not path.exists():
            await self.ensure(vm_uid, disk_gib, None)

    async def check_readable(self, vm_uid: str) -> None:
        """Checks that a disk that another host made can be used here, too. Raises GuestRefused, ImageUnusable."""
        path = self.path(vm_uid)
        if not path.exists():
            raise GuestRefused(f"the guest's disk is not on this host: no {path}")
        try:
            await self._qemu_img("info", "-U", "--backing-chain", str(path))
        except StepFailed as error:
            raise ImageUnusable(str(error)) from error

    async def grow(self, vm_uid: str, disk_gib: int) -> None:
        """Ensures that a disk which nobody uses has at least this size. Raises StepFailed, GuestRefused."""
        path = self.path(vm_uid)
        if not path.exists():
            raise GuestRefused("the guest has no disk")
        if await self._size(path) < disk_gib * _GIB:
            await self._qemu_img("resize", "-q", "-f", "qcow2", str(path), f"{disk_gib}G")

    async def remove(self, vm_uid: str) -> None:
        """Removes the disk unless a hypervisor uses it, on this host or another. Raises StepFailed."""
        path = self.path(vm_uid)
        if path.exists():
            await self._check_unused(path)
        for leftover in (path, path.with_suffix(".new")):
            leftover.unlink(missing_ok=True)

    async def flatten(self, vm_uid: str, most: int, progress: Callable[[int, int], None]) -> BinaryIO:
        """A disk with all that it was cloned from, as one qcow2 file without a name: nothing of it outlives the agent.

        While it is read, no hypervisor writes to it. See Driver.flatten_disk.
        """
        path = self.path(vm_uid)
        if not path.exists():
            raise GuestRefused("the guest has no disk")
        virtual_size = await self._size(path)
        measured = json.loads(await self._qemu_img("measure", "-f", "qcow2", "-O", "qcow2", "--output=json", str(path)))
        required = int(measured["required"])
        if max(virtual_size, required) > most:
            raise GuestRefused(f"its disk has {virtual_size / _GIB:.4g} GiB; at most {most / _GIB:.4g} are taken")
        free = shutil.disk_usage(self._folder).free
        if free - required < LEAST_FREE:
            raise StepFailed(f"no room for a copy of the disk, of {required >> 20} MiB: {free >> 20} MiB are free")
        file = cast("BinaryIO", tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115 - its reader closes it
        try:
            await self._convert(
                path, file, most, lambda percent: progress(int(virtual_size * percent / 100), virtual_size)
            )
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    async def _convert(self, path: Path, file: BinaryIO, most: int, progress: Callable[[float], None]) -> None:
        """Into an open file, by its descriptor."""
        number = file.fileno()
        program = (sys.executable, "-I", confined.__file__, str(most), "qemu-img", "convert", "-p")
        process = await asyncio.create_subprocess_exec(
            *program, "-f", "qcow2", "-O", "qcow2", str(path), f"/proc/self/fd/{number}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(number,),
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        reading = asyncio.ensure_future(process.stderr.read())
        try:
            while output := await process.stdout.read(1024):
                for percent in _PERCENT.findall(output)[-1:]:
                    progress(float(percent))
            errors = await reading
            await process.wait()
        finally:
            reading.cancel()
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            words = errors.decode(errors="replace").strip().splitlines()
            raise StepFailed(words[-1] if words else f"qemu-img ended with {process.returncode}")

    async def _check_unused(self, path: Path) -> None:
        try:
            await self._qemu_img("info", str(path))
        except StepFailed as error:
            # Whatever else is wrong with a disk does not keep it from being removed.
            if _LOCKED in str(error):
                raise

    async def _size(self, path: Path) -> int:
        return int(json.loads(await self._qemu_img("info", "-U", "--output=json", str(path)))["virtual-size"])

    async def _qemu_img(self, *arguments: str) -> bytes:
        async with self._turn:
            try:
                process = await asyncio.create_subprocess_exec(
                    "qemu-img",
                    *arguments,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                )
            except OSError as error:
                raise StepFailed(
                    f"qemu-img can't be run ({error.strerror}); it is in the package qemu-utils"
                ) from error
            try:
                output, errors = await process.communicate()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode != 0:
            raise StepFailed(errors.decode(errors="replace").strip() or f"qemu-img ended with {process.returncode}")
        return output
