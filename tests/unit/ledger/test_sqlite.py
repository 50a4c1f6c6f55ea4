"""SQLite files that another process has while they are opened: waited for, not refused, and not made anew."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from controlplane.ledger.sqlite.journal import is_broken, is_locked
from controlplane.ledger.store import Ledger
from controlplane.projections.history.read_database import ReadDatabase


def the_ledger(path: Path) -> None:
    Ledger(f"sqlite:///{path / 'ledger.db'}").close()


def the_read_database(path: Path) -> None:
    database = ReadDatabase(f"sqlite:///{path / 'ledger.db'}")
    database.open()
    database.close()


@pytest.mark.parametrize(
    ("name", "opened"),
    [("ledger.db", the_ledger), ("ledger.db.snapshots", the_ledger), ("ledger.db.views", the_read_database)],
)
def test_a_new_file_that_another_is_opening_is_waited_for(
    name: str, opened: Callable[[Path], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(tmp_path / name, isolation_level=None, check_same_thread=False)) as other:
        # As a second server has it, just before it changes the file to one with a log.
        other.execute("PRAGMA user_version=7")
        other.execute("BEGIN IMMEDIATE")
        end = threading.Timer(0.3, other.execute, ("COMMIT",))
        end.start()
        with caplog.at_level(logging.WARNING):
            opened(tmp_path)
        end.join()
        assert other.execute("PRAGMA user_version").fetchone() == (7,), "the other's file was replaced"
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert not caplog.records


def test_a_ledger_does_without_snapshots_when_their_file_cannot_be_opened(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ledger.db.snapshots").mkdir()
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    try:
        assert ledger.snapshot() is None
    finally:
        ledger.close()
    assert "the next start takes longer" in caplog.text


def test_errors_distinguish_a_locked_file_from_a_broken_one(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as one, closing(sqlite3.connect(path, timeout=0)) as two:
        one.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as locked:
            two.execute("CREATE TABLE some (number)")
    path.write_bytes(b"no database" * 1000)
    with closing(sqlite3.connect(path)) as three, pytest.raises(sqlite3.DatabaseError) as broken:
        three.execute("SELECT * FROM sqlite_master")
    wrapped = OSError("wrapped")
    wrapped.__cause__ = locked.value
    assert [is_locked(each) for each in (locked.value, wrapped, broken.value)] == [True, True, False]
    assert [is_broken(each) for each in (locked.value, wrapped, broken.value)] == [False, False, True]
    assert not is_locked(ValueError())
