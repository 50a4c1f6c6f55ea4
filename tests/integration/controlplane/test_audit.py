"""The audit through gRPC: seals, proofs, and the walk over the whole ledger."""

import asyncio

import grpc
import pytest
from chronovisor import verify
from chronovisor.tree import NotProven
from chronovisor.v1 import signed_head_pb2 as pb
from chronovisor.v1.history_service_pb2 import (
    GetSealRequest,
    ListEventsRequest,
    ProveEventRequest,
    VerifyLedgerRequest,
)
from chronovisor.v1.ledger_check_pb2 import GetLedgerCheckRequest, LedgerCheck, LedgerFinding
from chronovisor.verify import check_inclusion, check_seal

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import SECOND, Micros, micros_of, timestamp_of
from tests.integration.controlplane.plane import Plane, refused, vm_of


@pytest.mark.covers("HistoryService.ProveEvent")
async def test_every_event_can_be_proven_to_a_client(any_plane: Plane) -> None:
    plane = any_plane
    for name in ("a", "b", "c"):
        await plane.create(name)
    for event in (await plane.history.ListEvents(ListEventsRequest())).events:
        if event.HasField("batch_sealed"):
            continue
        row = check_inclusion(await plane.history.ProveEvent(ProveEventRequest(position=event.position)))
        # Who it was is stored as a pseudonym, and shown by name.
        assert (row.stream, row.version, row.event.commit_time) == (event.stream, event.version, event.commit_time)


@pytest.mark.covers("HistoryService.GetSeal")
async def test_seals_make_a_chain(plane: Plane) -> None:
    await plane.create("a")
    await plane.create("b")
    last = await plane.history.GetSeal(GetSealRequest())
    check_seal(last)
    before = await plane.history.GetSeal(GetSealRequest(position=last.first_position - 1))
    assert last.batch == before.batch + 1
    assert last.previous_hash == before.hash


@pytest.mark.covers("HistoryService.VerifyLedger")
async def test_the_ledger_verifies_and_holds_the_seals_seen_before(any_plane: Plane) -> None:
    plane = any_plane
    await plane.create("a")
    seen = (await plane.history.VerifyLedger(VerifyLedgerRequest())).head
    await plane.create("b")
    found = await plane.history.VerifyLedger(VerifyLedgerRequest(expected_batch=seen.batch, expected_hash=seen.hash))
    assert found.valid
    assert found.head.batch > seen.batch
    forged = await plane.history.VerifyLedger(VerifyLedgerRequest(expected_batch=seen.batch, expected_hash=bytes(32)))
    assert not forged.valid
    assert forged.first_bad_position == seen.position
    assert "rewritten" in forged.problem


@pytest.mark.covers("HistoryService.GetLedgerCheck")
async def test_what_is_sealed_and_breaks_a_rule_is_found_all_the_same(any_plane: Plane) -> None:
    """Two live VMs of one name, under a seal that holds."""
    plane = any_plane
    created = vm_of(await plane.create("a"))
    await plane.control_plane.ledger_checks.check()
    found = await plane.history.GetLedgerCheck(GetLedgerCheckRequest())
    assert (found.state, found.read_only, list(found.findings)) == (LedgerCheck.STATE_WHOLE, False, [])
    ledger = plane.control_plane.ledger
    (event,) = (each.event for each in ledger.all_after(0) if each.stream == f"vms/{created.uid}")
    event.vm_created.uid = "forged"
    now = Micros(micros_of(event.commit_time) + SECOND)
    event.commit_time.CopyFrom(timestamp_of(now))
    forged = [RecordedEvent("vms/forged", 1, event)]
    appended = await asyncio.to_thread(ledger.append, forged, ledger.link(), "forger", now)
    verified = await plane.history.VerifyLedger(VerifyLedgerRequest())
    assert (verified.valid, verified.rules_checked, verified.violation_count) == (False, True, 1)
    assert verified.violations[0].rule == "unique_name"
    assert verified.first_bad_position == verified.violations[0].position == appended.positions[0]
    await plane.control_plane.ledger_checks.check()
    found = await plane.history.GetLedgerCheck(GetLedgerCheckRequest())
    assert (found.state, found.read_only) == (LedgerCheck.STATE_ALTERED, True)
    assert [each.source for each in found.findings] == [LedgerFinding.SOURCE_RULES]
    assert (await refused(plane.create("b"))).reason == "LEDGER_UNTRUSTED"


