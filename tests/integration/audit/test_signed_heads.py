"""A ledger that was rolled back, forked, or sealed anew without the key, is found by who kept one signed head."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from chronovisor import verify
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.notes import kept_head
from chronovisor.tree import NotProven, check_consistency
from chronovisor.v1 import signed_head_pb2 as pb

from controlplane.__main__ import main as chronovisord
from controlplane.consistency.start_check import check_at_start
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import Micros, timestamp_of
from controlplane.heads.signed_heads import SignedHeads
from controlplane.heads.signing_key import SigningKey, generated, load_or_make
from controlplane.ledger.seals import GENESIS, STREAM, ChainHead, seal
from controlplane.ledger.store import Ledger
from controlplane.ledger.tree.event_tree import hashes_of
from controlplane.queries import log_proofs
from controlplane.queries.audit import verify as walk
from controlplane.queries.tree_walk import Known
from controlplane.runtime.clock import clock
from tests.support.postgresql import Cluster

NOW = Micros(1_700_000_000_000_000)
KEY = generated()


def event(batch: int, actor: str = "user:a") -> ev.Event:
    registered = ev.HostRegistered(uid=f"{batch}", name=f"hosts/named-{batch}")
    return ev.Event(commit_time=timestamp_of(Micros(NOW + batch)), actor=actor, host_registered=registered)


def append(ledger: Ledger, batches: int, actor: str = "user:a") -> ChainHead:
    """Batches of one event: positions 1 and 2, 3 and 4, and so on."""
    link = ledger.link()
    for batch in range(link.batch + 1, link.batch + 1 + batches):
        recorded = [RecordedEvent(f"hosts/{batch}", 1, event(batch, actor))]
        link = ledger.append(recorded, link, "leader", Micros(NOW + batch)).link
    return link


def append_as_before(ledger: Ledger, batches: int) -> None:
    """As a server of before there was a tree over all events."""
    link = ledger.link()
    for batch in range(link.batch + 1, link.batch + 1 + batches):
        stored = ledger.mapper.to_stored_event(RecordedEvent(f"hosts/{batch}", 1, event(batch)))  # pyright: ignore
        sealed = seal(link, hashes_of([stored]), "leader", Micros(NOW + batch))
        ledger.recorder.insert_events([stored, ledger.mapper.to_stored_event(RecordedEvent(STREAM, batch, sealed))])  # pyright: ignore
        link = ledger.link()


def head_of(ledger: Ledger, key: SigningKey = KEY) -> str:
    return str(SignedHeads(ledger, key, lambda: None).newest().note)


@pytest.fixture(params=["sqlite", "postgresql"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """URLs of new stores."""
    if request.param == "sqlite":
        return lambda name: f"sqlite:///{tmp_path / name}.db"
    cluster: Cluster = request.getfixturevalue("cluster")
    return lambda _name: cluster.new_database()


def verdict(capsys: pytest.CaptureFixture[str], store: str, *arguments: str) -> tuple[int, str]:
    code = chronovisord(["verify", "--store", store, *arguments])
    output = capsys.readouterr()
    return code, output.out + output.err


def kept_in(tmp_path: Path, head: str) -> str:
    file = tmp_path / "kept.note"
    file.write_text(head)
    return str(file)


def key_of(ledger: Ledger) -> str:
    return str(KEY.vkey(ledger.lineage().history_id))


def test_a_ledger_that_goes_on_continues_the_head_that_was_kept(
    make: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = make("ledger")
    with Ledger(store, signer=KEY) as ledger:
        append(ledger, 5)
        file = kept_in(tmp_path, head_of(ledger))
        append(ledger, 5)
        key = key_of(ledger)
    code, words = verdict(capsys, store, "--against", file, "--key", key)
    assert code == 0, words
    assert "holds for its first 19 rows; 10 of its seals are signed" in words


def test_a_ledger_that_was_rolled_back_is_found(
    make: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, yesterday = make("ledger"), make("yesterday")
    with Ledger(whole, signer=KEY) as ledger:
        append(ledger, 8)
        file = kept_in(tmp_path, head_of(ledger))
    with Ledger(yesterday, signer=KEY) as ledger:
        append(ledger, 5)
    assert verdict(capsys, yesterday)[0] == 0
    code, words = verdict(capsys, yesterday, "--against", file)
    assert code == 1
    assert "the ledger has 10 rows where the kept head was signed over 16: it was rolled back" in words


def test_a_ledger_that_was_forked_is_found(
    make: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, forked = make("ledger"), make("forked")
    with Ledger(whole, signer=KEY) as ledger:
        append(ledger, 8)
        file = kept_in(tmp_path, head_of(ledger))
    with Ledger(forked, signer=KEY) as ledger:
        append(ledger, 5)
        # It is longer, too.
        append(ledger, 30, "user:b")
    assert verdict(capsys, forked)[0] == 0
    code, words = verdict(capsys, forked, "--against", file)
    assert code == 1
    assert "the first 16 rows of the ledger are not those that the kept head was signed over" in words


@pytest.mark.parametrize("thief", [None, generated()], ids=["unsigned", "by another key"])
def test_a_ledger_that_was_sealed_anew_without_the_key_is_found(
    make: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str], thief: SigningKey | None
) -> None:
    whole, forged = make("ledger"), make("forged")
    with Ledger(whole, signer=KEY) as ledger:
        append(ledger, 8)
        file, key = kept_in(tmp_path, head_of(ledger)), key_of(ledger)
    # All of it, by whoever has the database and not the key.
    with Ledger(forged, signer=thief) as ledger:
        append(ledger, 8, "user:mallory")
    code, words = verdict(capsys, forged, "--against", file)
    assert code == 1
    assert "not those that the kept head was signed over" in words
    code, words = verdict(capsys, forged, "--key", key)
    assert code == 1
    assert ("which is not the expected key" if thief else "no seal is signed, and a key is expected") in words
    with Ledger(forged, signer=KEY) as ledger:
        problem = check_at_start(ledger).problem
        assert (problem is not None) is (thief is not None)
        if problem:
            assert "signed by another key" in problem.text


def test_a_tail_that_was_sealed_anew_is_found_without_any_head(
    make: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    thief = generated()
    for signer in (None, thief):
        store = make(f"ledger-{signer is None}")
        with Ledger(store, signer=KEY) as ledger:
            append(ledger, 5)
        with Ledger(store, signer=signer) as ledger:
            append(ledger, 1, "user:mallory")
        code, words = verdict(capsys, store)
        assert code == 1
        assert ("is signed by another key" if signer else "is not signed, where an earlier seal is") in words


def test_a_signature_that_does_not_hold_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Forger:
        """Has the public key alone."""

        public_key = KEY.public_key

        def sign(self, text: bytes) -> bytes:
            return bytes(64)

    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger(store, signer=KEY) as ledger:
        append(ledger, 5)
    with Ledger(store, signer=Forger()) as ledger:
        append(ledger, 1, "user:mallory")
    code, words = verdict(capsys, store)
    assert code == 1
    assert "a signature does not hold: that of batch 6" in words
    with Ledger(store, signer=KEY) as ledger:
        problem = check_at_start(ledger).problem
        assert problem
        assert "signature" in problem.text


def test_a_ledger_of_before_there_was_a_tree_gets_one(
    make: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = make("ledger")
    with Ledger(store) as ledger:
        append_as_before(ledger, 5)
    code, words = verdict(capsys, store)
    assert code == 0
    assert "tree over all events" not in words
    with Ledger(store, signer=KEY) as ledger:
        assert check_at_start(ledger).problem is None
        file = kept_in(tmp_path, head_of(ledger))
        append(ledger, 2)
    code, words = verdict(capsys, store, "--against", file)
    assert code == 0
    assert "holds for its first 13 rows; 2 of its seals are signed" in words
    # A server of before it would leave out what was promised.
    with Ledger(store) as ledger:
        append_as_before(ledger, 1)
    assert "has no tree over all events, where an earlier seal has one" in verdict(capsys, store)[1]


def test_a_restored_ledger_is_another_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, store = tmp_path / "home", f"sqlite:///{tmp_path / 'ledger.db'}"
    place = ["--home", str(home), "--store", store]
    key = load_or_make(home)
    with Ledger(store, signer=key) as ledger:
        append(ledger, 5)
    assert chronovisord(["backup", *place, "--to", str(tmp_path / "backup.db")]) == 0
    with Ledger(store, signer=key) as ledger:
        earlier = kept_head(head_of(ledger, key))
        append(ledger, 5)
        later = kept_head(head_of(ledger, key))
    for each in tmp_path.glob("ledger.db*"):
        each.unlink()
    assert chronovisord(["restore", *place, "--from", str(tmp_path / "backup.db")]) == 0
    with Ledger(store, signer=key) as ledger:
        assert check_at_start(ledger).problem is None
        append(ledger, 20)
        now = kept_head(head_of(ledger, key))
        assert now.origin != later.origin
        proof = log_proofs.consistency(ledger, earlier.head.size, now.head.size)
        verify.check_kept(earlier, now, proof.path)
        proof = log_proofs.consistency(ledger, later.head.size, now.head.size)
        with pytest.raises(NotProven, match=r"forked or rewritten.*it is another log now"):
            verify.check_kept(later, now, proof.path)
    capsys.readouterr()
    assert chronovisord(["key", "show", *place]) == 0
    assert capsys.readouterr().out.startswith(f"{now.origin}+")


def test_an_accepted_ledger_goes_on_with_the_tree_of_what_was_accepted(tmp_path: Path) -> None:
    path, home = tmp_path / "ledger.db", tmp_path / "home"
    store = f"sqlite:///{path}"
    with Ledger(store, signer=KEY) as ledger:
        append(ledger, 5)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE stored_events SET topic = 'another' WHERE rowid = 3")
        connection.commit()
    with Ledger(store, snapshots=False) as ledger:
        link = ledger.link()
    last = f"{link.batch}:{link.hash.hex()}"
    arguments = ["accept", "--home", str(home), "--store", store, "--seal", last, "--reason", "x"]
    assert chronovisord(arguments) == 0
    key = load_or_make(home)
    with Ledger(store, signer=key) as ledger:
        assert check_at_start(ledger).problem is None
        for _ in range(3):
            ledger.append([], ledger.link(), "leader", clock())
    assert chronovisord(["verify", "--store", store]) == 0


def test_every_row_is_in_the_ledger_of_every_head(make: Callable[[str], str]) -> None:
    with Ledger(make("ledger"), signer=KEY) as ledger:
        append(ledger, 150)
        heads: list[verify.Checkpoint] = []
        for _ in range(4):
            heads.append(kept_head(head_of(ledger)))
            append(ledger, 40)
        rows = ledger.rows_after(0, 1000)
        for kept in heads:
            for row in rows[:: len(rows) // 9]:
                if row.id > rows[kept.head.size - 1].id:
                    continue
                found = log_proofs.inclusion(ledger, row.id, kept.head.size)
                message = pb.InclusionProof(
                    leaf=found.leaf, leaf_index=found.leaf_index, tree_size=found.size, audit_path=found.path
                )
                assert verify.check_in_head(message, kept.head).stream == row.originator_id
        _check_pairs(ledger, heads)


def _check_pairs(ledger: Ledger, heads: Sequence[verify.Checkpoint]) -> None:
    for before in heads:
        for after in heads:
            if before.head.size <= after.head.size:
                found = log_proofs.consistency(ledger, before.head.size, after.head.size)
                check_consistency(before.head, after.head, found.path)


def test_only_keys_that_are_expected_may_seal(tmp_path: Path) -> None:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", signer=KEY) as ledger:
        assert append(ledger, 4) != GENESIS
        assert walk(ledger, known=Known(keys=(KEY.public_key,))).problem is None
        found = walk(ledger, known=Known(keys=(generated().public_key,))).problem
        assert found
        assert found.position == 2
