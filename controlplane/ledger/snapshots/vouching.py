"""Whether the ledger itself vouches for a snapshot: a sealed event has the hash of its rows. Blocks.

A snapshot is believed instead of the events before it. Whoever can write to its rows and not to the ledger's must not
be able to change what the ledger says.
"""

from collections.abc import Sequence
from typing import Protocol

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2 as pb
from eventsourcing.persistence import Notification, StoredEvent
from google.protobuf.message import DecodeError

from controlplane.domain.fleet import snapshot_stream
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.merkle import leaf_hash, leaf_of, root_of
from controlplane.ledger.seals import STREAM

TOPIC = TOPICS["snapshot_taken"]


class NotVouched(Exception):
    """A snapshot that is not to be believed; the message says why. `altered` when it is not what was written."""

    def __init__(self, text: str, *, altered: bool) -> None:
        super().__init__(text)
        self.altered = altered


class Events(Protocol):
    """What is read of a ledger: rows as they are stored."""

    def stream_rows(self, stream: str, limit: int) -> Sequence[Notification]: ...

    def rows_after(self, position: int, limit: int, topics: Sequence[str] = ()) -> Sequence[Notification]: ...


def root_of_rows(rows: Sequence[StoredEvent]) -> bytes:
    """The Merkle root over a snapshot's rows, as a seal's is over events: over all that is stored of each."""
    return root_of([leaf_hash(leaf_of(each)) for each in rows])


def require_vouched(ledger: Events, manifest: pb.FleetManifest, root: bytes) -> None:
    """Raises NotVouched."""
    stream = snapshot_stream(manifest.position)
    found = ledger.stream_rows(stream, 2)
    if not found:
        raise NotVouched("no event of the ledger has its hash", altered=False)
    row = found[0]
    try:
        taken = ev.Event.FromString(row.state).snapshot_taken
    except DecodeError:
        raise NotVouched(f"the event at position {row.id} that has its hash is none", altered=True) from None
    expected = (manifest.position, manifest.batch, manifest.seal_hash, root)
    if (
        len(found) > 1
        or row.topic != TOPIC
        or (taken.position, taken.batch, taken.seal_hash, taken.rows_root) != expected
    ):
        raise NotVouched(f"it is not what the event at position {row.id} says that was written", altered=True)
    if not _is_sealed(ledger, row):
        raise NotVouched(f"the event at position {row.id} that has its hash is under no seal", altered=True)


def _is_sealed(ledger: Events, row: Notification) -> bool:
    """Whether the next seal covers the row, and all rows of its batch are what it covers."""
    seals = ledger.rows_after(row.id, 1, [TOPICS["batch_sealed"]])
    if not seals or seals[0].originator_id != STREAM:
        return False
    seal = seals[0]
    sealed = ev.Event.FromString(seal.state).batch_sealed
    if not 0 < sealed.events <= seal.id:
        return False
    # The rows of one append lie together.
    batch = [each for each in ledger.rows_after(seal.id - sealed.events - 1, sealed.events) if each.id < seal.id]
    covered = any(each.id == row.id and each.state == row.state for each in batch)
    return covered and len(batch) == sealed.events and root_of_rows(batch) == sealed.merkle_root
