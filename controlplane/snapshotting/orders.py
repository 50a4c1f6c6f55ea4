"""What the server and the process that writes snapshots say to each other. Values only: both sides unpack them."""

from typing import NamedTuple


class SnapshotRequest(NamedTuple):
    """Of which ledger, beside the snapshot of which position, and by which process."""

    url: str
    keep: int
    parent: int


class Written(NamedTuple):
    """A snapshot that was written, and the serialized event that is to vouch for it."""

    event: bytes


class Failed(NamedTuple):
    """No snapshot was written; the reason in words."""

    reason: str
