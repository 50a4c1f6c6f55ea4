"""Agents' streams: how soon thousands are back after a restart, and what they cost while nothing happens."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from chronovisor.v1 import vm_pb2, vm_service_pb2

from tests.benchmarks.load import PARENT, load_on
from tests.benchmarks.measure import Row, at_least, at_most, interleave, under
from tests.benchmarks.servers import NO_HTTP, PLAIN, Server, control_plane, server
from tests.support.agent_fleet import AgentFleet

VMS_A_HOST = 5
BATCH = 1_000
WITHIN_S = 600.0
Start = Callable[[str], AbstractAsyncContextManager[Server]]


def _bare(listen: str) -> AbstractAsyncContextManager[Server]:
    return server("-m", "tests.benchmarks.bare_agents", listen)


def _ours(store: str) -> Start:
    return lambda listen: server("-m", "controlplane", "--listen", listen, *PLAIN, *NO_HTTP, "--store", store)


@asynccontextmanager
async def _fleet(start: Start, agents: int) -> AsyncGenerator[tuple[AgentFleet, str]]:
    """A fleet whose server is down when it is given away."""
    async with start("127.0.0.1:0") as first:
        address = first.address
        fleet = await AgentFleet(address, agents).__aenter__()
        await fleet.until_settled(WITHIN_S)
        first.process.kill()
    try:
        yield fleet, address
    finally:
        await fleet.__aexit__()


async def _back(start: Start, fleet: AgentFleet, address: str) -> float:
    """From when it listens again until every agent has what is desired, in seconds."""
    await fleet.until(lambda: fleet.settled == 0, WITHIN_S)
    async with start(address) as again:
        began = time.perf_counter()
        await fleet.until_settled(WITHIN_S)
        took = time.perf_counter() - began
        again.process.kill()
    return took


async def _storm(directory: Path, agents: int, rounds: int) -> Row:
    store = f"sqlite:///{directory / 'agents.db'}"
    await _with_guests(store, agents)
    async with _fleet(_bare, agents) as (bare, at), _fleet(_ours(store), agents) as (ours, address):
        them, us = await interleave(rounds, lambda: _back(_bare, bare, at), lambda: _back(_ours(store), ours, address))
        if ours.refused:
            raise RuntimeError(f"agents were refused: {ours.refused}")
    return at_most(f"{agents:,} agents back after kill -9, from when it listens", "s", them, us, 4)


async def _with_guests(store: str, agents: int) -> None:
    """Some VMs on every host."""
    async with (
        control_plane(store) as plane,
        load_on(plane.address, hosts=False) as load,
        AgentFleet(plane.address, agents) as fleet,
    ):
        await fleet.until_settled(WITHIN_S)
        count = agents * VMS_A_HOST
        for first in range(0, count, BATCH):
            requests = [_vm(f"vm-{number}") for number in range(first, min(first + BATCH, count))]
            request = vm_service_pb2.BatchCreateVmsRequest(parent=PARENT, requests=requests)
            await load.vms.BatchCreateVms(request)
        await fleet.until(lambda: fleet.running == count, WITHIN_S)


def _vm(vm_id: str) -> vm_service_pb2.CreateVmRequest:
    vm = vm_pb2.Vm()
    vm.spec.resources.vcpus, vm.spec.resources.memory_mib, vm.spec.resources.disk_gib = 2, 1024, 1
    vm.spec.boot.image.image = "tiny"
    return vm_service_pb2.CreateVmRequest(vm_id=vm_id, vm=vm, start=True)


async def _beside(directory: Path, agents: int, calls: int, rounds: int) -> list[Row]:
    """Commands while agents do nothing but live: no VM comes to their hosts."""
    grown: list[float] = []
    async with control_plane(f"sqlite:///{directory / 'beside.db'}") as plane, load_on(plane.address) as load:
        await load.unary(max(calls // 10, 1))

        async def without() -> float:
            return await load.unary(calls)

        async def beside() -> float:
            before = plane.resident_bytes()
            async with AgentFleet(plane.address, agents, images=()) as fleet:
                await fleet.until_settled(WITHIN_S)
                await fleet.until(lambda: fleet.renewals >= agents, WITHIN_S)
                grown.append((plane.resident_bytes() - before) / agents / 1024)
                return await load.unary(calls)

        alone, accompanied = await interleave(rounds, without, beside)
    return [
        at_least(f"create-and-start, unary, beside {agents:,} agents", "calls/s", alone, accompanied, 0.8),
        under("memory of an agent's stream and its host", "KB", max(grown[0], 0.1), 150),
    ]


async def run(directory: Path, *, quick: bool) -> list[Row]:
    agents, calls, rounds = (20, 50, 1) if quick else (2_000, 4_000, 3)
    storm = await _storm(directory, agents, rounds)
    return [storm, *await _beside(directory, agents, calls, rounds)]
