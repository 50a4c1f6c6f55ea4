"""Snapshots of a running control plane: taken beside it, and what a start after a crash folds."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from controlplane.ledger.store import Ledger
from controlplane.snapshotting.snapshotter import EVERY_S, IDLE_TIMES, MANY, SOME, Snapshotter
from controlplane.snapshotting.worker import write_snapshot
from tests.integration.controlplane.plane import running


def copied(directory: Path) -> Path:
    left = directory / "left"
    left.mkdir()
    for path in directory.glob("ledger.db*"):
        (left / path.name).write_bytes(path.read_bytes())
    return left


async def test_a_snapshot_is_taken_beside_the_writer_and_read_after_a_crash(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        for number in range(5):
            await plane.create(f"web-{number}")
        await plane.control_plane.snapshotter.take()
        position = plane.control_plane.writer.snapshotted
        await plane.create("after")
        # As it is on the disk while the server runs: what a server that is killed now leaves behind.
        left = copied(tmp_path)
    assert position
    with closing(Ledger(f"sqlite:///{left / 'ledger.db'}")) as ledger:
        found = ledger.snapshot()
        assert found
        assert found.state.position == position
        assert len(found.state.vms) == 5


async def test_a_second_snapshot_keeps_the_first_until_it_is_vouched_for(tmp_path: Path) -> None:
    async with running(f"sqlite:///{tmp_path / 'ledger.db'}") as plane:
        writer, snapshotter = plane.control_plane.writer, plane.control_plane.snapshotter
        positions: list[int] = []
        for number in range(3):
            await plane.create(f"web-{number}")
            await snapshotter.take()
            positions.append(writer.snapshotted)
        assert positions == sorted(set(positions))
    with closing(sqlite3.connect(tmp_path / "ledger.db.snapshots")) as connection:
        kept = connection.execute("SELECT DISTINCT originator_version FROM stored_snapshots ORDER BY 1").fetchall()
    assert [position for (position,) in kept] == positions[-2:]


async def test_a_snapshot_is_not_folded_from_events_that_were_altered(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    async with running(f"sqlite:///{path}") as plane:
        await plane.create("web-1")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE stored_events SET state = replace(state, 'web-1', 'web-2') WHERE rowid = 3")
            connection.execute("UPDATE stored_events SET state = CAST(state AS BLOB) WHERE rowid = 3")
            connection.commit()
        await plane.control_plane.snapshotter.take()
        untrusted = plane.control_plane.writer.untrusted
        assert untrusted
        assert untrusted.position == 3
    with closing(Ledger(f"sqlite:///{path}")) as ledger:
        assert ledger.snapshot() is None


async def test_what_is_due_follows_from_count_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(f"sqlite:///{tmp_path / 'ledger.db'}") as plane:
        await plane.control_plane.snapshotter.close()
        position = 0
        snapshotter = Snapshotter(plane.control_plane.ledger, plane.control_plane.writer, lambda: position)
        snapshotter.start()
        await snapshotter.close()
        now = snapshotter.ended
        for position, after_s, due in [  # noqa: B007 read by the lambda
            (SOME - 1, 10 * EVERY_S, False),
            (SOME, EVERY_S / 2, False),
            (SOME, EVERY_S * 2, True),
            (MANY, 0.0, True),
        ]:
            assert snapshotter.is_due(now + after_s) is due
        position = 0
        await snapshotter.take()
        position = MANY * 10
        assert not snapshotter.is_due(snapshotter.ended)
        assert snapshotter.is_due(snapshotter.ended + IDLE_TIMES * 60)


def test_an_empty_ledger_has_no_snapshot(tmp_path: Path) -> None:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger:
        assert "nothing" in str(write_snapshot(ledger, 0))
