"""Whatever is done to a stored ledger, the audit finds it and names the place."""

import sqlite3
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1.history_service_pb2 import ProveEventResponse, Seal
from chronovisor.verify import NotProven, check_inclusion, check_seal, row_of

from controlplane.__main__ import main as chronovisord
from controlplane.domain.errors import InvalidField
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import Micros, timestamp_of
from controlplane.ledger.read_only import ReadOnlyLedger
from controlplane.ledger.seals import GENESIS, ChainHead
from controlplane.ledger.store import Ledger
from controlplane.queries.audit import Expected, batch_of, prove, verify
from controlplane.rpc.history.audit_messages import proof_message, seal_message

NOW = Micros(1_700_000_000_000_000)
# Three batches of three events and a seal each: positions 1 to 3 and 4, 5 to 7 and 8, 9 to 11 and 12.
BATCHES, EVENTS = 3, 3


def registered(uid: str) -> ev.HostRegistered:
    return ev.HostRegistered(uid=uid, name=f"hosts/named-{uid}")


def append(ledger: Ledger, link: ChainHead, batch: int, events: int) -> ChainHead:
    now = Micros(NOW + batch)
    recorded = [
        RecordedEvent(
            f"hosts/{number}",
            batch,
            ev.Event(commit_time=timestamp_of(now), actor="user:a", host_cordoned=ev.HostCordoned())
            if batch > 1
            else ev.Event(commit_time=timestamp_of(now), actor="user:a", host_registered=registered(str(number))),
        )
        for number in range(events)
    ]
    return ledger.append(recorded, link, "leader", now).link


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "ledger.db"
    with Ledger(f"sqlite:///{file}", snapshots=False) as ledger:
        link = GENESIS
        for batch in range(1, BATCHES + 1):
            link = append(ledger, link, batch, EVENTS)
    return file


