"""What was found of the ledger, as text."""

from chronovisor.cli.output import Column, local_time, say, show_table
from chronovisor.v1.history_service_pb2 import VerifyLedgerResponse
from chronovisor.v1.ledger_check_pb2 import LedgerCheck, LedgerFinding

_VIOLATIONS = (
    Column("POSITION", right=True),
    Column("RULE"),
    Column("OF", foldable=True),
    Column("WHAT", foldable=True),
)
_FINDINGS = (Column("FOUND"), Column("IN"), Column("POSITION", right=True), Column("WHAT", foldable=True))
_SOURCES = {
    LedgerFinding.SOURCE_SEALS: "the ledger",
    LedgerFinding.SOURCE_RULES: "the ledger's rules",
    LedgerFinding.SOURCE_SNAPSHOT: "a snapshot",
    LedgerFinding.SOURCE_ROWS: "the read database",
    LedgerFinding.SOURCE_STORE: "the store",
}


def show_violations(found: VerifyLedgerResponse) -> None:
    """The events that no rule allows, if there are any."""
    if found.violations:
        rows = [[str(each.position), each.rule, each.subject, each.description] for each in found.violations]
        show_table(_VIOLATIONS, rows, "")


def show_ledger_check(found: LedgerCheck) -> None:
    say(_verdict(found))
    if found.HasField("acceptance"):
        accepted = found.acceptance
        acceptance = accepted.ledger_accepted
        say(
            f"Accepted up to position {acceptance.position} by {accepted.actor}, {local_time(accepted.commit_time)}: "
            f"{accepted.reason}. It had failed at position {acceptance.problem_position}: {acceptance.problem}."
        )
    if found.failure:
        say(f"The last check came to no end: {found.failure}.")
    if found.findings:
        show_table(_FINDINGS, [_row(each) for each in found.findings], "")


def _verdict(found: LedgerCheck) -> str:
    read_only = " It is read-only: see `chronovisord accept --help`." if found.read_only else ""
    match found.state:
        case LedgerCheck.STATE_ALTERED:
            return f"ALTERED: the ledger does not hold.{read_only}"
        case LedgerCheck.STATE_WHOLE:
            return f"Whole up to position {found.position}, checked at {local_time(found.check_time)}.{read_only}"
        case _:
            return f"The end of the ledger holds; the whole of it was not checked yet.{read_only}"


def _row(each: LedgerFinding) -> list[str]:
    position = str(each.position) if each.position else "-"
    return [local_time(each.find_time), _SOURCES.get(each.source, ""), position, each.description]
