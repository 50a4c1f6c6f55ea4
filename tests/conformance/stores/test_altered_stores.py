"""A store that was made to keep something else than it is given: refused at the start, and in the next append."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from controlplane.domain.errors import LedgerUntrusted
from controlplane.domain.fleet import RecordedEvent
from controlplane.ledger.alterations import StoreAltered
from controlplane.ledger.seals import GENESIS, ChainHead
from controlplane.ledger.store import Ledger
from tests.conformance.stores.benches import NOW, FaultyLedger, event, writing

TABLE = (
    "CREATE TABLE stored_events (originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB, "
    "PRIMARY KEY (originator_id, originator_version))"
)
# What was done to the schema, and what a refusal says of it.
SQLITE = {
    "a trigger that ignores": (
        "CREATE TRIGGER t BEFORE INSERT ON stored_events WHEN new.originator_id = 'vms/b' "
        "BEGIN SELECT RAISE(IGNORE); END",
        "a trigger 't'",
    ),
    "a trigger that deletes": (
        "CREATE TRIGGER t AFTER INSERT ON stored_events BEGIN DELETE FROM stored_events WHERE rowid = new.rowid; END",
        "a trigger 't'",
    ),
    "a trigger that alters": (
        "CREATE TRIGGER t AFTER INSERT ON stored_events BEGIN "
        "UPDATE stored_events SET state = x'00' WHERE rowid = new.rowid; END",
        "a trigger 't'",
    ),
    "a trigger that adds": (
        "CREATE TRIGGER t AFTER INSERT ON stored_events WHEN new.originator_id = 'vms/a' BEGIN "
        "INSERT INTO stored_events VALUES ('vms/x', 1, 'x', x''); END",
        "a trigger 't'",
    ),
    "an index": ("CREATE UNIQUE INDEX i ON stored_events (state)", "index 'i'"),
    "another table": ("CREATE TABLE more (a)", "a table 'more'"),
    "another view": ("CREATE VIEW v AS SELECT 1", "a view 'v'"),
    "a view in place of the table": (
        "ALTER TABLE stored_events RENAME TO real; CREATE VIEW stored_events AS SELECT rowid, * FROM real; "
        "CREATE TRIGGER t INSTEAD OF INSERT ON stored_events BEGIN SELECT 1; END",
        "which no ledger has",
    ),
    "another column": ("ALTER TABLE stored_events ADD COLUMN more TEXT", "is not of a ledger"),
    "a key that replaces": (
        f"DROP TABLE stored_events; {TABLE.replace('version))', 'version) ON CONFLICT REPLACE)')}",
        "is not of a ledger",
    ),
    "a constraint": (f"DROP TABLE stored_events; {TABLE[:-1]}, CHECK (topic != 'x'))", "is not of a ledger"),
}
TRIGGER = (
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.originator_id = 'vms/b' THEN "
    "RETURN NULL; END IF; RETURN new; END $$; "
    "CREATE TRIGGER t BEFORE INSERT ON chronovisor_events FOR EACH ROW EXECUTE FUNCTION f()"
)
POSTGRESQL = {
    "a trigger that ignores": (TRIGGER, "a trigger t"),
    "a rule": ("CREATE RULE r AS ON INSERT TO chronovisor_events DO INSTEAD NOTHING", "a rule r"),
    "row-level security": ("ALTER TABLE chronovisor_events ENABLE ROW LEVEL SECURITY", "row-level security"),
    "an index": ("CREATE UNIQUE INDEX i ON chronovisor_events (md5(state))", "an index i"),
    "a constraint": ("ALTER TABLE chronovisor_events ADD CONSTRAINT c CHECK (topic <> 'x')", "a constraint c"),
    "a column": ("ALTER TABLE chronovisor_events ADD COLUMN more text DEFAULT 'x'", "a column more"),
    "a default": ("ALTER TABLE chronovisor_events ALTER COLUMN state SET DEFAULT ''", "column state has a default"),
    "a child": ("CREATE TABLE child () INHERITS (chronovisor_events)", "a child"),
    "a view": (
        "ALTER TABLE chronovisor_events RENAME TO real; CREATE VIEW chronovisor_events AS SELECT * FROM real",
        "is not of a ledger",
    ),
}


def alter(url: str, statements: str) -> None:
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(statements)
    else:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statements.encode())


def look_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_fault(*_: object) -> str:
        return ""

    monkeypatch.setattr("controlplane.ledger.sqlite.recorder.schema_fault", no_fault)
    monkeypatch.setattr("controlplane.ledger.postgresql.recorder.schema_fault", no_fault)


def kept(again: Callable[[], Ledger], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The streams that a reader finds who does not look at the schema."""
    look_away(monkeypatch)
    return [each.stream for each in again().all_after(0)]


def append(ledger: Ledger, last: ChainHead, *streams: str) -> ChainHead:
    return ledger.append([RecordedEvent(stream, 1, event()) for stream in streams], last, "leader", NOW).link


