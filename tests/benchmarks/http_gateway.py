"""What callers over HTTP cost those over gRPC: a call's p50 beside one that loops, and what a call over HTTP takes."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import httpx
from chronovisor.v1 import utilization_service_pb2, utilization_service_pb2_grpc
from grpc import aio

from tests.benchmarks.looping_caller import PATH
from tests.benchmarks.measure import Row, at_most, interleave
from tests.benchmarks.servers import control_plane_with_http
from tests.support.free_port import free_port


@asynccontextmanager
async def looping(protocol: str, address: str) -> AsyncGenerator[None]:
    """One caller beside what is measured, in a process of its own."""
    command = ("-m", "tests.benchmarks.looping_caller", protocol, address)
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    try:
        assert await process.stdout.readline(), "the caller ended"
        yield
    finally:
        process.kill()
        await process.communicate()


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count, rounds = (50, 1) if quick else (600, 7)
    port = free_port()
    http = f"127.0.0.1:{port}"
    async with (
        control_plane_with_http(f"sqlite:///{directory / 'ledger.db'}", http) as server,
        aio.insecure_channel(server.address) as channel,
        httpx.AsyncClient(base_url=f"http://{http}", timeout=60, trust_env=False) as client,
    ):
        stub = utilization_service_pb2_grpc.UtilizationServiceStub(channel)
        request = utilization_service_pb2.GetUtilizationRequest()

        async def alone() -> float:
            took: list[float] = []
            for _ in range(count):
                began = time.perf_counter()
                await stub.GetUtilization(request)
                took.append(time.perf_counter() - began)
            return median(took) * 1e6

        async def beside(protocol: str, address: str) -> float:
            async with looping(protocol, address):
                return await alone()

        async def over_http() -> float:
            took: list[float] = []
            for _ in range(count):
                began = time.perf_counter()
                answer = await client.post(PATH, content=b"{}", headers={"content-type": "application/json"})
                took.append(time.perf_counter() - began)
                assert answer.status_code == 200
            return median(took) * 1e6

        await client.get("/readyz")
        await alone()
        await over_http()
        quiet, json, grpc, called = await interleave(
            rounds, alone, lambda: beside("http", http), lambda: beside("grpc", server.address), over_http
        )
    return [
        at_most("GetUtilization over gRPC, p50, beside one JSON caller that loops", "us", quiet, json, 1.2),
        at_most("the same, against beside one that loops over gRPC", "us", grpc, json, 1.0),
        at_most("GetUtilization as JSON over HTTP, p50, against gRPC", "us", quiet, called, 5.0),
    ]
