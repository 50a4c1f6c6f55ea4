"""A timeline beside what lists of events count: of random lives, scopes, windows and pasts."""

from collections import Counter
from collections.abc import Sequence
from contextvars import copy_context

from hypothesis import strategies as st

from controlplane.domain.event_categories import RANKS, Category, category_of
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import Micros, micros_of
from controlplane.queries import page_tokens, visible
from controlplane.queries.events import reader
from controlplane.queries.events.scan import Window
from controlplane.queries.events.timeline import Bucket, Edge, FoundTimeline, TimelineQuery, timeline
from tests.support.controlplane import PROJECT, PROJECT_UID
from tests.support.random_lives import SHOP, Lives


def _names_in(events: Sequence[RecordedEvent]) -> list[str]:
    """Of all that can be a scope, by uid; of hosts, and of the default project, whose uid is none, by name."""
    projects = {each.stream: each.stream for each in events if each.event.HasField("project_created")}
    projects |= {f"projects/{PROJECT_UID}": PROJECT} if f"projects/{PROJECT_UID}" in projects else {}
    vms = [
        f"{projects[f'projects/{each.event.vm_created.project_uid}']}/{each.stream}"
        for each in events
        if each.event.HasField("vm_created")
    ]
    hosts = [each.event.host_registered.name for each in events if each.event.HasField("host_registered")]
    return ["", *hosts, *projects.values(), *vms]


def check_timeline(lives: Lives, data: st.DataObject) -> None:
    """Of a scope, a window, a past and a caller that hypothesis chooses."""
    at = data.draw(st.integers(1, lives.head))
    known = [each for each in lives.events if each.position <= at]
    name = data.draw(st.sampled_from(_names_in(known)))
    begin = data.draw(st.none() | st.integers(0, at))
    end = data.draw(st.none() | st.integers(begin or 0, at))
    times = {each.position: micros_of(each.event.commit_time) for each in known}
    edge = Edge(begin, times[begin] if begin in times and data.draw(st.booleans()) else None) if begin else None
    query = TimelineQuery(
        name,
        edge,
        Edge(end) if end else None,
        data.draw(st.integers(1, 20)),
        data.draw(st.sampled_from([0, 2, 1000])),
    )
    only_shop = name == "" and data.draw(st.booleans())
    copy_context().run(_check, lives, at, query, only_shop)


def _check(lives: Lives, at: int, query: TimelineQuery, only_shop: bool) -> None:
    if only_shop:
        shops = [each for each in lives.events if each.event.project_created.name == SHOP and each.position <= at]
        visible.limit(frozenset(each.stream.removeprefix("projects/") for each in shops))
    with lives.view(at) as view:
        found = timeline(view, lives.reads.inventory, lives.reads.ledger, query)
    events = _listed(lives, query.name, Window(0, at))
    if not events:
        assert found == FoundTimeline((), Micros(0), (), None, None)
        return
    first, last = events[0], events[-1]
    assert found.first == (first.position, micros_of(first.event.commit_time))
    assert found.last == (last.position, micros_of(last.event.commit_time))
    window = Window(found.buckets[0].window.after, found.buckets[-1].window.to)
    assert window.to == (query.end.position if query.end else at)
    assert window.after == min(query.begin.position if query.begin else first.position - 1, window.to)
    ends = [each.start for each in found.buckets[1:]] + [found.end + 1]
    for bucket, until in zip(found.buckets, ends, strict=True):
        _check_bucket(lives, query.name, bucket, until)
    inside = [each for each in events if window.after < each.position <= window.to]
    assert sum(sum(each.counts) for each in found.buckets) == len(inside)
    _check_marks(found, inside, query.max_marks)


def _check_bucket(lives: Lives, name: str, bucket: Bucket, until: int) -> None:
    listed = _listed(lives, name, bucket.window) if bucket.window.after < bucket.window.to else []
    counted = Counter(category_of(each.event.WhichOneof("payload") or "") for each in listed)
    assert bucket.counts == tuple(counted[category] for category in Category)
    assert all(bucket.start <= micros_of(each.event.commit_time) < until for each in listed)


def _check_marks(found: FoundTimeline, inside: list[RecordedEvent], limit: int) -> None:
    fields = [(RANKS.get(each.event.WhichOneof("payload") or "", -1), each.position) for each in inside]
    ranked = sorted(((rank, position) for rank, position in fields if rank >= 0), key=lambda each: (each[0], -each[1]))
    assert [(each.rank, each.position) for each in found.marks] == sorted(ranked[:limit], key=lambda each: each[1])


def _listed(lives: Lives, name: str, window: Window) -> list[RecordedEvent]:
    """All that lists of events have of it."""
    positions: set[int] = set()
    token = ""
    while True:
        query = reader.EventQuery(name, window, page_tokens.PageRequest(50, token, "this"))
        page = reader.list_events(lives.reads.inventory, lives.reads.ledger, lives.head, query)
        positions.update(each.position for each in page.items)
        token = page.next_page_token
        if not token:
            return [each for each in lives.events if each.position in positions]
