"""Acceptances: an operator takes a ledger that failed its check as it is, by an event like any other. Blocks."""

from contextlib import suppress
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import Notification
from google.protobuf.message import DecodeError
from uuid_utils import uuid7

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import Micros, micros_of, timestamp_of
from controlplane.ledger.raw_reader import RawRows
from controlplane.ledger.seals import STREAM as SEALS
from controlplane.ledger.seals import link_of
from controlplane.ledger.store import Ledger
from controlplane.queries.audit import Problem, Start

STREAM = "acceptances"
MOST = 1_000
BACK = 64


class Acceptance(NamedTuple):
    """The event, at its position, and where a walk begins that holds nothing before it against the ledger."""

    event: ev.Event
    position: int
    start: Start


class AcceptedBy(NamedTuple):
    """Who accepts, why, and what the read models had seen of the ledger then."""

    actor: str
    reason: str
    seen: int


def last_acceptance(rows: RawRows) -> Acceptance | None:
    """The last one whose seal the ledger has. Raises what reading raises."""
    for row in reversed(rows.stream_rows(STREAM, MOST)):
        with suppress(DecodeError, TypeError):
            event = ev.Event.FromString(row.state)
            event.stream, event.version, event.position = STREAM, row.originator_version, row.id
            accepted = event.ledger_accepted
            found = rows.rows_after(accepted.position - 1, 1)
            if found and found[0].id == accepted.position and _is_seal(found[0]):
                link = link_of(found[0])
                if (link.batch, link.hash) == (accepted.batch, accepted.seal_hash):
                    return Acceptance(event, row.id, Start(row.id - 1, link))
    return None


def last_seal(rows: RawRows, head: int) -> Notification | None:
    """The last seal at or before a position: what is after it is under none."""
    back = BACK
    while True:
        begin = max(head - back, 0)
        found = [row for row in rows.rows_after(begin, head - begin) if row.id <= head and _is_seal(row)]
        if found or begin == 0:
            return found[-1] if found else None
        back *= 4


def _is_seal(row: Notification) -> bool:
    with suppress(DecodeError, TypeError):
        return str(row.originator_id) == SEALS and ev.Event.FromString(row.state).HasField("batch_sealed")
    return False


def accept(ledger: Ledger, seal: Notification, problem: Problem, by: AcceptedBy, now: Micros) -> int:
    """Appends the acceptance of all up to the last seal. The position of the event. Raises PersistenceErrors."""
    link = link_of(seal)
    # No commit is earlier than the one before it, also where the clock has gone back.
    time = Micros(max(now, micros_of(ev.Event.FromString(seal.state).commit_time)))
    accepted = ev.LedgerAccepted(
        batch=link.batch,
        seal_hash=link.hash,
        position=seal.id,
        problem_position=problem.position,
        problem=problem.text,
        seen_position=by.seen,
    )
    event = ev.Event(
        commit_time=timestamp_of(time),
        actor=by.actor,
        request_id=str(uuid7()),
        reason=by.reason,
        ledger_accepted=accepted,
    )
    version = len(ledger.stream_rows(STREAM, MOST)) + 1
    # The tree goes on over the rows that are accepted.
    ledger.tree.take_as_is(link)
    return ledger.append([RecordedEvent(STREAM, version, event)], link, str(uuid7()), time).positions[0]
