"""`chronovisor usage`: a bill, as a table, as CSV, as JSON."""

import json

import pytest
from chronovisor.v1.utilization_service_pb2 import ClassUsage, GetUsageRequest, GetUsageResponse, Usage

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.proxy import pages
from tests.clients.python.test_cli import last_request


def hour(group: str, uid: str = "") -> Usage:
    classes = [
        ClassUsage(resource_class="vcpus", unit_seconds=7200, unit_micros=1),
        ClassUsage(resource_class="memory_mib", unit_seconds=3600 * 1024),
    ]
    return Usage(group=group, uid=uid, classes=classes)


def used(request: GetUsageRequest) -> GetUsageResponse:
    """Of two projects, a page each; of two VMs of one name, one after the other."""
    match request.group_by:
        case "projects":
            usages = [hour("projects/shop"), hour("projects/web")]
        case "vms":
            usages = [hour("projects/default/vms/web-1", uid) for uid in ("one", "two")]
        case _:
            usages = [hour("")]
    return pages(GetUsageResponse, "usages", usages, 1 if request.group_by == "projects" else 2, position=7)(request)


@pytest.fixture
def plane(plane: Plane) -> Plane:
    """What was held in an hour of the past is answered for it: nothing of this one is an hour old."""
    plane.proxy.answer("GetUsage", by=used)
    return plane


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


def test_as_json_it_has_all_pages(cli: Cli, plane: Plane) -> None:
    found = json.loads(cli("usage", "--from", "1h", "--by", "project", "--output", "json").out)
    assert [each["group"] for each in found["usages"]] == ["projects/shop", "projects/web"]
    assert last_request(plane, "GetUsage").page_token == "1"


@pytest.mark.parametrize(
    ("options", "scope", "group_by"),
    [
        ((), "fleet", ""),
        (("--of-project", "shop"), "projects/shop", ""),
        (("--of-vm", "web-1", "--by", "vm"), "projects/default/vms/web-1", "vms"),
        (("--by", "labels.team"), "fleet", "labels.team"),
    ],
)
def test_usage_of_a_part(cli: Cli, plane: Plane, options: tuple[str, ...], scope: str, group_by: str) -> None:
    assert cli("usage", "--from", "2025-01-01T00:00Z", *options).code == 0
    request = last_request(plane, "GetUsage")
    assert (request.scope, request.group_by) == (scope, group_by)
    assert request.start_time.ToJsonString() == "2025-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "options", [("--from", "12"), ("--from", "1h", "--of-vm", "a", "--of-project", "b"), ("--from", "soon"), ()]
)
def test_what_makes_no_sense_is_a_usage_error(cli: Cli, options: tuple[str, ...]) -> None:
    assert cli("usage", *options).code == 2
