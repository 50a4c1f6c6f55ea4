"""Events of a stream counted by topic, between many positions, in one statement of SQL. Runs none."""

from typing import NamedTuple


class TopicCount(NamedTuple):
    """So many events of a topic, after the bound of this place and not after the next."""

    place: int
    topic: str
    events: int


def counting_of(bounds: str, events: str) -> str:
    """The statement of `count_stream`: bounds and events in one order, so that each event follows those before it."""
    return (
        f"WITH bounds (after) AS ({bounds}), placed (position, topic, begins) AS ("
        f"SELECT after + 1, NULL, 1 FROM bounds UNION ALL {events}), "
        "numbered AS (SELECT topic, count(begins) OVER (ORDER BY position) - 1 AS place FROM placed) "
        "SELECT place, topic, count(*) AS events FROM numbered WHERE topic IS NOT NULL GROUP BY place, topic"
    )
