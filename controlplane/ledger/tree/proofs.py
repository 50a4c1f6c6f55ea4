"""Proofs of RFC 6962, 2.1: that an event is in the tree, and that a tree is the beginning of a later one. Pure."""

from collections.abc import Callable
from hashlib import sha256

from controlplane.ledger.merkle import EMPTY
from controlplane.ledger.tree.compact_range import Address

# The root of a full subtree.
Node = Callable[[Address], bytes]


def root_at(node: Node, size: int) -> bytes:
    """The tree hash over the first `size` leaves."""
    return _hash_of(node, 0, size) if size else EMPTY


def inclusion_path(node: Node, index: int, size: int) -> list[bytes]:
    """The siblings from the leaf at `index` up to the root of the first `size` leaves (2.1.1)."""
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        split = begin + _split(end - begin)
        if index < split:
            path.append(_hash_of(node, split, end))
            end = split
        else:
            path.append(_hash_of(node, begin, split))
            begin = split
    return path[::-1]


def consistency_path(node: Node, before: int, size: int) -> list[bytes]:
    """That the first `before` leaves are the beginning of the first `size` (2.1.2). Empty where nothing is to show."""
    if not 0 < before < size:
        return []
    path: list[bytes] = []
    begin, end = 0, size
    # The subtree that `before` ends in; `whole` while it is the old tree's own root, which the verifier has.
    whole = True
    while before < end:
        split = begin + _split(end - begin)
        if before <= split:
            path.append(_hash_of(node, split, end))
            end = split
        else:
            path.append(_hash_of(node, begin, split))
            begin, whole = split, False
    if not whole:
        path.append(_hash_of(node, begin, end))
    return path[::-1]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _hash_of(node: Node, begin: int, end: int) -> bytes:
    """The tree hash over some leaves, as RFC 6962 divides them: `begin` is a multiple of the subtree's size."""
    count = end - begin
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(Address(level, begin >> level))
    split = begin + _split(count)
    return sha256(b"\1" + _hash_of(node, begin, split) + _hash_of(node, split, end)).digest()
