"""Backup and restore of a SQLite ledger, with SQLite's own online backup. Blocks. Checks nothing but files."""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from controlplane.ledger.sqlite.file_guard import LOGS, beside
from controlplane.ledger.sqlite.journal import make, remove
from controlplane.ledger.store_url import shown


class CannotCopy(Exception):
    """A backup or a restore that was not begun, or not finished; the message says why."""


def sqlite_path(url: str) -> Path:
    """The file of a `sqlite:///PATH` store. Raises CannotCopy for any other."""
    if not url.startswith("sqlite:///"):
        raise CannotCopy(f"{shown(url)} is not a SQLite store; for PostgreSQL see deploy/postgresql/README.md")
    return Path(url.removeprefix("sqlite:///"))


def user_of(ledger: Path) -> int | None:
    """A process of this machine that has the ledger, or its log, open: also after the file itself was removed.

    Of another user's processes only root learns.
    """
    names = {str(beside(ledger, suffix)) for suffix in ("", "-wal", "-shm")}
    names |= {f"{name} (deleted)" for name in names}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(str(opened.readlink()) in names for opened in (process / "fd").iterdir()):
                return int(process.name)
    return None


def copy(source: Path, target: Path, prepare: Callable[[Path], None] | None = None) -> None:
    """Copies a ledger as of one moment, also while it is written to. The target appears whole or not at all.

    `prepare` is given the copy before it appears.
    Raises CannotCopy when there is no source, or the target or a log of what had its name exists.
    """
    if not source.is_file():
        raise CannotCopy(f"{source} does not exist")
    if target.exists() and (not target.is_file() or target.stat().st_size):
        raise CannotCopy(f"{target} exists; it is not overwritten")
    for suffix in LOGS:
        if beside(target, suffix).exists():
            raise CannotCopy(f"{beside(target, suffix)} exists: it would be read into the copy; remove it first")
    partial = target.with_name(f"{target.name}.partial")
    try:
        remove(partial)
        _copy(source, partial)
        if prepare:
            prepare(partial)
            _without_log(partial)
        partial.replace(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            remove(partial)
        raise CannotCopy(f"{source} could not be copied to {target}: {error}") from error


def _copy(source: Path, partial: Path) -> None:
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    make(partial)
    writing = sqlite3.connect(partial)
    try:
        # In one step: in several, each write to the source would begin it anew, and it might never end. Who writes is
        # not kept waiting: SQLite reads as of one moment beside its log.
        reading.backup(writing)
        # One file, with no log beside it that could be forgotten.
        writing.execute("PRAGMA journal_mode=DELETE")
    finally:
        writing.close()
        reading.close()
    _sync(partial)


def _without_log(partial: Path) -> None:
    with contextlib.closing(sqlite3.connect(partial)) as writing:
        writing.execute("PRAGMA journal_mode=DELETE")
    _sync(partial)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
