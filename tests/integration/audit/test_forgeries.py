"""A ledger that was forged while nobody served it: found and reported, and read-only until it is accepted."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1.history_service_pb2 import VerifyLedgerRequest
from chronovisor.v1.ledger_check_pb2 import GetLedgerCheckRequest, LedgerCheck, LedgerFinding

from controlplane.__main__ import main as chronovisord
from controlplane.ledger.seals import GENESIS
from controlplane.ledger.store import Ledger
from tests.integration.controlplane import plane as planes
from tests.integration.controlplane.plane import Plane, refused, vm_name

# Rows of a ledger that does not follow from itself are not waited for at the end.
running = partial(planes.running, last_rows_s=0.2)

Forge = Callable[[sqlite3.Connection], None]


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


async def live_a_little(path: Path, *names: str) -> None:
    async with running(url_of(path)) as plane:
        await plane.register("node-1")
        for name in names:
            await plane.create(name, start=True, vcpus=1)
        await plane.control_plane.projector.reach(plane.control_plane.dispatcher.position, 10)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with its caches, as a server has left them."""
    directory = tmp_path_factory.mktemp("lived")
    asyncio.run(live_a_little(directory / "ledger.db", "web", "db", "mail"))
    return directory


@pytest.fixture
def path(lived: Path, tmp_path: Path) -> Path:
    shutil.copytree(lived, tmp_path, dirs_exist_ok=True)
    return tmp_path / "ledger.db"


def rows(connection: sqlite3.Connection) -> Iterator[tuple[int, str, int, ev.Event]]:
    for rowid, stream, version, state in connection.execute(
        "SELECT rowid, originator_id, originator_version, state FROM stored_events ORDER BY rowid"
    ).fetchall():
        yield rowid, stream, version, ev.Event.FromString(state)


def first(connection: sqlite3.Connection, payload: str) -> tuple[int, ev.Event]:
    return next((rowid, event) for rowid, _, _, event in rows(connection) if event.WhichOneof("payload") == payload)


def put(connection: sqlite3.Connection, rowid: int, event: ev.Event) -> None:
    connection.execute("UPDATE stored_events SET state=? WHERE rowid=?", (event.SerializeToString(), rowid))


def other_actor(connection: sqlite3.Connection) -> None:
    rowid, event = first(connection, "vm_created")
    event.actor = "user:mallory"
    put(connection, rowid, event)


def other_name(connection: sqlite3.Connection) -> None:
    rowid, event = first(connection, "vm_created")
    event.vm_created.name = vm_name("another")
    put(connection, rowid, event)


def altered_bytes(connection: sqlite3.Connection) -> None:
    rowid, _ = first(connection, "vm_created")
    connection.execute("UPDATE stored_events SET state=x'ff00ff' WHERE rowid=?", (rowid,))


def more_held(connection: sqlite3.Connection) -> None:
    rowid, event = first(connection, "capacity_held")
    event.capacity_held.holdings[0].amount.vcpus *= 2
    put(connection, rowid, event)


