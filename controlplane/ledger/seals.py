"""The seal: what ends each batch, and the chain that seals make. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import StoredEvent

from controlplane.domain.history import ID_DIGITS
from controlplane.domain.time import NO_TICKS, Micros, Ticks, timestamp_of
from controlplane.ledger.merkle import leaf_hash, leaf_of, root_of

STREAM = "ledger"
ACTOR = "system:ledger"


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of the chain: the last seal's batch, epoch, leader, hash, and when after which boot it was made."""

    batch: int = 0
    epoch: int = 0
    leader: str = ""
    hash: bytes = b""
    ticks: Ticks = NO_TICKS


GENESIS = ChainHead()


def link_of(stored: StoredEvent) -> ChainHead:
    """The chain's end after this seal."""
    sealed = ev.Event.FromString(stored.state).batch_sealed
    ticks = Ticks(sealed.boot_id, sealed.boot_time_us)
    return ChainHead(stored.originator_version, sealed.epoch, sealed.leader, leaf_hash(leaf_of(stored)), ticks)


def origin_of(first: ChainHead) -> str:
    """The id of a ledger's first history, by its first seal: so ledgers of before have one, too."""
    return first.hash.hex()[:ID_DIGITS]


def seal(
    last: ChainHead, covered: Sequence[StoredEvent], leader: str, now: Micros, ticks: Ticks = NO_TICKS
) -> ev.Event:
    """The seal over `covered`, after `last`. Whoever takes the chain over from another leader begins an epoch."""
    return ev.Event(
        commit_time=timestamp_of(now),
        actor=ACTOR,
        batch_sealed=ev.BatchSealed(
            batch=last.batch + 1,
            events=len(covered),
            merkle_root=root_of([leaf_hash(leaf_of(each)) for each in covered]),
            previous_hash=last.hash,
            epoch=last.epoch if last.leader == leader else last.epoch + 1,
            leader=leader,
            boot_id=ticks.boot,
            boot_time_us=ticks.micros,
        ),
    )
