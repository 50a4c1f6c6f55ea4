"""The index of traces over every store: what it finds is what looking at every event finds."""

from collections.abc import Sequence
from functools import partial

import pytest
from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.projector.rebuild import rebuild
from controlplane.projections.projector.rows.row_builder import RowBuilder
from controlplane.queries.events.reader import EventQuery, list_events
from controlplane.queries.events.scan import Window
from controlplane.queries.page_tokens import PageRequest
from tests.support.controlplane import NOW, RUNNING, world_with_host

TRACES = ("0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319c")


def _fill(ledger: Ledger) -> None:
    """Events of all kinds of streams, each third of them in one of two traces, in batches of five."""
    world = world_with_host()
    for name in ("a", "b", "c"):
        world.create(name, start=True)
        world.report(RUNNING, name)
    # Its bytes have what the bytes of traced events have, and it is in no trace.
    untraced = ev.Event(reason="HR 1", request_accepted=ev.RequestAccepted())
    events = [*world.history, RecordedEvent("requests/1", 1, untraced)]
    events += [RecordedEvent(f"requests/{n}", 1, ev.Event(request_accepted=ev.RequestAccepted())) for n in range(2, 8)]
    for number, each in enumerate(events):
        if number % 3 == 0:
            each.event.trace_id, each.event.span_id = TRACES[number % 2], "00f067aa0ba902b7"
    for first in range(0, len(events), 5):
        ledger.append(events[first : first + 5], ledger.link(), "leader", NOW)


def _project(ledger: Ledger, database: ReadDatabase, to: int) -> None:
    database.open()
    events = [each for each in ledger.all_after(0) if each.position <= to]
    with database.writing() as connection:
        tables, _ = database.active(connection)
        assert database.advance(connection, tables, 0, to)
        RowBuilder(tables).fold(Fleet().replay(events)).write(connection)


def _found(ledger: Ledger, reader: HistoryReader, trace_id: str, *, newest_first: bool) -> tuple[list[int], int]:
    """Positions, page after page, and how many the index gave."""
    indexed = 0

    def traced(after: int, limit: int, to: int) -> tuple[Sequence[int], int]:
        nonlocal indexed
        with reader.view(to) as view:
            positions = view.traced(trace_id, after, limit)
            indexed += len(positions)
            return positions, view.written

    found, token, head = list[int](), "", ledger.head()
    while True:
        query = EventQuery(
            "",
            Window(0, head),
            PageRequest(2, token, "test"),
            trace_id=trace_id,
            newest_first=newest_first,
            traced=traced,
        )
        page = list_events(Inventory(), ledger, head, query)
        found += [each.position for each in page.items]
        if not (token := page.next_page_token):
            return found, indexed


@pytest.mark.slow
def test_a_traces_events_are_found_by_its_id_wherever_the_rows_are(ledger: Ledger) -> None:
    _fill(ledger)
    head = ledger.head()
    everything = list(ledger.all_after(0))
    database = ReadDatabase("memory:")
    reader = HistoryReader(database)
    _project(ledger, database, everything[len(everything) // 2].position)
    again = ReadDatabase("memory:")
    rebuild(ledger, lambda _: None, again)
    for trace_id in (*TRACES, "f" * 32):
        expected = [each.position for each in everything if each.event.trace_id == trace_id]
        assert len(expected) >= 3 or trace_id not in TRACES
        for newest_first in (False, True):
            found = partial(_found, ledger, trace_id=trace_id, newest_first=newest_first)
            ordered = sorted(expected, reverse=newest_first)
            half, whole = found(reader=reader), found(reader=HistoryReader(again))
            assert half[0] == ordered
            assert whole[0] == ordered
            assert whole[1] >= len(expected)
    with HistoryReader(again).view(head) as view:
        assert view.traced(TRACES[0], 0, 100) == [e.position for e in everything if e.event.trace_id == TRACES[0]]
    database.close()
    again.close()
