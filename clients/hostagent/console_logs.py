"""The logs of guests' consoles: files that QEMU, or libvirt's log daemon, appends to, and that give up what is old.

An offset counts all bytes that were ever written. Of a file, what is old is given up as a hole, so that offsets are
places in it; where libvirt's log daemon begins another file, the place of each is remembered beside it.
"""

import asyncio
import contextlib
import ctypes
import errno
import json
import logging
import os
from pathlib import Path
from typing import NamedTuple

from hostagent.drivers.base import LogExtent, StepFailed

log = logging.getLogger(__name__)
# Of each guest's, in bytes: more is given up at once, so that it happens seldom.
KEPT_BYTES = 4 << 20
SLACK_BYTES = 1 << 20
BLOCK_BYTES = 64 << 10
EVERY_S = 5.0
# Files that the log daemon has rotated: `.0` is the newest.
MOST_ROTATED = 10
_TRIES = 3
# linux/falloc.h
_KEEP_SIZE, _PUNCH_HOLE = 1, 2


class _Part(NamedTuple):
    """One file of a log, and where it is in it."""

    path: Path
    inode: int
    start: int
    size: int


class ConsoleLogs:
    """The logs of one host's guests, in a folder."""

    def __init__(self, folder: Path, kept_bytes: int = KEPT_BYTES, slack_bytes: int = SLACK_BYTES) -> None:
        self.folder = folder
        self._kept_bytes, self._slack_bytes = kept_bytes, slack_bytes
        self._has_warned = False

    def path(self, vm_uid: str) -> Path:
        return self.folder / f"{vm_uid}.log"

    def log(self, vm_uid: str) -> "FileLog":
        return FileLog(self.path(vm_uid))

    def remove(self, vm_uid: str) -> None:
        path = self.path(vm_uid)
        for each in (*_files(path), _places_path(path)):
            each.unlink(missing_ok=True)

    async def keep_bounded(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await asyncio.to_thread(self.bound_all)

    def bound_all(self) -> None:
        for path in self.folder.glob("*.log"):
            try:
                # Also where nobody reads it: the places of its files are remembered in time.
                parts = _parts(path)
                if parts:
                    self._bound(parts)
            except OSError as error:
                self._warn(path, error)

    def _bound(self, parts: list[_Part]) -> None:
        """Raises OSError."""
        end = parts[-1].start + parts[-1].size
        oldest = max(parts[0].start, end - self._kept_bytes)
        for part in parts:
            given_up = min(oldest - part.start, part.size) // BLOCK_BYTES * BLOCK_BYTES
            if given_up > 0 and given_up - _first_data(part) >= self._slack_bytes:
                _punch(part.path, given_up)

    def _warn(self, path: Path, error: OSError) -> None:
        if not self._has_warned:
            self._has_warned = True
            log.warning("%s, and perhaps others, cannot be kept bounded: %s", path, error.strerror)


class FileLog:
    """See ConsoleLog."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def extent(self) -> LogExtent:
        return await asyncio.to_thread(self._extent)

    async def read(self, offset: int, most: int) -> bytes:
        return await asyncio.to_thread(self._read, offset, most)

    def _extent(self) -> LogExtent:
        try:
            parts = _parts(self._path)
            if not parts:
                return LogExtent(0, 0)
            return LogExtent(parts[0].start + _first_data(parts[0]), parts[-1].start + parts[-1].size)
        except OSError as error:
            raise _unreadable(error) from error

    def _read(self, offset: int, most: int) -> bytes:
        try:
            for part in _parts(self._path):
                if part.start <= offset < part.start + part.size:
                    with part.path.open("rb") as file:
                        file.seek(offset - part.start)
                        return file.read(min(most, part.start + part.size - offset))
        except OSError as error:
            raise _unreadable(error) from error
        return b""


def _unreadable(error: OSError) -> StepFailed:
    return StepFailed(f"the console's log cannot be read: {error.strerror}")


def _files(path: Path) -> list[Path]:
    """Those of a log that there are, the oldest first."""
    rotated = [path.with_name(f"{path.name}.{number}") for number in reversed(range(MOST_ROTATED))]
    return [each for each in (*rotated, path) if each.exists()]


def _places_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.places")


def _parts(path: Path) -> list[_Part]:
    """The files of a log with their places, the oldest first. Raises OSError."""
    stats = _stats(path)
    if not stats:
        return []
    places = _places(path)
    known = places.get(str(stats[0][1].st_ino))
    # Of one that was never seen, all that was is before it.
    start = known if known is not None else places.get("end", 0)
    parts: list[_Part] = []
    for each, stat in stats:
        parts.append(_Part(each, stat.st_ino, start, stat.st_size))
        start += stat.st_size
    if places or len(parts) > 1:
        _remember(path, places, parts)
    return parts


def _stats(path: Path) -> list[tuple[Path, os.stat_result]]:
    """Of each file; looked at again where the log daemon moved one meanwhile. Raises OSError."""
    for _ in range(_TRIES):
        with contextlib.suppress(FileNotFoundError):
            return [(each, each.stat()) for each in _files(path)]
    return []


def _places(path: Path) -> dict[str, int]:
    """Where each file was last seen to be, by its inode, and the `end` of all."""
    try:
        return json.loads(_places_path(path).read_text())
    except (FileNotFoundError, ValueError):
        return {}


def _remember(path: Path, before: dict[str, int], parts: list[_Part]) -> None:
    now = {str(part.inode): part.start for part in parts}
    # The end counts when no file is known any more: to within what is written between two looks.
    end = parts[-1].start + parts[-1].size
    if now | {"end": before.get("end", 0)} == before and end - before["end"] < SLACK_BYTES:
        return
    new = _places_path(path).with_suffix(".new")
    new.write_text(json.dumps(now | {"end": end}))
    new.replace(_places_path(path))


def _first_data(part: _Part) -> int:
    """Where the first byte is that was not given up."""
    with part.path.open("rb") as file:
        try:
            return os.lseek(file.fileno(), 0, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return part.size
            raise


def _punch(path: Path, length: int) -> None:
    """Gives up the first bytes of a file, whose size stays. Raises OSError where the file system cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    with path.open("r+b") as file:
        given = (ctypes.c_int(_KEEP_SIZE | _PUNCH_HOLE), ctypes.c_int64(0), ctypes.c_int64(length))
        if libc.fallocate64(ctypes.c_int(file.fileno()), *given) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
