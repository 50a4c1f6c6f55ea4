"""The audit: walks the chain of seals over the stored bytes, and proves single events. Blocks: use a thread."""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import DatabaseError, Notification, OperationalError
from google.protobuf.message import DecodeError

from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.history import STREAM as HISTORY
from controlplane.domain.history import Fork, fork_of
from controlplane.domain.resource_kinds import CREATION
from controlplane.domain.time import micros_of
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.merkle import audit_path, leaf_hash, leaf_of, root_of
from controlplane.ledger.raw_reader import RawRows
from controlplane.ledger.seals import ACTOR, GENESIS, STREAM, ChainHead, link_of
from controlplane.ledger.store import Ledger
from controlplane.ledger.upcasts import UPCASTS
from controlplane.queries.tree_walk import NOTHING_KNOWN, Known, SignatureWalk, TreeFound, TreeWalk

PAGE = 5_000
# Positions begin at 1. Rows that were put before them are looked for: LOWEST is below the least rowid there can be.
LOWEST, HIGHEST = -(1 << 63) - 1, (1 << 63) - 1
# Streams whose versions go on above the floor of a fork.
AGGREGATES = tuple(f"{kind}/" for kind in CREATION)
SEAL_TOPIC = TOPICS["batch_sealed"]


class Expected(NamedTuple):
    """A seal that is known from elsewhere: the ledger must have it."""

    batch: int
    hash: bytes


class Problem(NamedTuple):
    """The first position that does not hold, and what is wrong there, in words."""

    position: int
    text: str


class Start(NamedTuple):
    """Where a walk begins whatever is before it: after a position, with the chain as it is there."""

    position: int
    link: ChainHead


class Follower(Protocol):
    """Who is given each event that holds, in order."""

    def take(self, recorded: RecordedEvent) -> None: ...


class Checked(NamedTuple):
    """What a walk found. `head` is the last seal that held."""

    batches: int
    events: int
    head: Notification | None
    problem: Problem | None
    tree: TreeFound = TreeFound()


class SealedBatch(NamedTuple):
    """One batch as it is stored: the events, and the seal over them."""

    rows: Sequence[Notification]
    seal: Notification

    @property
    def leaf(self) -> bytes:
        """The seal as it is covered by the next one."""
        return leaf_of(self.seal)

    @property
    def hash(self) -> bytes:
        """What the next seal names this one by."""
        return leaf_hash(self.leaf)


class GivenUp(Exception):
    """Nobody waits for the walk any more."""


class _Broken(Exception):
    def __init__(self, position: int, text: str) -> None:
        super().__init__(text)
        self.problem = Problem(position, text)


