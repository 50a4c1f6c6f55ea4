"""A compact range: of a tree that only grows, the few hashes from which its root and its next nodes follow. Pure."""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from controlplane.ledger.merkle import EMPTY

# Nodes over fewer leaves than 2 to this are not stored: they are made of the events.
TILE_LEVEL = 8
TILE = 1 << TILE_LEVEL


class Address(NamedTuple):
    """A full subtree: of 2 to the `level` leaves, the `number`th from the left, from 0."""

    level: int
    number: int


class CompactRange:
    """The roots of the full subtrees of a tree, the largest first: one for each binary 1 of its `size`, in leaves."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)

    def copy(self) -> "CompactRange":
        return CompactRange(self.size, self.peaks)

    def extend(self, hashes: Sequence[bytes]) -> list[tuple[Address, bytes]]:
        """Appends leaf hashes. Returns the subtrees that became full, of at least TILE leaves."""
        full: list[tuple[Address, bytes]] = []
        peaks, size = self.peaks, self.size
        for leaf in hashes:
            node, rest, level = leaf, size, 0
            while rest & 1:
                node = sha256(b"\1" + peaks.pop() + node).digest()
                rest >>= 1
                level += 1
                if level >= TILE_LEVEL:
                    full.append((Address(level, size >> level), node))
            peaks.append(node)
            size += 1
        self.size = size
        return full

    @property
    def root(self) -> bytes:
        """The tree hash over all leaves."""
        if not self.peaks:
            return EMPTY
        node = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            node = sha256(b"\1" + left + node).digest()
        return node


def peaks_of(size: int) -> list[Address]:
    """Where the roots of the full subtrees of a tree are, the largest first."""
    found: list[Address] = []
    begin = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append(Address(level, begin >> level))
            begin += 1 << level
    return found
