"""Where the bytes of images are, and how much of them there may be."""

from dataclasses import dataclass
from pathlib import Path

GIB = 1 << 30
DEFAULT_LARGEST_GIB = 1024
# The ledger is often on the same file system.
LEAST_FREE = 512 << 20
DEFAULT_LONGEST_IMPORT_S = 6 * 3600.0
DEFAULT_SILENCE_S = 60.0
DEFAULT_CHECK_S = 120.0
DEFAULT_IMPORTS, DEFAULT_UPLOADS = 4, 8


@dataclass(frozen=True, slots=True)
class ImageSettings:
    """`folder` is this ledger's alone. No image has, or claims, more than `largest_gib`.

    `least_free`: so many bytes of its file system are never taken. An import from a source, or of a VM, may take
    `longest_import_s` from its beginning on, and `most_imports` of them are carried out at once; so are `most_uploads`.
    Whoever sends an image may be silent for `silence_s`, and to look at it may take `check_s`.
    """

    folder: Path
    largest_gib: int = DEFAULT_LARGEST_GIB
    least_free: int = LEAST_FREE
    longest_import_s: float = DEFAULT_LONGEST_IMPORT_S
    silence_s: float = DEFAULT_SILENCE_S
    check_s: float = DEFAULT_CHECK_S
    most_imports: int = DEFAULT_IMPORTS
    most_uploads: int = DEFAULT_UPLOADS

    @property
    def largest(self) -> int:
        """In bytes."""
        return self.largest_gib * GIB
