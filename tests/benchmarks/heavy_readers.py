"""How long a write waits beside 18 clients that read large pages without a pause, against the same write alone."""

import asyncio
import itertools
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

from chronovisor.v1 import history_service_pb2 as history
from chronovisor.v1 import history_service_pb2_grpc, utilization_service_pb2_grpc, vm_service_pb2_grpc
from chronovisor.v1 import utilization_service_pb2 as utilization
from chronovisor.v1 import vm_service_pb2 as vms
from grpc import aio

from tests.benchmarks.load import LARGE_MESSAGES, PARENT, Load
from tests.benchmarks.measure import Row, at_most, under
from tests.benchmarks.servers import control_plane

READERS = 18
PAGE = 1_000
WINDOW_S = 86_400


def _p99(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.99) - 1] * 1000


def _reads(channel: aio.Channel) -> list[Callable[[], Awaitable[Any]]]:
    """One of each kind, all of the largest page."""
    vm_stub = vm_service_pb2_grpc.VmServiceStub(channel)
    of_history = history_service_pb2_grpc.HistoryServiceStub(channel)
    of_usage = utilization_service_pb2_grpc.UtilizationServiceStub(channel)
    usage = utilization.GetUsageRequest(scope="fleet", group_by="vms", page_size=PAGE)
    usage.end_time.seconds = int(time.time())
    usage.start_time.seconds = usage.end_time.seconds - WINDOW_S
    return [
        lambda: vm_stub.ListVms(vms.ListVmsRequest(parent="projects/-", page_size=PAGE)),
        lambda: of_history.ListEvents(history.ListEventsRequest(page_size=PAGE)),
        lambda: of_usage.GetUsage(usage),
        lambda: of_history.DiffState(history.DiffStateRequest(from_position=1, page_size=PAGE)),
    ]


async def _read_on(address: str) -> None:
    """The process of the readers: until it is ended."""
    async with aio.insecure_channel(address, options=LARGE_MESSAGES) as channel:

        async def reader(kinds: list[Callable[[], Awaitable[Any]]], number: int) -> None:
            for kind in itertools.cycle(kinds[number % len(kinds) :] + kinds[: number % len(kinds)]):
                try:
                    await kind()
                except aio.AioRpcError as error:
                    # Refused for now: it comes again, as clients do.
                    print(error.code(), error.details(), file=sys.stderr)
                    await asyncio.sleep(0.5)

        readers = [asyncio.create_task(reader(_reads(channel), number)) for number in range(READERS)]
        # What is measured from now on is beside them.
        await asyncio.sleep(1)
        print("reading", flush=True)
        await asyncio.gather(*readers)


async def _written(load: Load, count: int) -> list[float]:
    """Seconds of each write, one after the other, with a pause in which others have their turn."""
    taken: list[float] = []
    for _ in range(count):
        taken += await load.alone(1)
        await asyncio.sleep(0.01)
    return taken


async def run(directory: Path, *, quick: bool) -> list[Row]:
    """The rows of the table."""
    fleet, writes = (1_000, 20) if quick else (20_000, 300)
    async with (
        control_plane(f"sqlite:///{directory / 'readers.db'}") as server,
        aio.insecure_channel(server.address, options=LARGE_MESSAGES) as channel,
    ):
        load = Load(channel)
        await load.register_hosts()
        for _ in range(fleet // 1_000):
            requests = load.requests(1_000)
            await load.vms.BatchCreateVms(vms.BatchCreateVmsRequest(parent=PARENT, requests=requests))
        alone = await _written(load, writes)
        command = (sys.executable, "-m", "tests.benchmarks.heavy_readers", server.address)
        readers = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        try:
            assert readers.stdout
            await asyncio.wait_for(readers.stdout.readline(), 60)
            beside = await _written(load, writes)
        finally:
            readers.kill()
            await readers.wait()
    return [
        under(f"a create-and-start beside {READERS} heavy readers, p99", "ms", _p99(beside), 50),
        at_most("the same, against alone, p99", "ms", [_p99(alone)], [_p99(beside)], 10),
        at_most("the same, against alone, median", "ms", [median(alone) * 1000], [median(beside) * 1000], 5),
    ]


if __name__ == "__main__":
    asyncio.run(_read_on(sys.argv[1]))
