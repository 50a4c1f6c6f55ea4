"""Rows that are kept up from what the rows themselves say are the very rows that the whole history makes."""

import logging
from collections.abc import Sequence

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from hypothesis import settings

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.credentials import STREAM
from controlplane.ledger.mapper import TOPICS
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.projector.incremental import IncrementalFold
from controlplane.projections.projector.rows.aggregate_cache import AggregateCache, OutOfStep
from tests.benchmarks.lives import beginning, life
from tests.unit.commands.test_random_histories import Histories
from tests.unit.projections.test_bulk_load import reading, rows_of
from tests.unit.projections.test_history_reader import EVERYTHING, sealed, write


def in_use(database: ReadDatabase) -> list[list[tuple[object, ...]]]:
    with database.reading() as connection:
        tables = database.active(connection).tables
    return rows_of(database, tables)


def events_of(*histories: str) -> list[RecordedEvent]:
    """Hosts and projects, and the lives of some VMs."""
    events = list(beginning())
    for number, project in enumerate(histories):
        events += life(number, project)
    versions: dict[str, int] = {}
    recorded: list[RecordedEvent] = []
    for stream, event in events:
        versions[stream] = versions.get(stream, 0) + 1
        recorded.append(RecordedEvent(stream, versions[stream], event))
    return sealed(AggregateCache().replay(recorded))


