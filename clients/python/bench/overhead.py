"""What the client adds to a call of the bare stub, in turns: `overhead.py [SERVER] [CALLS]`. Prints one JSON object.

The call is GetProject, of a control plane that is near; both worlds. `layer` is the API's own method on a client,
`plain` the one with plain values.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median

import chronovisor
import grpc
from chronovisor import aio
from chronovisor.v1.project_service_pb2 import GetProjectRequest
from chronovisor.v1.project_service_pb2_grpc import ProjectServiceStub
from grpc import aio as grpc_aio

# So few that whatever else the machine does meanwhile falls on all kinds alike.
CALLS_A_TURN = 10
REQUEST = GetProjectRequest(name="projects/default")
# What a caller of the bare stub must send, too.
ACTOR = (("chronovisor-actor", "user:bench"),)
Timed = dict[str, list[float]]


def main(server: str, calls: int) -> None:
    found = {"first_call_ms": first_call_ms(server)}
    found |= blocking(server, calls // CALLS_A_TURN)
    found |= asyncio.run(awaited(server, calls // CALLS_A_TURN))
    print(json.dumps({key: round(value, 3) for key, value in found.items()}))


def first_call_ms(server: str) -> float:
    """From `connect` to the first answer, all modules being there: the median of new clients."""
    chronovisor.connect(server).close()
    times: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        with chronovisor.connect(server) as client:
            client.projects.get("default")
        times.append((time.perf_counter() - began) * 1e3)
    return median(times)


def blocking(server: str, turns: int) -> dict[str, float]:
    with grpc.insecure_channel(server) as channel, chronovisor.connect(server) as client:
        stub = ProjectServiceStub(channel)
        kinds: dict[str, Callable[[], object]] = {
            "stub": lambda: stub.GetProject(REQUEST, timeout=10.0, metadata=ACTOR),
            "layer": lambda: client.projects.GetProject(REQUEST),
            "plain": lambda: client.projects.get("default"),
        }
        times: Timed = {kind: [] for kind in kinds}
        for _ in range(turns):
            for kind, call in kinds.items():
                began = time.perf_counter()
                for _ in range(CALLS_A_TURN):
                    call()
                times[kind].append((time.perf_counter() - began) / CALLS_A_TURN * 1e6)
    return {f"{kind}_us_per_call": median(each) for kind, each in times.items()}


async def awaited(server: str, turns: int) -> dict[str, float]:
    async with grpc_aio.insecure_channel(server) as channel, aio.connect(server) as client:
        stub = ProjectServiceStub(channel)
        kinds: dict[str, Callable[[], Awaitable[object]]] = {
            "stub": lambda: stub.GetProject(REQUEST, timeout=10.0, metadata=ACTOR),
            "layer": lambda: client.projects.GetProject(REQUEST),
            "plain": lambda: client.projects.get("default"),
        }
        times: Timed = {kind: [] for kind in kinds}
        for _ in range(turns):
            for kind, call in kinds.items():
                began = time.perf_counter()
                for _ in range(CALLS_A_TURN):
                    await call()
                times[kind].append((time.perf_counter() - began) / CALLS_A_TURN * 1e6)
    return {f"aio_{kind}_us_per_call": median(each) for kind, each in times.items()}


if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CHRONOVISOR_SERVER", "127.0.0.1:7460")
    main(target, int(sys.argv[2]) if len(sys.argv) > 2 else 4_000)
