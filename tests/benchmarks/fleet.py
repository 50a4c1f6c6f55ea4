"""A fleet of 1,000,000 VMs: what each takes in the server's memory, and how long the server then takes to start."""

import time
from pathlib import Path

from chronovisor.v1 import vm_service_pb2

from tests.benchmarks.load import BATCH, PARENT, Load, load_on
from tests.benchmarks.measure import Row, under
from tests.benchmarks.servers import Server, control_plane

SLICE = 50 * BATCH


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count = 2_000 if quick else 1_000_000
    store = f"sqlite:///{directory / 'fleet.db'}"
    async with control_plane(store) as server, load_on(server.address) as load:
        await load.batched(load.batches(100))
        empty = server.resident_bytes()
        filled_s = await _fill(load, count)
        filled = (server.resident_bytes() - empty) / count
    began = time.perf_counter()
    async with control_plane(store) as server, load_on(server.address, hosts=False) as load:
        await _answer(load)
        started_s = time.perf_counter() - began
        restarted = (server.resident_bytes() - empty) / count
        await _kill(server)
    began = time.perf_counter()
    async with control_plane(store) as server, load_on(server.address, hosts=False) as load:
        await _answer(load)
        killed_s = time.perf_counter() - began
    million = f"{count:,} VMs"
    return [
        under(f"memory a live VM, {million}, after filling ({count / filled_s:,.0f} VMs/s)", "bytes", filled, 1_500),
        under(f"memory a live VM, {million}, after a start", "bytes", restarted, 1_500),
        under(f"cold start, {million}, after a shutdown", "s", started_s, 20),
        under(f"cold start, {million}, after kill -9", "s", killed_s, 20),
    ]


async def _fill(load: Load, count: int) -> float:
    """Seconds that the server took. The requests are made slice by slice: this process has a memory too."""
    taken = 0.0
    for begun in range(0, count, SLICE):
        size = min(SLICE, count - begun)
        taken += size / await load.batched(load.batches(size))
    return taken


async def _answer(load: Load) -> None:
    """The server answers, and knows a VM of the first batch."""
    await load.vms.GetVm(vm_service_pb2.GetVmRequest(name=f"{PARENT}/vms/vm-0"))


async def _kill(server: Server) -> None:
    server.process.kill()
    await server.process.wait()
