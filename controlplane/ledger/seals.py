"""The seal: what ends each batch, and the chain that seals make. Pure."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.tree import Head
from eventsourcing.persistence import StoredEvent

from controlplane.domain.history import ID_DIGITS
from controlplane.domain.time import NO_TICKS, Micros, Ticks, micros_of, timestamp_of
from controlplane.ledger.merkle import leaf_hash, leaf_of, root_of

STREAM = "ledger"
ACTOR = "system:ledger"
# No signed note begins so: the same key signs both.
SIGNED_LABEL = b"chronovisor/seal/v1\0"


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of the chain: the last seal's batch, epoch, leader, hash, and when after which boot it was made."""

    batch: int = 0
    epoch: int = 0
    leader: str = ""
    hash: bytes = b""
    ticks: Ticks = NO_TICKS


GENESIS = ChainHead()
NO_TREE = Head(0, b"")


class SealSigner(Protocol):
    """The control plane's key: Ed25519, 32 bytes, 64 a signature."""

    @property
    def public_key(self) -> bytes: ...

    def sign(self, text: bytes) -> bytes: ...


def link_of(stored: StoredEvent) -> ChainHead:
    """The chain's end after this seal."""
    sealed = ev.Event.FromString(stored.state).batch_sealed
    ticks = Ticks(sealed.boot_id, sealed.boot_time_us)
    return ChainHead(stored.originator_version, sealed.epoch, sealed.leader, leaf_hash(leaf_of(stored)), ticks)


def origin_of(first: ChainHead) -> str:
    """The id of a ledger's first history, by its first seal: so ledgers of before have one, too."""
    return first.hash.hex()[:ID_DIGITS]


def signed_of(event: ev.Event) -> bytes:
    """What the signature in a seal is over: all that it says. The schema of BatchSealed describes it."""
    sealed = event.batch_sealed
    parts = (
        sealed.merkle_root,
        sealed.previous_hash,
        sealed.leader.encode(),
        sealed.boot_id,
        sealed.tree_root,
        sealed.public_key,
    )
    numbers = (
        sealed.batch,
        sealed.events,
        sealed.epoch,
        sealed.boot_time_us,
        sealed.tree_size,
        micros_of(event.commit_time),
    )
    lengths = b"".join(struct.pack(">I", len(each)) + each for each in parts)
    return SIGNED_LABEL + struct.pack(">6q", *numbers) + lengths


def seal(
    last: ChainHead,
    hashes: Sequence[bytes],
    leader: str,
    now: Micros,
    ticks: Ticks = NO_TICKS,
    tree: Head = NO_TREE,
    signer: SealSigner | None = None,
) -> ev.Event:
    """The seal over events with these leaf hashes, after `last`. Who takes the chain over from another begins an epoch.

    `tree` is over all events before the seal. Without a `signer`, it is not signed.
    """
    event = ev.Event(
        commit_time=timestamp_of(now),
        actor=ACTOR,
        batch_sealed=ev.BatchSealed(
            batch=last.batch + 1,
            events=len(hashes),
            merkle_root=root_of(hashes),
            previous_hash=last.hash,
            epoch=last.epoch if last.leader == leader else last.epoch + 1,
            leader=leader,
            boot_id=ticks.boot,
            boot_time_us=ticks.micros,
            tree_size=tree.size,
            tree_root=tree.root,
        ),
    )
    if signer:
        event.batch_sealed.public_key = signer.public_key
        event.batch_sealed.signature = signer.sign(signed_of(event))
    return event
