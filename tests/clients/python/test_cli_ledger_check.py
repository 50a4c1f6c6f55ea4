"""`chronovisor audit verify` and `audit status`: what was found of the ledger, and exit codes for scripts."""

import json
import re

import pytest
from chronovisor.v1.history_service_pb2 import RuleViolation, VerifyLedgerResponse
from chronovisor.v1.ledger_check_pb2 import LedgerCheck, LedgerFinding
from google.protobuf.timestamp_pb2 import Timestamp

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane

NOW = 1_760_000_000


@pytest.fixture
def check(plane: Plane) -> LedgerCheck:
    """The check that the control plane reports."""
    found = LedgerCheck()
    plane.proxy.answer("GetLedgerCheck", found)
    return found


def a_finding() -> LedgerFinding:
    return LedgerFinding(
        source=LedgerFinding.SOURCE_SEALS,
        position=41,
        description="its bytes are not an event",
        find_time=Timestamp(seconds=NOW),
    )


def test_a_whole_ledger_says_that_its_rules_were_checked(cli: Cli) -> None:
    ran = cli("audit", "verify")
    assert ran.code == 0
    assert re.fullmatch(
        r"Whole: \d+ events in \d+ batches, all as sealed, and as the rules allow\. Note it.*\n", ran.out
    )


def test_an_event_that_no_rule_allows_is_shown(cli: Cli, plane: Plane) -> None:
    found = VerifyLedgerResponse()
    plane.proxy.answer("VerifyLedger", found)
    found.first_bad_position, found.problem, found.violation_count = 7, "it breaks the rule unique_name", 1
    found.violations.append(
        RuleViolation(position=7, rule="unique_name", subject="projects/p/vms/web", description="it is there twice")
    )
    ran = cli("audit", "verify")
    assert ran.code == 11
    assert "NOT WHOLE at position 7: it breaks the rule unique_name." in ran.out
    assert "projects/p/vms/web" in ran.out
    assert "it is there twice" in ran.out


def test_a_ledger_that_was_not_walked_yet_is_not_known(cli: Cli, check: LedgerCheck) -> None:
    check.state = LedgerCheck.STATE_CHECKING
    ran = cli("audit", "status")
    assert (ran.code, ran.out) == (7, "The end of the ledger holds; the whole of it was not checked yet.\n")


def test_a_whole_ledger_is_shown_with_its_moment_and_what_was_accepted(cli: Cli, check: LedgerCheck) -> None:
    check.state, check.position = LedgerCheck.STATE_WHOLE, 88
    check.check_time.seconds = check.acceptance.commit_time.seconds = NOW
    check.acceptance.actor, check.acceptance.reason = "user:olga", "looked into"
    accepted = check.acceptance.ledger_accepted
    accepted.position, accepted.problem_position, accepted.problem = 60, 41, "its bytes are not an event"
    ran = cli("audit", "status")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == "Whole up to position 88, checked at 2025-10-09 08:53:20."
    assert "by user:olga" in ran.out
    assert "failed at position 41" in ran.out


def test_a_finding_has_an_exit_code_of_its_own(cli: Cli, check: LedgerCheck) -> None:
    check.state, check.read_only = LedgerCheck.STATE_ALTERED, True
    check.findings.append(a_finding())
    ran = cli("audit", "status")
    assert ran.code == 11
    assert ran.out.startswith("ALTERED")
    assert "chronovisord accept" in ran.out
    assert "its bytes are not an event" in ran.out
    ran = cli("--output", "json", "audit", "status")
    assert ran.code == 11
    assert json.loads(ran.out)["findings"][0]["position"] == "41"


def test_a_check_that_came_to_no_end_is_not_known(cli: Cli, check: LedgerCheck) -> None:
    check.state, check.failure = LedgerCheck.STATE_WHOLE, "the disk is gone"
    ran = cli("audit", "status")
    assert ran.code == 7
    assert "the disk is gone" in ran.out
