"""Forks: a restored ledger goes on as another history, which an event at its end begins. Blocks: use a thread."""

from uuid import uuid4

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.command import CommandContext
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.history import STREAM, Fork, floor_after, fork_of
from controlplane.domain.time import Micros, micros_of, timestamp_of
from controlplane.ledger.store import Ledger


class CannotFork(Exception):
    """Another history was not begun; the message says why."""


def fork(ledger: Ledger, origin: CommandContext, now: Micros, after: int = 0) -> Fork:
    """Begins another history, for a ledger that was restored. Raises CannotFork, and what an append raises.

    `after`: the last position that the ledger was restored with, where commands were taken since; 0: its last.
    """
    if ledger.url.startswith("memory:"):
        raise CannotFork("a ledger in memory cannot have been restored")
    lineage, last, link = ledger.lineage(), ledger.head(), ledger.link()
    found = ledger.after(last - 1, 1) if last else ()
    if not found or not link.batch:
        raise CannotFork("there is nothing in the ledger")
    if not 0 <= after <= last:
        raise CannotFork(f"position {after} is not in the ledger, which ends at {last}")
    if 0 < after <= lineage.floor:
        raise CannotFork(f"position {after} is before the last fork: the history began after {lineage.floor}")
    before = micros_of(found[0].event.commit_time)
    now = max(now, before)
    forked = ev.HistoryForked(
        history_id=uuid4().hex,
        parent_history_id=lineage.history_id,
        fork_position=after or last,
        last_position=last,
        floor=floor_after(last, before, now),
        seal_batch=link.batch,
        seal_hash=link.hash,
    )
    event = ev.Event(
        commit_time=timestamp_of(now),
        actor=origin.actor,
        request_id=origin.request_id,
        reason=origin.reason,
        history_forked=forked,
    )
    recorded = RecordedEvent(STREAM, len(lineage.forks) + 1, event)
    ledger.append_above([recorded], link, uuid4().hex, now, forked.floor)
    return fork_of(event)
