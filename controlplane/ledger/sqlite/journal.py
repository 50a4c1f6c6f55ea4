"""SQLite files that several processes may open at once: their write-ahead log, and when to make one anew."""

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from controlplane.ledger.sqlite.file_guard import LOGS

# How long an opening waits for others that are opening the same new file.
OPENING_TIMEOUT_S = 5.0
_AGAIN_S = 0.01

_BROKEN = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def make(path: Path) -> None:
    """A file for its owner alone, if there is none: SQLite would make one that everybody can read.

    One that is there must not be opened, for to close it ends all locks on it that SQLite has in this process.
    """
    # What is wrong with the place, SQLite says.
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def with_log(path: Path) -> None:
    """Gives the file a write-ahead log, and makes it if there is none.

    To change to one, SQLite must have the file for itself, and does not wait for that as it does for other locks: of
    two that open a new file at once, one would be refused. What else may be wrong, the first use of the file shows.
    """
    make(path)
    deadline = time.monotonic() + OPENING_TIMEOUT_S
    while not _has_log(path) and time.monotonic() < deadline:
        time.sleep(_AGAIN_S)


def _has_log(path: Path) -> bool:
    """False while another process has the file. True when waiting does not help."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        return not is_locked(error)
    return True


def is_locked(error: BaseException | None) -> bool:
    """Whether an error, or what led to it, says that another has the file."""
    return _code_of(error) & 0xFF == sqlite3.SQLITE_BUSY


def is_broken(error: BaseException | None) -> bool:
    """Whether an error, or what led to it, says that the file is no database."""
    return _code_of(error) in _BROKEN


def _code_of(error: BaseException | None) -> int:
    while error is not None:
        if code := getattr(error, "sqlite_errorcode", None):
            return int(code)
        error = error.__cause__
    return sqlite3.SQLITE_OK


def remove(path: Path) -> None:
    """Removes a file and its logs."""
    for suffix in ("", *LOGS):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
