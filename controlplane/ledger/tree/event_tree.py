"""The tree over all events of one ledger: kept by the writer, a few hashes an event, and read for proofs. Blocks.

A leaf is a stored row, in the order of positions: every event and every seal. A seal's own tree is of all before it.
"""

import logging
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from hashlib import sha256
from typing import NamedTuple, Protocol

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.tree import Head
from eventsourcing.persistence import Notification, OperationalError, PersistenceError, StoredEvent

from controlplane.domain.errors import TreeSizeAhead
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.merkle import leaf_hash, leaf_of
from controlplane.ledger.seals import GENESIS, STREAM, ChainHead
from controlplane.ledger.tree.compact_range import TILE, TILE_LEVEL, Address, CompactRange, peaks_of
from controlplane.ledger.tree.nodes import NodeStore, StoredNode
from controlplane.ledger.tree.proofs import Node, consistency_path, inclusion_path

log = logging.getLogger(__name__)
PAGE = 5_000
# So many nodes are stored together: a crash costs the next start the hashes of some thousand events.
FLUSH = 32
# Of tiles whose leaves were read for proofs.
MOST_TILES = 16
SEAL_TOPIC = TOPICS["batch_sealed"]


class Rows(Protocol):
    """What is read of the ledger: rows as they are stored."""

    def rows_after(self, position: int, limit: int, topics: Sequence[str] = ()) -> Sequence[Notification]: ...


class TreeMismatch(Exception):
    """The events are not those that were sealed; the message says in which batch."""

    def __init__(self, position: int, text: str) -> None:
        super().__init__(text)
        self.position = position


class _State(NamedTuple):
    """The tree up to a seal, which is its last leaf. Its range is never changed."""

    range: CompactRange
    position: int
    link: ChainHead


class Growth(NamedTuple):
    """The tree with a batch's events, before the seal over them."""

    base: _State
    range: CompactRange
    full: list[tuple[Address, bytes]]

    @property
    def head(self) -> Head:
        return Head(self.range.size, self.range.root)

    def with_seal(self, link: ChainHead) -> "Growth":
        """With the seal as the last leaf."""
        grown = self.range.copy()
        return Growth(self.base, grown, [*self.full, *grown.extend([link.hash])])


class Reached(NamedTuple):
    """A tree, and the position of its last leaf."""

    head: Head
    position: int


class LeafPlace(NamedTuple):
    """The row at a position, and its index among all leaves."""

    row: Notification
    leaf_index: int


