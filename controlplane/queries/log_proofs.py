"""Proofs from the tree over all events: between two sizes, and of one event. Blocks: use a thread."""

from typing import NamedTuple

from controlplane.domain.errors import NotFound, TreeSizeAhead
from controlplane.ledger.merkle import leaf_of
from controlplane.ledger.store import Ledger


class Consistency(NamedTuple):
    """That the first `before` rows are the beginning of the first `size`."""

    before: int
    size: int
    path: list[bytes]


class Inclusion(NamedTuple):
    """That a row is among the first `size`."""

    leaf: bytes
    leaf_index: int
    size: int
    path: list[bytes]


def consistency(ledger: Ledger, before: int, size: int) -> Consistency:
    """`size` 0: all rows. Raises TreeSizeAhead, LedgerUntrusted, and what reading raises."""
    size = size or ledger.tree_head().head.size
    if before > size:
        raise TreeSizeAhead(before, size)
    _reach(ledger, size)
    return Consistency(before, size, ledger.tree.consistency(before, size))


def inclusion(ledger: Ledger, position: int, size: int) -> Inclusion:
    """`size` 0: all rows. Raises NotFound, TreeSizeAhead, LedgerUntrusted, and what reading raises."""
    size = size or ledger.tree_head().head.size
    _reach(ledger, size)
    place = ledger.tree.place_of(position)
    if place is None or place.leaf_index >= size:
        raise NotFound("event", f"an event at position {position} among the first {size} rows")
    return Inclusion(leaf_of(place.row), place.leaf_index, size, ledger.tree.inclusion(place.leaf_index, size))


def _reach(ledger: Ledger, size: int) -> None:
    """Another process may have written since this one looked."""
    if size > ledger.tree.size:
        ledger.tree_head()
