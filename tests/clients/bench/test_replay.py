"""`chronovisor-bench replay`: a small trace against a real control plane, and traces that are none."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import chronovisor
import pytest
from chronovisor.bench import main as bench
from chronovisor.bench.fleet import MIXED, STANDARD, Shape, bound, fleet_of, parse_shape
from chronovisor.bench.placements import BASELINES, baseline
from chronovisor.bench.trace import BadTrace, Moment, Request, moments, read
from chronovisor.v1.vm_service_pb2 import ListVmsRequest
from chronovisor.v1.what_if_pb2 import WhatIfRequest

HEADER = "vm_id,arrival_s,batch_id,flavor,vcpus,memory_gib,lifetime_lo_s,lifetime_hi_s,censored\n"
SMALL = HEADER + "".join(
    f"{n},{300 * (n // 4)},{n},a,{1 << (n % 4)},{1.75 * (1 << (n % 4))},300,900,{n % 5 == 0:d}\n" for n in range(40)
)


@contextmanager
def control_plane(directory: Path) -> Generator[str]:
    """The address of one that somebody else started."""
    command = [
        sys.executable,
        "-m",
        "controlplane",
        "--listen",
        "127.0.0.1:0",
        "--insecure",
        "--socket",
        "none",
        "--store",
        f"sqlite:///{directory}/db",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = re.search(r"127\.0\.0\.1:\d+", process.stdout.readline())
            assert found
            yield found[0]
        finally:
            process.terminate()


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write(SMALL)
    return path


def test_a_trace_is_replayed_compared_and_drawn(trace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = trace.with_name("replay.png")
    assert bench.main(["replay", str(trace), "--host-shape", "16:64GiB", "--out", str(picture), "--json"]) == 0
    output = json.loads(capsys.readouterr().out)
    ours, *others = output["placements"]
    assert (ours["placement"], ours["placed"], ours["refused"]) == ("Chronovisor", 40, 0)
    assert [each["knowing"] for each in output["placements"]] == ["lifetimes told", "", "", ""]
    assert [each["placement"] for each in others] == list(BASELINES)
    assert ours["host_hours"] >= output["least_host_hours"] > 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_was_replayed_can_be_replayed_from_the_ledger_to_the_host(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with control_plane(tmp_path) as address:
        options = ["--server", address, "--host-shape", "16:64GiB", "--out", str(tmp_path / "replay.png"), "--json"]
        assert bench.main(["replay", str(trace), *options]) == 0
        ours = json.loads(capsys.readouterr().out)["placements"][0]
        with chronovisor.connect(address) as client:
            summaries = [each.summary for each in client.history.WhatIf(WhatIfRequest()) if each.HasField("summary")]
    (summary,) = summaries
    assert (summary.starts, summary.drift, summary.left_out) == (40, 0, 0)
    assert summary.was == summary.would
    assert summary.was.peak_hosts_in_use == ours["peak_hosts"]


def test_what_does_not_fit_is_counted_and_the_replay_goes_on(trace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(trace.with_name("replay.png"))
    assert bench.main(["replay", str(trace), "--hosts", "1", "--host-shape", "8:16GiB", "--out", out, "--json"]) == 0
    ours = json.loads(capsys.readouterr().out)["placements"][0]
    assert ours["refused"] > 0
    assert ours["placed"] + ours["refused"] == 40


def test_a_table_for_people(trace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(trace.with_name("replay.png"))
    assert bench.main(["replay", str(trace), "--mixed", "--most", "8", "--out", out]) == 0
    assert "AT WORST" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "has no column vm_id"),
        (HEADER, "has no requests"),
        (HEADER + "1,soon,1,a,1,1,1,1,0\n", "line 2, column arrival_s: must be a number, not 'soon'"),
        (HEADER + "1,0,1,a,0,1,1,1,0\n", "line 2, column vcpus: must be 1 to 1024, not 0"),
        (HEADER + "1,0,1,a,2000,1,1,1,0\n", "line 2, column vcpus: must be 1 to 1024, not 2000"),
        (HEADER + "1,0,1,a,1.5,1,1,1,0\n", "line 2, column vcpus: must be a whole number"),
        (HEADER + "1,0,1,a,1,nan,1,1,0\n", "line 2, column memory_gib"),
        (HEADER + "1,0,1,a,1,1,9,1,0\n", "line 2, column lifetime_hi_s"),
        (HEADER + "1,0,1\n", "line 2, column lifetime_lo_s: must be a number"),
    ],
)
def test_what_is_no_trace_is_refused_by_line_column_and_rule(
    tmp_path: Path, content: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "trace.csv"
    path.write_text(content)
    assert bench.main(["replay", str(path)]) == 1
    assert words in capsys.readouterr().err


def test_a_file_that_only_claims_to_be_gzipped(tmp_path: Path) -> None:
    path = tmp_path / "trace.csv.gz"
    path.write_text(SMALL)
    with pytest.raises(BadTrace, match="is not a CSV file"):
        read(path)


@pytest.mark.parametrize("begin", [b"", "\ufeff".encode()], ids=["plain", "marked"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["as it is", "gzipped"])
def test_a_trace_is_read_whatever_its_name_and_however_it_begins(
    tmp_path: Path, begin: bytes, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "trace"
    path.write_bytes(pack(begin + SMALL.encode().replace(b"\n", b"\r\n")))
    plain = tmp_path / "trace.csv"
    plain.write_text(SMALL)
    assert read(path) == read(plain)


def test_a_gzipped_file_that_was_cut(trace: Path) -> None:
    trace.write_bytes(trace.read_bytes()[:-40])
    with pytest.raises(BadTrace, match="is not a CSV file"):
        read(trace)


@pytest.mark.parametrize(
    ("name", "words"), [("replay.txt", "must end in one of .png"), ("no/replay.png", "cannot be written")]
)
def test_a_picture_that_cannot_be_drawn_is_refused_before_the_replay(
    trace: Path, name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main(["replay", str(trace), "--out", str(trace.parent / name)]) == 1
    output = capsys.readouterr().err
    assert words in output
    assert "requests" not in output


def test_a_server_that_is_given_is_left_as_it_was_found(trace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["replay", str(trace), "--out", str(trace.with_name("replay.png")), "--json", "--hosts"]
    with control_plane(trace.parent) as address:
        replays = [_placements(arguments, "9", address, capsys) for _ in range(2)]
        assert replays[0] == replays[1]
        assert bench.main([*arguments, "2", "--server", address]) == 1
    assert "a host that is not of the replay" in capsys.readouterr().err


def _placements(arguments: list[str], hosts: str, server: str, capsys: pytest.CaptureFixture[str]) -> object:
    assert bench.main([*arguments, hosts, "--server", server]) == 0
    return json.loads(capsys.readouterr().out)["placements"]


def test_departures_come_before_arrivals_and_nothing_after_the_last_arrival() -> None:
    requests = [
        Request("a", 0, 300, 1, 1),
        Request("b", 300, 900, 1, 1),
        Request("c", 600, None, 1, 1),
        Request("d", 600, 601, 1, 1),
    ]
    assert moments(requests) == [Moment(0, (), [0]), Moment(300, [0], [1]), Moment(600, (), [2, 3])]


def test_the_bound_is_the_most_that_any_class_needs() -> None:
    fleet = fleet_of([STANDARD], 10)
    assert [bound(*amounts, fleet) for amounts in ((0, 0), (1, 1), (65, 1), (1, 3 * 256 * 1024))] == [0, 1, 2, 3]
    # Of a mixed fleet, the largest of each class are counted first.
    assert bound(129, 1, fleet_of(MIXED, 8)) == 2


def test_baselines_do_what_their_names_say() -> None:
    requests = [Request(str(number), 0, None, 2, 1024) for number in range(2)]
    fleet = fleet_of([Shape(4, 4096)], 3)
    used = {name: baseline(name, fleet, requests, moments(requests)).in_use[-1] for name in BASELINES}
    assert used == {
        "first fit": 1,
        "best fit on memory": 1,
        "spread, Nova's default": 2,
    }


def test_a_shape_is_vcpus_and_memory() -> None:
    assert parse_shape("64:256GiB") == STANDARD
    for bad in ("64", "64:256", "0:1GiB", "x:1GiB"):
        with pytest.raises(ValueError, match="is not VCPUS:MEMORY"):
            parse_shape(bad)


@pytest.mark.parametrize("lifetimes", ["told", "unknown"])
def test_lifetimes_are_declared_or_not_and_the_table_says_which(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lifetimes: str
) -> None:
    with control_plane(tmp_path) as address:
        options = ["--server", address, "--host-shape", "16:64GiB", "--out", str(tmp_path / "replay.png")]
        assert bench.main(["replay", str(trace), *options, "--lifetimes", lifetimes]) == 0
        assert f"lifetimes {lifetimes}" in " ".join(capsys.readouterr().out.split())
        with chronovisor.connect(address) as client:
            vms = client.vms.ListVms(ListVmsRequest(parent="projects/default", show_deleted=True)).vms
    assert {vm.HasField("expected_lifetime") for vm in vms} == {lifetimes == "told"}