class Followed(Histories):
    """Random histories, followed a few events at a time, with nearly nothing kept in memory between them."""

    def teardown(self) -> None:
        events = sealed(self.world.history)
        at_once = ReadDatabase("memory:")
        at_once.open()
        write(at_once, events, [EVERYTHING])
        last = events[-1].position if events else 0
        for most_kept in (0, 2, EVERYTHING):
            database = ReadDatabase("memory:")
            following = IncrementalFold(database, reading(events), page=3, most_kept=most_kept)
            following.open()
            while following.position < last // 2:
                following.go_on(last // 2)
            # As after a restart.
            following = IncrementalFold(database, reading(events), page=3, most_kept=most_kept)
            while following.position < last:
                assert following.go_on(last) == following.position
            assert in_use(database) == in_use(at_once)


TestFollowed = Followed.TestCase
TestFollowed.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestFollowed = pytest.mark.slow(TestFollowed)


def test_it_writes_nothing_after_the_position_that_it_was_given() -> None:
    events = events_of("projects/p1")
    following = IncrementalFold(ReadDatabase("memory:"), reading(events))
    assert following.go_on(3) == 3
    assert following.go_on(3) == 3
    assert following.go_on(5) == 5


def test_credentials_of_hosts_are_in_no_row_but_marks() -> None:
    """Their events are named as those of hosts are, and are on other streams."""
    kinds = [field for field in TOPICS if field.startswith(("host_token_", "host_certificate_"))]
    assert kinds
    events = events_of("projects/p1")
    last = events[-1].position
    for number, kind in enumerate(kinds, 1):
        event = ev.Event()
        getattr(event, kind).SetInParent()
        events.append(RecordedEvent(f"{STREAM}/node-1", number, event, position=last + number))
    database, at_once = ReadDatabase("memory:"), ReadDatabase("memory:")
    following = IncrementalFold(database, reading(events), page=3)
    following.go_on(last)
    while following.position < last + len(kinds):
        following.go_on(last + len(kinds))
    IncrementalFold(at_once, reading(events[: -len(kinds)])).go_on(last)
    revoked = [each for each in kinds if each.endswith("_revoked")]
    assert sum(len(rows) for rows in in_use(database)) == sum(len(rows) for rows in in_use(at_once)) + len(revoked)


def test_a_ledger_that_ends_before_the_position_it_was_given_is_an_error() -> None:
    events = events_of("projects/p1")
    following = IncrementalFold(ReadDatabase("memory:"), reading(events))
    last = following.go_on(events[-1].position)
    with pytest.raises(OSError, match=f"has nothing after {last}"):
        following.go_on(last + 1)


def test_it_goes_on_after_an_error_as_if_there_had_been_none() -> None:
    events = events_of("projects/p1", "projects/p2")
    failing = [True]

    def read(position: int, limit: int, stop: int, topics: Sequence[str]) -> list[RecordedEvent]:
        if position > 4 and failing.pop():
            raise OSError("gone")
        failing.append(False)
        return reading(events)(position, limit, stop, topics)

    database, expected = ReadDatabase("memory:"), ReadDatabase("memory:")
    following = IncrementalFold(database, read, page=3)
    assert following.go_on(6) == 3
    assert following.go_on(6) == 6
    failing[:] = [True]
    with pytest.raises(OSError, match="gone"):
        following.go_on(events[-1].position)
    failing[:] = [False]
    while following.go_on(events[-1].position) < events[-1].position:
        pass
    IncrementalFold(expected, reading(events)).go_on(events[-1].position)
    assert in_use(database) == in_use(expected)


def test_rows_that_are_not_of_this_ledger_are_made_anew(caplog: pytest.LogCaptureFixture) -> None:
    """A ledger that was cut and went on otherwise, where the position that the rows are at looks the same."""
    here, there = events_of("projects/p1", "projects/p2"), events_of("projects/p1", "projects/p2")
    # In the other history, the event that the first has at this place is missing.
    other = [*there[:-4], *there[-3:]]
    database = ReadDatabase("memory:")
    IncrementalFold(database, reading(here)).go_on(here[-5].position)
    following = IncrementalFold(database, reading(other))
    with caplog.at_level(logging.ERROR):
        assert following.go_on(here[-1].position) == 0
    assert "not of this ledger, and is made anew" in caplog.text
    assert all(rows == [] for rows in in_use(database))


def test_rows_of_a_ledger_that_does_not_follow_from_itself_are_made_anew_once(caplog: pytest.LogCaptureFixture) -> None:
    events = events_of("projects/p1", "projects/p2")
    late = next(number for number, each in enumerate(events) if each.version > 1 and each.stream.startswith("vms/"))
    altered = [*events[:late], events[late]._replace(version=100), *events[late + 1 :]]
    following = IncrementalFold(ReadDatabase("memory:"), reading(altered))
    with caplog.at_level(logging.ERROR):
        assert following.go_on(altered[-1].position) == 0
        for _ in range(3):
            with pytest.raises(OSError, match="does not follow from itself: version 100"):
                following.go_on(altered[-1].position)
    assert caplog.text.count("is made anew") == 1
    # It goes on once the ledger is whole.
    following = IncrementalFold(ReadDatabase("memory:"), reading(events))
    assert following.go_on(events[-1].position) == events[-1].position


def test_an_event_that_does_not_follow_what_is_known_is_not_folded() -> None:
    events = events_of("projects/p1")
    states = AggregateCache()
    states.replay(events[:1])
    with pytest.raises(OutOfStep, match=f"version 1 of {events[0].stream}"):
        states.replay(events[:1])


def test_what_began_before_and_is_not_known_is_to_be_read_back() -> None:
    events = events_of("projects/p1")
    states = AggregateCache()
    late = [each for each in events if each.version > 1 and each.stream != "ledger"]
    assert states.unknown(events) == []
    assert states.unknown(late) == list(dict.fromkeys(each.stream for each in late))
    states.replay([each for each in events if each.stream == late[0].stream and each.version == 1])
    assert states.unknown(late) == list(dict.fromkeys(each.stream for each in late))[1:]


def test_what_changed_last_is_kept() -> None:
    states = AggregateCache()
    changed = states.replay(events_of("projects/p1"))
    last = [each.stream for each in changed if each.stream in states.known][-1]
    states.keep(1)
    assert list(states.known) == [last]
    states.keep(0)
    assert not states.known
