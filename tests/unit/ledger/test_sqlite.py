"""SQLite files that another process has while they are opened: waited for, not refused, and not made anew."""

import logging
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from controlplane.ledger.sqlite import backup
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


def test_what_is_made_is_for_its_owner_alone_and_what_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    shared = tmp_path / "old" / "ledger.db"
    shared.touch(mode=0o640)
    for folder in (tmp_path, tmp_path / "old"):
        the_ledger(folder)
        the_read_database(folder)
        backup.copy(folder / "ledger.db", folder / "copy.db")
    modes = {path.relative_to(tmp_path).as_posix(): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.db*")}
    assert modes.pop("old/ledger.db") == 0o640
    assert {"ledger.db", "ledger.db.snapshots", "ledger.db.views", "copy.db"} <= set(modes)
    assert set(modes.values()) <= {0o600, 0o640}
    assert {mode for name, mode in modes.items() if not name.startswith("old/")} == {0o600}


@pytest.mark.parametrize(
    ("name", "opened"),
    [("ledger.db", the_ledger), ("ledger.db.snapshots", the_ledger), ("ledger.db.views", the_read_database)],
)
def test_to_open_a_file_again_takes_no_locks_from_who_has_it(
    name: str, opened: Callable[[Path], None], tmp_path: Path
) -> None:
    opened(tmp_path)
    with closing(sqlite3.connect(tmp_path / name, isolation_level=None)) as first:
        first.execute("SELECT * FROM sqlite_master").fetchall()
        opened(tmp_path)
        # Another process that believed itself the last one would take the log away.
        code = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM sqlite_master')"
        subprocess.run([sys.executable, "-c", code, tmp_path / name], check=True, timeout=60)
        assert (tmp_path / f"{name}-wal").exists()
