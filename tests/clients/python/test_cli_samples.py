"""What was measured, on the command line: used beside allocated, a VM's and a host's samples, a line of `vm show`."""

import pytest
from chronovisor.cli.text.units import bytes_text
from chronovisor.v1.sample_pb2 import MeasuredSample, Sample
from chronovisor.v1.utilization_service_pb2 import ListSamplesRequest, ListSamplesResponse, Utilization
from google.protobuf.timestamp_pb2 import Timestamp

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE, last_request

WEB = "projects/default/vms/web-1"
MIB = 1 << 20
NOW = 1_760_000_000


def measure(plane: Plane, name: str, *samples: MeasuredSample) -> None:
    """From now on these are the samples of one VM or host; what the first two classes use follows from the last."""

    def count(utilization: Utilization) -> None:
        for each, used in zip(utilization.classes, (0.934, 161.4, 0.25, None), strict=True):
            if used is not None:
                each.used = used
        utilization.measured_vms = 1
        utilization.oldest_sample_time.CopyFrom(samples[-1].sample.sample_time)

    def listed(request: ListSamplesRequest) -> ListSamplesResponse:
        return ListSamplesResponse(samples=samples if request.name == name else [])

    plane.proxy.answer("ListSamples", by=listed)
    if samples:
        plane.proxy.edit("GetUtilization", count)


def measured(second: int, vcpus: float | None = None, **rates: float) -> MeasuredSample:
    sample = Sample(sample_time=Timestamp(seconds=NOW + second), memory_bytes=161 * MIB, disk_bytes=200 * 1024)
    return MeasuredSample(sample=sample, incarnation=1, used_vcpus=vcpus, **rates)


@pytest.fixture
def of_web(cli: Cli, plane: Plane) -> None:
    """A VM that was measured twice."""
    cli(
        *CREATE[:4],
        "4",
        "--memory",
        "8GiB",
        "--disk",
        "50GiB",
        "--image",
        "tiny",
        "--extended",
        "gpu.a100=1",
        "--start",
    )
    rates = {"disk_read_bytes_per_second": 1.5 * MIB, "disk_written_bytes_per_second": 0.0}
    measure(plane, WEB, measured(-10), measured(0, 0.934, **rates))


@pytest.mark.usefixtures("of_web")
def test_used_is_shown_beside_allocated(cli: Cli) -> None:
    lines = cli("utilization").out.splitlines()
    assert lines[1].split() == ["CLASS", "TOTAL", "ALLOCATED", "USED", "FREE", "ETA"]
    assert lines[2].split()[:6] == ["vCPUs", "8", "4", "0.93", "4", "50.0%"]
    assert lines[3].split()[3:8] == ["8", "GiB", "161", "MiB", "8"]
    assert lines[4].split()[3:8] == ["50", "GiB", "256", "MiB", "50"]
    assert lines[5].split()[:5] == ["gpu.a100", "2", "1", "-", "1"]
    assert lines[6].startswith("USED: measured of 1 VM, at most ")
    assert lines[6].endswith(" ago.")
    found = cli("-o", "json", "utilization").json
    assert (found["classes"][0]["used"], found["measured_vms"]) == (0.934, "1")
    assert "used" not in found["classes"][3]


def test_where_nothing_was_measured_there_is_no_column_of_it(cli: Cli) -> None:
    shown = cli("utilization").out
    assert "USED" not in shown
    assert shown.splitlines()[1].split() == ["CLASS", "TOTAL", "ALLOCATED", "FREE", "ETA"]
    assert "used" not in cli("-o", "json", "utilization").json["classes"][0]


@pytest.mark.usefixtures("of_web")
def test_the_samples_of_a_vm_are_a_line_each_the_newest_last(cli: Cli, plane: Plane) -> None:
    lines = cli("vm", "samples", "web-1").out.splitlines()
    # Nothing was measured of a network.
    assert lines[0].split() == ["WHEN", "CPUS", "MEMORY", "DISK", "READ/S", "WRITTEN/S"]
    assert lines[1].split()[2:] == ["-", "161", "MiB", "200", "KiB", "-", "-"]
    assert lines[2].split()[2:] == ["0.93", "161", "MiB", "200", "KiB", "1.5", "MiB", "0", "B"]
    assert len(lines) == 3
    assert last_request(plane, "ListSamples").name == WEB
    found = cli("vm", "samples", "web-1", "--output", "json").json
    assert [each.get("used_vcpus") for each in found["samples"]] == [None, 0.934]
    assert "network_sent_bytes" not in found["samples"][0]["sample"]


def test_the_samples_of_a_host(cli: Cli, plane: Plane) -> None:
    measure(plane, "hosts/node-1")
    assert cli("host", "samples", "node-1").out == "Nothing was measured of node-1 lately.\n"
    measure(plane, "hosts/node-1", measured(0, 1.5))
    lines = cli("host", "samples", "node-1").out.splitlines()
    assert lines[0].split() == ["WHEN", "CPUS", "MEMORY", "DISK"]
    assert lines[1].split()[2] == "1.50"


def test_the_samples_of_a_vm_that_is_not_there(cli: Cli) -> None:
    assert cli("vm", "samples", "none").code == 3
    cli(*CREATE)
    assert cli("vm", "samples", "web-1").out == "Nothing was measured of web-1 lately.\n"


@pytest.mark.usefixtures("of_web")
def test_vm_show_has_what_it_uses_now(cli: Cli, plane: Plane) -> None:
    (line,) = [line for line in cli("vm", "show", "web-1").out.splitlines() if line.startswith("uses")]
    assert "0.93 vCPUs, 161 MiB memory, 200 KiB disk, " in line
    assert line.endswith(" ago")
    measure(plane, WEB)
    assert "uses" not in cli("vm", "show", "web-1").out


@pytest.mark.usefixtures("of_web")
def test_vm_show_reads_no_samples_where_they_do_not_belong(cli: Cli, plane: Plane) -> None:
    before = len(plane.proxy.calls_of("ListSamples"))
    cli("at", "5", "vm", "show", "web-1")
    cli("vm", "show", "web-1", "--output", "json")
    cli("vm", "destroy", "web-1", "--yes")
    uid = plane.vm().uid
    assert cli("vm", "show", uid).code == 0
    assert len(plane.proxy.calls_of("ListSamples")) == before


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 B"),
        (0.4, "0 B"),
        (1023, "1023 B"),
        (1023.6, "1.0 KiB"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (161.4 * MIB, "161 MiB"),
        (99.96 * MIB, "100 MiB"),
        (23.44 * 1024 * MIB, "23.4 GiB"),
        (5000 * 1024**4, "5000 TiB"),
    ],
)
def test_bytes_in_words(amount: float, text: str) -> None:
    assert bytes_text(amount) == text
