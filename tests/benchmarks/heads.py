"""What the tree over all events and signatures cost the writer, and a proof on a long ledger against a short one."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import StoredEvent

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import Micros, timestamp_of
from controlplane.heads.signing_key import generated
from controlplane.ledger.seals import STREAM, ChainHead, link_of, seal
from controlplane.ledger.store import Ledger
from controlplane.ledger.tree.event_tree import hashes_of
from controlplane.queries import log_proofs
from tests.benchmarks.measure import Row, at_least, at_most, interleave

NOW = Micros(1_700_000_000_000_000)
# Of a command alone, and of a BatchCreateVms of 1,000 that are started.
SMALL, LARGE = 4, 3_500


def batch_of(number: int, size: int) -> list[RecordedEvent]:
    """Events of about 300 bytes."""
    made = ev.Event(
        commit_time=timestamp_of(NOW),
        actor="user:alice",
        reason="r" * 200,
        request_id="01a22852-b43b-76d1-a453-ba6d488ac52d",
        host_cordoned=ev.HostCordoned(),
    )
    return [RecordedEvent(f"hosts/{number}-{each}", 1, made) for each in range(size)]


class Appending:
    """Batches one after the other: as ledgers are written, or as they were before there was a tree and a key."""

    def __init__(self, path: Path, *, is_before: bool) -> None:
        self._ledger = Ledger(f"sqlite:///{path}", signer=None if is_before else generated())
        self._append = self._as_before if is_before else self._as_now
        self._link = ChainHead()
        self._position = 0
        self._number = 0

    def _as_now(self, events: list[RecordedEvent]) -> None:
        self._link = self._ledger.append(events, self._link, "leader", NOW).link

    def _as_before(self, events: list[RecordedEvent]) -> None:
        to_stored: Callable[..., StoredEvent] = self._ledger.mapper.to_stored_event
        stored = [to_stored(each) for each in events]
        sealed = seal(self._link, hashes_of(stored), "leader", NOW)
        stored.append(to_stored(RecordedEvent(STREAM, self._link.batch + 1, sealed)))
        positions = self._ledger.recorder.insert_events(stored, after=self._position)
        assert positions
        self._position = positions[-1]
        self._link = link_of(stored[-1])

    def events_a_second(self, batches: int, size: int) -> float:
        made = [batch_of(self._number + each, size) for each in range(batches)]
        self._number += batches
        began = time.perf_counter()
        for each in made:
            self._append(each)
        return batches * size / (time.perf_counter() - began)

    def close(self) -> None:
        self._ledger.close()


async def run(directory: Path, *, quick: bool) -> list[Row]:
    rounds = 1 if quick else 7
    rows: list[Row] = []
    for size, batches, words in ((SMALL, 300, "4 events"), (LARGE, 6, "3,500 events")):
        before = Appending(directory / f"before-{size}.db", is_before=True)
        now = Appending(directory / f"now-{size}.db", is_before=False)
        count = 2 if quick else batches

        async def as_before(before: Appending = before, count: int = count, size: int = size) -> float:
            return before.events_a_second(count, size)

        async def as_now(now: Appending = now, count: int = count, size: int = size) -> float:
            return now.events_a_second(count, size)

        without, with_tree = await interleave(rounds, as_before, as_now)
        before.close()
        now.close()
        rows.append(at_least(f"appends of {words}, with a tree and a signature", "events/s", without, with_tree, 0.85))
    return [*rows, await _proofs(directory, quick=quick)]


async def _proofs(directory: Path, *, quick: bool) -> Row:
    lengths = (1, 2) if quick else (2, 100)
    short, long = (_ledger_of(directory / f"proofs-{each}.db", each) for each in lengths)

    async def of(ledger: Ledger) -> float:
        size = ledger.tree_head().head.size
        began = time.perf_counter()
        for each in range(20):
            log_proofs.consistency(ledger, size * (each + 1) // 25 + 1, size)
        return (time.perf_counter() - began) / 20 * 1e6

    in_short, in_long = await interleave(1 if quick else 7, partial(of, short), partial(of, long))
    for each in (short, long):
        each.close()
    return at_most("a consistency proof, in 350,000 events against 7,000", "us", in_short, in_long, 3.0)


def _ledger_of(path: Path, batches: int) -> Ledger:
    ledger = Ledger(f"sqlite:///{path}")
    for number in range(batches):
        ledger.append(batch_of(number, LARGE), ledger.link(), "leader", NOW)
    return ledger
