"""Backup and restore of a SQLite ledger, with SQLite's own online backup. Blocks. Checks nothing but files."""

import os
import sqlite3
from pathlib import Path

from controlplane.ledger.stores import shown


class CannotCopy(Exception):
    """A backup or a restore that was not begun, or not finished; the message says why."""


def sqlite_path(url: str) -> Path:
    """The file of a `sqlite:///PATH` store. Raises CannotCopy for any other."""
    if not url.startswith("sqlite:///"):
        raise CannotCopy(f"{shown(url)} is not a SQLite store; for PostgreSQL see deploy/postgresql/README.md")
    return Path(url.removeprefix("sqlite:///"))


def copy(source: Path, target: Path) -> None:
    """Copies a ledger as of one moment, also while it is written to. The target appears whole or not at all.

    Raises CannotCopy when there is no source, or the target exists.
    """
    if not source.is_file():
        raise CannotCopy(f"{source} does not exist")
    if target.exists() and target.stat().st_size:
        raise CannotCopy(f"{target} exists; it is not overwritten")
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        _copy(source, partial)
        partial.replace(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise CannotCopy(f"{source} could not be copied to {target}: {error}") from error


def _copy(source: Path, partial: Path) -> None:
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    writing = sqlite3.connect(partial)
    try:
        reading.backup(writing, pages=4096)
        # One file, with no log beside it that could be forgotten.
        writing.execute("PRAGMA journal_mode=DELETE")
    finally:
        writing.close()
        reading.close()
    _sync(partial)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
