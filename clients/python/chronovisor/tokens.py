"""Where bearer tokens come from: a file that another program keeps fresh. Sends nothing."""

import os
import threading
from pathlib import Path

TOKEN_VARIABLE = "CHRONOVISOR_TOKEN"
TOKEN_FILE_VARIABLE = "CHRONOVISOR_TOKEN_FILE"


class BadToken(ValueError):
    """What was to be sent as a token is none."""


class TokenFile:
    """A provider of the token in a file, which is read anew when the file has changed. Safe to share between threads.

    Raises BadToken where the file has none, OSError where it cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._read: tuple[tuple[int, int, int], str] | None = None
        self._lock = threading.Lock()

    def __call__(self) -> str:
        found = self._path.stat()
        # Whoever replaces the file makes another one; whoever writes into it changes its time, or its size.
        version = (found.st_ino, found.st_mtime_ns, found.st_size)
        with self._lock:
            if self._read is None or self._read[0] != version:
                self._read = (version, self._text())
            return self._read[1]

    def _text(self) -> str:
        token = self._path.read_text(encoding="utf-8").strip()
        if not (token and token.isascii() and token.isprintable()):
            raise BadToken(f"{self._path}: a token must be printable ASCII, in one line")
        return token
