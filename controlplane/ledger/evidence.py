"""A SQLite ledger's rows, read without changing a byte of it or of what lies beside it. Blocks."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from eventsourcing.persistence import Notification, OperationalError

TABLE = "stored_events"
_ROWS = (
    f"SELECT rowid, originator_id, originator_version, topic, state FROM {TABLE} WHERE rowid>? ORDER BY rowid LIMIT ?"
)


class NoLedger(Exception):
    """A file that is not a ledger; the message says why."""


class Evidence:
    """One file, opened for reading alone. A server may be writing to it meanwhile: a page is as of its own moment."""

    def __init__(self, path: Path) -> None:
        """Raises NoLedger."""
        if not path.is_file():
            raise NoLedger(f"{path} does not exist")
        self._path = path
        log, self._index = path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")
        self._made_index = not self._index.exists()
        # Without a log there is nobody who writes, and nothing that is not in the file itself: SQLite need not
        # make an index of the log beside it, which the directory may not even allow.
        alone = not (log.exists() and log.stat().st_size)
        url = f"{path.absolute().as_uri()}?mode=ro" + ("&immutable=1" if alone else "")
        try:
            self._connection = sqlite3.connect(url, uri=True, isolation_level=None)
            self._connection.text_factory = _text
            self._connection.execute(_ROWS, (0, 1)).fetchall()
        except sqlite3.Error as error:
            self.close()
            raise NoLedger(f"{path} is not a ledger, or cannot be read: {error}") from None

    def rows_after(self, position: int, limit: int, topics: Sequence[str] = ()) -> Sequence[Notification]:
        """Raises the library's OperationalError. Of the topics, all are read."""
        assert not topics
        try:
            found = self._connection.execute(_ROWS, (position, limit)).fetchall()
        except sqlite3.Error as error:
            raise OperationalError(str(error)) from error
        return [Notification(stream, version, topic, state, rowid) for rowid, stream, version, topic, state in found]

    def close(self) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()
        if self._made_index:
            self._index.unlink(missing_ok=True)

    def __enter__(self) -> "Evidence":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _text(stored: bytes) -> str:
    """Text that is no UTF-8 is no text that was written here; it is shown as it is, and matches nothing."""
    return stored.decode("utf-8", "backslashreplace")
