"""Requests to the worker process that writes snapshots, and its results. Values only: both sides unpack them."""

from typing import NamedTuple, TypeAlias

from controlplane.queries.audit import Problem


class SnapshotRequest(NamedTuple):
    """Of which ledger, beside the snapshot of which position, and by which process."""

    url: str
    keep: int
    parent: int


class WrittenSnapshot(NamedTuple):
    """A snapshot that was written, and the serialized event that is to vouch for it."""

    event: bytes


class FailedSnapshot(NamedTuple):
    """No snapshot was written; the reason in words."""

    reason: str


# A Problem: what the snapshot would be folded from does not hold.
SnapshotResult: TypeAlias = WrittenSnapshot | FailedSnapshot | Problem
