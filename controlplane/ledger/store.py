"""The event store: the `eventsourcing` application over our mapper and recorders. Blocks: use a thread."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2 as pb
from eventsourcing.application import Application
from eventsourcing.persistence import (
    ApplicationRecorder,
    InfrastructureFactory,
    Mapper,
    Notification,
    PersistenceError,
    StoredEvent,
)
from eventsourcing.popo import POPOFactory
from eventsourcing.utils import Environment

from controlplane.domain.errors import LedgerUntrusted
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.history import STREAM as HISTORY
from controlplane.domain.history import Lineage, lineage_of
from controlplane.domain.resource_kinds import CREATION, IN_PROJECTS
from controlplane.domain.time import NO_TICKS, Micros, Ticks
from controlplane.ledger.alterations import StoreAltered
from controlplane.ledger.mapper import TOPICS, ProtobufMapper
from controlplane.ledger.seals import GENESIS, STREAM, ChainHead, SealSigner, link_of, origin_of, seal
from controlplane.ledger.snapshots import codec
from controlplane.ledger.snapshots.codec import Snapshot
from controlplane.ledger.snapshots.rows import snapshot_rows
from controlplane.ledger.snapshots.vouching import NotVouched, require_vouched
from controlplane.ledger.sqlite.journal import with_log
from controlplane.ledger.sqlite.recorder import LedgerRecorder, MemoryLedgerRecorder
from controlplane.ledger.store_url import environment_of, shown
from controlplane.ledger.tree.event_tree import EventTree, Reached, TreeMismatch, hashes_of
from controlplane.ledger.tree.nodes import MemoryNodes, node_store

PAGE = 5_000
_FIELDS = {topic: field for field, topic in TOPICS.items()}
# First events of what is in a project.
_FIRST_IN_PROJECTS = frozenset(CREATION[collection] for collection in IN_PROJECTS)
# How the bytes of a traced event have its trace's id: the field's number, and 32 digits. Some others have it, too.
_TRACED = bytes((ev.Event.TRACE_ID_FIELD_NUMBER << 3 | 2, 32))
# No position is as high.
HIGHEST = (1 << 63) - 1


class ReadSome(Protocol):
    """Up to `limit` events after a position and not after another, of some topics."""

    def __call__(self, position: int, limit: int, stop: int, topics: Sequence[str], /) -> list[RecordedEvent]: ...


class Outline(NamedTuple):
    """An event's place, payload's field, and trace. The first of what is in a project has its project."""

    position: int
    stream: str
    field: str
    project_uid: str
    trace_id: str = ""


class ReadOutlines(Protocol):
    """Up to `limit` events after a position and not after another."""

    def __call__(self, position: int, limit: int, stop: int, /) -> list[Outline]: ...


class _MemoryFactory(POPOFactory):
    """The library's in-memory factory takes no recorder topic; this one does."""

    def application_recorder(self) -> ApplicationRecorder:
        return MemoryLedgerRecorder()


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append made: the positions of its events, the seal's last; the seal; the chain's end after it."""

    positions: Sequence[int]
    sealed: RecordedEvent
    link: ChainHead


def _no_ticks(_at: Micros) -> Ticks:
    return NO_TICKS


class Ledger(Application[str]):
    """All events, in one order. `url` is `sqlite:///PATH`, `postgresql://...` or `memory:`.

    Without `snapshots`, none is read, written or made room for, nor what is stored of the tree. `ticks` measures what
    elapsed, for the seals, which `signer` signs.
    """

    name = "chronovisor"

    def __init__(
        self,
        url: str,
        *,
        snapshots: bool = True,
        ticks: Callable[[Micros], Ticks] = _no_ticks,
        signer: SealSigner | None = None,
    ) -> None:
        """Raises ValueError for a url of no store, OSError when the store cannot be opened."""
        self.url = url
        environment = environment_of(url)
        if url.startswith("sqlite:///"):
            with_log(Path(environment["SQLITE_DBNAME"]))
        try:
            super().__init__(environment)
        except (PersistenceError, sqlite3.Error) as error:
            raise OSError(f"cannot open the ledger {shown(url)}: {error}") from error
        # The chain's end as the last append would have it, whether or not it was stored; and as the last append that
        # was answered left it, with its last position.
        self.attempted = GENESIS
        self._ticks = ticks
        self._signer = signer
        self.tree = EventTree(self, partial(node_store, url, self.factory) if snapshots else MemoryNodes)
        self._appended: tuple[ChainHead, int] | None = None
        # Snapshots that were not used since they are not what was written: the position of each, and why.
        self.altered_snapshots: list[tuple[int, str]] = []
        self._snapshot_rows = snapshot_rows(url, self.factory) if snapshots else None

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        if self.url.startswith("memory:"):
            return _MemoryFactory(env)
        return super().construct_factory(env)

    def construct_mapper(self) -> Mapper[str]:
        return ProtobufMapper()

    def append(self, recorded: Sequence[RecordedEvent], last: ChainHead, leader: str, now: Micros) -> Appended:
        """Stores all of them and the seal over them in one transaction, or nothing.

        Raises the library's IntegrityError when a stream has gone on since, the chain of seals among them, and its
        other PersistenceErrors: then it is not known whether they were stored, and `link` shows it. Raises StoreAltered
        when the store would keep something else, or has not what was sealed: then nothing was stored.
        """
        known = self._appended
        return self._append(recorded, last, leader, now, known[1] if known and known[0] == last else None)

    def _append(
        self,
        recorded: Sequence[RecordedEvent],
        last: ChainHead,
        leader: str,
        now: Micros,
        after: int | None,
        jump: bool = False,
    ) -> Appended:
        """With `jump`, right after a position that the ledger is not at yet."""
        stored = [self._stored(each) for each in recorded]
        hashes = hashes_of(stored)
        self._reach(last)
        growth = self.tree.grow(hashes)
        event = seal(last, hashes, leader, now, self._ticks(now), growth.head, self._signer)
        sealed = RecordedEvent(STREAM, last.batch + 1, event)
        stored.append(self._stored(sealed))
        self.attempted = link_of(stored[-1])
        positions = self.recorder.insert_events(stored, after=after, jump=jump)
        assert positions is not None
        self.tree.commit(growth, self.attempted, positions)
        self._appended = self.attempted, positions[-1]
        return Appended(positions, sealed, self.attempted)

    def _reach(self, last: ChainHead) -> None:
        try:
            self.tree.reach(last)
        except TreeMismatch as error:
            raise StoreAltered(f"at position {error.position}: {error}") from error

    def tree_head(self) -> Reached:
        """The tree over all that is stored now. Raises PersistenceErrors, LedgerUntrusted."""
        try:
            self.tree.reach(self.link())
        except TreeMismatch as error:
            raise LedgerUntrusted(error.position, str(error)) from error
        return self.tree.reached

    @property
    def public_key(self) -> bytes:
        """Of who signs its seals; empty where nobody does."""
        return self._signer.public_key if self._signer else b""

    def lineage(self) -> Lineage:
        """The history of this ledger. Its origin is the first seal's hash, so that ledgers of before have one, too."""
        first = self.recorder.select_events(STREAM, lte=1, limit=1)
        origin = origin_of(link_of(first[0])) if first else ""
        return lineage_of(origin, (each.event for each in self.whole_stream(HISTORY)))

    def append_above(
        self, recorded: Sequence[RecordedEvent], last: ChainHead, leader: str, now: Micros, floor: int
    ) -> Appended:
        """As `append`, with positions that begin above `floor`, which must be ahead of the ledger's last."""
        return self._append(recorded, last, leader, now, floor, jump=True)

    def _stored(self, recorded: RecordedEvent) -> StoredEvent:
        return self.mapper.to_stored_event(recorded)  # pyright: ignore[reportArgumentType] our mapper takes ours

    def link(self, batch: int | None = None) -> ChainHead:
        """The end of the chain of seals, or as it was after `batch`; GENESIS when there is none."""
        found = self.recorder.select_events(STREAM, lte=batch, desc=True, limit=1)
        return link_of(found[0]) if found else GENESIS

    @property
    def keeps_snapshots(self) -> bool:
        """Whether there is a place for them."""
        return self._snapshot_rows is not None

    def snapshot(self) -> Snapshot | None:
        """The newest snapshot that is whole and of this ledger, and that a sealed event of it vouches for."""
        return codec.load(self._snapshot_rows, self._require_vouched) if self._snapshot_rows else None

    def _require_vouched(self, manifest: pb.FleetManifest, root: bytes) -> None:
        try:
            if self.link(manifest.batch).hash != manifest.seal_hash:
                raise NotVouched("it is of another ledger", altered=True)
            require_vouched(self, manifest, root)
        except NotVouched as error:
            if error.altered:
                self.altered_snapshots.append((manifest.position, str(error)))
            raise

    def save_snapshot(self, state: FleetState, link: ChainHead, keep: int = 0) -> ev.SnapshotTaken | None:
        """Writes a snapshot beside the one of position `keep`. Raises PersistenceError.

        Returns the event that is to vouch for it; None where no snapshots are kept.
        """
        if self._snapshot_rows is None:
            return None
        root = codec.save(self._snapshot_rows, state, link, keep)
        return ev.SnapshotTaken(position=state.position, batch=link.batch, seal_hash=link.hash, rows_root=root)

    @property
    def gapless(self) -> bool:
        """Whether positions count rows. PostgreSQL's do not: an append that failed leaves a gap."""
        return not self.url.startswith("postgresql:")

    @property
    def is_shared(self) -> bool:
        """Whether another process can write to it, too."""
        return not self.url.startswith("memory:")

    def head(self) -> int:
        """The last position; 0 when there is none."""
        return self.recorder.max_notification_id() or 0

    def after(
        self, position: int, limit: int, stop: int | None = None, topics: Sequence[str] = ()
    ) -> list[RecordedEvent]:
        """Up to `limit` events after `position`, and not after `stop`, in order; only those of `topics`, if any."""
        found = self.recorder.select_notifications(position, limit, stop, topics, inclusive_of_start=False)
        return self._decoded(found)

    def outlines(self, position: int, limit: int, stop: int) -> list[Outline]:
        """Events as `after` has them, decoded only where they are traced, or the first of what is in a project."""
        found = self.recorder.select_notifications(position, limit, stop, inclusive_of_start=False)
        return [self._outline(each) for each in found]

    def outlines_of(self, stream: str, after: int, limit: int, before: int = 0) -> list[Outline]:
        """As `outlines`, of one stream; the newest before a position first, where one is given."""
        recorder = cast("LedgerRecorder", self.recorder)
        return [self._outline(each) for each in recorder.select_stream(stream, after, limit, (), before)]

    def counts_of(self, stream: str, bounds: Sequence[int]) -> list[tuple[int, str, int]]:
        """How many events of one stream, by the field of their payload, come between each two neighbours of positions.

        Each with the place of the position that it comes after. What has no field is of an unknown type.
        """
        found = cast("LedgerRecorder", self.recorder).count_stream(stream, bounds)
        return [(place, _FIELDS.get(topic, ""), events) for place, topic, events in found]

    def _outline(self, found: Notification) -> Outline:
        field, project, trace_id = _FIELDS.get(found.topic, ""), "", ""
        if field in _FIRST_IN_PROJECTS or _TRACED in found.state:
            (recorded,) = self._decoded([found])
            trace_id = recorded.event.trace_id
            if field in _FIRST_IN_PROJECTS:
                project = getattr(recorded.event, field).project_uid
        return Outline(found.id, str(found.originator_id), field, project, trace_id)

    def rows_after(self, position: int, limit: int, topics: Sequence[str] = ()) -> Sequence[Notification]:
        """Rows as they are stored, for whoever must see the bytes."""
        return self.recorder.select_notifications(position + 1, limit, None, topics)

    def stream_rows(self, stream: str, limit: int) -> Sequence[Notification]:
        """The first rows of one stream as they are stored."""
        return cast("LedgerRecorder", self.recorder).select_stream(stream, 0, limit)

    def stream_end(self, stream: str) -> Notification | None:
        """The newest row of one stream as it is stored."""
        found = cast("LedgerRecorder", self.recorder).select_stream(stream, 0, 1, (), HIGHEST)
        return found[0] if found else None

    def all_after(self, position: int) -> Iterator[RecordedEvent]:
        """Every event after `position`, read page by page."""
        while page := self.after(position, PAGE):
            yield from page
            position = page[-1].position

    def of_stream(
        self, stream: str, after: int = 0, limit: int = PAGE, topics: Sequence[str] = ()
    ) -> list[RecordedEvent]:
        """Up to `limit` events of one stream after a position, in order; only those of `topics`, if any."""
        recorder = cast("LedgerRecorder", self.recorder)
        return self._decoded(recorder.select_stream(stream, after, limit, topics))

    def of_streams(
        self, streams: Sequence[tuple[str, int]], limit: int, topics: Sequence[str] = ()
    ) -> dict[str, list[RecordedEvent]]:
        """`of_stream` of many, each after a position of its own, read together: up to `limit` events of each."""
        found: dict[str, list[RecordedEvent]] = {stream: [] for stream, _ in streams}
        recorder = cast("LedgerRecorder", self.recorder)
        for each in self._decoded(recorder.select_streams(streams, limit, topics) if streams else ()):
            found[each.stream].append(each)
        return found

    def last_of_stream(self, stream: str, topics: Sequence[str] = ()) -> RecordedEvent | None:
        """The newest event of one stream, or of those of some topics."""
        found = self.newest_of_stream(stream, 0, 1, HIGHEST, topics)
        return found[0] if found else None

    def newest_of_stream(
        self, stream: str, after: int, limit: int, before: int, topics: Sequence[str] = ()
    ) -> list[RecordedEvent]:
        """Up to `limit` events of one stream between two positions, the newest first."""
        recorder = cast("LedgerRecorder", self.recorder)
        return self._decoded(recorder.select_stream(stream, after, limit, topics, before))

    def whole_stream(self, stream: str, topics: Sequence[str] = ()) -> list[RecordedEvent]:
        """Every event of one stream, or of those of some topics, read page by page: where there are few."""
        found: list[RecordedEvent] = []
        while page := self.of_stream(stream, found[-1].position if found else 0, PAGE, topics):
            found += page
            if len(page) < PAGE:
                break
        return found

    def at_addresses(self, addresses: Sequence[tuple[str, int]]) -> list[RecordedEvent]:
        """The events at these streams and versions, those that there are, in order."""
        if not addresses:
            return []
        recorder = cast("LedgerRecorder", self.recorder)
        return self._in_order(recorder.select_addresses(addresses))

    def at_positions(self, positions: Sequence[int]) -> list[RecordedEvent]:
        """The events at these positions, those that there are, in order."""
        if not positions:
            return []
        recorder = cast("LedgerRecorder", self.recorder)
        return self._in_order(recorder.select_positions(positions))

    def _in_order(self, found: Sequence[Notification]) -> list[RecordedEvent]:
        return self._decoded(sorted(found, key=lambda each: each.id))

    def _decoded(self, found: Sequence[Notification]) -> list[RecordedEvent]:
        return [cast("RecordedEvent", self.mapper.to_domain_event(each)) for each in found]

    def close(self) -> None:
        if self._snapshot_rows:
            self._snapshot_rows.close()
        self.tree.close()
        super().close()
