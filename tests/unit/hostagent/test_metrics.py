"""What Prometheus is given of an agent: by its names, of guests as they were read and measured."""

import asyncio
import urllib.request

import pytest
from hostagent.drivers.base import DriverError, Guest, GuestRef, GuestSample, HostSample, Power, Samples, VmUid
from hostagent.drivers.simulated.behaviour import Behaviour
from hostagent.drivers.simulated.driver import SimulatedDriver
from hostagent.metrics.agent_metrics import AgentMetrics
from hostagent.metrics.watch import DONE, FAILED
from hostagent.options import parse
from prometheus_client import generate_latest

from tests.support.exposition import Samples as Read
from tests.support.free_port import free_port

WEB = VmUid("0197f3c0-0000-7000-8000-000000000001")
GUEST = Guest(WEB, "projects/shop/vms/web", 2, Power.RUNNING, started=True)


def read(metrics: AgentMetrics) -> Read:
    return Read(generate_latest(metrics.registry).decode())


def test_a_session_is_one_thing_and_its_lease_another() -> None:
    now = 100.0
    metrics = AgentMetrics(lambda: now)
    metrics.connected(is_connected=True)
    metrics.lease_renewed(30.0)
    for kind in ("hello", "heartbeat", "heartbeat"):
        metrics.sent(kind)
    now = 107.5
    found = read(metrics)
    assert found.value("agent_connected") == 1
    assert found.value("agent_lease_age_seconds") == 7.5
    assert found.value("agent_lease_duration_seconds") == 30
    assert found.value("agent_messages_sent_total", kind="heartbeat") == 2
    metrics.connected(is_connected=False)
    assert read(metrics).value("agent_connected") == 0


def test_steps_are_counted_by_what_became_of_them() -> None:
    metrics = AgentMetrics()
    for outcome in (DONE, FAILED, FAILED):
        metrics.step("start", outcome, 0.5)
    found = read(metrics)
    assert found.value("agent_steps_total", step="start", outcome="failed") == 2
    assert found.value("agent_step_seconds_sum", step="start") == 1.5


def test_guests_have_the_names_that_their_vms_have() -> None:
    metrics = AgentMetrics()
    metrics.begins("node-1", lambda: [GUEST])
    measured = GuestSample(GuestRef(WEB, 2), cpu_us=2_500_000, memory_bytes=7)
    of_before = GuestSample(GuestRef(WEB, 1), cpu_us=9)
    metrics.sampled(Samples(1_000_000_000, HostSample(cpu_us=4_000_000), (measured, of_before)))
    found = read(metrics)
    labels = {"project": "shop", "vm": "web", "uid": WEB, "host": "node-1"}
    assert found.value("agent_guests", power="running") == 1
    assert found.value("agent_guests", power="crashed") == 0
    assert found.value("vm_cpu_seconds_total", **labels) == 2.5
    assert found.value("vm_memory_used_bytes", **labels) == 7
    assert found.value("vm_network_receive_bytes_total", **labels) is None
    assert found.value("host_cpu_busy_seconds_total", host="node-1") == 4


async def test_calls_of_the_hypervisor_are_timed_and_passed_on_as_they_are() -> None:
    metrics = AgentMetrics()
    driver = metrics.driver(SimulatedDriver(Behaviour()))
    await driver.open(lambda _uid: None)
    assert await driver.list_guests() == []
    with pytest.raises(DriverError):
        await driver.start(GuestRef(WEB, 1), paused=False)
    # What is no call of the hypervisor.
    assert driver.poll_s is None
    found = read(metrics)
    assert found.value("agent_hypervisor_call_seconds_count", call="list_guests", outcome="ok") == 1
    assert found.value("agent_hypervisor_call_seconds_count", call="start", outcome="error") == 1
    await driver.close()


async def test_they_are_served_where_the_option_says() -> None:
    port = free_port()
    assert parse([]).metrics is None
    address = parse(["--metrics", f"127.0.0.1:{port}"]).metrics
    assert address == ("127.0.0.1", port)
    metrics = AgentMetrics()
    end = metrics.serve("127.0.0.1", port)
    try:

        def scrape() -> str:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                return answer.read().decode()

        assert Read(await asyncio.to_thread(scrape)).value("agent_connected") == 0
    finally:
        end()


def test_an_address_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--metrics", "7481"])
    assert "expected ADDRESS:PORT" in capsys.readouterr().err