def tamper(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def checked(path: Path, expected: Expected | None = None) -> tuple[int, str]:
    """The first bad position and what is wrong there; 0 when all holds."""
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
        problem = verify(ledger, expected=expected).problem
    return (problem.position, problem.text) if problem else (0, "")


def test_an_untouched_ledger_holds(path: Path) -> None:
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
        found = verify(ledger)
    assert (found.batches, found.events, found.problem) == (3, 9, None)
    assert found.head is not None
    assert found.head.id == 12


def _flip(column: str, position: int) -> Callable[[Path], None]:
    def flip(path: Path) -> None:
        connection = sqlite3.connect(path)
        (value,) = connection.execute(f"SELECT {column} FROM stored_events WHERE rowid=?", (position,)).fetchone()
        changed = bytearray(value if isinstance(value, bytes) else value.encode())
        changed[-1] ^= 1
        flipped = bytes(changed) if isinstance(value, bytes) else changed.decode()
        connection.execute(f"UPDATE stored_events SET {column}=? WHERE rowid=?", (flipped, position))
        connection.commit()
        connection.close()

    return flip


def _run(*statements: str) -> Callable[[Path], None]:
    return lambda path: tamper(path, *statements)


SWAP = (
    "UPDATE stored_events SET rowid=1000 WHERE rowid=6",
    "UPDATE stored_events SET rowid=6 WHERE rowid=7",
    "UPDATE stored_events SET rowid=7 WHERE rowid=1000",
)
INSERT = (
    "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) "
    "SELECT {at}, '{stream}', {version}, topic, state FROM stored_events WHERE rowid=2"
)


@pytest.mark.parametrize(
    ("change", "positions", "words"),
    [
        pytest.param(_flip("state", 6), {5, 6}, "", id="a bit of the bytes"),
        pytest.param(_flip("topic", 6), {5, 6}, "", id="a bit of the topic"),
        pytest.param(_flip("originator_id", 7), {7}, "version 2 where 1 is next", id="a bit of the stream"),
        pytest.param(_flip("state", 8), {5, 8}, "", id="a bit of a seal"),
        pytest.param(
            _run("UPDATE stored_events SET originator_version=9 WHERE rowid=6"), {6}, "version 9", id="a version"
        ),
        pytest.param(
            _run("UPDATE stored_events SET state=CAST(state AS TEXT) WHERE rowid=6"),
            {5, 6},
            "",
            id="the kind of the bytes",
        ),
        pytest.param(
            _run("DELETE FROM stored_events WHERE rowid=6"), {5}, "2 events where its seal", id="a deleted row"
        ),
        pytest.param(_run("DELETE FROM stored_events WHERE rowid=8"), {9, 12, 5}, "", id="a deleted seal"),
        pytest.param(_run("DELETE FROM stored_events WHERE rowid BETWEEN 5 AND 8"), {9, 12}, "", id="a deleted batch"),
        pytest.param(_run(*SWAP), {5}, "swapped", id="two swapped rows"),
        pytest.param(
            _run(
                "UPDATE stored_events SET rowid=rowid+100 WHERE rowid>=7",
                INSERT.format(at=50, stream="hosts/x", version=1),
            ),
            {50},
            "",
            id="an inserted row",
        ),
        pytest.param(_run(INSERT.format(at=13, stream="hosts/x", version=1)), {13}, "", id="an appended row"),
        pytest.param(_run("DELETE FROM stored_events WHERE rowid=12"), {9}, "under no seal", id="a lost last seal"),
        pytest.param(
            _run("UPDATE stored_events SET rowid=rowid+1000 WHERE rowid=12"), {12}, "nothing is here", id="a moved row"
        ),
        pytest.param(
            _run("UPDATE stored_events SET rowid=rowid+1000"), {1}, "nothing is here", id="all positions moved"
        ),
    ],
)
def test_a_change_is_found_where_it_was_made(
    path: Path, change: Callable[[Path], None], positions: set[int], words: str
) -> None:
    change(path)
    position, text = checked(path)
    assert position in positions
    assert words in text


def test_a_tail_that_was_cut_is_found_by_a_seal_that_is_known(path: Path) -> None:
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
        head = ledger.link()
    tamper(path, "DELETE FROM stored_events WHERE rowid>=9")
    assert checked(path) == (0, "")
    position, text = checked(path, Expected(head.batch, head.hash))
    assert position == 9
    assert "ends with batch 2" in text


def test_a_history_that_was_written_anew_is_found_by_a_seal_that_is_known(path: Path) -> None:
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
        head = ledger.link()
    path.unlink()
    with Ledger(f"sqlite:///{path}", snapshots=False) as forged:
        link = GENESIS
        for batch in range(1, BATCHES + 1):
            link = append(forged, link, batch, EVENTS - (batch == BATCHES))
    assert checked(path) == (0, "")
    position, text = checked(path, Expected(head.batch, head.hash))
    assert position == 11
    assert "rewritten" in text


def test_part_of_a_ledger_can_be_verified(path: Path) -> None:
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
        assert verify(ledger, after=6).batches == 2
        assert verify(ledger, after=9, to=9).events == 3
        assert verify(ledger, after=1, to=4).batches == 1


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 31, 64])
def test_every_event_of_a_batch_of_any_size_can_be_proven(tmp_path: Path, size: int) -> None:
    with Ledger("memory:") as ledger:
        append(ledger, GENESIS, 1, size)
        for position in range(1, size + 1):
            row = check_inclusion(proof_message(prove(ledger, position)))
            assert row.stream == f"hosts/{position - 1}"


def _altered(change: Callable[[ProveEventResponse], object]) -> ProveEventResponse:
    with Ledger("memory:") as ledger:
        append(ledger, GENESIS, 1, 6)
        proof = proof_message(prove(ledger, 4))
    change(proof)
    return proof


def _forge_root(proof: ProveEventResponse) -> None:
    proof.seal.merkle_root = bytes(32)


