"""What metrics cost: commands and reads a second with them on and scraped, against the same server with them off."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from chronovisor.v1 import metrics_service_pb2, metrics_service_pb2_grpc, vm_service_pb2
from grpc import aio

from tests.benchmarks.load import IN_FLIGHT, PARENT, Load, load_on
from tests.benchmarks.measure import Row, at_least, interleave
from tests.benchmarks.servers import control_plane

# Oftener than Prometheus scrapes by default.
SCRAPE_EVERY_S = 5.0
TARGET = 0.97


async def run(directory: Path, *, quick: bool) -> list[Row]:
    # Many short runs: what else the machine does comes and goes.
    count, rounds = (100, 1) if quick else (500, 60)
    async with (
        control_plane(f"sqlite:///{directory / 'off.db'}", "--metrics", "off") as without,
        control_plane(f"sqlite:///{directory / 'on.db'}") as measured,
        load_on(without.address) as off,
        load_on(measured.address) as on,
        _scraped(measured.address),
    ):
        for load in (off, on):
            await load.unary(count // 10)
        commands = await interleave(rounds, partial(off.unary, count), partial(on.unary, count))
        reads = await interleave(rounds, partial(_read, off, count), partial(_read, on, count))
    (created_off, created_on), (read_off, read_on) = commands, reads
    return [
        at_least("create-and-start with metrics, 64 in flight", "calls/s", created_off, created_on, TARGET),
        at_least("GetVm with metrics, 64 in flight", "calls/s", read_off, read_on, TARGET),
    ]


async def _read(load: Load, count: int) -> float:
    """Calls a second."""
    requests = iter([vm_service_pb2.GetVmRequest(name=f"{PARENT}/vms/vm-{number % 10}") for number in range(count)])

    async def work() -> None:
        for request in requests:
            await load.vms.GetVm(request)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return count / (time.perf_counter() - began)


@asynccontextmanager
async def _scraped(address: str) -> AsyncGenerator[None]:
    async with aio.insecure_channel(address) as channel:
        stub = metrics_service_pb2_grpc.MetricsServiceStub(channel)

        async def scrape() -> None:
            while True:
                await stub.GetMetrics(metrics_service_pb2.GetMetricsRequest())
                await asyncio.sleep(SCRAPE_EVERY_S)

        task = asyncio.create_task(scrape())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
