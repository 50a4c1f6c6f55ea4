"""What Prometheus is given: of the server and the fleet, of projects and VMs, for whoever may see them."""

import asyncio
import functools
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import grpc
import pytest
from chronovisor.v1 import history_service_pb2, vm_service_pb2
from chronovisor.v1.metrics_service_pb2 import GetMetricsRequest
from chronovisor.v1.sample_pb2 import GuestSample, InterfaceSample
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families,  # pyright: ignore[reportUnknownVariableType]
)

from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.plane import DEFAULT, WAIT_S, Plane, refused, running, vm_name
from tests.integration.controlplane.tenants import Metadata, Tenants, by, two_tenants
from tests.integration.controlplane.test_agents import started
from tests.integration.controlplane.test_samples import heard, sample, send
from tests.support.exposition import Samples
from tests.support.postgresql import Cluster

ANNA, VERA = by("anna"), by("vera")


@pytest.fixture(params=["memory", pytest.param("postgresql", marks=pytest.mark.slow)])
async def plane(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Plane]:
    if request.param == "memory":
        store = "memory:"
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        store = cluster.new_database()
    async with running(store, home=tmp_path) as found:
        yield found


async def scraped(plane: Plane, caller: Metadata = (), **request: object) -> Samples:
    found = await plane.metrics.GetMetrics(GetMetricsRequest(**request), metadata=caller)  # pyright: ignore[reportArgumentType]
    assert found.content_type.startswith("text/plain; version=0.0.4")
    return Samples(found.data.decode())


@pytest.mark.covers("MetricsService.GetMetrics")
async def test_the_fleet_is_as_the_api_has_it(plane: Plane) -> None:
    await plane.register(vcpus=8)
    await plane.wait(await plane.create())
    await plane.create("other", start=True)
    found = await scraped(plane)
    assert found.value("hosts", state="ACTIVE") == 1
    assert found.value("vms", state="STOPPED") == 1
    assert found.value("vms", state="STARTING") == 1
    assert found.value("operations_running", step="start") == 1
    assert found.value("resource_capacity", zone="", resource="cpu", unit="core") == 8
    assert found.value("resource_allocated", zone="", resource="memory", unit="byte") == 512 << 20
    assert found.value("eta_ratio", zone="", resource="cpu") == 0.25
    assert found.value("commands_total", command="CreateVm", outcome="accepted") == 2
    assert found.value("rpc_calls_total", service="chronovisor.v1.VmService", method="CreateVm", code="OK") == 2
    assert found.value("ledger_position") == plane.control_plane.reads.position
    assert found.value("ledger_untrusted") == 0
    assert "process_resident_memory_bytes" in found.names


async def test_names_of_vms_are_there_only_when_they_are_requested(plane: Plane) -> None:
    await plane.create()
    assert not list((await scraped(plane)).of("vm_info"))
    named = dict(next((await scraped(plane, include_vms=True)).of("vm_info"))[0])
    assert (named["project"], named["vm"], named["state"]) == ("default", "web", "STOPPED")


async def test_what_a_vm_uses_is_what_its_agent_measured(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        measured = sample(-1, 12.5, memory_bytes=5 << 20, disk_read_bytes=700, network_received_bytes=9)
        card = InterfaceSample(index=1, refused_frames=3, spoofed_frames=2)
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=measured, interfaces=[card]))
        await heard(plane, agent)
        found = await scraped(plane, project=DEFAULT)
        labels = {"project": "default", "vm": "web", "uid": uid, "host": "node-1"}
        assert found.value("vm_cpu_seconds_total", **labels) == 12.5
        assert found.value("vm_memory_used_bytes", **labels) == 5 << 20
        assert found.value("vm_memory_bytes", **labels) == 512 << 20
        assert found.value("vm_disk_read_bytes_total", **labels) == 700
        assert found.value("vm_network_receive_bytes_total", **labels) == 9
        # It was not measured.
        assert found.value("vm_network_transmit_bytes_total", **labels) is None
        stopped = functools.partial(found.value, "vm_network_stopped_frames_total", card="1", **labels)
        assert stopped(direction="receive", why="rules") == 3
        assert stopped(direction="transmit", why="rules") is None
        assert stopped(direction="transmit", why="spoofed") == 2
        assert (await scraped(plane)).value("agents_connected") == 1


async def test_promtool_finds_nothing_wrong_with_names_and_units(plane: Plane) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    async with connected(plane) as agent:
        uid = await started(plane, agent)
        await send(agent, GuestSample(vm_uid=uid, incarnation=1, sample=sample(-1, 12.5, memory_bytes=5 << 20)))
        await heard(plane, agent)
        found = await plane.metrics.GetMetrics(GetMetricsRequest(include_vms=True))
    check = await asyncio.create_subprocess_exec(
        promtool, "check", "metrics", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=-2
    )
    output, _ = await check.communicate(found.data)
    assert (check.returncode, output.decode()) == (0, "")


