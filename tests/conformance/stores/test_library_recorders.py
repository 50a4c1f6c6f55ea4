"""The `eventsourcing` library's own tests of recorders, over those of the ledger.

Where a ledger's recorder differs from the library's on purpose, a test here says so by its name.
"""

import threading
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from eventsourcing.persistence import ApplicationRecorder, IntegrityError, StoredEvent
from eventsourcing.tests import persistence as library

from controlplane.ledger.alterations import StoreAltered
from controlplane.ledger.postgresql.recorder import PostgresLedgerRecorder
from controlplane.ledger.sqlite.recorder import SQLiteLedgerRecorder
from controlplane.ledger.store import Ledger
from tests.support.postgresql import Cluster
from tests.support.waiting import WAIT_S

if TYPE_CHECKING:
    from uuid import UUID

Kind = type[SQLiteLedgerRecorder] | type[PostgresLedgerRecorder]


def recorders(url: Callable[[], str], kind: Kind) -> Generator[Callable[[], ApplicationRecorder]]:
    """Makes recorders, each of a ledger of its own."""
    ledgers: list[Ledger] = []

    def made() -> ApplicationRecorder:
        ledgers.append(Ledger(url(), snapshots=False))
        recorder = ledgers[-1].recorder
        assert isinstance(recorder, kind)
        return recorder

    yield made
    # The library's tests stop their readers, and do not wait for them: one that still reads would use what is closed.
    for reader in threading.enumerate():
        if "(read_continuously)" in reader.name:
            reader.join(WAIT_S)
            assert not reader.is_alive()
    for each in ledgers:
        each.close()


class _OfLedgers(library.RecorderTestCase):
    """Streams of a ledger are texts, `vms/{uid}`; the library's are UUIDs unless configured otherwise."""

    create: Callable[[], ApplicationRecorder]

    def new_originator_id(self) -> "UUID | str":
        return f"vms/{uuid4()}"

    def create_recorder(self) -> ApplicationRecorder:
        return self.create()


class _OnPurpose:
    """What the library's recorders do not do. Goes with `_OfLedgers`."""

    def create_recorder(self) -> ApplicationRecorder:
        raise NotImplementedError

    def test_an_append_that_does_not_follow_its_position_is_refused_and_keeps_nothing(self) -> None:
        """The library's append after whatever is there. In the chain of seals, each append has one place."""
        recorder = self.create_recorder()
        assert list(recorder.insert_events([row(1)], after=0) or ()) == [1]
        with pytest.raises(StoreAltered):
            recorder.insert_events([row(2)], after=10)
        assert [each.originator_version for each in recorder.select_events("vms/one")] == [1]

    def test_a_ledger_has_no_way_to_change_or_remove_rows(self) -> None:
        """Rows are for ever: a second one at an address is refused, as by the library, and nothing else writes."""
        recorder = self.create_recorder()
        recorder.insert_events([row(1)])
        with pytest.raises(IntegrityError):
            recorder.insert_events([row(1)])
        writes = ("update", "delete", "replace", "remove", "truncate")
        assert not [name for name in dir(recorder) if name.startswith(writes)]


class _OfSqlite(_OfLedgers):
    @pytest.fixture(autouse=True)
    def _recorders(self, tmp_path: Path) -> Generator[None]:
        new = partial("sqlite:///{}".format, tmp_path / "ledger.db")
        for self.create in recorders(new, SQLiteLedgerRecorder):
            yield

    def assertEqual(self, first: object, second: object, msg: object = None) -> None:
        """See `test_the_positions_of_an_append_are_a_range_in_sqlite`."""
        assert (list(first) if isinstance(first, range) else first) == second, msg


class _OfPostgresql(_OfLedgers):
    @pytest.fixture(autouse=True)
    def _recorders(self, cluster: Cluster) -> Generator[None]:
        for self.create in recorders(cluster.new_database, PostgresLedgerRecorder):
            yield


@pytest.mark.slow
class TestSqlite(_OfSqlite, library.ApplicationRecorderTestCase[ApplicationRecorder], _OnPurpose):
    """Insertion, selection, conflicts and concurrency, as the library tests its own recorders."""


@pytest.mark.slow
class TestPostgresql(_OfPostgresql, library.ApplicationRecorderTestCase[ApplicationRecorder], _OnPurpose):
    """The same, over PostgreSQL."""


@pytest.mark.slow
class TestSqliteAppendsDoNotInterleave(_OfSqlite, library.NonInterleavingNotificationIDsBaseCase):
    """Of two batches that are inserted at once, all positions of one come before those of the other."""


@pytest.mark.slow
class TestPostgresqlAppendsDoNotInterleave(_OfPostgresql, library.NonInterleavingNotificationIDsBaseCase):
    """The same, over PostgreSQL."""


def row(version: int, stream: str = "vms/one") -> StoredEvent:
    return StoredEvent(stream, version, "topic", b"state")


def test_the_positions_of_an_append_are_a_range_in_sqlite(tmp_path: Path) -> None:
    """Not a list: of a batch of thousands, nothing is made for each."""
    for make in recorders(lambda: f"sqlite:///{tmp_path / 'ledger.db'}", SQLiteLedgerRecorder):
        assert make().insert_events([row(1), row(2)]) == range(1, 3)
