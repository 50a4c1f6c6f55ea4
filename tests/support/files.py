"""All that a directory has, to look for what must not be there."""

from pathlib import Path


def contents(directory: Path) -> bytes:
    """The bytes of every file below it, one after the other."""
    return b"\n".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())
