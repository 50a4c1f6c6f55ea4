"""The last seal seen of each server, kept on this machine. A file that is lost or damaged is as one never written."""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import cast

from chronovisor.cli.text.safe_text import escaped
from chronovisor.program import why


def _file() -> Path:
    home = os.environ.get("CHRONOVISOR_HOME", "~/.local/state/chronovisor")
    return Path(home).expanduser() / "audit.json"


def _read() -> dict[str, str]:
    try:
        known = json.loads(_file().read_text())
    except (OSError, ValueError, RuntimeError):
        # No file, none of ours, or nobody knows where home is.
        return {}
    return cast("dict[str, str]", known) if isinstance(known, dict) else {}


def last(server: str) -> tuple[int, bytes]:
    """The batch and hash of the last seal seen; 0 and nothing when none was."""
    batch, _, hash_ = str(_read().get(server, "")).partition(":")
    try:
        return int(batch), bytes.fromhex(hash_)
    except ValueError:
        return 0, b""


def remember(server: str, batch: int, hash_: bytes) -> None:
    """Keeps a seal as the last seen. A failure to keep it is reported, and no reason to doubt what was seen."""
    try:
        _keep(server, batch, hash_)
    except (OSError, RuntimeError) as error:
        print(f"The seal could not be kept for the next time: {escaped(why(error))}.", file=sys.stderr)


def _keep(server: str, batch: int, hash_: bytes) -> None:
    """Replaces the file whole, so that a crash leaves the old one."""
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    known = {**_read(), server: f"{batch}:{hash_.hex()}"}
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as fresh:
        json.dump(known, fresh, indent=1)
    Path(fresh.name).replace(file)
