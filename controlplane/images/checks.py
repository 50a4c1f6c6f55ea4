"""Whether a file is an image: by its header first, then by qemu-img under limits. Blocking."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from controlplane.domain.image.content import ImageFormat
from controlplane.images import confined
from controlplane.images.qcow2_header import HEADER_BYTES, MAGIC, Unfit, checked_header
from controlplane.images.settings import DEFAULT_CHECK_S

SECTOR = 512
_WORDS = {ImageFormat.QCOW2: "qcow2", ImageFormat.RAW: "raw"}
_LONGEST_ERROR = 200
# Exit statuses of `qemu-img check`: nothing wrong, and clusters that nothing refers to.
_FINE, _LEAKED = 0, 3
_GIB = 1 << 30


class CannotCheck(Exception):
    """This machine cannot look at images."""


class Checked(NamedTuple):
    """What a file was found to be. Sizes are in bytes."""

    format: ImageFormat
    virtual_size: int
    size: int


def checked(
    path: Path, declared: ImageFormat, largest: int, empty: Path, timeout_s: float = DEFAULT_CHECK_S
) -> Checked:
    """Raises Unfit, CannotCheck, OSError. `declared`: the format that its importer named.

    `empty`: a folder with nothing in it, in which QEMU is run; each look may take `timeout_s`.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        beginning = file.read(HEADER_BYTES)
    found = _format(beginning, declared)
    if found is ImageFormat.QCOW2:
        virtual = checked_header(beginning, size).virtual_size
        _require_size(virtual, largest)
    look = partial(_qemu_img, empty, timeout_s)
    info = json.loads(look("info", "-f", _WORDS[found], "--output=json", path))
    virtual_size = int(info["virtual-size"])
    _require_size(virtual_size, largest)
    _refuse_references(info)
    if found is ImageFormat.QCOW2:
        look("check", "-q", "-f", "qcow2", path)
    return Checked(found, virtual_size, size)


def _format(beginning: bytes, declared: ImageFormat) -> ImageFormat:
    """Never what QEMU would guess: a guest can write any beginning into its raw disk."""
    is_qcow2 = beginning.startswith(MAGIC)
    if declared is ImageFormat.RAW:
        if is_qcow2:
            raise Unfit("it is declared as raw, and begins as qcow2 does")
        if len(beginning) < SECTOR:
            raise Unfit(f"it has {len(beginning)} bytes, less than a sector of a disk")
        return declared
    if not is_qcow2:
        raise Unfit("it is not a qcow2 image; a raw one has to be declared as raw")
    return ImageFormat.QCOW2


def _require_size(virtual_size: int, largest: int) -> None:
    if not 0 < virtual_size <= largest:
        raise Unfit(f"its disk has {virtual_size / _GIB:.4g} GiB; at most {largest // _GIB} are taken")


def _refuse_references(info: dict[str, Any]) -> None:
    """What the header did not show, should there be a way: qemu-img has seen more of it."""
    data: dict[str, Any] = info.get("format-specific", {}).get("data", {})
    if any(key in info for key in ("backing-filename", "full-backing-filename")) or data.get("data-file"):
        raise Unfit("it refers to another file")
    if info.get("encrypted"):
        raise Unfit("it is encrypted")


def _qemu_img(empty: Path, timeout_s: float, verb: str, *arguments: str | Path) -> bytes:
    """Raises Unfit, CannotCheck."""
    command = [sys.executable, "-I", confined.__file__, "qemu-img", verb, *map(str, arguments)]
    try:
        done = subprocess.run(
            command, cwd=empty, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unfit(f"looking at it took longer than {timeout_s:g} s") from None
    errors = done.stderr.decode(errors="replace").strip()
    if "FileNotFoundError" in errors and "qemu-img" in errors:
        raise CannotCheck("qemu-img cannot be run here; it is in the package qemu-utils")
    if done.returncode not in ((_FINE, _LEAKED) if verb == "check" else (_FINE,)):
        raise Unfit(f"qemu-img {verb} refuses it: {_last_line(errors) or f'it ended with {done.returncode}'}")
    return done.stdout


def _last_line(text: str) -> str:
    """Without where the file is."""
    line = text.splitlines()[-1] if text else ""
    return line.rpartition("': ")[2][-_LONGEST_ERROR:] if "': " in line else line[-_LONGEST_ERROR:]
