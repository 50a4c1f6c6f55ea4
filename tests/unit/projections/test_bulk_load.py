"""Tables that are filled from the ledger's beginning have the very rows that following it would have written."""

from collections.abc import Sequence

import pytest
from hypothesis import settings
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from controlplane.domain.fleet import RecordedEvent
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import Outline, ReadOutlines, ReadSome
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.history.tables import Tables
from controlplane.projections.projector.bulk_load import bulk_load
from controlplane.projections.projector.rows.parallel_fold import OF_OTHERS, OF_VMS, InlineVmFold
from tests.benchmarks.lives import beginning
from tests.unit.commands.test_random_histories import Histories
from tests.unit.projections.test_history_reader import EVERYTHING, sealed, write


def reading(events: Sequence[RecordedEvent]) -> ReadSome:
    """As the ledger reads: without what each event changed, and of all topics if there are none."""

    def read(position: int, limit: int, stop: int, topics: Sequence[str]) -> list[RecordedEvent]:
        found = [each for each in events if position < each.position <= stop and (not topics or _topic(each) in topics)]
        return [each._replace(before=None, after=None) for each in found[:limit]]

    return read


def _topic(recorded: RecordedEvent) -> str:
    return TOPICS[recorded.event.WhichOneof("payload") or ""]


def outlining(events: Sequence[RecordedEvent]) -> ReadOutlines:
    def outline(each: RecordedEvent) -> Outline:
        field = each.event.WhichOneof("payload") or ""
        created = (each.event.vm_created, each.event.service_account_created)
        return Outline(
            each.position, each.stream, field, "".join(first.project_uid for first in created), each.event.trace_id
        )

    def read(position: int, limit: int, stop: int) -> list[Outline]:
        return [outline(each) for each in events if position < each.position <= stop][:limit]

    return read


def rows_of(database: ReadDatabase, tables: Tables) -> list[list[tuple[object, ...]]]:
    with database.reading() as connection:
        return [sorted(map(tuple, connection.execute(select(each))), key=repr) for each in tables.all()]


def no_progress(_position: int) -> None:
    pass


class Filled(Histories):
    """Random histories, filled up to some position, finished, and followed from there."""

    def teardown(self) -> None:
        events = sealed(self.world.history)
        for each in events[::3]:
            each.event.trace_id = f"{each.position % 2:032}"
        last = events[-1].position if events else 0
        followed = ReadDatabase("memory:")
        followed.open()
        write(followed, events, [EVERYTHING])
        with followed.reading() as connection:
            in_use = followed.active(connection).tables
        expected = rows_of(followed, in_use)
        database = ReadDatabase("memory:")
        database.open()
        with database.writing() as connection:
            tables = database.begin(connection, bare=True)
        read = reading(events)
        with bulk_load(database, tables, InlineVmFold(read, page=5), read, outlining(events), page=4) as fills:
            for at in (last // 3, last // 2):
                fills.fill(at, no_progress)
            fills.finish()
            for at in (2 * last // 3, last):
                fills.fill(at, no_progress)
            assert fills.position == last
        assert rows_of(database, tables) == expected


TestFilled = Filled.TestCase
TestFilled.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestFilled = pytest.mark.slow(TestFilled)


def test_each_event_is_of_one_half_but_those_that_are_in_no_row() -> None:
    assert not {*OF_VMS} & {*OF_OTHERS}
    assert {*TOPICS.values()} - {*OF_VMS, *OF_OTHERS} == {TOPICS["request_accepted"]}


def test_rows_that_cannot_be_written_are_reported_to_the_caller() -> None:
    database = ReadDatabase("memory:")
    database.open()
    with database.writing() as connection:
        tables = database.begin(connection, bare=True)
        tables.metadata.drop_all(connection)
    registered = [RecordedEvent(stream, 1, event) for stream, event in beginning()]
    events = sealed(registered)
    read = reading(events)
    with (
        bulk_load(database, tables, InlineVmFold(read), read, outlining(events)) as fills,
        pytest.raises(SQLAlchemyError),
    ):
        fills.fill(events[-1].position, no_progress)
