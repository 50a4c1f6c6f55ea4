"""A timeline of a long ledger: its buckets and marks beside one plain count of the same events by position."""

import sqlite3
from pathlib import Path

from controlplane.queries.events.timeline import TimelineQuery, timeline
from tests.benchmarks.lives import SMALL
from tests.benchmarks.measure import Row, at_most, interleave
from tests.benchmarks.past import History, timed

BUCKETS, MARKS = 200, 100
# Every event once, with no category: what a timeline would cost at least without rows of its own.
BY_HAND = f"SELECT rowid * {BUCKETS} / ?, count(*) FROM stored_events WHERE rowid <= ? GROUP BY 1"


def _counted(made: History, name: str, buckets: int = BUCKETS) -> int:
    with made.reads.history_reader.view(made.reads.position) as view:
        query = TimelineQuery(name, None, None, buckets, MARKS)
        found = timeline(view, made.reads.inventory, made.ledger, query)
    return sum(sum(each.counts) for each in found.buckets)


async def run(directory: Path, *, quick: bool) -> list[Row]:
    made = History(directory, 200 if quick else 40_000)
    connection = sqlite3.connect(made.path)
    last = made.reads.position

    def by_hand() -> int:
        return sum(count for _, count in connection.execute(BY_HAND, (last + 1, last)))

    try:
        # It is the same that is counted.
        assert by_hand() == _counted(made, "") == last
        counted, fleet, project, fine = await interleave(
            2 if quick else 20,
            timed(by_hand),
            timed(lambda: _counted(made, "")),
            timed(lambda: _counted(made, SMALL)),
            timed(lambda: _counted(made, "", 1_000)),
        )
    finally:
        connection.close()
        made.close()
    return [
        at_most("a timeline of 200,000 events, 200 buckets", "ms", counted, fleet, 0.5),
        at_most("the same, of a small project", "ms", counted, project, 0.5),
        at_most("the same of all, 1,000 buckets", "ms", counted, fine, 1),
    ]
