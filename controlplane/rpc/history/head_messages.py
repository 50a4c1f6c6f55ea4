"""Signed heads and proofs between them, as API messages."""

from typing import Protocol

from chronovisor.notes import SignedNote, Vkey
from chronovisor.tree import Head
from chronovisor.v1 import signed_head_pb2 as pb

from controlplane.queries.log_proofs import Consistency, Inclusion


class HeadNow(Protocol):
    """A signed head."""

    @property
    def head(self) -> Head: ...

    @property
    def position(self) -> int: ...

    @property
    def note(self) -> SignedNote: ...

    @property
    def vkey(self) -> Vkey: ...


class Heads(Protocol):
    """Who signs heads."""

    cosigned: str

    def newest(self) -> HeadNow:
        """Blocks. Raises NotFound, LedgerUntrusted."""
        ...


def head_message(now: HeadNow, cosigned: str) -> pb.SignedHead:
    return pb.SignedHead(
        note=str(now.note),
        origin=now.vkey.name,
        tree_size=now.head.size,
        root_hash=now.head.root,
        verification_key=str(now.vkey),
        position=now.position,
        cosigned_note=cosigned,
    )


def consistency_message(found: Consistency) -> pb.ConsistencyProof:
    return pb.ConsistencyProof(from_size=found.before, to_size=found.size, hashes=found.path)


def inclusion_message(found: Inclusion) -> pb.InclusionProof:
    return pb.InclusionProof(leaf=found.leaf, leaf_index=found.leaf_index, tree_size=found.size, audit_path=found.path)
