"""What a file that is evidence may have gone through, beyond what a walk over its rows sees. None of it is a crash."""

import os
import random
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import OperationalError, PersistenceError

from controlplane.__main__ import main as chronovisord
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import Micros, timestamp_of
from controlplane.ledger.read_only import NoLedger, ReadOnlyLedger
from controlplane.ledger.seals import GENESIS
from controlplane.ledger.store import Ledger
from controlplane.queries.audit import GivenUp, batch_of, prove, verify

NOW = Micros(1_700_000_000_000_000)
BATCHES, EVENTS = 4, 3
LAST = BATCHES * (EVENTS + 1)
COLUMNS = ("originator_id", "originator_version", "topic", "state")


def registered(uid: str) -> ev.HostRegistered:
    return ev.HostRegistered(uid=uid, name=f"hosts/named-{uid}")


def append(ledger: Ledger, batches: int = 1) -> None:
    link = ledger.link()
    for batch in range(link.batch + 1, link.batch + 1 + batches):
        now = Micros(NOW + batch)
        stamp = timestamp_of(now)
        made = [
            RecordedEvent(
                f"hosts/{uid}", 1, ev.Event(commit_time=stamp, actor="user:a", host_registered=registered(uid))
            )
            for uid in (f"{batch}-{each}" for each in range(EVENTS))
        ]
        link = ledger.append(made, link, "leader", now).link


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "ledger.db"
    with Ledger(f"sqlite:///{file}", snapshots=False) as ledger:
        assert ledger.link() == GENESIS
        append(ledger, BATCHES)
    return file


