"""`chronovisor audit totals`: the last check, its alarms, and exit codes for scripts."""

import json

import pytest
from chronovisor.v1.utilization_check_pb2 import UtilizationAlarm, UtilizationCheck
from chronovisor.v1.utilization_service_pb2 import Utilization
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane

NOW = 1_760_000_000


@pytest.fixture
def check(plane: Plane) -> UtilizationCheck:
    """The check that the control plane reports; its alarms count in every answer, as with a real one."""
    found = UtilizationCheck()

    def count(utilization: Utilization) -> None:
        utilization.alarms = len(found.alarms)

    plane.proxy.answer("GetUtilizationCheck", found)
    plane.proxy.edit("GetUtilization", count)
    return found


def a_check() -> UtilizationCheck:
    return UtilizationCheck(
        interval=Duration(seconds=300),
        position=88,
        start_time=Timestamp(seconds=NOW),
        duration=Duration(seconds=1, nanos=500_000_000),
        events=87,
        scopes=6,
    )


def an_alarm(**more: Timestamp) -> UtilizationAlarm:
    return UtilizationAlarm(
        source=UtilizationAlarm.SOURCE_ANSWERS,
        scope="hosts/node-1",
        figure="allocated",
        resource_class="memory_mib",
        told=4_194_305,
        expected=4_194_304,
        first_position=80,
        last_position=88,
        raise_time=Timestamp(seconds=NOW),
        **more,
    )


def test_totals_that_are_right(cli: Cli, check: UtilizationCheck) -> None:
    check.CopyFrom(a_check())
    ran = cli("audit", "totals")
    assert (ran.code, ran.out) == (
        0,
        "6 scopes compared with 87 events at position 88, 2025-10-09 08:53:20, in 1.5 s: "
        "every total is what the ledger says.\n",
    )


def test_an_alarm_is_shown_to_the_unit_and_has_an_exit_code(cli: Cli, check: UtilizationCheck) -> None:
    check.CopyFrom(a_check())
    check.differences = 1
    check.alarms.append(an_alarm())
    check.ended_alarms.append(an_alarm(end_time=Timestamp(seconds=NOW + 60)))
    ran = cli("audit", "totals")
    assert ran.code == 11
    lines = ran.out.splitlines()
    assert lines[0].endswith("in 1.5 s: 1 ALARM.")
    head, row = (lines[number].split("  ") for number in (3, 4))
    assert head[0] == "SCOPE"
    cells = [cell.strip() for cell in row if cell]
    assert cells[:3] == ["hosts/node-1", "allocated memory_mib", "4194305 MiB"]
    assert cells[3:] == ["4194304 MiB", "totals in memory", "2025-10-09 08:53:20", "88"]
    assert lines[5] == "Over:"
    assert lines[-1].endswith("2025-10-09 08:54:20")
    shown = json.loads(cli("audit", "totals", "--output", "json").out)
    assert shown["alarms"][0]["scope"] == "hosts/node-1"
    warned = cli("utilization", "--host", "node-1")
    assert warned.code == 0
    assert "WARNING: 1 total is not what the ledger says: see `chronovisor audit totals`." in warned.out


def test_without_a_check_nothing_is_known(cli: Cli, check: UtilizationCheck) -> None:
    ran = cli("audit", "totals")
    assert (ran.code, ran.out) == (7, "No checks are made.\n")
    check.interval.seconds = 300
    ran = cli("audit", "totals")
    assert (ran.code, ran.out) == (7, "No check has been made yet: one is every 300 s.\n")
    check.CopyFrom(a_check())
    check.failure = "its process ended with -9"
    check.failure_time.seconds = NOW + 300
    ran = cli("audit", "totals")
    assert ran.code == 7
    assert ran.out.splitlines()[1] == "The check at 2025-10-09 08:58:20 failed: its process ended with -9."
    assert "WARNING" not in cli("utilization").out
