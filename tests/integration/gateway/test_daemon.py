"""The gateway beside a real chronovisord: what it prints, and that it ends with it, however that ends."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.slow
PRINTED = "console and HTTP API on "


@asynccontextmanager
async def started(home: Path) -> AsyncGenerator[tuple[asyncio.subprocess.Process, str, int]]:
    """A chronovisord in a group of its own, where its HTTP is, and the process of the gateway."""
    options = ("--listen", "127.0.0.1:0", "--insecure", "--store", "memory:", "--http", "127.0.0.1:0")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "controlplane", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Killed, it leaves there what a ledger in memory has of files.
        env={**os.environ, "CHRONOVISOR_HOME": str(home), "TMPDIR": str(home)},
        start_new_session=True,
    )
    assert process.stdout
    try:
        line = ""
        while not line.startswith(PRINTED):
            line = (await asyncio.wait_for(process.stdout.readline(), WAIT_S)).decode()
            assert line
        url = line.removeprefix(PRINTED).strip()
        async with httpx.AsyncClient(trust_env=False, timeout=WAIT_S) as client:
            assert (await client.get(f"{url}/readyz")).status_code == 200
        (gateway,) = _gateways_of(process.pid)
        yield process, url, gateway
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def _gateways_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in children if b"controlplane.gateway" in _command(each)]


def _command(pid: str) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def is_gone(pid: int) -> bool:
    try:
        return b"controlplane.gateway" not in _command(str(pid))
    except OSError:
        return True


async def test_it_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    async with started(tmp_path) as (process, _, gateway):
        process.kill()
        await process.wait()
        await until(lambda: is_gone(gateway))


async def test_a_signal_to_all_of_its_processes_ends_the_server_as_one_to_it_does(tmp_path: Path) -> None:
    """As a service manager, or Ctrl-C in a terminal, sends it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        async with started(tmp_path) as (process, _, gateway):
            os.killpg(process.pid, number)
            _, err = await asyncio.wait_for(process.communicate(), WAIT_S)
            assert process.returncode == 0
            assert b"Traceback" not in err
            assert b"started again" not in err
            assert await is_gone(gateway)
