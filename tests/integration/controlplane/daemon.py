"""`chronovisord` as a process, for tests that need a real one: started, killed, and examined when it cannot go on."""

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from chronovisor.v1 import vm_service_pb2, vm_service_pb2_grpc
from grpc import aio

from tests.integration.controlplane.plane import ACTOR, DEFAULT, WAIT_S, a_vm

LISTENS = re.compile(r"chronovisord listens on (127\.0\.0\.1:(\d+)), ledger (\S+)")


@dataclass
class Daemon:
    """A chronovisord that listens. `started_s`: from the start of the process to its first line."""

    process: asyncio.subprocess.Process
    address: str
    line: str
    started_s: float

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


async def _spawn(home: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "controlplane",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "CHRONOVISOR_HOME": str(home)},
    )


@asynccontextmanager
async def daemon(home: Path, *arguments: str, insecure: bool = True) -> AsyncGenerator[Daemon]:
    began = time.monotonic()
    process = await _spawn(home, "--listen", "127.0.0.1:0", *(["--insecure"] if insecure else []), *arguments)
    assert process.stdout
    assert process.stderr
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), WAIT_S)).decode()
        started_s = time.monotonic() - began
        ready = LISTENS.match(line)
        assert ready, line + (await process.stderr.read()).decode()
        yield Daemon(process, ready[1], line, started_s)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), WAIT_S)


async def fails(home: Path, *arguments: str) -> tuple[int, str]:
    """Code and words of a chronovisord that cannot go on."""
    process = await _spawn(home, *arguments)
    out, err = await asyncio.wait_for(process.communicate(), WAIT_S)
    assert out == b""
    assert process.returncode is not None
    return process.returncode, err.decode()


async def create(address: str, *vm_ids: str) -> None:
    async with aio.insecure_channel(address) as channel:
        stub = vm_service_pb2_grpc.VmServiceStub(channel)
        for vm_id in vm_ids:
            request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=a_vm())
            await stub.CreateVm(request, metadata=ACTOR)


async def names(address: str) -> list[str]:
    async with aio.insecure_channel(address) as channel:
        stub = vm_service_pb2_grpc.VmServiceStub(channel)
        listed = await stub.ListVms(vm_service_pb2.ListVmsRequest(parent=DEFAULT, page_size=1000))
        return [vm.name for vm in listed.vms]