async def test_a_history_that_is_known_is_counted_as_it_was(plane: Plane) -> None:
    await plane.register(vcpus=8)
    await plane.create("a", start=True)
    await plane.create("b")
    await refused(plane.create("b"))
    found = await scraped(plane)
    position = plane.control_plane.reads.position
    assert found.value("commands_total", command="CreateVm", outcome="accepted") == 2
    assert found.value("commands_total", command="CreateVm", outcome="refused") == 1
    assert found.value("command_refusals_total", reason="VM_ALREADY_EXISTS") == 1
    assert found.value("ledger_events_total", event="vm_created") == 2
    assert found.value("ledger_events_total", event="vm_start_requested") == 1
    assert found.value("ledger_seals_total") == plane.control_plane.writer.batch
    stages = {each: found.value("command_stage_seconds_count", stage=each) for each in ("wait", "decide")}
    commits = {each: found.value("command_stage_seconds_count", stage=each) for each in ("commit", "answer")}
    assert len({*stages.values()}) == len({*commits.values()}) == 1
    commands = sum(value for _, value in found.of("commands_total"))
    assert stages["wait"] == found.value("batch_commands_sum") == commands
    # One a batch that appended: what was refused alone was in none.
    assert 0 < (found.value("ledger_commit_seconds_count") or 0) <= (found.value("batch_commands_count") or 0) - 1
    assert found.value("commands_waiting") == 0
    assert found.value("projector_lag_positions") == position - (found.value("projector_position") or 0)
    assert found.value("leases") == found.value("agents_connected") == 0
    assert sum(value for _, value in found.of("deadlines_passed_total")) == 0
    assert found.value("event_loop_lag_seconds_count") is not None


async def test_the_metrics_are_open_metrics_on_request(plane: Plane) -> None:
    await plane.create()
    request = GetMetricsRequest(open_metrics=True, include_vms=True)
    found = await plane.metrics.GetMetrics(request)
    assert found.content_type.startswith("application/openmetrics-text; version=1.0.0")
    families = {each.name: each.type for each in text_string_to_metric_families(found.data.decode())}
    assert families["chronovisor_commands"] == "counter"
    assert found.data.endswith(b"# EOF\n")


async def test_a_project_is_named_as_it_must_be_and_must_be_there(plane: Plane) -> None:
    odd = await refused(plane.metrics.GetMetrics(GetMetricsRequest(project="shop")))
    assert (odd.reason, odd.fields) == ("INVALID_FIELD", ["project"])
    gone = await refused(plane.metrics.GetMetrics(GetMetricsRequest(project="projects/shop")))
    assert gone.reason == "PROJECT_NOT_FOUND"


async def test_a_stream_that_follows_is_counted_until_it_ends(plane: Plane) -> None:
    watching = plane.history.WatchEvents(history_service_pb2.WatchEventsRequest())
    await watching.read()
    found = await scraped(plane)
    assert found.value("streams_following") == 1
    labels = {"service": "chronovisor.v1.HistoryService", "method": "WatchEvents"}
    assert found.value("rpc_streams_open", **labels) == 1
    watching.cancel()
    async with asyncio.timeout(WAIT_S):
        while (await scraped(plane)).value("streams_following"):
            continue
    assert (await scraped(plane)).value("rpc_calls_total", **labels, code="CANCELLED") == 1


async def test_a_refusal_is_counted_by_reason_and_rule(plane: Plane) -> None:
    await plane.register(vcpus=1)
    await plane.create()
    await refused(plane.vms.StartVm(vm_service_pb2.StartVmRequest(name=vm_name("web"))))
    found = await scraped(plane)
    assert found.value("command_refusals_total", reason="NO_CAPACITY") == 1
    assert sum(value for _, value in found.of("placement_hosts_turned_down_total")) == 1
    labels = {"service": "chronovisor.v1.VmService", "method": "StartVm", "code": "RESOURCE_EXHAUSTED"}
    assert found.value("rpc_calls_total", **labels) == 1


async def test_a_ledger_in_a_file_has_a_size(tmp_path: object) -> None:
    async with running(f"sqlite:///{tmp_path}/ledger.db") as plane:
        found = await scraped(plane)
        assert (found.value("ledger_size_bytes") or 0) > 10_000
        assert (found.value("ledger_disk_free_bytes") or 0) > 0


async def test_without_metrics_there_is_no_such_service(tmp_path: object) -> None:
    async with running(metrics=False) as plane:
        off = await refused(plane.metrics.GetMetrics(GetMetricsRequest()))
        assert off.code is grpc.StatusCode.UNIMPLEMENTED


@pytest.fixture
async def tenants() -> AsyncGenerator[Tenants]:
    async with two_tenants() as found:
        await found.bind("/", ("viewer", "user:vera"))
        yield found


async def test_a_tenant_gets_its_own_projects_alone(tenants: Tenants) -> None:
    for request in ({"include_vms": True}, {"project": "projects/red"}):
        found = await scraped(tenants, ANNA, **request)
        assert {each["project"] for each, _ in found.of("vm_info")} == {"red"}
        assert {each["project"] for each, _ in found.of("project_vms")} == {"red"}
        assert found.value("ledger_position") is None
        assert "process_resident_memory_bytes" not in found.names
    denied = await refused(tenants.metrics.GetMetrics(GetMetricsRequest(project="projects/blue"), metadata=ANNA))
    assert denied.reason == "ACCESS_DENIED"


async def test_who_sees_everything_gets_the_server_too(tenants: Tenants) -> None:
    found = await scraped(tenants, VERA, include_vms=True)
    assert {each["project"] for each, _ in found.of("vm_info")} == {"red", "blue"}
    assert found.value("ledger_position")