@dataclass(slots=True)
class _Walk:
    """Where the walk is: the chain so far, and the rows since the last seal."""

    link: ChainHead
    expected: Expected | None
    # False where the walk began in the middle: then a stream's first version is taken as it comes.
    from_start: bool
    time: int = 0
    open: list[Notification] = field(default_factory=list[Notification])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    # Whether the store gives each row the position after the last one's.
    gapless: bool = False
    position: int | None = None
    gap: int = 0
    forks: list[Fork] = field(default_factory=list[Fork])
    # What the last fork means for a seal that was noted before it.
    restored: str = ""
    batches: int = 0
    events: int = 0
    head: Notification | None = None
    signatures: SignatureWalk = field(default_factory=SignatureWalk)
    # None where the walk began in the middle.
    tree: TreeWalk | None = None

    def take(self, row: Notification) -> ev.Event:
        stream = str(row.originator_id)
        if row.id < 1:
            raise _Broken(row.id, "positions begin at 1: this row was put before them")
        event = _decoded(row)
        if event.HasField("history_forked"):
            self._fork(row, event)
        elif self.gapless and self.position is not None and row.id != self.position + 1:
            self.gap = self.gap or self.position + 1
        self.position = row.id
        if not _is_version(row.originator_version):
            raise _Broken(row.id, f"{stream[:80]} has a version that is none: {str(row.originator_version)[:80]!r}")
        commit_time = micros_of(event.commit_time)
        if stream == STREAM and (event.actor != ACTOR or (self.open and commit_time != self.time)):
            # No later seal may cover these two.
            raise _Broken(row.id, "the seal's actor or time is not that of the batch")
        if commit_time < self.time:
            raise _Broken(row.id, "its commit time is before that of the event before it")
        self.time = commit_time
        if (stream == STREAM) != event.HasField("batch_sealed"):
            raise _Broken(row.id, f"a seal is on the stream {STREAM}, and nothing else is; this is on {stream[:80]}")
        if stream == STREAM:
            self._seal(row, event)
            self._grow(row)
            return event
        last = self.versions.get(stream, 0 if self.from_start else None)
        if last is not None and not self._is_next(stream, last, row.originator_version):
            raise _Broken(row.id, f"{stream} has version {row.originator_version} where {last + 1} is next")
        self.versions[stream] = row.originator_version
        self.open.append(row)
        self._grow(row)
        return event

    def _grow(self, row: Notification) -> None:
        if self.tree and (fault := self.tree.take(row)):
            raise _Broken(row.id, fault)

    def _fork(self, row: Notification, event: ev.Event) -> None:
        """Another history begins: positions and versions go on above its floor."""
        fork = fork_of(event)
        if row.originator_id != HISTORY or row.id <= fork.floor or (self.gapless and row.id != fork.floor + 1):
            raise _Broken(row.id, "a history begins here that is recorded to begin elsewhere")
        if self.gapless and self.position is not None and self.position != fork.last:
            self.gap = self.gap or self.position + 1
        self.forks.append(fork)
        forked = event.history_forked
        self.restored = (
            f"; since the restore after position {fork.position} it is another history: "
            f"expect batch {forked.seal_batch}:{forked.seal_hash.hex()} or a later one of its own"
        )

    def _is_next(self, stream: str, last: int, version: int) -> bool:
        """Streams of resources that were there go on above the floor of the last fork; all others count on."""
        if version == last + 1:
            return True
        return bool(self.forks) and 0 < last < version == self.forks[-1].floor + 1 and stream.startswith(AGGREGATES)

    def _seal(self, row: Notification, event: ev.Event) -> None:
        sealed = event.batch_sealed
        first = self.open[0].id if self.open else row.id
        where = f"batch {sealed.batch} (positions {first} to {row.id})"
        if sealed.batch != self.link.batch + 1 or sealed.batch != row.originator_version:
            raise _Broken(row.id, f"batch {sealed.batch} follows batch {self.link.batch}: what lies between is missing")
        if sealed.previous_hash != self.link.hash:
            raise _Broken(row.id, f"{where} does not continue the seal before it")
        if sealed.events != len(self.open):
            raise _Broken(first, f"{where} has {len(self.open)} events where its seal covers {sealed.events}")
        if sealed.merkle_root != root_of([leaf_hash(leaf_of(each)) for each in self.open]):
            raise _Broken(first, f"{where} is not what was sealed: an event in it was altered, swapped or replaced")
        if sealed.epoch != self.link.epoch + (sealed.leader != self.link.leader):
            raise _Broken(row.id, f"{where} has epoch {sealed.epoch} after epoch {self.link.epoch}")
        self.link = link_of(row)
        if self.expected and sealed.batch == self.expected.batch and self.link.hash != self.expected.hash:
            raise _Broken(
                row.id,
                f"the seal of batch {sealed.batch} is not the expected one: history was rewritten{self.restored}",
            )
        fault = (self.tree and self.tree.check(sealed)) or self.signatures.take(event, self.open)
        if fault:
            raise _Broken(row.id, f"the seal of batch {sealed.batch} {fault}")
        if self.gap:
            raise _Broken(self.gap, f"nothing is here, and {where} holds: its rows were given other positions")
        self.batches += 1
        self.events += len(self.open)
        self.head = row
        self.open.clear()

    def end(self) -> None:
        if self.open:
            raise _Broken(self.open[0].id, "this event and what follows it are under no seal")
        self.require_signed()
        if self.tree and (fault := self.tree.end()):
            raise _Broken(self.position + 1 if self.position else 1, fault)
        if self.expected and self.link.batch < self.expected.batch:
            position = self.head.id + 1 if self.head else 1
            raise _Broken(
                position,
                f"the ledger ends with batch {self.link.batch}, "
                f"before the expected {self.expected.batch}{self.restored}",
            )

    def require_signed(self) -> None:
        """The last signature vouches for all before it."""
        if self.head and (fault := self.signatures.end()):
            raise _Broken(self.head.id, fault)

    @property
    def found(self) -> TreeFound:
        """What was covered of the tree."""
        signatures = self.signatures
        return TreeFound(self.tree.size if self.tree else 0, signatures.signed, tuple(signatures.keys))


def _is_version(stored: object) -> bool:
    """SQLite keeps values of any type in any column."""
    return isinstance(stored, int) and stored >= 1


def _decoded(row: Notification) -> ev.Event:
    try:
        event = ev.Event.FromString(row.state)
    except (DecodeError, TypeError):
        raise _Broken(row.id, "its bytes are not an event") from None
    kind = event.WhichOneof("payload")
    if kind is None or TOPICS[kind] != row.topic:
        raise _Broken(row.id, f"its topic is {row.topic} and its bytes are another event")
    return event


def _recorded(row: Notification, event: ev.Event) -> RecordedEvent:
    if upcast := UPCASTS.get(row.topic):
        event = upcast(event)
    return RecordedEvent(str(row.originator_id), row.originator_version, event, None, None, row.id)


def _never() -> bool:
    return False


