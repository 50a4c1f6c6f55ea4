"""The course of eta over a replayed trace: drawn from a stream, it is what queries of the past draw."""

import threading
from collections.abc import Iterator
from pathlib import Path

import chronovisor
import pytest
from chronovisor.bench import main as bench
from chronovisor.streams.resumable import Watch
from chronovisor.v1.host_pb2 import Host
from chronovisor.v1.host_service_pb2 import RegisterHostRequest
from chronovisor.v1.resources_pb2 import ResourceInventory
from chronovisor.v1.utilization_service_pb2 import GetUtilizationRequest, Utilization

from tests.clients.bench.test_replay import control_plane, trace  # pyright: ignore[reportUnusedImport] a fixture

LONGEST_S = 60.0
__all__ = ["trace"]
CLASSES = ("vcpus", "memory_mib", "disk_gib", "gpu.last")
THE_LAST = Host(inventory={name: ResourceInventory(total=8) for name in CLASSES})

# Of each class: what there is, what is allocated, and eta.
Totals = dict[str, tuple[int, int, float]]


def totals(found: Utilization) -> Totals:
    return {each.resource_class: (each.total, each.allocated, each.eta) for each in found.classes}


@pytest.mark.parametrize("live", [True, False], ids=["while it is replayed", "afterwards, from the start"])
def test_eta_from_the_stream_is_eta_as_of_each_position(trace: Path, tmp_path: Path, live: bool) -> None:
    options = ["--host-shape", "16:64GiB", "--out", str(tmp_path / "replay.png"), "--json"]
    with control_plane(tmp_path) as address, chronovisor.connect(address) as client:
        drawn: list[tuple[int, Totals]] = []
        watch = client.watch_utilization(start=1)
        drawing = threading.Thread(target=lambda: drawn.extend(_drawn(watch)))
        if live:
            drawing.start()
        assert bench.main(["replay", str(trace), "--server", address, *options]) == 0
        if not live:
            drawing.start()
        client.hosts.RegisterHost(RegisterHostRequest(host_id="the-last", host=THE_LAST))
        drawing.join(LONGEST_S)
        watch.close()
        assert len(drawn) > 20
        for position, seen in drawn:
            request = GetUtilizationRequest(scope="fleet", at_position=position)
            assert totals(client.utilization.GetUtilization(request)) == seen, position
        assert max(seen["vcpus"][2] for _, seen in drawn) > 0.1


def _drawn(watch: Watch[Utilization]) -> Iterator[tuple[int, Totals]]:
    """The course until the last host is registered."""
    for found in watch:
        yield found.position, totals(found)
        if any(each.resource_class == "gpu.last" for each in found.classes):
            return
