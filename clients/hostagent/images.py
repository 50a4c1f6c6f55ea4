"""The host's image directory: which names it has, and the file of one. Never leaves the directory."""

import re
from pathlib import Path

from hostagent.drivers.base import ImageNotFound

# What a VM can ask for: see ImageBoot in vm.proto.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
# More than that, and the first by name are reported.
MOST_NAMES = 4096


class ImageDirectory:
    """Names are file names, not paths."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> tuple[str, ...]:
        """All that VMs can boot from. Empty when the directory is not there."""
        try:
            names = [entry.name for entry in self.path.iterdir()]
        except OSError:
            return ()
        return tuple(sorted(name for name in names if self._file(name) is not None)[:MOST_NAMES])

    def resolve(self, name: str) -> Path:
        """Returns the file of an image. Raises ImageNotFound."""
        path = self._file(name)
        if path is None:
            raise ImageNotFound(f"no image {name!r} in the image directory of this host, {self.path}")
        return path

    def contains(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.path.resolve())

    def _file(self, name: str) -> Path | None:
        if not _NAME.fullmatch(name):
            return None
        try:
            path = (self.path / name).resolve()
            inside = path.is_relative_to(self.path.resolve())
            return path if inside and path.is_file() else None
        except (OSError, RuntimeError):
            return None  # A name that is too long; a circle of links.
