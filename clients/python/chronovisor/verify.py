"""Checks what the control plane says of its ledger: seals, and proofs that an event is under one.

Independent of the server: it needs only SHA-256, and what the schema of BatchSealed says of leaves and hashes.
"""

import hashlib
import hmac
import struct
from typing import NamedTuple

from google.protobuf.message import DecodeError

from chronovisor.events.v1.event_pb2 import BatchSealed, Event
from chronovisor.v1.history_service_pb2 import ProveEventResponse, Seal


class NotProven(Exception):
    """What was given does not prove what it claims; the message says why."""


class Row(NamedTuple):
    """One stored event, as its leaf spells it out."""

    topic: str
    stream: str
    version: int
    event: Event


def row_of(leaf: bytes) -> Row:
    """Takes a leaf apart. Raises NotProven when it is not one."""
    try:
        (length,) = struct.unpack_from(">I", leaf, 0)
        topic, rest = leaf[4 : 4 + length], leaf[4 + length :]
        (length,) = struct.unpack_from(">I", rest, 0)
        stream, rest = rest[4 : 4 + length], rest[4 + length :]
        (version,) = struct.unpack_from(">Q", rest, 0)
        return Row(topic.decode(), stream.decode(), version, Event.FromString(rest[8:]))
    except (struct.error, UnicodeDecodeError, ValueError, DecodeError) as error:
        raise NotProven(f"the leaf is not a stored event: {error}") from None


def check_seal(seal: Seal) -> BatchSealed:
    """The seal's content, once its hash is that of its own row. Raises NotProven."""
    if not hmac.compare_digest(hashlib.sha256(b"\x00" + seal.leaf).digest(), seal.hash):
        raise NotProven(f"the hash of seal {seal.batch} is not that of its row")
    row = row_of(seal.leaf)
    sealed = row.event.batch_sealed
    if row.stream != "ledger" or not row.event.HasField("batch_sealed") or row.version != sealed.batch:
        raise NotProven(f"the row of seal {seal.batch} is not a seal")
    claimed = (seal.batch, seal.merkle_root, seal.previous_hash, seal.epoch, seal.events)
    if claimed != (sealed.batch, sealed.merkle_root, sealed.previous_hash, sealed.epoch, sealed.events):
        raise NotProven(f"what is claimed of seal {seal.batch} is not what its row says")
    return sealed


def check_inclusion(proof: ProveEventResponse) -> Row:
    """The event, once its audit path leads to its seal's root (RFC 9162, 2.1.3.2). Raises NotProven."""
    sealed = check_seal(proof.seal)
    if proof.tree_size != sealed.events or not 0 <= proof.leaf_index < proof.tree_size:
        raise NotProven("the place that the proof claims is not in the batch")
    node, last = proof.leaf_index, proof.tree_size - 1
    found = hashlib.sha256(b"\x00" + proof.leaf).digest()
    for sibling in proof.audit_path:
        if last == 0:
            raise NotProven("the audit path is too long")
        if node & 1 or node == last:
            found = hashlib.sha256(b"\x01" + sibling + found).digest()
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + sibling).digest()
        node, last = node >> 1, last >> 1
    if last or not hmac.compare_digest(found, sealed.merkle_root):
        raise NotProven("the audit path does not lead to the seal's root")
    return row_of(proof.leaf)
