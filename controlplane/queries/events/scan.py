"""Walking events in either direction, a bounded stretch at a time, keeping what matches. Blocks."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from controlplane.domain.fleet import RecordedEvent
from controlplane.ledger.store import Ledger

# Up to `limit` events after a position and not after another, in order. No more than that are left when it gives fewer.
Read = Callable[[int, int, int], Sequence[RecordedEvent]]
# Up to `limit` positions after one and not after another, in order, and the position that the index is at.
Index = Callable[[int, int, int], tuple[Sequence[int], int]]
Matches = Callable[[RecordedEvent], bool]

CHUNK = 1_000
LARGEST_CHUNK = 5_000
# Of one stream among many.
PIECE = 32
# One page looks through no more events than this, about a second's worth.
MOST_READ = 50_000


class Window(NamedTuple):
    """The positions after `after`, up to and with `to`."""

    after: int
    to: int


class Stretch(NamedTuple):
    """What was found, and what of the window is left to look through; None when nothing is."""

    found: Sequence[RecordedEvent]
    rest: Window | None


Walk = Callable[[Read, Matches, Window, int], Stretch]


def whole(ledger: Ledger, topics: Sequence[str]) -> Read:
    """Every event, or those of some topics."""
    return lambda after, limit, to: ledger.after(after, limit, to, topics)


def merged(ledger: Ledger, names: Sequence[str], topics: Sequence[str] = ()) -> Read:
    """The events of several streams, or those of some topics, in one order: for some hundreds, not for a fleet."""

    def read(after: int, limit: int, to: int) -> Sequence[RecordedEvent]:
        found: list[RecordedEvent] = []
        while after < to and len(found) < limit:
            # Beyond the end of a stream's piece, there may be more of it: what others have there must wait.
            horizon, pieces = to, list[RecordedEvent]()
            for piece in ledger.of_streams([(name, after) for name in names], PIECE, topics).values():
                pieces += piece
                if len(piece) == PIECE:
                    horizon = min(horizon, piece[-1].position)
            found += sorted((each for each in pieces if each.position <= horizon), key=_position)
            after = horizon
        return found[:limit]

    return read


def _position(recorded: RecordedEvent) -> int:
    return recorded.position


def indexed(ledger: Ledger, find: Index) -> Read:
    """The events at positions that an index has, and all after its end."""

    def read(after: int, limit: int, to: int) -> Sequence[RecordedEvent]:
        positions, end = find(after, limit, to)
        found = ledger.at_positions(positions)
        if len(found) < limit and end < to:
            found += ledger.after(max(after, end), limit - len(found), to)
        return found

    return read


def listed(events: Sequence[RecordedEvent]) -> Read:
    """Events that have been found already, in order."""

    def read(after: int, limit: int, to: int) -> Sequence[RecordedEvent]:
        return [each for each in events if after < each.position <= to][:limit]

    return read


def forwards(read: Read, matches: Matches, window: Window, limit: int, most: int = MOST_READ) -> Stretch:
    """The first `limit` that match, oldest first. Where they are sparse, it reads more and more at once."""
    found: list[RecordedEvent] = []
    after, seen, chunk = window.after, 0, limit + 1
    while after < window.to:
        page = read(after, chunk, window.to)
        found += [each for each in page if matches(each)]
        if len(found) > limit:
            return Stretch(found[:limit], Window(found[limit - 1].position, window.to))
        if len(page) < chunk:
            break
        seen, after, chunk = seen + len(page), page[-1].position, min(chunk * 4, LARGEST_CHUNK)
        if seen >= most:
            return Stretch(found, Window(after, window.to))
    return Stretch(found, None)


def newest_of_streams(ledger: Ledger, names: Sequence[str], topics: Sequence[str]) -> Read:
    """As `merged`, the newest first."""

    def read(after: int, limit: int, to: int) -> Sequence[RecordedEvent]:
        found = [each for name in names for each in ledger.newest_of_stream(name, after, limit, to + 1, topics)]
        return sorted(found, key=_position, reverse=True)[:limit]

    return read


def newest(read: Read, matches: Matches, window: Window, limit: int, most: int = MOST_READ) -> Stretch:
    """The last `limit` that match, newest first, where they are read in that order."""
    found: list[RecordedEvent] = []
    to, seen, chunk = window.to, 0, limit + 1
    while to > window.after:
        page = read(window.after, chunk, to)
        found += [each for each in page if matches(each)]
        if len(found) > limit:
            return Stretch(found[:limit], Window(window.after, found[limit - 1].position - 1))
        if len(page) < chunk:
            break
        seen, to, chunk = seen + len(page), page[-1].position - 1, min(chunk * 4, LARGEST_CHUNK)
        if seen >= most:
            return Stretch(found, Window(window.after, to))
    return Stretch(found, None)


def backwards(read: Read, matches: Matches, window: Window, limit: int, most: int = MOST_READ) -> Stretch:
    """The last `limit` that match, newest first. Where they are sparse, it takes longer and longer steps."""
    found: list[RecordedEvent] = []
    to, seen, width = window.to, 0, max(limit + 1, CHUNK)
    while to > window.after:
        after = max(window.after, to - width)
        page = _all(read, Window(after, to))
        found += [each for each in reversed(page) if matches(each)]
        if len(found) > limit:
            return Stretch(found[:limit], Window(window.after, found[limit - 1].position - 1))
        to, seen = after, seen + len(page)
        if len(page) < CHUNK // 2:
            width *= 2
        if seen >= most and to > window.after:
            return Stretch(found, Window(window.after, to))
    return Stretch(found, None)


def _all(read: Read, window: Window) -> list[RecordedEvent]:
    found: list[RecordedEvent] = []
    after = window.after
    while after < window.to:
        page = read(after, CHUNK, window.to)
        found += page
        if len(page) < CHUNK:
            break
        after = page[-1].position
    return found
