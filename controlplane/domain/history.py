"""The ledger's history: which positions mean the same in it as when they were issued. Performs no I/O.

A ledger that is restored goes on from an earlier state, as another history: what was issued after that state is of a
history that it does not have. Each fork is an event, with a floor: all numbers that the new history issues (positions,
versions, incarnations) are above it, and none that any other history of this ledger issued is. So a number alone
identifies the history.
"""

from collections.abc import Iterable
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.errors import HistoryForked
from controlplane.domain.time import Micros, micros_of

STREAM = "history"
# How far a history gets while nobody looks: more positions a second than any writer writes, and some to begin with.
POSITIONS_A_SECOND = 100_000
LEAST_GAP = 1_000_000
# In what a client sends, the most forks that count.
MOST_FORKS = 16
ID_DIGITS = 32
_ID = frozenset("0123456789abcdef")


class Fork(NamedTuple):
    """Where a history began. It shares the positions up to `position` with the one before it.

    `last` is the ledger's last position before the fork, `floor` the greatest number that it does not issue.
    """

    history_id: str
    position: int
    last: int
    floor: int
    time: Micros = Micros(0)


class Lineage(NamedTuple):
    """The histories that led to the present one: the first one's id, and the forks since, the oldest first."""

    origin: str = ""
    forks: tuple[Fork, ...] = ()

    @property
    def history_id(self) -> str:
        return self.forks[-1].history_id if self.forks else self.origin

    @property
    def floor(self) -> int:
        """No number that was issued in another history of this ledger is above it. 0 before the first fork."""
        return self.forks[-1].floor if self.forks else 0

    @property
    def fork_position(self) -> int:
        """The last position that the history before has, too. 0 before the first fork."""
        return self.forks[-1].position if self.forks else 0

    def __str__(self) -> str:
        """As clients get it, and send it back: `ID@0`, then `ID@POSITION` of each fork, separated by commas."""
        forks = self.forks[-MOST_FORKS:]
        return ",".join([f"{self.origin}@0", *(f"{each.history_id}@{each.position}" for each in forks)])

    def forked(self, event: ev.Event) -> "Lineage":
        """The lineage after a HistoryForked event. One that it has already changes nothing."""
        fork = fork_of(event)
        if any(each.history_id == fork.history_id for each in self.forks):
            return self
        return Lineage(self.origin, (*self.forks, fork))

    def check(self, position: int) -> None:
        """Raises HistoryForked for a position that only another history of this ledger can have issued."""
        if position <= 0 or not self.forks:
            return
        for fork in self.forks:
            if fork.last < position <= fork.floor:
                raise HistoryForked(position, fork.position, self.history_id)

    def shared_with(self, lineage: str) -> int | None:
        """The last position that a client's lineage has in common with this one; None: all of it.

        Of a lineage that is none, or of another ledger, nothing is.
        """
        ours = str(self).split(",")
        theirs = lineage.split(",")
        common = 0
        for mine, other in zip(ours, theirs, strict=False):
            if mine != other:
                break
            common += 1
        if not common:
            return 0
        # Each ends where the first fork comes that the other does not have.
        ends = [_position_of(each[common]) for each in (ours, theirs) if len(each) > common]
        return min(ends) if ends else None

    def next_version(self, before: int, created: Micros) -> int:
        """The version after `before` of a stream that began then. Streams that began since the fork are of it alone."""
        if self.forks and created <= self.forks[-1].time:
            return max(before, self.floor) + 1
        return before + 1

    def awaits(self, created: Micros, guests_known_in: int) -> bool:
        """Whether a host that was created then has not reported its guests in this history, and could have some."""
        return bool(self.forks) and guests_known_in < self.floor and created <= self.forks[-1].time


def fork_of(event: ev.Event) -> Fork:
    """A HistoryForked event as a value."""
    forked = event.history_forked
    return Fork(
        forked.history_id, forked.fork_position, forked.last_position, forked.floor, micros_of(event.commit_time)
    )


def lineage_of(origin: str, events: Iterable[ev.Event]) -> Lineage:
    """Of the stream's events, in order."""
    return Lineage(origin, tuple(fork_of(each) for each in events))


def floor_after(last_position: int, last_time: Micros, now: Micros) -> int:
    """Above all that a history which went on from this position can have issued by now."""
    elapsed_us = max(0, now - last_time)
    return last_position + LEAST_GAP + elapsed_us * POSITIONS_A_SECOND // 1_000_000


def is_lineage(text: str) -> bool:
    """Whether it has the form of one."""
    parts = text.split(",")
    return len(text) <= 2_000 and all(_is_part(each) for each in parts)


def _is_part(text: str) -> bool:
    history_id, _, position = text.partition("@")
    return bool(history_id) and _ID.issuperset(history_id) and position.isascii() and position.isdigit()


def _position_of(part: str) -> int:
    position = part.partition("@")[2]
    return int(position) if position.isascii() and position.isdigit() and len(position) < 20 else 0


def may_follow(before: int, version: int) -> bool:
    """Whether a stream's version follows the one before it: by one, or as the first above the floor of a fork."""
    return version == before + 1 or before < version > LEAST_GAP
