"""`chronovisor what-if`: what is requested, and what is shown of the answer."""

from pathlib import Path

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.v1.host_pb2 import Host
from chronovisor.v1.resources_pb2 import ResourceInventory
from chronovisor.v1.what_if_pb2 import (
    MoreHosts,
    WhatIfClass,
    WhatIfCourse,
    WhatIfFigures,
    WhatIfMean,
    WhatIfMove,
    WhatIfPoint,
    WhatIfProgress,
    WhatIfRefusal,
    WhatIfRequest,
    WhatIfResponse,
    WhatIfSummary,
)
from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.domain.errors import Unavailable
from controlplane.domain.reasons import Reason
from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane

VCPUS = WhatIfClass(resource_class="vcpus", total=8, allocated=2, eta=0.25, total_in_use=4, eta_in_use=0.5)


def course(host_hours: float, peak: int, eta: float) -> WhatIfCourse:
    mean = WhatIfMean(resource_class="vcpus", eta=eta, eta_in_use=2 * eta, unit_hours=12.0)
    return WhatIfCourse(host_hours=host_hours, peak_hosts_in_use=peak, classes=[mean])


def a_point(seconds: int, hosts: int) -> WhatIfResponse:
    totals = WhatIfFigures(hosts=4, hosts_in_use=hosts, classes=[VCPUS])
    return WhatIfResponse(point=WhatIfPoint(time=Timestamp(seconds=seconds), position=7, was=totals, would=totals))


SUMMARY = WhatIfSummary(
    from_position=3,
    from_time=Timestamp(seconds=1_750_000_000),
    to_position=900,
    to_time=Timestamp(seconds=1_750_086_400),
    events=897,
    requests=400,
    starts=120,
    displaced=2,
    refused={"NO_CAPACITY": 2, "QUOTA_EXCEEDED": 1},
    refusals=[
        WhatIfRefusal(position=77, vm="projects/default/vms/web-1", reason="NO_CAPACITY", message="no host fits")
    ],
    elsewhere=31,
    moves=[WhatIfMove(position=8, vm="projects/default/vms/web-2", was="hosts/a", would="hosts/b")],
    left_out=1,
    was=course(120.0, 6, 0.25),
    would=course(90.0, 5, 0.3),
)


@pytest.fixture
def answering(plane: Plane) -> Plane:
    progress = WhatIfProgress(position=500, from_position=3, to_position=900)
    points = [a_point(1_750_000_000, 3), a_point(1_750_086_400, 4)]
    plane.proxy.answer("WhatIf", WhatIfResponse(progress=progress), *points, WhatIfResponse(summary=SUMMARY))
    return plane


def requests(plane: Plane) -> list[WhatIfRequest]:
    return [call.request for call in plane.proxy.calls_of("WhatIf")]


def test_the_table_has_then_if_and_difference(cli: Cli, answering: Plane) -> None:
    ran = cli("what-if", "--from", "3", "--policy", "balance", "--ratio", "vcpus=2")
    assert (ran.code, ran.err) == (0, "")
    rows = [line.split("  ") for line in ran.out.splitlines()]
    shown = {row[0]: [each.strip() for each in row[1:] if each.strip()] for row in rows if row[0]}
    assert shown["hosts in use, peak"] == ["6", "5", "-1 (-16.7%)"]
    assert shown["host-hours"] == ["120.0", "90.0", "-30.0 (-25.0%)"]
    assert shown["starts refused"] == ["not recorded", "3", "+3"]
    assert shown["vCPU eta of hosts in use"] == ["50.0%", "60.0%", "+10.0 points"]
    assert "web-1: no host fits (NO_CAPACITY)" in ran.out
    assert "DRIFT" not in ran.out
    (request,) = requests(answering)
    assert request == WhatIfRequest(
        from_position=3, placement_policy="balance", allocation_ratios={"vcpus": 2.0}, max_points=request.max_points
    )


def test_drift_is_shown_and_so_is_none(cli: Cli, answering: Plane) -> None:
    for drift, words in ((0, "gives what happened"), (7, "DRIFT: nothing was changed, and 7 starts")):
        summary = WhatIfSummary(drift=drift)
        summary.MergeFrom(SUMMARY)
        answering.proxy.answer("WhatIf", WhatIfResponse(summary=summary))
        assert words in cli("what-if").out


def test_times_fleets_and_hosts_are_requested_as_they_are_meant(cli: Cli, answering: Plane) -> None:
    ran = cli(
        *("what-if", "--from", "2026-11-20T10:00+00:00", "--to", "900", "--without-host", "node-1"),
        *("--add-hosts", "2x64:256GiB:2TiB", "--add-hosts", "3 x node-2"),
    )
    assert (ran.code, ran.err) == (0, "")
    (request,) = requests(answering)
    assert (request.from_time.seconds, request.to_position) == (1_795_168_800, 900)
    assert list(request.without_hosts) == ["hosts/node-1"]
    totals = {"vcpus": 64, "memory_mib": 256 << 10, "disk_gib": 2 << 10}
    inventory = {name: ResourceInventory(total=total) for name, total in totals.items()}
    assert list(request.add_hosts) == [
        MoreHosts(count=2, host=Host(inventory=inventory)),
        MoreHosts(count=3, like="hosts/node-2"),
    ]
    assert not request.replace_fleet
    assert cli("what-if", "--fleet", "9xnode-1").code == 0
    assert requests(answering)[-1].replace_fleet


def test_json_has_the_summary_and_the_series(cli: Cli, answering: Plane) -> None:
    answer = cli("what-if", "--output", "json").json
    assert answer["summary"]["refused"] == {"NO_CAPACITY": "2", "QUOTA_EXCEEDED": "1"}
    assert [each["was"]["hosts_in_use"] for each in answer["points"]] == ["3", "4"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [".png", ".svg", ".pdf"])
def test_the_picture_is_drawn(cli: Cli, answering: Plane, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"what-if{kind}"
    ran = cli("what-if", "--picture", str(file))
    assert (ran.code, ran.err) == (0, "")
    assert str(file) in ran.out
    assert file.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml", b"%PDF-")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "yesterday"), "is not a time such as"),
        (("--to", "1" * 30), "is too much"),
        (("--ratio", "vcpus"), "KEY=VALUE"),
        (("--fleet", "many"), "is not NxSHAPE"),
        (("--fleet", "2x64:256GiB"), "is not VCPUS:MEMORY:DISK"),
        (("--fleet", "2x64:lots:2TiB"), "is not a size"),
        (("--fleet", "1xa", "--add-hosts", "1xb"), "one of --fleet and --add-hosts"),
        (("--picture", "what-if.txt"), "must end in one of .png"),
        (("--picture", "no/where.png"), "cannot be written"),
    ],
)
def test_what_makes_no_sense_is_an_error_before_anything_is_requested(
    cli: Cli, answering: Plane, options: tuple[str, ...], words: str
) -> None:
    ran = cli("what-if", *options)
    assert ran.code == Exit.USAGE
    assert words in ran.err
    assert not requests(answering)


def test_another_one_that_runs_is_reported(cli: Cli, plane: Plane) -> None:
    plane.proxy.fail_next("WhatIf", Unavailable(Reason.WHAT_IF_BUSY, "another what-if is being replayed", 5.0))
    ran = cli("what-if")
    assert ran.code == Exit.UNAVAILABLE
    assert "WHAT_IF_BUSY" in ran.err
