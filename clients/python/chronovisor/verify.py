"""Checks what the control plane says of its ledger: seals, signed heads, and proofs that an event is under one.

Independent of the server: it needs only SHA-256, Ed25519, and what the schema of BatchSealed says of leaves and hashes.
"""

import hashlib
import hmac
import struct
from collections.abc import Sequence
from typing import NamedTuple

from google.protobuf.message import DecodeError

from chronovisor.events.v1.event_pb2 import BatchSealed, Event
from chronovisor.notes import (
    Checkpoint,
    Vkey,
    check_note,
    checkpoint_of,
    kept_head,
    note_of,
    signature_holds,
    signed_head,
    vkey_of,
)
from chronovisor.tree import Head, NotProven, check_consistency, check_path, leaf_hash
from chronovisor.v1.history_service_pb2 import ProveEventResponse, Seal
from chronovisor.v1.signed_head_pb2 import InclusionProof, SignedHead

__all__ = [
    "Checkpoint",
    "Head",
    "NotProven",
    "Row",
    "Vkey",
    "check_consistency",
    "check_head",
    "check_in_head",
    "check_inclusion",
    "check_kept",
    "check_path",
    "check_seal",
    "check_signer",
    "checkpoint_of",
    "kept_head",
    "leaf_hash",
    "note_of",
    "row_of",
    "seal_text",
    "signed_head",
    "vkey_of",
]


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
    if sealed.public_key and not signature_holds(sealed.public_key, sealed.signature, seal_text(row.event)):
        raise NotProven(f"the signature in seal {seal.batch} does not hold")
    return sealed


def seal_text(event: Event) -> bytes:
    """What the signature in a seal is over, as the schema of BatchSealed says."""
    sealed, time = event.batch_sealed, event.commit_time
    numbers = (
        sealed.batch,
        sealed.events,
        sealed.epoch,
        sealed.boot_time_us,
        sealed.tree_size,
        time.seconds * 1_000_000 + time.nanos // 1_000,
    )
    parts = (
        sealed.merkle_root,
        sealed.previous_hash,
        sealed.leader.encode(),
        sealed.boot_id,
        sealed.tree_root,
        sealed.public_key,
    )
    lengths = b"".join(struct.pack(">I", len(each)) + each for each in parts)
    return b"chronovisor/seal/v1\0" + struct.pack(">6q", *numbers) + lengths


def check_head(found: SignedHead, key: Vkey | None = None) -> Checkpoint:
    """A signed head from a server, by the key that is expected, of any of its logs, or the one that it names itself.

    Raises NotProven.
    """
    own = vkey_of(found.verification_key)
    if key and own.public_key != key.public_key:
        raise NotProven(f"the head that the server shows is signed by {own}, which is not the expected key")
    checkpoint = signed_head(found.note, [own])
    claimed = (found.origin, found.tree_size, found.root_hash)
    if claimed != (checkpoint.origin, checkpoint.head.size, checkpoint.head.root) or own.name != found.origin:
        raise NotProven("what is claimed of the head is not what its note says")
    return checkpoint


def check_kept(kept: Checkpoint, now: Checkpoint, proof: Sequence[bytes]) -> None:
    """That the ledger of a head `now` continues the one of a head that was kept. Raises NotProven."""
    if now.head.size < kept.head.size:
        raise NotProven(
            f"the ledger was rolled back: it has {now.head.size} rows where the kept head was signed over "
            f"{kept.head.size}{_since(kept, now)}"
        )
    try:
        check_consistency(kept.head, now.head, proof)
    except NotProven as error:
        raise NotProven(
            f"the ledger was forked or rewritten: its first {kept.head.size} rows are not those that the kept head was "
            f"signed over ({error}){_since(kept, now)}"
        ) from None


def _since(kept: Checkpoint, now: Checkpoint) -> str:
    if kept.origin == now.origin:
        return ""
    return f"; it is another log now: {now.origin}, and the kept head is of {kept.origin}"


def check_signer(kept: str, key: Vkey) -> None:
    """That a head that was kept is signed by this key, by whatever name. Raises NotProven."""
    note = note_of(kept)
    try:
        check_note(note, key._replace(name=checkpoint_of(note.text).origin))
    except NotProven:
        raise NotProven(f"the head that was kept is not signed by the key that the server has now: {key}") from None


def check_in_head(proof: InclusionProof, head: Head) -> Row:
    """The event, once its audit path leads to a head's root. Raises NotProven."""
    if proof.tree_size != head.size:
        raise NotProven(f"the proof is of a tree of {proof.tree_size} leaves, and the head of one of {head.size}")
    check_path(leaf_hash(proof.leaf), proof.leaf_index, proof.audit_path, head)
    return row_of(proof.leaf)


def check_inclusion(proof: ProveEventResponse) -> Row:
    """The event, once its audit path leads to its seal's root. Raises NotProven."""
    sealed = check_seal(proof.seal)
    if proof.tree_size != sealed.events:
        raise NotProven("the place that the proof claims is not in the batch")
    check_path(leaf_hash(proof.leaf), proof.leaf_index, proof.audit_path, Head(sealed.events, sealed.merkle_root))
    return row_of(proof.leaf)
