"""A what-if, against reading and decoding its ledger alone; and the writer's rate while one runs, against none."""

import asyncio
import time
from pathlib import Path

from chronovisor.v1 import history_service_pb2_grpc
from chronovisor.v1.what_if_pb2 import WhatIfRequest
from grpc import aio

from controlplane.ledger.store import Ledger
from tests.benchmarks.load import BATCH, Load
from tests.benchmarks.measure import Row, at_least, interleave
from tests.benchmarks.servers import control_plane

HOSTS = 1_000
# In all, there is room for twice the VMs that all rounds create.
SHAPE = {"vcpus": 256, "memory_mib": 256 << 10, "disk_gib": 4 << 10}
CHANGED = WhatIfRequest(placement_policy="balance", allocation_ratios={"vcpus": 2.0})


async def replayed(stub: "history_service_pb2_grpc.HistoryServiceAsyncStub", request: WhatIfRequest) -> float:
    """Events a second, from the call to the summary."""
    began, events = time.perf_counter(), 0
    async for response in stub.WhatIf(request):
        events = response.summary.events or events
    return events / (time.perf_counter() - began)


def read(url: str) -> float:
    """Events a second, read and decoded page by page, in this process."""
    ledger = Ledger(url, snapshots=False)
    try:
        began = time.perf_counter()
        count = sum(1 for _ in ledger.all_after(0))
        return count / (time.perf_counter() - began)
    finally:
        ledger.close()


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count, calls, rounds = (100, 100, 1) if quick else (40 * BATCH, 8_000, 5)
    url = f"sqlite:///{directory / 'what_if.db'}"
    async with control_plane(url) as ours, aio.insecure_channel(ours.address) as channel:
        load, history = Load(channel), history_service_pb2_grpc.HistoryServiceStub(channel)
        await load.register_hosts(HOSTS, SHAPE)
        await load.batched(load.batches(count))

        async def alone() -> float:
            return await asyncio.to_thread(read, url)

        async def again() -> float:
            return await replayed(history, CHANGED)

        decoded, events = await interleave(rounds, alone, again)

        async def undisturbed() -> float:
            return await load.unary(calls)

        async def beside_one() -> float:
            """What-ifs follow one another for as long as calls are made."""
            ended = asyncio.Event()

            async def one_after_the_other() -> None:
                while not ended.is_set():
                    await replayed(history, CHANGED)

            busy = asyncio.create_task(one_after_the_other())
            try:
                return await load.unary(calls)
            finally:
                ended.set()
                await busy

        without, beside = await interleave(rounds, undisturbed, beside_one)
    return [
        at_least("a what-if, against reading and decoding alone", "events/s", decoded, events, 0.08),
        at_least("create-and-start, unary, while a what-if runs", "calls/s", without, beside, 0.8),
    ]