ALTERATIONS: list[Callable[[ProveEventResponse], object]] = [
    lambda proof: setattr(proof, "leaf", proof.leaf + b"x"),
    lambda proof: setattr(proof, "leaf_index", 2),
    lambda proof: setattr(proof, "leaf_index", -1),
    lambda proof: setattr(proof, "tree_size", 7),
    lambda proof: proof.audit_path.pop(),
    lambda proof: proof.audit_path.append(bytes(32)),
    lambda proof: proof.audit_path.__setitem__(0, bytes(32)),
    lambda proof: setattr(proof.seal, "hash", bytes(32)),
    lambda proof: setattr(proof.seal, "leaf", b"no leaf"),
    lambda proof: setattr(proof.seal, "epoch", 9),
    _forge_root,
]


@pytest.mark.parametrize("change", ALTERATIONS)
def test_a_proof_that_was_altered_is_refused(change: Callable[[ProveEventResponse], object]) -> None:
    with pytest.raises(NotProven):
        check_inclusion(_altered(change))


def test_a_seal_vouches_for_the_one_before(path: Path) -> None:
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
        seals: list[Seal] = [seal_message(batch_of(ledger, position)) for position in (1, 6, 12)]
    for before, after in pairwise(seals):
        assert check_seal(after).previous_hash == before.hash
    assert [(each.first_position, each.last_position) for each in seals] == [(1, 3), (5, 7), (9, 11)]


