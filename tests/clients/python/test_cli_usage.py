"""`chronovisor usage`: a bill, as a table, as CSV, as JSON."""

import json

import pytest

from tests.clients.python.conftest import Cli
from tests.clients.python.fake_control_plane import ControlPlane
from tests.clients.python.test_cli import last_request


def test_a_bill_by_project_has_a_line_each_and_the_sum(cli: Cli) -> None:
    lines = cli("usage", "--from", "1h", "--by", "project").out.splitlines()
    assert lines[0].split() == ["PROJECT", "vCPU-HOURS", "GiB-HOURS", "DISK", "GiB-HOURS"]
    assert [line.split() for line in lines[1:]] == [
        ["shop", "2.000", "1.000", "0.000"],
        ["web", "2.000", "1.000", "0.000"],
        ["all", "4.000", "2.000", "0.000"],
    ]


def test_vms_that_had_one_name_have_their_uids_beside_it(cli: Cli) -> None:
    ran = cli("usage", "--from", "1h", "--by", "vm")
    assert [line.split()[:2] for line in ran.out.splitlines()[1:3]] == [
        ["default/web-1", "(one)"],
        ["default/web-1", "(two)"],
    ]


def test_as_csv_it_is_exact(cli: Cli) -> None:
    lines = cli("usage", "--from", "1h", "--by", "project", "--output", "csv").out.splitlines()
    assert lines == [
        "group,uid,vcpus_seconds,memory_mib_seconds,disk_gib_seconds",
        "projects/shop,,7200.000001,3686400.000000,0.000000",
        "projects/web,,7200.000001,3686400.000000,0.000000",
    ]


def test_as_json_it_has_all_pages(cli: Cli, plane: ControlPlane) -> None:
    found = json.loads(cli("usage", "--from", "1h", "--by", "project", "--output", "json").out)
    assert [each["group"] for each in found["usages"]] == ["projects/shop", "projects/web"]
    assert last_request(plane, "GetUsage").page_token == "more"


@pytest.mark.parametrize(
    ("options", "scope", "group_by"),
    [
        ((), "fleet", ""),
        (("--of-project", "shop"), "projects/shop", ""),
        (("--of-vm", "web-1", "--by", "vm"), "projects/default/vms/web-1", "vms"),
        (("--by", "labels.team"), "fleet", "labels.team"),
    ],
)
def test_usage_of_a_part(cli: Cli, plane: ControlPlane, options: tuple[str, ...], scope: str, group_by: str) -> None:
    assert cli("usage", "--from", "2025-01-01T00:00Z", *options).code == 0
    asked = last_request(plane, "GetUsage")
    assert (asked.scope, asked.group_by) == (scope, group_by)
    assert asked.start_time.ToJsonString() == "2025-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "options", [("--from", "12"), ("--from", "1h", "--of-vm", "a", "--of-project", "b"), ("--from", "soon"), ()]
)
def test_what_makes_no_sense_is_a_usage_error(cli: Cli, options: tuple[str, ...]) -> None:
    assert cli("usage", *options).code == 2