class EventTree:
    """`reach` before all else. Every call that reads the store raises its PersistenceErrors."""

    def __init__(self, rows: Rows, open_nodes: Callable[[], NodeStore]) -> None:
        self._rows = rows
        self._open_nodes = open_nodes
        self._nodes: NodeStore | None = None
        self._pending: dict[Address, StoredNode] = {}
        self._flush_at = FLUSH
        self._tiles: dict[int, list[bytes]] = {}
        self._state = _State(CompactRange(), 0, GENESIS)
        # The ledger's writer appends while others ask for proofs.
        self._lock = threading.RLock()

    @property
    def nodes(self) -> NodeStore:
        if self._nodes is None:
            self._nodes = self._open_nodes()
        return self._nodes

    @property
    def reached(self) -> "Reached":
        """All up to the last seal that was reached, itself a leaf."""
        state = self._state
        return Reached(Head(state.range.size, state.range.root), state.position)

    @property
    def size(self) -> int:
        """How many leaves there are up to that seal."""
        return self._state.range.size

    def reach(self, last: ChainHead) -> None:
        """Takes all rows up to this seal: what is stored of the tree, then the rest of the ledger.

        Raises TreeMismatch when they are not what that seal was made over.
        """
        with self._lock:
            state = self._state
            if last.batch < state.link.batch or last.hash == state.link.hash:
                return
            is_new = state.range.size == 0
            is_stored = is_new and self._load()
            try:
                self._follow(last, believed=not is_stored)
            except TreeMismatch:
                if is_new and not is_stored:
                    raise
                self._begin_anew()
                self._follow(last, believed=True)

    def take_as_is(self, last: ChainHead) -> None:
        """Takes all rows that there are, whatever seals say of them, as what lies before the seal after `last`."""
        with self._lock:
            self._begin_anew()
            while page := self._rows.rows_after(self._state.position, PAGE):
                self._take(self.grow(hashes_of(page)), last, [row.id for row in page])
                self._flush()

    def _load(self) -> bool:
        """Begins with the tiles that are stored. False when there are none."""
        tiles = self.nodes.tiles()
        peaks = [self.nodes.get(Address(each.level + TILE_LEVEL, each.number)) for each in peaks_of(tiles)]
        last = self.nodes.get(Address(TILE_LEVEL, tiles - 1)) if tiles else None
        found = [each.hash for each in peaks if each]
        if last is None or len(found) < len(peaks):
            return False
        self._state = _State(CompactRange(tiles * TILE, found), last.position, GENESIS)
        return True

    def _begin_anew(self) -> None:
        self.nodes.clear()
        self._pending.clear()
        self._tiles.clear()
        self._state = _State(CompactRange(), 0, GENESIS)

    def _follow(self, last: ChainHead, *, believed: bool) -> None:
        """`believed`: what it begins with is of this ledger, also where no seal says so."""
        while self._state.link.batch != last.batch:
            page = self._rows.rows_after(self._state.position, PAGE)
            rows = list(_up_to(page, last.batch))
            if not rows:
                raise TreeMismatch(self._state.position + 1, f"batch {last.batch} is not in the ledger")
            if len(rows) == PAGE and not self._state.range.size:
                log.info("the tree over all events is made of the ledger: about ten seconds for each million events")
            self._follow_page(rows, last, believed=believed)
            self._flush()

    def _follow_page(self, rows: Sequence[Notification], last: ChainHead, *, believed: bool) -> None:
        hashes, positions = hashes_of(rows), [row.id for row in rows]
        if not _is_seal(rows[-1], last.batch):
            # It ends somewhere: there is no link yet.
            self._take(self.grow(hashes), GENESIS, positions)
            return
        growth = self.grow(hashes[:-1])
        _require_sealed(rows[-1], growth.head, believed=believed)
        if hashes[-1] != last.hash:
            raise TreeMismatch(rows[-1].id, f"the seal of batch {last.batch} is another one")
        self._take(growth.with_seal(last), last, positions)

    def grow(self, hashes: Sequence[bytes]) -> Growth:
        """What it becomes with these leaves."""
        state = self._state
        grown = state.range.copy()
        return Growth(state, grown, grown.extend(hashes))

    def commit(self, growth: Growth, link: ChainHead, positions: Sequence[int]) -> None:
        """The batch is stored, its seal last, at these positions."""
        with self._lock:
            if self._state is not growth.base:
                # Somebody read it from the store meanwhile.
                return
            if not growth.base.range.size:
                # What is stored is of a ledger that was here before.
                self.nodes.clear()
            self._take(growth.with_seal(link), link, positions)
            self._flush()

    def _take(self, growth: Growth, link: ChainHead, positions: Sequence[int]) -> None:
        size = growth.base.range.size
        for address, node in growth.full:
            last_leaf = (address.number + 1 << address.level) - 1
            self._pending[address] = StoredNode(address, node, positions[last_leaf - size])
        self._state = _State(growth.range, positions[-1], link)

    def _flush(self, least: int = 0) -> None:
        """Stores what is full. The tree goes on without: it is made again at the next start."""
        if len(self._pending) < (least or self._flush_at):
            return
        try:
            self.nodes.put(self._pending.values())
            self._pending, self._flush_at = {}, FLUSH
        except PersistenceError as error:
            # Not with each append.
            self._flush_at = 2 * len(self._pending)
            log.warning("the tree over all events could not be stored: %s", error)

    def close(self) -> None:
        with self._lock:
            self._flush(least=1)
            if self._nodes:
                self._nodes.close()

    def consistency(self, before: int, size: int) -> list[bytes]:
        """That the first `before` leaves are the beginning of the first `size`. Raises TreeSizeAhead."""
        if size > self.size:
            raise TreeSizeAhead(size, self.size)
        return consistency_path(self._node_of_one_proof(), before, size)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """That a leaf is among the first `size`. Raises TreeSizeAhead."""
        if size > self.size:
            raise TreeSizeAhead(size, self.size)
        return inclusion_path(self._node_of_one_proof(), index, size)

    def node(self, address: Address) -> bytes:
        """The root of a full subtree."""
        return self._root_of(address, self._leaves)

    def _node_of_one_proof(self) -> Node:
        """`node`, which reads the last tile once, and not for each of its parts: what is not full is not kept."""
        return partial(self._root_of, leaves=cache(self._leaves))

    def _root_of(self, address: Address, leaves: Callable[[int], list[bytes]]) -> bytes:
        if address.level >= TILE_LEVEL:
            return self._stored(address).hash
        tile, shift = address.number >> TILE_LEVEL - address.level, 1 << address.level
        begin = (address.number << address.level) - (tile << TILE_LEVEL)
        return _full_root(leaves(tile)[begin : begin + shift])

    def _stored(self, address: Address) -> StoredNode:
        found = self._pending.get(address) or self.nodes.get(address)
        if found is None:
            raise OperationalError("the tree over all events is not whole: it is made anew at the next start")
        return found

    def _leaves(self, tile: int) -> list[bytes]:
        """The leaf hashes of a tile, those that there are."""
        if found := self._tiles.get(tile):
            return found
        leaves = hashes_of(self._tile_rows(tile))
        if len(leaves) == TILE:
            with self._lock:
                while len(self._tiles) >= MOST_TILES:
                    self._tiles.pop(next(iter(self._tiles)))
                self._tiles[tile] = leaves
        return leaves

    def _tile_rows(self, tile: int) -> Sequence[Notification]:
        return self._rows.rows_after(self._end_of(tile - 1), TILE)

    def _end_of(self, tile: int) -> int:
        return self._stored(Address(TILE_LEVEL, tile)).position if tile >= 0 else 0

    def place_of(self, position: int) -> LeafPlace | None:
        """None when there is no event at this position."""
        low, high = 0, self._state.range.size // TILE
        while low < high:
            middle = (low + high) // 2
            if self._end_of(middle) < position:
                low = middle + 1
            else:
                high = middle
        rows = self._tile_rows(low)
        return next((LeafPlace(row, low * TILE + at) for at, row in enumerate(rows) if row.id == position), None)


