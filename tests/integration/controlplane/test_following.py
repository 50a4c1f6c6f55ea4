"""The command line that follows, in a process of its own, against a control plane that ends and comes back."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.integration.controlplane.daemon import create, daemon
from tests.integration.controlplane.plane import WAIT_S, vm_name

PROGRAM = "import sys; from chronovisor.cli.app import main; sys.exit(main())"


class Program:
    """One that runs until it is interrupted."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self) -> str:
        assert self.process.stdout
        line = await asyncio.wait_for(self.process.stdout.readline(), WAIT_S)
        assert line, "it has ended"
        return line.decode().rstrip()

    async def interrupted(self) -> tuple[int | None, str]:
        """Its exit code, and its stderr."""
        self.process.send_signal(signal.SIGINT)
        _, stderr = await asyncio.wait_for(self.process.communicate(), WAIT_S)
        return self.process.returncode, stderr.decode()


@asynccontextmanager
async def program(address: str, *arguments: str) -> AsyncGenerator[Program]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", PROGRAM, "--server", address, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TZ": "UTC"},
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_history_is_followed_over_a_restart_and_ctrl_c_is_quiet(tmp_path: Path) -> None:
    async with daemon(tmp_path) as first:
        await create(first.address, "web-1")
        async with program(first.address, "history", "follow", "--after", "0") as following:
            assert "default: created" in await following.line()
            assert "web-1: created: 2 vCPUs" in await following.line()
            await create(first.address, "web-2")
            assert "web-2: created" in await following.line()
            first.process.terminate()
            await first.process.wait()
            async with daemon(tmp_path, "--listen", first.address) as second:
                await create(second.address, "web-3")
                assert "web-3: created" in await following.line()
                code, stderr = await following.interrupted()
                assert code == 130
                assert stderr == "The connection is lost. Trying again; nothing will be missing.\n"


async def test_vms_and_utilization_are_followed_as_json_lines(tmp_path: Path) -> None:
    async with daemon(tmp_path) as running:
        await create(running.address, "web-1")
        async with (
            program(running.address, "vm", "watch", "--output", "json") as vms,
            program(running.address, "utilization", "--follow", "--since", "1", "--output", "json") as totals,
        ):
            assert json.loads(await vms.line())["vm"]["name"] == vm_name("web-1")
            assert json.loads(await totals.line())["scope"] == "fleet"
            await create(running.address, "web-2")
            change = json.loads(await vms.line())
            assert (change["vm"]["name"], change["gone"]) == (vm_name("web-2"), False)
            assert int(change["position"]) > 0
            assert await vms.interrupted() == (130, "")
            assert await totals.interrupted() == (130, "")


@pytest.mark.parametrize("command", [("vm", "watch", "--filter", "zone=x"), ("history", "follow", "--vm", "none")])
async def test_a_refusal_ends_it_as_it_ends_every_command(tmp_path: Path, command: tuple[str, ...]) -> None:
    async with daemon(tmp_path) as running, program(running.address, *command) as refused:
        out, stderr = await asyncio.wait_for(refused.process.communicate(), WAIT_S)
        assert out == b""
        assert refused.process.returncode in (2, 3)
        assert b"Traceback" not in stderr
