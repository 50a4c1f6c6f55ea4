"""Server processes to measure: each says its address in its first line, and ends with the block that started it."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ADDRESS = re.compile(rb"127\.0\.0\.1:\d+")
START_S = 300.0
NO_HTTP = ("--http", "none")
PLAIN = ("--insecure", "--socket", "none")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens. It is a process of its own, so that it has an interpreter's lock of its own."""

    address: str
    process: asyncio.subprocess.Process

    def resident_bytes(self) -> int:
        """VmRSS of the process and of those that it has started."""
        pid = self.process.pid
        started = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return sum(_resident_bytes(each) for each in (str(pid), *started))

    def cpu_s(self) -> float:
        """Seconds of CPU time that the process has had: what else the machine does is hardly in them."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_bytes(pid: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[0]) * 1024


@asynccontextmanager
async def server(*arguments: str) -> AsyncGenerator[Server]:
    """A Python process with these arguments. Raises RuntimeError when it ends instead of listening."""
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_S)
        address = ADDRESS.search(line)
        if address is None:
            raise RuntimeError(f"{' '.join(arguments)} did not start: {line.decode()}")
        yield Server(address[0].decode(), process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def control_plane(store: str, *more: str) -> AbstractAsyncContextManager[Server]:
    """The control plane on this store, as it is shipped."""
    return server("-m", "controlplane", "--listen", "127.0.0.1:0", *PLAIN, *NO_HTTP, "--store", store, *more)


def control_plane_with_http(store: str, http: str) -> AbstractAsyncContextManager[Server]:
    """The same with the HTTP gateway's process beside it."""
    return server("-m", "controlplane", "--listen", "127.0.0.1:0", *PLAIN, "--http", http, "--store", store)


def secure_control_plane(home: Path) -> AbstractAsyncContextManager[Server]:
    """The control plane over TLS, by the certificates in `home`/pki, with its socket there."""
    agents = ("--agent-listen", "127.0.0.1:0", *NO_HTTP)
    return server("-m", "controlplane", "--listen", "127.0.0.1:0", *agents, "--home", str(home))


def echo() -> AbstractAsyncContextManager[Server]:
    """The baseline: the same transport and messages, and nothing behind them."""
    return server("-m", "tests.benchmarks.echo")
