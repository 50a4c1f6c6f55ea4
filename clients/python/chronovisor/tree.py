"""The RFC 6962 tree over all events, as a verifier sees it: inclusion and consistency proofs.

Independent of the server: it needs only SHA-256.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import NamedTuple

EMPTY = hashlib.sha256().digest()


class NotProven(Exception):
    """What was given does not prove what it claims; the message says why."""


class Head(NamedTuple):
    """A tree: how many leaves it has, and its root."""

    size: int
    root: bytes


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def check_path(leaf: bytes, index: int, path: Sequence[bytes], head: Head) -> None:
    """That the leaf with this hash is at `index` in the tree (RFC 9162, 2.1.3.2). Raises NotProven."""
    if not 0 <= index < head.size:
        raise NotProven("the place that the proof claims is not in the tree")
    node, last, found = index, head.size - 1, leaf
    for sibling in path:
        if last == 0:
            raise NotProven("the audit path is too long")
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last or not hmac.compare_digest(found, head.root):
        raise NotProven("the audit path does not lead to the root")


def check_consistency(before: Head, after: Head, path: Sequence[bytes]) -> None:
    """That the tree `before` is the beginning of the one `after` (RFC 9162, 2.1.4.2). Raises NotProven."""
    if before.size > after.size:
        raise NotProven(f"a tree of {after.size} leaves cannot continue one of {before.size}")
    if before.size in (0, after.size):
        _check_trivial(before, after, path)
        return
    hashes = list(path) if before.size & (before.size - 1) else [before.root, *path]
    if not hashes:
        raise NotProven("the consistency proof is empty")
    node, last = before.size - 1, after.size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            raise NotProven("the consistency proof is too long")
        if node & 1 or node == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, each)
        node, last = node >> 1, last >> 1
    if last or not hmac.compare_digest(old, before.root) or not hmac.compare_digest(new, after.root):
        raise NotProven(f"the first {before.size} leaves are not those of the earlier tree")


def _check_trivial(before: Head, after: Head, path: Sequence[bytes]) -> None:
    if path:
        raise NotProven("the consistency proof is too long")
    if not before.size:
        if not hmac.compare_digest(before.root, EMPTY):
            raise NotProven("the root of an empty tree is another one")
    elif not hmac.compare_digest(before.root, after.root):
        raise NotProven(f"two trees of {before.size} leaves have different roots")