@pytest.mark.provokes("EVENT_NOT_FOUND")
async def test_what_cannot_be_audited_is_refused(plane: Plane) -> None:
    await plane.create("a")
    head = (await plane.history.GetSeal(GetSealRequest())).position
    ahead = await refused(plane.history.GetSeal(GetSealRequest(position=head + 1)))
    assert (ahead.code, ahead.reason) == (grpc.StatusCode.OUT_OF_RANGE, "POSITION_AHEAD")
    seal = await refused(plane.history.ProveEvent(ProveEventRequest(position=head)))
    assert (seal.code, seal.reason) == (grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND")
    for request in (ProveEventRequest(position=0), ProveEventRequest(position=-1)):
        bad = await refused(plane.history.ProveEvent(request))
        assert (bad.code, bad.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
        assert bad.fields == ["position"]
    window = await refused(plane.history.VerifyLedger(VerifyLedgerRequest(from_position=3, to_position=2)))
    assert window.fields == ["to_position"]


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (VerifyLedgerRequest(expected_hash=bytes(32)), ["expected_batch"]),
        (VerifyLedgerRequest(expected_batch=-1, expected_hash=bytes(32)), ["expected_batch"]),
        (VerifyLedgerRequest(expected_batch=1), ["expected_hash"]),
        (VerifyLedgerRequest(expected_batch=1, expected_hash=bytes(32), from_position=3), ["expected_batch"]),
    ],
)
async def test_an_expectation_that_would_not_be_checked_is_refused(
    plane: Plane, request_: VerifyLedgerRequest, fields: list[str]
) -> None:
    await plane.create("a")
    bad = await refused(plane.history.VerifyLedger(request_))
    assert (bad.code, bad.fields) == (grpc.StatusCode.INVALID_ARGUMENT, fields)


async def test_a_part_of_the_ledger_is_verified_by_itself(any_plane: Plane) -> None:
    plane = any_plane
    await plane.create("a")
    begin = (await plane.history.GetSeal(GetSealRequest())).position
    await plane.create("b")
    found = await plane.history.VerifyLedger(VerifyLedgerRequest(from_position=begin))
    assert (found.valid, found.batches_checked) == (True, 2)


@pytest.mark.covers("HistoryService.GetSignedHead")
@pytest.mark.covers("HistoryService.GetConsistencyProof")
@pytest.mark.covers("HistoryService.GetInclusionProof")
async def test_heads_and_proofs_are_served(plane: Plane) -> None:
    for number in range(3):
        await plane.create(f"before-{number}")
    kept = verify.check_head(await plane.history.GetSignedHead(pb.GetSignedHeadRequest()))
    for number in range(200):
        await plane.create(f"after-{number}")
    found = await plane.history.GetSignedHead(pb.GetSignedHeadRequest())
    now = verify.check_head(found)
    request = pb.GetConsistencyProofRequest(from_size=kept.head.size, to_size=now.head.size)
    proof = await plane.history.GetConsistencyProof(request)
    verify.check_kept(kept, now, proof.hashes)
    for position in (1, found.position // 2, found.position):
        inclusion = await plane.history.GetInclusionProof(pb.GetInclusionProofRequest(position=position))
        verify.check_in_head(inclusion, now.head)
        with pytest.raises(NotProven):
            verify.check_in_head(inclusion, kept.head)
    checked = await plane.history.VerifyLedger(VerifyLedgerRequest())
    assert checked.valid
    assert checked.signed_batches == checked.batches_checked
    assert list(checked.public_keys) == [verify.vkey_of(found.verification_key).public_key]


@pytest.mark.provokes("TREE_SIZE_AHEAD")
async def test_a_tree_that_is_ahead_of_the_ledger_is_refused(plane: Plane) -> None:
    size = (await plane.history.GetSignedHead(pb.GetSignedHeadRequest())).tree_size
    for call in (
        plane.history.GetConsistencyProof(pb.GetConsistencyProofRequest(from_size=size + 1)),
        plane.history.GetConsistencyProof(pb.GetConsistencyProofRequest(from_size=1, to_size=size + 1)),
        plane.history.GetInclusionProof(pb.GetInclusionProofRequest(position=1, tree_size=size + 1)),
    ):
        found = await refused(call)
        assert (found.code.name, found.reason) == ("OUT_OF_RANGE", "TREE_SIZE_AHEAD")
    missing = await refused(plane.history.GetInclusionProof(pb.GetInclusionProofRequest(position=2, tree_size=1)))
    assert missing.reason == "EVENT_NOT_FOUND"
