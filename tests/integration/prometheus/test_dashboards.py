"""The dashboards are what the code makes, and every query of them gives data on a real Prometheus."""

import asyncio
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chronovisor.v1 import history_service_pb2
from hostagent.agent import Agent
from hostagent.drivers.base import Guest, GuestRef, GuestSample, HostSample, Power, Samples, VmUid
from hostagent.drivers.simulated.behaviour import Behaviour
from hostagent.drivers.simulated.driver import SimulatedDriver
from hostagent.metrics.agent_metrics import AgentMetrics
from prometheus_client import generate_latest

from deploy.grafana import generate
from tests.integration.controlplane.plane import running
from tests.integration.prometheus.exporter import Scrape, exporting, of_plane, scrape_config
from tests.integration.prometheus.faults import is_active, repeated, stored
from tests.integration.prometheus.prometheus_server import RANGE, Prometheus, prometheus
from tests.support.waiting import WAIT_S, until

# What a dashboard's variables are when everything is selected.
VALUES = {"$job": ".*", "$instance": ".*", "$project": ".*", "$__rate_interval": RANGE}


def dashboards() -> Iterator[tuple[str, dict[str, Any]]]:
    return ((path.stem, json.loads(path.read_text())) for path in sorted(generate.DIRECTORY.glob("*.json")))


def queries() -> Iterator[str]:
    for _, board in dashboards():
        for panel in board["panels"]:
            yield from (target["expr"] for target in panel.get("targets", ()))
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                found = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"])
                assert found, variable
                yield f"count by ({found[2]}) ({found[1]})"


def selected(query: str) -> str:
    for name, value in VALUES.items():
        query = query.replace(name, value)
    assert "$" not in query
    return query


def networked() -> Scrape:
    """An agent whose guest has a network: simulated ones have none."""
    metrics, uid = AgentMetrics(), VmUid("0197f3c0-0000-7000-8000-000000000001")
    metrics.begins("node-2", lambda: [Guest(uid, "projects/shop/vms/net", 1, Power.RUNNING, started=True)])

    async def scrape() -> bytes:
        now_ns = time.time_ns()
        traffic = GuestSample(
            GuestRef(uid, 1), network_received_bytes=now_ns // 1000, network_sent_bytes=now_ns // 2000
        )
        metrics.sampled(Samples(now_ns, HostSample(), (traffic,)))
        return generate_latest(metrics.registry)

    return scrape


def test_the_committed_dashboards_are_fresh() -> None:
    assert {path: path.read_text() for path in generate.DIRECTORY.glob("*.json")} == generate.texts()


@pytest.mark.parametrize(("name", "board"), [*dashboards()], ids=lambda each: each if isinstance(each, str) else "")
def test_panels_have_a_place_and_a_number_of_their_own(name: str, board: dict[str, Any]) -> None:
    assert board["uid"] == name
    assert board["schemaVersion"] >= 36
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"])


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("prometheus"), reason="needs Prometheus: apt-get install prometheus")
async def test_every_query_of_them_gives_data(tmp_path: Path) -> None:
    metrics = AgentMetrics()
    driver = SimulatedDriver(Behaviour(), name="node-1")

    async def agents() -> bytes:
        return generate_latest(metrics.registry)

    async with running(stored(tmp_path)) as plane:
        server = f"127.0.0.1:{plane.control_plane.port}"
        agent = Agent(server, "node-1", driver, retry_first_s=0.01, sample_every_s=0.3, metrics=metrics)
        working = asyncio.create_task(agent.run())
        watching = plane.history.WatchEvents(history_service_pb2.WatchEventsRequest())
        await watching.read()
        await until(lambda: is_active(plane))
        await plane.wait(await plane.create(start=True))

        async def live() -> None:
            await plane.wait(await plane.create("other", start=True))
            await plane.wait(await plane.delete("other"))

        scrapes = {"server": of_plane(plane, include_vms=True), "agents": agents, "networked": networked()}
        async with repeated(live), exporting(scrapes) as port:
            configs = [scrape_config(name, port) for name in scrapes]
            async with prometheus(tmp_path, configs) as found:
                await _all_give_data(found)
        watching.cancel()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def _all_give_data(server: Prometheus) -> None:
    left = set(map(selected, queries()))
    assert left
    try:
        async with asyncio.timeout(WAIT_S):
            while left:
                left -= {query for query in left if await server.query(query)}
                await asyncio.sleep(0.5)
    except TimeoutError:
        pytest.fail("no data: " + "\n".join(sorted(left)))
    # What users of another exporter look for.
    assert await server.query("libvirt_domain_info_cpu_time_seconds_total")
