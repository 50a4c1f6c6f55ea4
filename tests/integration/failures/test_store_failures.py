"""A disk that is full, a file that is locked, a clock that steps back: a clear error, and recovery without a hand."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from eventsourcing.persistence import PersistenceError

from controlplane.commands.handlers import handle
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import Unavailable
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.limits import Limits
from controlplane.keys.errors import KeysUnavailable
from controlplane.keys.key_store import KeyStore
from controlplane.keys.vault import store_in
from controlplane.ledger.events.dispatcher import EventDispatcher, Phase
from controlplane.ledger.store import Ledger
from controlplane.ledger.writer.writer import Writer
from controlplane.projections.live.inventory import Inventory
from controlplane.queries.audit import verify
from controlplane.rpc.errors import refusal_bytes
from tests.conformance.stores.benches import Bench, FaultyLedger, project_work, writing
from tests.support.controlplane import NOW, create
from tests.support.waiting import patient


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A file system of 1 MiB."""
    if os.geteuid():
        pytest.fail("needs root, to mount a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(ballast: Path) -> None:
    """Takes all the room that is left."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


async def create_until_refused(bench: Bench, acknowledged: list[str]) -> Unavailable:
    """What was there of the log's last pages may take some commands yet."""
    for number in range(2000):
        try:
            await bench.create(f"vm-{number}")
        except Unavailable as refused:
            return refused
        acknowledged.append(f"vm-{number}")
    pytest.fail("nothing was refused on a full disk")


async def test_a_full_disk_refuses_commands_until_there_is_room_and_loses_nothing(small_disk: Path) -> None:
    ledger = FaultyLedger(f"sqlite:///{small_disk / 'ledger.db'}")
    async with asyncio.timeout(patient(30)), writing(ledger) as bench:
        await bench.create("first")
        ballast = small_disk / "ballast"
        fill(ballast)
        acknowledged = ["first"]
        refused = await create_until_refused(bench, acknowledged)
        assert refused.reason == "LEDGER_UNAVAILABLE"
        ballast.unlink()
        await bench.create("last")
        assert bench.names() == sorted([*acknowledged, "last"])
        assert verify(ledger).problem is None
    ledger.close()


def make_until_refused(store: KeyStore) -> tuple[list[str], str]:
    """The owners of keys that were made, and why no more were."""
    made: list[str] = []
    for number in range(2000):
        try:
            store.ensure([f"vm:{number}"], NOW)
        except KeysUnavailable as refused:
            return made, str(refused)
        made.append(f"vm:{number}")
    pytest.fail("nothing was refused on a full disk")


def test_a_full_disk_of_keys_says_so_and_keys_are_made_again_when_there_is_room(small_disk: Path) -> None:
    store = store_in(small_disk / "keys")
    ballast = small_disk / "ballast"
    fill(ballast)
    made, why = make_until_refused(store)
    assert why == f"the disk of the keys' file {small_disk}/keys/secrets.db is full: make room there, then repeat"
    ballast.unlink()
    store.ensure(["vm:last"], NOW)
    assert store.owners("vm:") == sorted([*made, "vm:last"])
    store.close()


async def test_a_file_that_another_has_locked_is_used_again_when_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = FaultyLedger(f"sqlite:///{path}")
    async with asyncio.timeout(patient(30)), writing(ledger) as bench:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable) as refused:
            await bench.create("meanwhile")
        assert refused.value.reason == "LEDGER_UNAVAILABLE"
        other.execute("ROLLBACK")
        other.close()
        await bench.create("after")
        assert bench.names() == ["after"]
        assert verify(ledger).problem is None
    ledger.close()


async def test_a_clock_that_steps_back_does_not_take_the_history_along(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    dispatcher, inventory = EventDispatcher(), Inventory()
    dispatcher.register(Phase.READ_MODELS, inventory.apply)
    clock = [NOW]
    writer = Writer(ledger, dispatcher, handle, refusal_bytes, lambda: clock[0], Limits())
    await writer.start()
    origin = CommandContext("user:test", "r")
    await writer.submit(project_work(), origin)
    for number, now in enumerate((NOW, NOW + 60 * SECOND, NOW - 3600 * SECOND, NOW + 120 * SECOND)):
        clock[0] = Micros(now)
        await writer.submit(create(f"vm-{number}"), origin)
    await writer.close()
    created = [
        inventory.vms[each].created - NOW for each in sorted(inventory.vms, key=lambda uid: inventory.vms[uid].name)
    ]
    assert created == [0, 60 * SECOND, 60 * SECOND, 120 * SECOND]
    assert verify(ledger).problem is None
    ledger.close()


def test_a_store_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "nowhere"
    path.write_text("a file, not a directory")
    with pytest.raises(OSError, match=r"cannot open the ledger"):
        Ledger(f"sqlite:///{path / 'ledger.db'}")


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_ledger_that_was_moved_away_takes_no_commands_until_it_is_back(tmp_path: Path, replaced: bool) -> None:
    path, away = tmp_path / "ledger.db", tmp_path / "away.db"
    ledger = FaultyLedger(f"sqlite:///{path}")
    async with asyncio.timeout(patient(30)), writing(ledger) as bench:
        await bench.create("first")
        path.rename(away)
        if replaced:
            path.write_bytes(b"something else")
        with pytest.raises(Unavailable) as refused:
            await bench.create("meanwhile")
        assert refused.value.reason == "LEDGER_UNAVAILABLE"
        away.replace(path)
        await bench.create("last")
        assert bench.names() == ["first", "last"]
        assert verify(ledger).problem is None
    ledger.close()


async def test_a_ledger_that_was_cut_takes_no_commands(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = FaultyLedger(f"sqlite:///{path}")
    async with asyncio.timeout(patient(30)), writing(ledger) as bench:
        await bench.create("first")
        os.truncate(path, 100)
        with pytest.raises(Unavailable):
            await bench.create("meanwhile")
        assert bench.names() == ["first"]
    with contextlib.suppress(PersistenceError):
        ledger.close()


def test_a_ledger_on_a_read_only_file_system_is_one_line(small_disk: Path) -> None:
    path = small_disk / "ledger.db"
    Ledger(f"sqlite:///{path}").close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(OSError, match=r"cannot open the ledger .*read-?only|cannot open the ledger .*unable to open"):
        Ledger(f"sqlite:///{path}")
