"""Rows as they are stored, of a ledger that is open or of a file that is read as evidence. Blocks."""

from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from typing import Protocol

from eventsourcing.persistence import Notification

from controlplane.ledger.read_only import ReadOnlyLedger
from controlplane.ledger.sqlite.backup import sqlite_path
from controlplane.ledger.store import Ledger


class RawRows(Protocol):
    """Where stored rows are read from: a ledger, or a file that is evidence."""

    @property
    def gapless(self) -> bool:
        """Whether positions count rows, without gaps."""
        ...

    def rows_after(self, position: int, limit: int, topics: Sequence[str] = ()) -> Sequence[Notification]: ...

    def stream_rows(self, stream: str, limit: int) -> Sequence[Notification]:
        """The first rows of one stream."""
        ...


@contextmanager
def opened(url: str) -> Generator[RawRows]:
    """The ledger at a URL, to be read alone."""
    if url.startswith("sqlite:///"):
        with ReadOnlyLedger(sqlite_path(url)) as evidence:
            yield evidence
    else:
        with closing(Ledger(url, snapshots=False)) as ledger:
            yield ledger