def verify(
    ledger: RawRows,
    after: int = 0,
    to: int = 0,
    expected: Expected | None = None,
    given_up: Callable[[], bool] = _never,
    *,
    rules: Follower | None = None,
    start: Start | None = None,
    known: Known = NOTHING_KNOWN,
    tree: TreeWalk | None = None,
) -> Checked:
    """Checks every event and seal from the batch after position `after` to the one that covers `to`; 0 is the end.

    Or from `start` on, with the `tree` of what is before it. What holds is given to `rules`.

    The time it takes grows with the events; memory with the streams. Raises InvalidField when the expected seal is not
    among those that were checked, so that nothing is known of it, and GivenUp soon after `given_up` says so.
    """
    try:
        begin, link = start or ((LOWEST, GENESIS) if after <= 0 else _seal_before(ledger, after))
    except _Broken as broken:
        return Checked(0, 0, None, broken.problem)
    walk = _Walk(link, expected, from_start=begin == LOWEST, gapless=ledger.gapless)
    walk.position = 0 if walk.from_start else begin
    walk.signatures.trusted = known.keys
    walk.tree = TreeWalk(known.head) if walk.from_start else tree
    problem: Problem | None = None
    try:
        for row in _rows(ledger, begin, given_up):
            event = walk.take(row)
            if rules:
                rules.take(_recorded(row, event))
            if to and walk.head and walk.head.id >= to:
                walk.require_signed()
                break
        else:
            walk.end()
    except _Broken as broken:
        problem = broken.problem
    if expected and problem is None and not link.batch < expected.batch <= walk.link.batch:
        rule = f"is outside of what was checked: batches {link.batch + 1} to {walk.link.batch}"
        raise invalid("expected_batch", rule)
    return Checked(walk.batches, walk.events, walk.head, problem, walk.found)


def _rows(ledger: RawRows, position: int, given_up: Callable[[], bool]) -> Iterator[Notification]:
    size = PAGE
    while True:
        if given_up():
            raise GivenUp
        try:
            page = ledger.rows_after(position, size)
        except DatabaseError as error:
            if _is_outage(error):
                raise
            if size == 1:
                raise _Broken(max(position, 0) + 1, f"it cannot be read: {str(error)[:80]!r}") from None
            # One row of the page is at fault: find which.
            size = 1
            continue
        yield from page
        if len(page) < size or page[-1].id == HIGHEST:
            return
        position = page[-1].id


def _is_outage(error: DatabaseError) -> bool:
    """Whether reading failed, and not what was read: the driver reports text that is no UTF-8 as a failure to read."""
    return isinstance(error, OperationalError) and "decode" not in str(error)


def _seal_before(ledger: RawRows, position: int) -> tuple[int, ChainHead]:
    """The position and link of the last seal before the batch that has `position`."""
    batch = _batch_of(ledger, position)
    first = batch.rows[0].id if batch.rows else batch.seal.id
    before = _ending_at(ledger, first - 1, 1)
    if not before:
        return LOWEST, GENESIS
    if not _decoded(before[-1]).HasField("batch_sealed") or not _is_version(before[-1].originator_version):
        raise _Broken(before[-1].id, "a seal should be here, before the batch that was requested")
    return before[-1].id, link_of(before[-1])


def batch_of(ledger: RawRows, position: int) -> SealedBatch:
    """The batch that has `position`, its seal's own included. Raises NotFound when no seal that is one covers it."""
    try:
        return _batch_of(ledger, position)
    except _Broken as broken:
        raise NotFound("seal", f"a seal over position {position}: at {broken.problem.position}, {broken}") from None


def _batch_of(ledger: RawRows, position: int) -> SealedBatch:
    found = ledger.rows_after(position - 1, 1, [SEAL_TOPIC])
    if not found:
        raise NotFound("seal", f"a seal over position {position}")
    seal = found[0]
    sealed = _decoded(seal).batch_sealed
    if not _is_version(seal.originator_version) or not 0 <= sealed.events < seal.id:
        raise _Broken(seal.id, "this seal is not one")
    return SealedBatch(_ending_at(ledger, seal.id - 1, sealed.events), seal)


def _ending_at(ledger: RawRows, position: int, count: int) -> Sequence[Notification]:
    """The last `count` rows up to `position`. Positions may have gaps, so look back until there are enough."""
    back = count
    while count:
        start = max(position - back, 0)
        rows = [each for each in ledger.rows_after(start, position - start) if each.id <= position]
        if len(rows) >= count or start == 0:
            return rows[-count:]
        back *= 2
    return ()


class Proof(NamedTuple):
    """That the event at one position is under its seal."""

    leaf: bytes
    leaf_index: int
    size: int
    path: list[bytes]
    batch: SealedBatch


def prove(ledger: Ledger, position: int) -> Proof:
    """Raises NotFound when there is no event at `position`, or it is a seal, which proves itself."""
    batch = batch_of(ledger, position)
    index = next((index for index, row in enumerate(batch.rows) if row.id == position), None)
    if index is None:
        raise NotFound("event", f"an event at position {position}")
    try:
        leaves = [leaf_of(row) for row in batch.rows]
    except (AttributeError, TypeError, struct.error):
        raise NotFound("event", f"a batch over position {position} whose rows are all events") from None
    hashes = [leaf_hash(leaf) for leaf in leaves]
    return Proof(leaves[index], index, len(leaves), audit_path(hashes, index), batch)