def test_verify_backup_and_restore_say_what_they_did(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backup, store = path.with_name("backup.db"), f"sqlite:///{path}"
    assert chronovisord(["backup", "--store", store, "--to", str(backup)]) == 0
    assert chronovisord(["backup", "--store", store, "--to", str(backup)]) == 1
    assert "exists; it is not overwritten" in capsys.readouterr().err
    tamper(path, "DELETE FROM stored_events WHERE rowid=6")
    assert chronovisord(["verify", "--store", store]) == 1
    assert "NOT WHOLE at position 5" in capsys.readouterr().out
    path.unlink()
    assert chronovisord(["verify", "--store", store]) == 1
    assert chronovisord(["restore", "--from", str(backup), "--store", store]) == 0
    assert chronovisord(["verify", "--store", store]) == 0
    assert "is whole: 9 events in 3 batches" in capsys.readouterr().out


def test_a_backup_that_is_not_whole_is_not_restored(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tamper(path, "DELETE FROM stored_events WHERE rowid=6")
    target = path.with_name("restored.db")
    assert chronovisord(["restore", "--from", str(path), "--store", f"sqlite:///{target}"]) == 1
    assert not target.exists()


def test_a_backup_of_a_ledger_in_use_is_whole(path: Path) -> None:
    backup = path.with_name("backup.db")
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
        link = append(ledger, ledger.link(), 4, 3)
        assert chronovisord(["backup", "--store", f"sqlite:///{path}", "--to", str(backup)]) == 0
        append(ledger, link, 5, 3)
    with Ledger(f"sqlite:///{backup}", snapshots=False) as copied:
        assert verify(copied).batches == 4


def contents(directory: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in directory.iterdir()}


def test_verify_changes_not_a_byte_of_the_evidence(path: Path) -> None:
    before = contents(path.parent)
    assert chronovisord(["verify", "--store", f"sqlite:///{path}"]) == 0
    assert contents(path.parent) == before


def test_verify_reads_the_log_of_a_server_that_was_killed_and_leaves_it(path: Path, tmp_path: Path) -> None:
    left = tmp_path / "left"
    left.mkdir()
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger:
        append(ledger, ledger.link(), 4, 3)
        for suffix in ("", "-wal", "-shm"):
            (left / f"ledger.db{suffix}").write_bytes(path.with_name(f"{path.name}{suffix}").read_bytes())
    before = contents(left)
    assert before["ledger.db-wal"]
    with ReadOnlyLedger(left / "ledger.db") as evidence:
        assert verify(evidence).batches == 4
    assert contents(left) == before


@pytest.mark.parametrize("content", [b"", b"no database" * 100])
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.db"
    file.write_bytes(content)
    assert chronovisord(["verify", "--store", f"sqlite:///{file}"]) == 1
    assert "is not a ledger" in capsys.readouterr().err
    assert contents(tmp_path) == {"file.db": content}


def test_a_row_put_before_the_first_position_is_found(path: Path) -> None:
    tamper(path, "UPDATE stored_events SET rowid=-5 WHERE rowid=3")
    assert checked(path) == (-5, "positions begin at 1: this row was put before them")


@pytest.mark.parametrize("column", ["originator_id", "originator_version", "topic", "state"])
@pytest.mark.parametrize("value", ["NULL", "x'ff00ff'", "'text'", "1.5", "-1"])
@pytest.mark.parametrize("row", [2, 4])
def test_a_value_of_any_kind_in_any_column_is_a_place_that_does_not_hold(
    path: Path, column: str, value: str, row: int
) -> None:
    connection = sqlite3.connect(path)
    # What a forger can write who also rewrites the schema: without its constraints.
    connection.executescript(
        "CREATE TABLE copied AS SELECT rowid AS place, * FROM stored_events; DROP TABLE stored_events;"
        "CREATE TABLE stored_events (originator_id, originator_version, topic, state);"
        "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) SELECT * FROM copied;"
        f"UPDATE stored_events SET {column}={value} WHERE rowid={row};"
    )
    connection.close()
    with ReadOnlyLedger(path) as evidence:
        problem = verify(evidence).problem
    assert problem
    assert 1 <= problem.position <= 5


@pytest.mark.parametrize("batch", [1, 9])
def test_a_seal_that_is_expected_outside_of_what_is_checked_is_no_answer(path: Path, batch: int) -> None:
    with Ledger(f"sqlite:///{path}", snapshots=False) as ledger, pytest.raises(InvalidField) as refused:
        verify(ledger, after=5, to=8, expected=Expected(batch, b"?"))
    assert [each.field for each in refused.value.violations] == ["expected_batch"]


def test_a_leaf_whose_event_is_garbage_proves_nothing() -> None:
    with pytest.raises(NotProven):
        row_of(b"\0\0\0\1t\0\0\0\1s" + bytes(8) + b"\xff\xff")


def test_restore_does_not_read_the_log_of_the_lost_ledger_into_the_restored_one(path: Path) -> None:
    backup, store = path.with_name("backup.db"), f"sqlite:///{path}"
    assert chronovisord(["backup", "--store", store, "--to", str(backup)]) == 0
    log = path.with_name(f"{path.name}-wal")
    with Ledger(store, snapshots=False) as ledger:
        end = ledger.head()
        append(ledger, ledger.link(), 4, 3)
        lost = log.read_bytes()
    path.unlink()
    log.write_bytes(lost)
    assert chronovisord(["restore", "--from", str(backup), "--store", store]) == 0
    assert not log.exists()
    assert checked(path) == (0, "")
    with Ledger(store, snapshots=False) as ledger:
        assert ledger.link().batch == 4
        # Behind what the backup had is the fork alone.
        after = [each.event.WhichOneof("payload") for each in ledger.all_after(end)]
        assert after == ["history_forked", "batch_sealed"]


def test_restore_refuses_while_somebody_still_has_the_lost_ledger_open(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup, store = path.with_name("backup.db"), f"sqlite:///{path}"
    assert chronovisord(["backup", "--store", store, "--to", str(backup)]) == 0
    with Ledger(store, snapshots=False) as ledger:
        assert ledger.head() == 12
        path.unlink()
        assert chronovisord(["restore", "--from", str(backup), "--store", store]) == 1
    assert "stop it first" in capsys.readouterr().err
    assert not path.exists()
