"""A SQLite ledger's rows, read without changing a byte of it or of what lies beside it. Blocks."""

import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eventsourcing.persistence import DatabaseError, Notification, OperationalError

from controlplane.ledger.sqlite.backup import user_of
from controlplane.ledger.sqlite.file_guard import beside
from controlplane.ledger.sqlite.schema import OBJECTS, TABLE, schema_fault

_COLUMNS = "rowid, originator_id, originator_version, topic, state"
_ROWS = f"SELECT {_COLUMNS} FROM {TABLE} WHERE rowid>=? {{of_topics}}ORDER BY rowid LIMIT ?"
_IS_TABLE = f"SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '{TABLE}'"
_STREAM = f"SELECT {_COLUMNS} FROM {TABLE} WHERE originator_id=? ORDER BY originator_version LIMIT ?"
ATTEMPTS = 3


class NoLedger(Exception):
    """A file that is not a ledger, or that cannot be read as it is; the message says why."""


class _Written(NamedTuple):
    """When the file and its log were last written to."""

    file: int
    log: int


class ReadOnlyLedger:
    """One file, opened for reading alone. A server may be writing to it meanwhile: a page is as of its own moment."""

    gapless = True

    def __init__(self, path: Path) -> None:
        """Raises NoLedger."""
        if not path.is_file():
            raise NoLedger(f"{path} does not exist")
        self._path = path
        self._written = _written(path)
        self._immutable = False
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        try:
            self._connection = sqlite3.connect(self._url(), uri=True, isolation_level=None)
            self._connection.text_factory = _text
            if not self._connection.execute(_IS_TABLE).fetchone():
                raise sqlite3.DatabaseError(f"no such table: {TABLE}")
            self._connection.execute(_ROWS.format(of_topics=""), (0, 1)).fetchall()
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            self.close()
            raise NoLedger(f"{path} is not a ledger, or cannot be read: {error}") from None

    def _url(self) -> str:
        """SQLite reads a log through an index that it makes or mends beside it.

        The index of a server at work may be shared; that of one that was killed is evidence: then a copy is read.
        """
        log, index = beside(self._path, "-wal"), beside(self._path, "-shm")
        if not log.exists() and not index.exists():
            # There is nothing that is not in the file itself, nor need the directory be writable.
            self._immutable = True
            return f"{self._path.absolute().as_uri()}?immutable=1"
        if not user_of(self._path):
            for _ in range(ATTEMPTS):
                before = self._written
                copy = self._copied()
                self._written = _written(self._path)
                if before == self._written:
                    return copy.as_uri()
        # It is being written to, by a process that may be another user's and so was not seen.
        return f"{self._path.absolute().as_uri()}?mode=ro"

    def _copied(self) -> Path:
        if self._copy is None:
            self._copy = tempfile.TemporaryDirectory(prefix="chronovisor-verify-")
        target = Path(self._copy.name) / "ledger.db"
        for suffix in ("", "-wal"):
            if beside(self._path, suffix).exists():
                shutil.copyfile(beside(self._path, suffix), beside(target, suffix))
        return target

    def rows_after(self, position: int, limit: int, topics: Sequence[str] = ()) -> Sequence[Notification]:
        """Raises the library's OperationalError where reading fails, another of its DatabaseErrors where bytes do."""
        of_topics = f"AND topic IN ({','.join('?' * len(topics))}) " if topics else ""
        found = self._read(_ROWS.format(of_topics=of_topics), (position + 1, *topics, limit))
        return [Notification(stream, version, topic, state, rowid) for rowid, stream, version, topic, state in found]

    def stream_rows(self, stream: str, limit: int) -> Sequence[Notification]:
        """The first rows of one stream. Raises as `rows_after` does."""
        return [
            Notification(each, version, topic, state, rowid)
            for rowid, each, version, topic, state in self._read(_STREAM, (stream, limit))
        ]

    def fault(self) -> str:
        """What is wrong with the file as a whole, that no walk over its rows sees; empty when nothing is."""
        if fault := schema_fault(self._read(OBJECTS)):
            return fault
        # An index that does not fit its table gives other answers than the rows that were walked.
        (problem,) = self._read("PRAGMA integrity_check(1)")[0]
        return "" if problem == "ok" else str(problem).replace("\n", " ")

    def _read(self, statement: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        # Values of any type may be in any column: who reads them checks.
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except sqlite3.OperationalError as error:
            raise OperationalError(str(error)) from error
        except (sqlite3.Error, UnicodeDecodeError) as error:
            # SQLite's own messages may quote what is stored.
            raise DatabaseError(str(error)) from error

    def check_unchanged(self) -> None:
        """Raises NoLedger when a server began to write to a file that was read as one that nobody writes to."""
        if self._immutable and (beside(self._path, "-wal").exists() or _written(self._path) != self._written):
            raise NoLedger(f"{self._path} was written to while it was read: try again")

    def close(self) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()
        if self._copy:
            self._copy.cleanup()

    def __enter__(self) -> "ReadOnlyLedger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _written(path: Path) -> _Written:
    log = beside(path, "-wal")
    return _Written(path.stat().st_mtime_ns, log.stat().st_mtime_ns if log.exists() else 0)


def _text(stored: bytes) -> str:
    """Text that is no UTF-8 is no text that was written here; it is shown as it is, and matches nothing."""
    return stored.decode("utf-8", "backslashreplace")