def deleted(payload: str) -> Forge:
    def forge(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM stored_events WHERE rowid=?", (first(connection, payload)[0],))

    return forge


def swapped(connection: sqlite3.Connection) -> None:
    at, _ = first(connection, "vm_start_requested")
    for before, after in ((at, -1), (at + 1, at), (-1, at + 1)):
        connection.execute("UPDATE stored_events SET rowid=? WHERE rowid=?", (after, before))


def run(statement: str) -> Forge:
    def forge(connection: sqlite3.Connection) -> None:
        connection.execute(statement)

    return forge


VM = "(SELECT min(rowid) FROM stored_events WHERE originator_id LIKE 'vms/%')"
FORGERIES: dict[str, Forge] = {
    "a deleted event": deleted("vm_created"),
    "a deleted seal": deleted("batch_sealed"),
    "another actor": other_actor,
    "another name": other_name,
    "altered bytes": altered_bytes,
    "another amount": more_held,
    "reordered rows": swapped,
    "an inserted event": run(
        "INSERT INTO stored_events SELECT 'vms/forged', 1, topic, state FROM stored_events WHERE rowid=2"
    ),
    "another topic": run(f"UPDATE stored_events SET topic='chronovisor.events.v1.VmDeleted' WHERE rowid={VM}"),
    "a renamed stream": run(f"UPDATE stored_events SET originator_id='vms/renamed' WHERE rowid={VM}"),
    "a gap in versions": run(f"UPDATE stored_events SET originator_version=originator_version+100 WHERE rowid={VM}"),
    "a truncated tail": run(
        "DELETE FROM stored_events WHERE rowid > (SELECT max(rowid) FROM stored_events WHERE originator_id='ledger' "
        "AND rowid < (SELECT max(rowid) FROM stored_events))"
    ),
    "a tail without its seal": run("DELETE FROM stored_events WHERE rowid = (SELECT max(rowid) FROM stored_events)"),
}


def forge(path: Path, how: Forge) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        how(connection)


async def status(plane: Plane) -> LedgerCheck:
    return await plane.history.GetLedgerCheck(GetLedgerCheckRequest())


@asynccontextmanager
async def examined(path: Path) -> AsyncGenerator[tuple[Plane, LedgerCheck]]:
    """A server on the ledger, and what it has found once it has walked all of it."""
    async with running(url_of(path)) as plane:
        await plane.control_plane.ledger_checks.check()
        yield plane, await status(plane)


@pytest.mark.parametrize("caches", [True, False], ids=["with caches", "without caches"])
@pytest.mark.parametrize("how", FORGERIES.values(), ids=FORGERIES)
async def test_a_forged_ledger_is_reported_and_takes_no_commands(
    path: Path, how: Forge, caches: bool, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    forge(path, how)
    if not caches:
        if how is FORGERIES["a truncated tail"]:
            pytest.skip("whoever cuts the ledger and all that has seen it leaves only a seal that was noted elsewhere")
        for each in (*path.parent.glob("*.views*"), *path.parent.glob("*.snapshots*")):
            each.unlink()
    assert chronovisord(["verify", "--store", url_of(path)]) == 1
    assert "NOT WHOLE at position" in capsys.readouterr().out
    async with examined(path) as (plane, found):
        assert (found.state, found.read_only) == (LedgerCheck.STATE_ALTERED, True)
        assert found.findings[0].position > 0
        assert found.findings[0].description
        refusal = await refused(plane.create("next"))
        assert refusal.reason == "LEDGER_UNTRUSTED"
    assert "ALARM" in caplog.text
    assert f"position {found.findings[0].position}" in caplog.text


async def test_a_whole_ledger_is_whole(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert chronovisord(["verify", "--store", url_of(path)]) == 0
    async with examined(path) as (plane, found):
        assert (found.state, found.read_only, found.failure) == (LedgerCheck.STATE_WHOLE, False, "")
        assert not found.findings
        assert found.position == plane.control_plane.dispatcher.position
        await plane.create("next")
        verified = await plane.history.VerifyLedger(VerifyLedgerRequest())
        assert (verified.valid, verified.rules_checked, verified.violation_count) == (True, True, 0)


async def test_a_row_of_the_read_database_that_was_altered_is_a_finding_and_nothing_more(path: Path) -> None:
    views = path.with_name(f"{path.name}.views")
    with closing(sqlite3.connect(views)) as connection, connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")]
        (usage,) = (name for name in names if name.endswith("_holdings"))
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({usage})")]
        assert "vcpus" in columns
        assert connection.execute(f"UPDATE {usage} SET vcpus = vcpus * 10").rowcount
    async with examined(path) as (plane, found):
        assert {each.source for each in found.findings} == {LedgerFinding.SOURCE_ROWS}
        assert not found.read_only
        await plane.create("next")


async def test_another_ledger_in_its_place_is_reported(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "ledger.db"
    other.parent.mkdir()
    await live_a_little(other, *(f"vm-{number}" for number in range(4)))
    shutil.copyfile(other, path)
    async with running(url_of(path)) as plane:
        assert (await status(plane)).read_only


async def test_a_ledger_is_served_again_once_it_was_accepted(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge(path, other_actor)
    store = url_of(path)
    assert chronovisord(["accept", "--store", store]) == 1
    output = capsys.readouterr().out
    seal = output.partition("--seal ")[2].partition(" ")[0]
    assert chronovisord(["accept", "--store", store, "--seal", seal]) == 1
    assert chronovisord(["accept", "--store", store, "--seal", f"{seal}00", "--reason", "seen"]) == 1
    assert chronovisord(["accept", "--store", store, "--seal", seal, "--reason", "seen", "--actor", "user:olga"]) == 0
    capsys.readouterr()
    assert chronovisord(["verify", "--store", store]) == 0
    assert "by user:olga: seen" in capsys.readouterr().out
    async with examined(path) as (plane, found):
        assert (found.state, found.read_only) == (LedgerCheck.STATE_WHOLE, False)
        assert found.acceptance.actor == "user:olga"
        await plane.create("next")
    forge(path, run("UPDATE stored_events SET topic='x' WHERE rowid = (SELECT max(rowid) FROM stored_events)"))
    assert chronovisord(["verify", "--store", store]) == 1
    async with running(store) as plane:
        assert (await status(plane)).read_only


async def test_an_accepted_end_of_a_ledger_that_was_cut_is_served_again(path: Path) -> None:
    forge(path, FORGERIES["a truncated tail"])
    store = url_of(path)
    for _ in range(2):
        # The evidence outlives a start.
        async with running(store) as plane:
            assert (await status(plane)).read_only
    with closing(Ledger(store, snapshots=False)) as ledger:
        link = ledger.link()
    assert link != GENESIS
    assert chronovisord(["accept", "--store", store, "--seal", f"{link.batch}:{link.hash.hex()}", "--reason", "x"]) == 0
    for name in ("one", "two"):
        async with running(store) as plane:
            await plane.create(name)


async def test_an_older_copy_put_in_place_is_served_once_it_was_forked(path: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    shutil.copyfile(path, older)
    await live_a_little(path, "late")
    shutil.copyfile(older, path)
    async with running(url_of(path)) as plane:
        assert (await status(plane)).read_only
    assert chronovisord(["fork", "--store", url_of(path), "--reason", "an older copy"]) == 0
    async with running(url_of(path)) as plane:
        assert not (await status(plane)).read_only


GARBAGE = {"garbage": b"no database" * 1000, "empty": b""}
COMMANDS = {
    " ".join(each): each for each in (["verify"], ["projections", "verify"], ["projections", "rebuild"], ["accept"])
}


def ends_in_a_sentence(path: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert chronovisord([*command, "--store", url_of(path)]) == 1
    output = capsys.readouterr()
    assert "Traceback" not in output.out + output.err
    assert len((output.out + output.err).strip()) > 20


@pytest.mark.parametrize("how", FORGERIES.values(), ids=FORGERIES)
def test_read_models_are_not_compared_with_a_forged_ledger(
    path: Path, how: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    forge(path, how)
    ends_in_a_sentence(path, ["projections", "verify"], capsys)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("content", [*GARBAGE, "half"])
def test_a_file_that_is_no_ledger_any_more_ends_no_command_in_a_traceback(
    path: Path, command: list[str], content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = path.read_bytes()
    path.write_bytes(GARBAGE.get(content, whole[: len(whole) // 2]))
    ends_in_a_sentence(path, command, capsys)
