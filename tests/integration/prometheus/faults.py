"""Control planes that are broken on purpose, each in one way, with the alerts that are to fire for it."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing, suppress
from itertools import count
from pathlib import Path

from chronovisor.v1 import (
    agent_service_pb2,
    history_service_pb2,
    history_service_pb2_grpc,
    host_pb2,
    host_service_pb2,
    vm_service_pb2,
)
from grpc import aio
from hostagent.agent import Agent
from hostagent.drivers.simulated.behaviour import Behaviour
from hostagent.drivers.simulated.behaviour import Fault as FailingStep
from hostagent.drivers.simulated.driver import SimulatedDriver
from hostagent.metrics.agent_metrics import AgentMetrics
from prometheus_client import generate_latest

from controlplane.consistency.findings import FindingSource
from controlplane.domain.resources import Resources
from controlplane.domain.vm.limits import Limits
from controlplane.metrics.families import histogram
from controlplane.processes.lease_table import LeaseTerms
from controlplane.runtime.loop_lag import LoopLag
from tests.integration.controlplane.fake_agent import connected, guest
from tests.integration.controlplane.plane import DEFAULT, Plane, a_host, a_vm, running
from tests.integration.controlplane.tenants import KnownTokens, by
from tests.integration.controlplane.test_agents import CRASHED, RUNNING, started
from tests.integration.controlplane.test_host_operations import drain, fence, fenced_by
from tests.integration.prometheus.exporter import Scrape, of_plane
from tests.support.families import text_of
from tests.support.free_port import free_port
from tests.support.waiting import until

Fault = Callable[[Path], AbstractAsyncContextManager[Scrape]]
# By name: what is broken, and the alerts, without their prefix, that fire for it.
FAULTS: dict[str, tuple[Fault, frozenset[str]]] = {}
SHORT = LeaseTerms(3.0, 3.0)
# A client that takes little before it reads.
SMALL = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 1 << 16))


def fires(*alerts: str) -> Callable[[Fault], Fault]:
    def register(fault: Fault) -> Fault:
        FAULTS[getattr(fault, "__name__", "")] = fault, frozenset(f"Chronovisor{each}" for each in alerts)
        return fault

    return register


def stored(directory: Path) -> str:
    return f"sqlite:///{directory / 'ledger.db'}"


@asynccontextmanager
async def repeated(call: Callable[[], Awaitable[object]], pause_s: float = 0.2) -> AsyncGenerator[None]:
    """Calls again and again, however it ends."""

    async def repeat() -> None:
        while True:
            with suppress(aio.AioRpcError):
                await call()
            await asyncio.sleep(pause_s)

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@fires()
@asynccontextmanager
async def nothing(directory: Path) -> AsyncGenerator[Scrape]:
    """A host, a VM that runs, and commands that go on."""
    async with running(stored(directory)) as plane, connected(plane) as agent:
        await started(plane, agent)

        async def live() -> None:
            await plane.create("other")
            await plane.delete("other")

        async with repeated(live):
            yield of_plane(plane)


@fires("LedgerUntrusted")
@asynccontextmanager
async def an_altered_event(directory: Path) -> AsyncGenerator[Scrape]:
    async with running(stored(directory)) as plane:
        await plane.create()
    with closing(sqlite3.connect(directory / "ledger.db")) as connection, connection:
        connection.execute("UPDATE stored_events SET state = ? WHERE originator_id LIKE 'vms/%'", (b"\xff\xff",))
    async with running(stored(directory)) as plane:
        yield of_plane(plane)


@fires("LedgerFindings")
@asynccontextmanager
async def an_altered_row(directory: Path) -> AsyncGenerator[Scrape]:
    async with running(stored(directory)) as plane:
        plane.control_plane.ledger_checks.find(FindingSource.ROWS, 0, "a row is not as the ledger folds to")
        yield of_plane(plane)


@fires("TotalsDiffer")
@asynccontextmanager
async def a_wrong_total(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running() as plane:
        await plane.register()
        plane.control_plane.reads.utilization.scopes["hosts/node-1"].allocated = Resources(vcpus=1)
        await plane.control_plane.checks.check()
        yield of_plane(plane)


@fires("ServerAlarm")
@asynccontextmanager
async def heads_that_nobody_takes(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running() as plane:
        plane.control_plane.system_alarms.begin("heads_unpublished", "the witness does not answer")
        yield of_plane(plane)


@fires("SealsStopped")
@asynccontextmanager
async def a_ledger_that_is_away(directory: Path) -> AsyncGenerator[Scrape]:
    async with running(stored(directory)) as plane:
        (directory / "ledger.db").rename(directory / "away.db")
        async with repeated(plane.create):
            yield of_plane(plane)
        (directory / "away.db").rename(directory / "ledger.db")


@fires("ProjectorStopped")
@asynccontextmanager
async def locked_rows(directory: Path) -> AsyncGenerator[Scrape]:
    async with running(stored(directory), last_rows_s=0.0) as plane:
        with closing(sqlite3.connect(directory / "ledger.db.views", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await plane.create()
            yield of_plane(plane)
            other.execute("ROLLBACK")


@fires("EventLoopLag")
@asynccontextmanager
async def a_busy_loop(_directory: Path) -> AsyncGenerator[Scrape]:
    """On a thread of its own, so that nobody else waits for it."""
    lag, ends = LoopLag(), threading.Event()

    async def busy() -> None:
        measuring = asyncio.create_task(lag.run())
        while not ends.is_set():
            time.sleep(0.5)  # noqa: ASYNC251 - that is the fault
            await asyncio.sleep(0)
        measuring.cancel()

    thread = threading.Thread(target=lambda: asyncio.run(busy()))
    thread.start()

    async def scrape() -> bytes:
        return text_of([histogram("event_loop_lag_seconds", "How late.", lag.seconds)]).encode()

    try:
        yield scrape
    finally:
        ends.set()
        thread.join()


@fires("Overloaded")
@asynccontextmanager
async def more_commands_than_may_wait(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running(most_waiting=2) as plane:

        async def crowd() -> None:
            await asyncio.gather(*(plane.create() for _ in range(30)), return_exceptions=True)

        async with repeated(crowd):
            yield of_plane(plane)


@fires("InternalErrors")
@asynccontextmanager
async def an_event_that_cannot_be_read(directory: Path) -> AsyncGenerator[Scrape]:
    async with running(stored(directory)) as plane:
        await plane.create()
        await plane.control_plane.reads.written(plane.control_plane.reads.position)
        with closing(sqlite3.connect(directory / "ledger.db")) as connection, connection:
            connection.execute("UPDATE stored_events SET state = ? WHERE originator_id LIKE 'vms/%'", (b"\xff\xff",))
        async with repeated(lambda: plane.events(f"{DEFAULT}/vms/web"), 1.0):
            yield of_plane(plane)


@fires("CallsDenied")
@asynccontextmanager
async def a_caller_without_a_role(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running(tokens=KnownTokens()) as plane:

        async def denied() -> None:
            await plane.hosts.ListHosts(host_service_pb2.ListHostsRequest(), metadata=by("nobody"))

        async with repeated(denied, 0.05):
            yield of_plane(plane)


@fires("StreamsBehind")
@asynccontextmanager
async def a_subscriber_that_does_not_read(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running() as plane, aio.insecure_channel(f"127.0.0.1:{plane.control_plane.port}", SMALL) as channel:
        stub = history_service_pb2_grpc.HistoryServiceStub(channel)
        watching = stub.WatchEvents(history_service_pb2.WatchEventsRequest())
        await watching.read()
        for batch in range(8):
            requests = [
                vm_service_pb2.CreateVmRequest(vm_id=f"web-{batch}-{number}", vm=a_vm()) for number in range(1000)
            ]
            request = vm_service_pb2.BatchCreateVmsRequest(parent=DEFAULT, requests=requests, reason="x" * 200)
            await plane.vms.BatchCreateVms(request)
        yield of_plane(plane)
        watching.cancel()


async def done(*words: str | Path) -> None:
    process = await asyncio.create_subprocess_exec(*words)
    assert await process.wait() == 0, words


@fires("DiskNearlyFull")
@asynccontextmanager
async def a_disk_that_is_nearly_full(directory: Path) -> AsyncGenerator[Scrape]:
    """A small file system of its own: for root alone."""
    await done("mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", directory)
    try:
        async with running(stored(directory)) as plane:
            (directory / "else").write_bytes(bytes(30 << 20))
            yield of_plane(plane)
    finally:
        await done("umount", "--lazy", directory)


@fires("HostDown")
@asynccontextmanager
async def a_silent_agent(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running(leases=SHORT) as plane:
        async with connected(plane):
            pass
        yield of_plane(plane)


@fires("HostDown", "ManyHostsLost")
@asynccontextmanager
async def a_network_that_is_gone(_directory: Path) -> AsyncGenerator[Scrape]:
    """It goes once Prometheus has seen that there was none lost."""
    scrapes = 0
    async with running(leases=SHORT) as plane, AsyncExitStack() as stack:
        agents = [await stack.enter_async_context(connected(plane, f"node-{number}")) for number in range(6)]
        metrics = of_plane(plane)

        async def beat() -> None:
            if scrapes < 3:
                await asyncio.gather(*(each.beat() for each in agents))

        async def scrape() -> bytes:
            nonlocal scrapes
            scrapes += 1
            return await metrics()

        async with repeated(beat):
            yield scrape


@fires("FencingWaits")
@asynccontextmanager
async def a_fencer_that_hangs(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running(fencers=fenced_by("/bin/sleep", "60", timeout_s=300)) as plane, connected(plane):
        await fence(plane, method=host_pb2.FENCE_METHOD_FENCER)
        yield of_plane(plane)


@fires("DeadlinePassed")
@asynccontextmanager
async def an_agent_that_does_nothing(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running(limits=Limits(start=0.5, stop=0.5)) as plane, connected(plane):
        await plane.create()

        async def start() -> None:
            await plane.start()

        async with repeated(start):
            yield of_plane(plane)


@fires("VmsFailed")
@asynccontextmanager
async def a_guest_that_crashed(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running() as plane, connected(plane) as agent:
        uid = await started(plane, agent)
        await agent.send(report=guest(uid, 1, CRASHED))
        yield of_plane(plane)


@fires("OperationsStuck")
@asynccontextmanager
async def deadlines_that_nobody_passes(_directory: Path) -> AsyncGenerator[Scrape]:
    before = asyncio.all_tasks()
    async with running(limits=Limits(start=0.1)) as plane, connected(plane):
        for task in asyncio.all_tasks() - before:
            if task.get_name() == "deadlines":
                task.cancel()
        await plane.create(start=True)
        yield of_plane(plane)


@fires("DrainStuck")
@asynccontextmanager
async def a_drain_without_another_host(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running() as plane, connected(plane) as agent:
        await started(plane, agent)
        await drain(plane)
        yield of_plane(plane)


@fires("NoCapacity")
@asynccontextmanager
async def a_host_that_is_too_small(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running() as plane:
        await plane.register(vcpus=1)
        await plane.create()

        async def start() -> None:
            await plane.start()

        async with repeated(start, 1.0):
            yield of_plane(plane)


@fires("CapacityLow")
@asynccontextmanager
async def a_fleet_that_is_full(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running() as plane:
        await plane.register(vcpus=4)
        await plane.create(start=True, vcpus=4)
        yield of_plane(plane)


@fires("Overcommitted")
@asynccontextmanager
async def a_machine_that_shrank(_directory: Path) -> AsyncGenerator[Scrape]:
    async with running() as plane:
        await plane.register("node-2", vcpus=100)
        await plane.hosts.CordonHost(host_service_pb2.CordonHostRequest(name="hosts/node-2"))
        async with connected(plane) as agent:
            uid = await started(plane, agent)
        async with connected(plane, guests=[guest(uid, 1, RUNNING)], host=a_host(vcpus=1)):
            yield of_plane(plane)


@fires("UnexpectedGuests")
@asynccontextmanager
async def a_guest_of_somebody_else(_directory: Path) -> AsyncGenerator[Scrape]:
    stray = guest("0197f3c0-0000-7000-8000-000000000001", 1, RUNNING)
    async with running() as plane, connected(plane, guests=[stray]) as agent:
        await agent.send(heartbeat=agent_service_pb2.AgentHeartbeat())
        yield of_plane(plane)


# Agents, by their own metrics.


@asynccontextmanager
async def agent_of(server: str, behaviour: Behaviour) -> AsyncGenerator[Scrape]:
    metrics = AgentMetrics()
    driver = SimulatedDriver(behaviour, name="node-1")
    agent = Agent(server, "node-1", driver, retry_first_s=0.01, metrics=metrics)
    task = asyncio.create_task(agent.run())

    async def scrape() -> bytes:
        return generate_latest(metrics.registry)

    try:
        yield scrape
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@fires("AgentDisconnected")
@asynccontextmanager
async def an_agent_without_a_control_plane(_directory: Path) -> AsyncGenerator[Scrape]:
    async with agent_of(f"127.0.0.1:{free_port()}", Behaviour()) as scrape:
        yield scrape


@fires("AgentStepsFail")
@asynccontextmanager
async def a_hypervisor_that_fails(_directory: Path) -> AsyncGenerator[Scrape]:
    broken = Behaviour(faults={"start": FailingStep()})
    async with running() as plane, agent_of(f"127.0.0.1:{plane.control_plane.port}", broken) as scrape:
        await until(lambda: is_active(plane))
        numbers = count()

        async def start() -> None:
            await plane.create(f"web-{next(numbers)}", start=True, vcpus=1, disk_gib=1)

        async with repeated(start, 1.0):
            yield scrape


async def is_active(plane: Plane) -> bool:
    return bool(plane.control_plane.reads.inventory.hosts)
