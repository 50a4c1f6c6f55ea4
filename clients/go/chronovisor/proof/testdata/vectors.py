"""Writes vectors.json: proofs, and what the Python client makes of each. Run it with the Python client on the path.

The trees are made as RFC 6962 defines them (section 2.1), by no code of the server's.
"""

import base64
import hashlib
import json
import struct
from pathlib import Path
from typing import Any

from chronovisor.events.v1.event_pb2 import BatchSealed, Event, VmCreated
from chronovisor.v1.history_service_pb2 import ProveEventResponse, Seal
from chronovisor.verify import NotProven, check_inclusion

SIZES = (1, 2, 3, 4, 5, 7, 8, 13)


def leaf(stream: str, version: int, event: Event) -> bytes:
    topic = b"chronovisor.events.v1:Event"
    name = stream.encode()
    stored = event.SerializeToString(deterministic=True)
    return (
        struct.pack(">I", len(topic))
        + topic
        + struct.pack(">I", len(name))
        + name
        + struct.pack(">Q", version)
        + stored
    )


def tree_hash(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = split(len(leaves))
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:half]) + tree_hash(leaves[half:])).digest()


def audit_path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if index < half:
        return [*audit_path(index, leaves[:half]), tree_hash(leaves[half:])]
    return [*audit_path(index - half, leaves[half:]), tree_hash(leaves[:half])]


def split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def proof(index: int, size: int) -> ProveEventResponse:
    leaves = [
        leaf(
            f"vms/{number}",
            1,
            Event(actor="user:ada", vm_created=VmCreated(uid=str(number), name=f"projects/shöp/vms/{number}")),
        )
        for number in range(size)
    ]
    sealed = BatchSealed(batch=7, events=size, merkle_root=tree_hash(leaves), previous_hash=b"\x11" * 32, epoch=3)
    row = leaf("ledger", 7, Event(actor="system:writer", batch_sealed=sealed))
    seal = Seal(
        batch=7,
        first_position=100,
        last_position=99 + size,
        position=100 + size,
        merkle_root=sealed.merkle_root,
        previous_hash=sealed.previous_hash,
        hash=hashlib.sha256(b"\x00" + row).digest(),
        epoch=3,
        leaf=row,
        events=size,
    )
    return ProveEventResponse(
        leaf=leaves[index], leaf_index=index, tree_size=size, audit_path=audit_path(index, leaves), seal=seal
    )


def altered(alter: Any) -> ProveEventResponse:
    found = proof(2, 5)
    alter(found)
    return found


def flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


ALTERED: dict[str, Any] = {
    "another event": lambda p: setattr(p, "leaf", flip(p.leaf)),
    "another place": lambda p: setattr(p, "leaf_index", 3),
    "a place before the batch": lambda p: setattr(p, "leaf_index", -1),
    "a place after the batch": lambda p: setattr(p, "leaf_index", 5),
    "another size": lambda p: setattr(p, "tree_size", 6),
    "a path that is too short": lambda p: p.audit_path.pop(),
    "a path that is too long": lambda p: p.audit_path.append(b"\x00" * 32),
    "another path": lambda p: p.audit_path.__setitem__(0, flip(p.audit_path[0])),
    "another root": lambda p: setattr(p.seal, "merkle_root", flip(p.seal.merkle_root)),
    "another seal before": lambda p: setattr(p.seal, "previous_hash", flip(p.seal.previous_hash)),
    "another hash": lambda p: setattr(p.seal, "hash", flip(p.seal.hash)),
    "another seal": lambda p: setattr(p.seal, "batch", 8),
    "another epoch": lambda p: setattr(p.seal, "epoch", 4),
    "another count": lambda p: setattr(p.seal, "events", 6),
    "another row of the seal": lambda p: setattr(p.seal, "leaf", flip(p.seal.leaf)),
    "no seal": lambda p: p.ClearField("seal"),
    "a row that is cut off": lambda p: setattr(p.seal, "leaf", p.seal.leaf[:10]),
}


def vector(name: str, of: ProveEventResponse) -> dict[str, Any]:
    try:
        row = check_inclusion(of)
    except NotProven:
        found: dict[str, Any] = {"proven": False}
    else:
        found = {"proven": True, "stream": row.stream, "version": row.version, "vm": row.event.vm_created.name}
    return {"name": name, "proof": base64.b64encode(of.SerializeToString(deterministic=True)).decode(), **found}


def main() -> None:
    vectors = [vector(f"{index} of {size}", proof(index, size)) for size in SIZES for index in range(size)]
    assert all(each["proven"] for each in vectors)
    refused = [vector(name, altered(alter)) for name, alter in ALTERED.items()]
    assert not any(each["proven"] for each in refused)
    path = Path(__file__).with_name("vectors.json")
    path.write_text(json.dumps([*vectors, *refused], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
