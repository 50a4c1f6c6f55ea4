"""The key of cookies: a file beside the other keys, made at the first start. Without it, everybody signs in again."""

import os
import secrets
import stat
from pathlib import Path

FILE = "cookies.key"
KEY_BYTES = 32


def load_or_make(directory: Path | None) -> str:
    """In hexadecimal; None: of one run. Raises OSError, and ValueError for a file that is no key, or not ours alone."""
    if directory is None:
        return secrets.token_hex(KEY_BYTES)
    path = directory / FILE
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _loaded(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_hex(KEY_BYTES)
        file.write(key)
    return key


def _loaded(path: Path) -> str:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ValueError(f"{path}: others may read it: chmod 600 {path}, or remove it")
    text = path.read_text("ascii", "replace").strip()
    try:
        fits = len(bytes.fromhex(text)) == KEY_BYTES
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"{path}: is no key of cookies; remove it, and a new one is made")
    return text