def hashes_of(rows: Sequence[StoredEvent]) -> list[bytes]:
    """The leaf hashes of rows as they are stored: also of what is no event, in a ledger that was accepted with it."""
    return [_hash_of(row) for row in rows]


def _hash_of(row: StoredEvent) -> bytes:
    try:
        return leaf_hash(leaf_of(row))
    except (AttributeError, TypeError, struct.error):
        return leaf_hash(repr((row.topic, row.originator_id, row.originator_version, row.state)).encode())


def _full_root(hashes: Sequence[bytes]) -> bytes:
    level = list(hashes)
    while len(level) > 1:
        level = [sha256(b"\1" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def _is_seal(row: Notification, batch: int) -> bool:
    return row.topic == SEAL_TOPIC and row.originator_id == STREAM and row.originator_version == batch


def _up_to(rows: Sequence[Notification], batch: int) -> Iterator[Notification]:
    """The rows up to the seal of a batch, with it."""
    for row in rows:
        yield row
        if _is_seal(row, batch):
            return


def _require_sealed(seal: Notification, before: Head, *, believed: bool) -> None:
    sealed = ev.Event.FromString(seal.state).batch_sealed
    if not sealed.tree_size:
        # A seal of before there was a tree vouches for none.
        if not believed:
            raise TreeMismatch(seal.id, "what is stored of the tree is vouched for by no seal")
        return
    if (sealed.tree_size, sealed.tree_root) != (before.size, before.root):
        raise TreeMismatch(
            seal.id, f"the {before.size} events up to batch {sealed.batch} are not those that were sealed"
        )
