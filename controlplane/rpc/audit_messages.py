"""What the audit found, as API messages."""

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import history_service_pb2 as api

from controlplane.ledger.merkle import leaf_hash, leaf_of
from controlplane.queries.audit import Batch, Checked, Proof


def seal_message(batch: Batch) -> api.Seal:
    event = ev.Event.FromString(batch.seal.state)
    told = event.batch_sealed
    leaf = leaf_of(batch.seal)
    return api.Seal(
        batch=told.batch,
        first_position=batch.rows[0].id if batch.rows else batch.seal.id,
        last_position=batch.rows[-1].id if batch.rows else batch.seal.id,
        position=batch.seal.id,
        merkle_root=told.merkle_root,
        previous_hash=told.previous_hash,
        hash=leaf_hash(leaf),
        epoch=told.epoch,
        seal_time=event.commit_time,
        leaf=leaf,
        events=told.events,
    )


def proof_message(proof: Proof) -> api.ProveEventResponse:
    return api.ProveEventResponse(
        leaf=proof.leaf,
        leaf_index=proof.leaf_index,
        tree_size=proof.size,
        audit_path=proof.path,
        seal=seal_message(proof.batch),
    )


def verified_message(checked: Checked) -> api.VerifyLedgerResponse:
    message = api.VerifyLedgerResponse(
        valid=checked.problem is None, batches_checked=checked.batches, events_checked=checked.events
    )
    if checked.problem:
        message.first_bad_position, message.problem = checked.problem
    if checked.head:
        message.head.CopyFrom(seal_message(Batch((), checked.head)))
    return message
