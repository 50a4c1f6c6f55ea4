"""How much happened in a scope, in buckets of equal time, and what of it matters most. Blocks; use a thread.

The whole ledger, projects and hosts have rows that count; of a VM and a service account, whose histories are short, the
ledger's database counts the events themselves.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from controlplane.domain.event_categories import Category, category_of
from controlplane.domain.time import Micros
from controlplane.ledger.store import Ledger, Outline
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.history.timeline_reader import Counts, MarkRow, TimelineReader
from controlplane.projections.live.inventory import Inventory
from controlplane.queries import visible
from controlplane.queries.events.reader import streams_with
from controlplane.queries.events.scan import Window
from controlplane.queries.identity import CHILDREN, host_then, project_then, projects_of

EVERYTHING = ""


class Edge(NamedTuple):
    """Where a window begins or ends: a position, and the time that was requested, if one was."""

    position: int
    time: Micros | None = None


class TimelineQuery(NamedTuple):
    """`begin` and `end` are None for the scope's first event and the view's position."""

    name: str
    begin: Edge | None
    end: Edge | None
    buckets: int
    max_marks: int


class Bucket(NamedTuple):
    """The window's events from a time until the next bucket's."""

    start: Micros
    window: Window
    # Of each category, from the first on; those after the last that there is are left out.
    counts: Counts


class Place(NamedTuple):
    """A position, and when it was committed."""

    position: int
    time: Micros


class FoundTimeline(NamedTuple):
    """`first` and `last` are of the scope, whatever the window; None where it has no event."""

    buckets: Sequence[Bucket]
    end: Micros
    marks: Sequence[MarkRow]
    first: Place | None
    last: Place | None


class _Scope(Protocol):
    """What is counted."""

    def first(self) -> int:
        """The position of its first event; 0 for none."""
        ...

    def last(self) -> int: ...

    def counts(self, bounds: Sequence[int]) -> list[Counts]:
        """Between each two neighbours of these positions."""
        ...

    def marks(self, window: Window, limit: int) -> list[MarkRow]: ...


def timeline(view: HistoryView, inventory: Inventory, ledger: Ledger, query: TimelineQuery) -> FoundTimeline:
    """As of the view's position. Raises NotFound."""
    reader = TimelineReader(view)
    scope = _scope(view, reader, inventory, ledger, query.name)
    first = scope.first()
    if not 0 < first <= view.position:
        return FoundTimeline((), Micros(0), (), None, None)
    begin = query.begin or Edge(first - 1)
    end = query.end or Edge(view.position)
    last = scope.last()
    first_time, last_time, began, ended = reader.times_of([first, last, max(begin.position, first), end.position])
    window = Window(min(begin.position, end.position), end.position)
    end_time = ended if end.time is None else end.time
    start = min(began if begin.time is None else begin.time, end_time)
    count = max(min(query.buckets, end_time - start), 1)
    starts = [Micros(start + (end_time - start) * number // count) for number in range(count)]
    before = reader.positions_at([Micros(each - 1) for each in starts])[1:]
    bounds = [window.after, *(max(window.after, min(each, window.to)) for each in before), window.to]
    windows = [Window(*each) for each in pairwise(bounds)]
    buckets = [Bucket(*each) for each in zip(starts, windows, scope.counts(bounds), strict=True)]
    marks = sorted(scope.marks(window, query.max_marks)) if query.max_marks else []
    return FoundTimeline(buckets, end_time, marks, Place(first, first_time), Place(last, last_time))


def _scope(view: HistoryView, reader: TimelineReader, inventory: Inventory, ledger: Ledger, name: str) -> _Scope:
    """Raises NotFound."""
    if name.count("/") > 1:
        child = CHILDREN[name.split("/")[2]]
        found = child.then(view, name)
        return _Streams(reader, ledger, streams_with(child.stream(found.uid)), view.position)
    if name.startswith("hosts/"):
        scopes = [f"hosts/{host_then(view, name).uid}"]
    elif name:
        scopes = [f"projects/{project_then(view, name).uid}"]
    else:
        projects = visible.projects()
        scopes = [EVERYTHING] if projects is None else [f"projects/{uid}" for uid in sorted(projects)]
    return _Counted(reader, inventory, ledger, scopes, view.position)


class _Counted:
    """Scopes that have rows, together."""

    def __init__(
        self, reader: TimelineReader, inventory: Inventory, ledger: Ledger, scopes: Sequence[str], position: int
    ) -> None:
        self._reader, self._inventory, self._ledger = reader, inventory, ledger
        self._scopes, self._position = scopes, position

    def first(self) -> int:
        if EVERYTHING in self._scopes:
            found = self._ledger.outlines(0, 1, self._position)
            return found[0].position if found else 0
        # Of a host and a project alike, the first event is the first on its own stream.
        firsts = self._ledger.at_addresses([(scope, 1) for scope in self._scopes])
        return min((each.position for each in firsts), default=0)

    def last(self) -> int:
        written = self._reader.last_of(self._scopes)
        (batch,) = self._reader.batches_before([self._position])
        return max((written, *(each.position for each in self._cut(batch, self._position))))

    def counts(self, bounds: Sequence[int]) -> list[Counts]:
        """Of neighbouring positions the difference of what each scope had had by then."""
        begin, end = bounds[0], bounds[-1]
        batches = dict(zip((begin, end), self._reader.batches_before([begin, end]), strict=True))
        places = [batches.get(each, each) for each in bounds]
        ends = [(scope, each) for scope in self._scopes for each in (places[0], places[-1])]
        found = self._reader.counts_at(ends)
        changed = [scope for scope, was, now in zip(self._scopes, found[::2], found[1::2], strict=True) if was != now]
        each_time = self._reader.counts_at([(scope, place) for place in places for scope in changed])
        size = len(changed)
        reached = [_sum(each_time[number * size : (number + 1) * size]) for number in range(len(places))]
        partial = {bound: _tally(self._cut(batch, bound)) for bound, batch in batches.items()}
        reached = [_sum((had, partial.get(bound, ()))) for bound, had in zip(bounds, reached, strict=True)]
        return [_difference(before, after) for before, after in pairwise(reached)]

    def _cut(self, batch: int, position: int) -> list[Outline]:
        """The scopes' events up to a position within the batch that follows another."""
        if batch >= position:
            return []
        events = self._ledger.outlines(batch, position - batch, position)
        if EVERYTHING in self._scopes:
            return events
        projects = projects_of(self._inventory, self._ledger, sorted({each.stream for each in events}))
        return [
            each for each in events if not {each.stream, f"projects/{projects[each.stream]}"}.isdisjoint(self._scopes)
        ]

    def marks(self, window: Window, limit: int) -> list[MarkRow]:
        if EVERYTHING in self._scopes:
            return self._reader.marks(window.after, window.to, limit)
        if self._scopes and self._scopes[0].startswith("hosts/"):
            return self._reader.marks(window.after, window.to, limit, stream=self._scopes[0])
        uids = [each.removeprefix("projects/") for each in self._scopes]
        return self._reader.marks(window.after, window.to, limit, projects=uids)


class _Streams:
    """A few streams, whose events the ledger's database counts."""

    def __init__(self, reader: TimelineReader, ledger: Ledger, streams: Sequence[str], position: int) -> None:
        """The first stream is the resource's own."""
        self._reader, self._ledger = reader, ledger
        self._streams, self._position = streams, position

    def first(self) -> int:
        found = [each for stream in self._streams for each in self._ledger.outlines_of(stream, 0, 1)]
        return min((each.position for each in found), default=0)

    def last(self) -> int:
        end = self._position + 1
        found = [each for stream in self._streams for each in self._ledger.outlines_of(stream, 0, 1, end)]
        return max((each.position for each in found), default=0)

    def counts(self, bounds: Sequence[int]) -> list[Counts]:
        counts = [[0] * len(Category) for _ in bounds[1:]]
        for stream in self._streams:
            for place, field, events in self._ledger.counts_of(stream, bounds):
                counts[place][category_of(field) - 1] += events
        return [tuple(each) for each in counts]

    def marks(self, window: Window, limit: int) -> list[MarkRow]:
        return self._reader.marks(window.after, window.to, limit, stream=self._streams[0])


def _tally(events: Sequence[Outline]) -> Counts:
    counts = [0] * len(Category)
    for each in events:
        counts[category_of(each.field) - 1] += 1
    return tuple(counts)


def _sum(counts: Iterable[Counts]) -> Counts:
    total = [0] * len(Category)
    for each in counts:
        for place, number in enumerate(each):
            total[place] += number
    return tuple(total)


def _difference(before: Counts, after: Counts) -> Counts:
    return tuple(now - was for was, now in zip(before, after, strict=True))
