"""What a walk over the ledger checks of the tree over all events, of signatures, and of a head that somebody kept."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.notes import signature_holds
from chronovisor.tree import Head
from eventsourcing.persistence import Notification

from controlplane.ledger.raw_reader import RawRows
from controlplane.ledger.seals import signed_of
from controlplane.ledger.tree.compact_range import CompactRange
from controlplane.ledger.tree.event_tree import hashes_of

PAGE = 5_000
# What is in a batch with which another key may take over.
TAKES_OVER = ("history", "acceptances")


class Known(NamedTuple):
    """What is known from elsewhere: a signed head, and the keys that may have sealed, where any are."""

    head: Head | None = None
    keys: tuple[bytes, ...] = ()


NOTHING_KNOWN = Known()


class TreeFound(NamedTuple):
    """What was covered. `size`: of the tree in the last seal that held; 0 where no tree was compared.

    `signed`: how many of the seals are signed; `keys`: by which, in their order.
    """

    size: int = 0
    signed: int = 0
    keys: tuple[bytes, ...] = ()


class TreeWalk:
    """The tree so far, of a walk that began with the first row."""

    def __init__(self, kept: Head | None) -> None:
        self._range = CompactRange()
        self._kept = kept
        self._is_sealed = False
        self._fault = ""
        self.size = 0

    def take(self, row: Notification) -> str:
        """What is wrong, if the kept head is not of the rows so far."""
        self._range.extend(hashes_of([row]))
        if self._kept and self._kept.size == self._range.size and self._kept.root != self._range.root:
            self._fault = (
                f"the first {self._kept.size} rows of the ledger are not those that the kept head was signed over: "
                "the ledger was forked or rewritten"
            )
        return self._fault

    def prepare(self, rows: RawRows, end: int, given_up: Callable[[], bool]) -> None:
        """Takes the rows up to a position that a walk begins after. What is wrong with them, the next row shows."""
        position = 0
        while position < end and not given_up():
            page = [row for row in rows.rows_after(position, PAGE) if row.id <= end]
            if not page:
                return
            for row in page:
                self.take(row)
            position = page[-1].id

    def check(self, sealed: ev.BatchSealed) -> str:
        """What is wrong with a seal, before it is taken itself."""
        if not sealed.tree_size:
            return "has no tree over all events, where an earlier seal has one" if self._is_sealed else ""
        self._is_sealed = True
        if (sealed.tree_size, sealed.tree_root) != (self._range.size, self._range.root):
            return "is not over the events before it: the tree over all of them is another one"
        self.size = sealed.tree_size
        return ""

    def end(self) -> str:
        """What is wrong, if the ledger ends before the kept head."""
        if self._kept and self._range.size < self._kept.size:
            return (
                f"the ledger has {self._range.size} rows where the kept head was signed over {self._kept.size}: "
                "it was rolled back"
            )
        return ""


@dataclass(slots=True)
class SignatureWalk:
    """The signatures of seals. One vouches for all before it: each key's last is verified; all where keys are given."""

    trusted: Collection[bytes] = ()
    signed: int = 0
    keys: list[bytes] = field(default_factory=list[bytes])
    _last: ev.Event | None = None

    def take(self, event: ev.Event, batch: list[Notification]) -> str:
        """What is wrong with a seal, or the last before it by another key."""
        key = event.batch_sealed.public_key
        if not key and not self.keys:
            return ""
        if not key:
            return "is not signed, where an earlier seal is"
        fault = ""
        if self.trusted and key not in self.trusted:
            fault = f"is signed by {key.hex()}, which is not the expected key"
        elif self.keys and key != self.keys[-1]:
            fault = self._changed(key, batch)
        elif self.trusted and not is_signed(event):
            fault = "has a signature that does not hold"
        self._last = event
        self.signed += 1
        if not self.keys or key != self.keys[-1]:
            self.keys.append(key)
        return fault

    def _changed(self, key: bytes, batch: list[Notification]) -> str:
        """Another key takes over where an operator decided it: with another history, or an acceptance."""
        if fault := self.end():
            return fault
        if not self.trusted and not any(row.originator_id in TAKES_OVER for row in batch):
            return f"is signed by another key than those before it: {key.hex()}"
        return ""

    def end(self) -> str:
        """What is wrong with the last signed seal."""
        if self.trusted and not self.keys:
            return "no seal is signed, and a key is expected"
        if self._last and not is_signed(self._last):
            return f"a signature does not hold: that of batch {self._last.batch_sealed.batch}"
        return ""


def is_signed(event: ev.Event) -> bool:
    """Whether a seal is signed by the key that it names."""
    sealed = event.batch_sealed
    return signature_holds(sealed.public_key, sealed.signature, signed_of(event))