def verdict(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and words of `chronovisord verify`, which must not change the file."""
    before = path.read_bytes()
    code = chronovisord(["verify", "--store", f"sqlite:///{path}"])
    output = capsys.readouterr()
    assert path.read_bytes() == before
    return code, output.out + output.err


def ask_everything(path: Path) -> None:
    """Every request of the audit to a server. A refusal is an answer; anything else is not."""
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
        assert verify(ledger).problem
        for position in range(1, LAST + 1):
            for question in (batch_of, prove, verify):
                try:
                    question(ledger, position)
                except (DomainError, PersistenceError):
                    continue


def flips(value: object, random_: random.Random) -> Iterator[object]:
    if isinstance(value, int):
        yield from (value ^ 1 << bit for bit in (0, 1, 30, 62))
        yield from (-value, 0, None, 2.5, "x", b"x")
        return
    assert isinstance(value, bytes)
    for _ in range(4):
        changed = bytearray(value)
        changed[random_.randrange(len(changed))] ^= 1 << random_.randrange(8)
        yield bytes(changed)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("position", range(1, LAST + 1))
def test_a_flipped_bit_in_any_column_of_any_row_has_a_place(
    path: Path, column: str, position: int, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.text_factory = bytes
    (value,) = connection.execute(f"SELECT {column} FROM stored_events WHERE rowid=?", (position,)).fetchone()
    text = column in ("originator_id", "topic")
    statement = f"UPDATE stored_events SET {column}={'CAST(? AS TEXT)' if text else '?'} WHERE rowid=?"
    # The same flips in every run: Python's own hash of a string is another in each process.
    for flipped in flips(value, random.Random(f"{column} {position}")):
        try:
            connection.execute(statement, (flipped, position))
        except sqlite3.IntegrityError:
            continue
        code, words = verdict(path, capsys)
        assert code == 1
        assert "NOT WHOLE at position" in words
    ask_everything(path)
    connection.close()


def test_flipped_bits_of_the_file_are_never_a_crash(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = path.read_bytes()
    random_ = random.Random(7)
    for _ in range(300):
        broken = bytearray(whole)
        broken[random_.randrange(len(broken))] ^= 1 << random_.randrange(8)
        path.write_bytes(broken)
        code, words = verdict(path, capsys)
        # Room that no row has may be flipped and nothing reported: then every row is as it was.
        assert (code, "is whole" in words) in ((0, True), (1, False)), words


@pytest.mark.parametrize("rowid", [-(1 << 63), -1, 0, (1 << 63) - 1])
def test_a_row_at_either_end_of_what_there_can_be_is_found(path: Path, rowid: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE stored_events SET rowid=? WHERE rowid=2", (rowid,))
    connection.commit()
    connection.close()
    with ReadOnlyLedger(path) as evidence, Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
        for rows in (evidence, ledger):
            problem = verify(rows).problem
            assert problem
            assert problem.position == (rowid if rowid < 1 else 1)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("CREATE TABLE more (a)", "it has a table 'more', which no ledger has"),
        (
            "CREATE TRIGGER t AFTER INSERT ON stored_events BEGIN DELETE FROM stored_events; END",
            "it has a trigger 't', which no ledger has",
        ),
        ("CREATE VIEW v AS SELECT 1", "it has a view 'v', which no ledger has"),
    ],
)
def test_what_no_ledger_has_is_reported(
    path: Path, statement: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.close()
    code, output = verdict(path, capsys)
    assert code == 1
    assert words in output


def test_an_index_that_does_not_fit_its_rows_is_reported(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = path.read_bytes()
    # The stream's name is in the row and in the index: only what is in the index is changed.
    place = whole.rindex(b"hosts/2-1")
    assert place != whole.index(b"hosts/2-1")
    pages = {place // 4096, whole.index(b"hosts/2-1") // 4096}
    assert len(pages) == 2
    page_of_index = max(pages)
    at = whole.index(b"hosts/2-1", page_of_index * 4096)
    path.write_bytes(whole[:at] + b"hosts/9-1" + whole[at + 9 :])
    code, output = verdict(path, capsys)
    assert code == 1
    assert "is NOT WHOLE" in output


class Away:
    """A store that cannot be reached."""

    gapless = False

    def rows_after(self, position: int, limit: int, topics: object = ()) -> list[object]:
        raise OperationalError("the connection is closed")


def test_a_store_that_cannot_be_read_is_not_called_altered(path: Path) -> None:
    with pytest.raises(OperationalError):
        verify(Away())  # pyright: ignore[reportArgumentType] what it would return does not matter


def test_a_walk_that_nobody_waits_for_ends(path: Path) -> None:
    with ReadOnlyLedger(path) as evidence, pytest.raises(GivenUp):
        verify(evidence, given_up=lambda: True)


def test_a_file_that_is_written_to_while_it_is_read_gives_no_verdict(path: Path) -> None:
    with ReadOnlyLedger(path) as evidence:
        assert verify(evidence).problem is None
        evidence.check_unchanged()
        with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
            append(ledger)
            with pytest.raises(NoLedger, match="was written to while it was read"):
                evidence.check_unchanged()


def test_a_ledger_in_use_is_read_with_what_is_only_in_its_log(path: Path) -> None:
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger, ReadOnlyLedger(path) as evidence:
        append(ledger)
        assert verify(evidence).batches == BATCHES + 1


def test_what_a_killed_server_left_on_a_read_only_disk_is_read(path: Path, tmp_path: Path) -> None:
    if os.geteuid():
        pytest.fail("needs root, to mount a file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    try:
        with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
            append(ledger)
            for suffix in ("", "-wal"):
                left = disk / f"ledger.db{suffix}"
                left.write_bytes(path.with_name(path.name + suffix).read_bytes())
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with ReadOnlyLedger(disk / "ledger.db") as evidence:
            assert verify(evidence).batches == BATCHES + 1
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_no_log_of_another_ledger_gets_into_a_copy(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backup, store = path.with_name("backup.db"), f"sqlite:///{path}"
    for suffix in ("-wal", "-shm", "-journal"):
        stale = backup.with_name(backup.name + suffix)
        stale.write_bytes(b"of another ledger")
        assert chronovisord(["backup", "--store", store, "--to", str(backup)]) == 1
        assert f"{stale} exists" in capsys.readouterr().err
        assert not backup.exists()
        stale.unlink()
    assert chronovisord(["backup", "--store", store, "--to", str(backup)]) == 0
    path.unlink()
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).write_bytes(b"of the lost ledger")
    assert chronovisord(["restore", "--from", str(backup), "--store", store]) == 0
    assert sorted(each.name for each in path.parent.iterdir()) == ["backup.db", "ledger.db"]


def test_restore_sees_who_has_a_ledger_open_by_another_name(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backup, link = path.with_name("backup.db"), path.parent / "link"
    assert chronovisord(["backup", "--store", f"sqlite:///{path}", "--to", str(backup)]) == 0
    link.symlink_to(path.parent)
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
        assert ledger.head() == LAST
        path.unlink()
        assert chronovisord(["restore", "--from", str(backup), "--store", f"sqlite:///{link / path.name}"]) == 1
    assert "stop it first" in capsys.readouterr().err
