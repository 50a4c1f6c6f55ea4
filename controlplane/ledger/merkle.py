"""RFC 6962 Merkle trees over stored events: leaves, roots, audit paths. Pure."""

from collections.abc import Sequence
from hashlib import sha256
from struct import Struct

from eventsourcing.persistence import StoredEvent

_LENGTH = Struct(">I").pack
_VERSION = Struct(">Q").pack
EMPTY = sha256().digest()


def leaf_of(stored: StoredEvent) -> bytes:
    """The row of one event as one unambiguous string of bytes. The schema of BatchSealed describes it."""
    topic, stream = stored.topic.encode(), str(stored.originator_id).encode()
    return b"".join(
        (_LENGTH(len(topic)), topic, _LENGTH(len(stream)), stream, _VERSION(stored.originator_version), stored.state)
    )


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\0" + leaf).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The tree hash over leaf hashes: level by level, an odd last node goes up as it is, which is RFC 6962's tree."""
    if not hashes:
        return EMPTY
    level = list(hashes)
    while len(level) > 1:
        paired = [sha256(b"\1" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def audit_path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings from the leaf at `index` up to the root (RFC 6962, 2.1.1)."""
    path: list[bytes] = []
    level = list(hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        paired = [sha256(b"\1" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            paired.append(level[-1])
        level, index = paired, index // 2
    return path