CHANGES = [pytest.param("sqlite", *each, id=f"sqlite: {name}") for name, each in SQLITE.items()] + [
    pytest.param("postgresql", *each, id=f"postgresql: {name}") for name, each in POSTGRESQL.items()
]
ACTING = [each for each in CHANGES if "trigger" in str(each.id) or "rule" in str(each.id)]
COUNTED = [each for each in ACTING if any(word in str(each.id) for word in ("ignores", "deletes", "adds"))]


@pytest.fixture
def altered(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], FaultyLedger]:
    """Opens one ledger of the kind that the test names first."""
    if request.node.callspec.params["kind"] == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        url = request.getfixturevalue("postgresql").new_database()
    opened: list[FaultyLedger] = []

    def make() -> FaultyLedger:
        opened.append(FaultyLedger(url))
        request.addfinalizer(opened[-1].close)
        return opened[-1]

    return make


@pytest.mark.parametrize(("kind", "statements", "words"), CHANGES)
def test_a_foreign_schema_is_refused_at_the_start(
    altered: Callable[[], FaultyLedger], kind: str, statements: str, words: str
) -> None:
    ledger = altered()
    append(ledger, GENESIS, "vms/a")
    alter(ledger.url, statements)
    with pytest.raises(OSError, match=words):
        altered()


@pytest.mark.parametrize(("kind", "statements", "words"), ACTING)
def test_a_schema_that_changes_while_the_ledger_is_open_stops_the_next_append(
    altered: Callable[[], FaultyLedger], kind: str, statements: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = altered()
    last = append(ledger, GENESIS, "vms/before")
    alter(ledger.url, statements)
    with pytest.raises(StoreAltered, match=words):
        append(ledger, last, "vms/a", "vms/b", "vms/c")
    assert kept(altered, monkeypatch) == ["vms/before", "ledger"]


@pytest.mark.parametrize(("kind", "statements", "words"), COUNTED)
def test_rows_that_were_not_written_are_counted_whatever_the_schema_says(
    altered: Callable[[], FaultyLedger], kind: str, statements: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = altered()
    last = append(ledger, GENESIS, "vms/before")
    alter(ledger.url, statements)
    look_away(monkeypatch)
    with pytest.raises(StoreAltered, match="an append of 4 rows wrote"):
        append(ledger, last, "vms/a", "vms/b", "vms/c")
    assert kept(altered, monkeypatch) == ["vms/before", "ledger"]


@pytest.mark.parametrize(("kind", "known"), [("sqlite", True), ("sqlite", False)])
def test_rows_that_would_not_follow_the_last_ones_are_not_kept(
    altered: Callable[[], FaultyLedger], kind: str, known: bool
) -> None:
    ledger = altered()
    last = append(ledger, GENESIS, "vms/a")
    alter(ledger.url, "INSERT INTO stored_events (rowid, originator_id) VALUES (9223372036854775807, 'vms/x')")
    with pytest.raises(StoreAltered, match="rows after position"):
        append(ledger if known else altered(), last, "vms/b")


@pytest.mark.parametrize("kind", ["postgresql"])
def test_rows_that_would_lie_apart_are_not_kept(altered: Callable[[], FaultyLedger], kind: str) -> None:
    ledger = altered()
    last = append(ledger, GENESIS, "vms/a")
    alter(ledger.url, "ALTER SEQUENCE chronovisor_events_notification_id_seq INCREMENT BY 7")
    with pytest.raises(StoreAltered, match="other rows"):
        append(ledger, last, "vms/b")


@pytest.mark.parametrize(("kind", "statements", "words"), COUNTED[:1] + COUNTED[-1:])
async def test_a_writer_over_an_altered_store_acknowledges_nothing_and_refuses_from_then_on(
    altered: Callable[[], FaultyLedger], kind: str, statements: str, words: str
) -> None:
    ledger = altered()
    async with writing(ledger) as bench:
        await bench.create("web")
        alter(ledger.url, statements.replace("vms/b", "vms/uid-next"))
        for name in ("next", "after"):
            with pytest.raises(LedgerUntrusted, match=words):
                await bench.create(name)
        assert bench.names() == ["web"]
    assert [each.stream for each in bench.published if each.stream.startswith("vms/")] == ["vms/uid-web"]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_schema_of_a_ledger_is_read_again_only_when_it_changed(
    altered: Callable[[], FaultyLedger], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []

    def look(objects: object) -> str:
        looks.append(objects)
        return ""

    monkeypatch.setattr("controlplane.ledger.sqlite.recorder.schema_fault", look)
    ledger = altered()
    append(ledger, append(ledger, GENESIS, "vms/a"), "vms/b")
    assert len(looks) == 1
    alter(ledger.url, "CREATE TABLE more (a)")
    append(ledger, ledger.link(), "vms/c")
    assert len(looks) == 2
