"""Files that a host keeps for its VMs, by their names: what each is, and whose. Removes none."""

import re
from collections.abc import Iterator
from pathlib import Path

from hostagent.drivers.base import Kept, KeptKind, VmUid

_UID = r"(?P<uid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
# By the folder of the state directory that they are in.
_NAMES = {
    "disks": (
        (re.compile(_UID + r"\.seed\.(iso|new)"), KeptKind.SEED),
        (re.compile(_UID + r"\..*fd"), KeptKind.FIRMWARE),
        (re.compile(_UID + r"\.(qcow2|new)"), KeptKind.DISK),
    ),
    "consoles": ((re.compile(_UID + r"\.log(\..+)?"), KeptKind.CONSOLE_LOG),),
    # Those that are whole are kept until there is no room.
    "images": ((re.compile(r"[0-9a-f]{64}\.part"), KeptKind.IMAGE),),
}


def kept_files(state_dir: Path) -> Iterator[Kept]:
    """Blocks."""
    for folder, names in _NAMES.items():
        if (state_dir / folder).is_dir():
            for path in sorted((state_dir / folder).iterdir()):
                for name, kind in names:
                    if found := name.fullmatch(path.name):
                        yield Kept(kind, path.name, VmUid(found.groupdict().get("uid", "")), _size(path))
                        break


def _size(path: Path) -> int:
    """What it takes of the disk, in bytes; 0 of one that is gone by now."""
    try:
        return path.stat().st_blocks * 512
    except FileNotFoundError:
        return 0
