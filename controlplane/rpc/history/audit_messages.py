"""What the audit found, as API messages."""

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import history_service_pb2 as api
from chronovisor.v1 import ledger_check_pb2 as pb

from controlplane.consistency.findings import CheckResult, Finding, Findings, FindingSource
from controlplane.domain.errors import LedgerUntrusted
from controlplane.domain.time import timestamp_if_known, timestamp_of
from controlplane.queries.audit import Proof, SealedBatch


def seal_message(batch: SealedBatch) -> api.Seal:
    event = ev.Event.FromString(batch.seal.state)
    sealed = event.batch_sealed
    return api.Seal(
        batch=sealed.batch,
        first_position=batch.rows[0].id if batch.rows else batch.seal.id,
        last_position=batch.rows[-1].id if batch.rows else batch.seal.id,
        position=batch.seal.id,
        merkle_root=sealed.merkle_root,
        previous_hash=sealed.previous_hash,
        hash=batch.hash,
        epoch=sealed.epoch,
        seal_time=event.commit_time,
        leaf=batch.leaf,
        events=sealed.events,
    )


def proof_message(proof: Proof) -> api.ProveEventResponse:
    return api.ProveEventResponse(
        leaf=proof.leaf,
        leaf_index=proof.leaf_index,
        tree_size=proof.size,
        audit_path=proof.path,
        seal=seal_message(proof.batch),
    )


def verified_message(walked: CheckResult) -> api.VerifyLedgerResponse:
    checked, rules = walked.checked, walked.rules
    message = api.VerifyLedgerResponse(
        batches_checked=checked.batches, events_checked=checked.events, rules_checked=rules is not None
    )
    problem = walked.first_problem
    message.valid = problem is None
    if problem:
        message.first_bad_position, message.problem = problem
    if rules:
        message.violation_count = rules.found
        for position, rule, subject, text in rules.violations:
            message.violations.add(position=position, rule=rule, subject=subject, description=text)
    if walked.acceptance:
        message.acceptance.CopyFrom(walked.acceptance.event)
    message.tree_size, message.signed_batches = checked.tree.size, checked.tree.signed
    message.public_keys.extend(checked.tree.keys)
    if checked.head:
        message.head.CopyFrom(seal_message(SealedBatch((), checked.head)))
    return message


_SOURCES = {
    FindingSource.SEALS: pb.LedgerFinding.SOURCE_SEALS,
    FindingSource.RULES: pb.LedgerFinding.SOURCE_RULES,
    FindingSource.SNAPSHOT: pb.LedgerFinding.SOURCE_SNAPSHOT,
    FindingSource.ROWS: pb.LedgerFinding.SOURCE_ROWS,
    FindingSource.STORE: pb.LedgerFinding.SOURCE_STORE,
}


def ledger_check_message(findings: Findings, untrusted: LedgerUntrusted | None) -> pb.LedgerCheck:
    whole = pb.LedgerCheck.STATE_WHOLE if findings.checked else pb.LedgerCheck.STATE_CHECKING
    message = pb.LedgerCheck(
        state=pb.LedgerCheck.STATE_ALTERED if untrusted else whole,
        read_only=untrusted is not None,
        position=findings.position,
        check_time=timestamp_if_known(findings.checked),
        findings=[_finding_message(each) for each in findings.found],
        failure=findings.failure,
    )
    if accepted := findings.acceptance:
        message.acceptance.CopyFrom(accepted.event)
    return message


def _finding_message(finding: Finding) -> pb.LedgerFinding:
    return pb.LedgerFinding(
        source=_SOURCES[finding.source],
        position=finding.position,
        description=finding.text,
        find_time=timestamp_of(finding.at),
    )
