"""The control plane as a process: started, killed, and its ledger verified."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

ADDRESS = re.compile(rb"127\.0\.0\.1:\d+")
ANSWER_S = 60.0


class Daemon:
    """A `chronovisord` on one store. All that it says on its standard error is in `log`."""

    def __init__(self, store: str, log: Path, *options: str) -> None:
        self._store = store
        self._options = options
        self._log = log
        # Of several on one ledger, each has its own.
        self.image_dir = log.with_suffix(".images")
        self._process: asyncio.subprocess.Process | None = None

    async def begin(self) -> None:
        """Starts the process, and does not wait until it listens."""
        command = [sys.executable, "-m", "controlplane", "--listen", "127.0.0.1:0", "--store", self._store]
        command += ["--insecure", "--socket", "none", "--http", "none"]
        command += ["--image-dir", str(self.image_dir), *self._options]
        environment = os.environ | {"GRPC_ENABLE_FORK_SUPPORT": "0"}
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=log, env=environment)

    async def listens(self) -> str:
        """Waits for its address. Raises RuntimeError when it ends instead."""
        assert self._process
        assert self._process.stdout
        line = await asyncio.wait_for(self._process.stdout.readline(), ANSWER_S)
        output = ADDRESS.search(line)
        if output is None:
            raise RuntimeError(f"the control plane did not start: {self._log.read_text()[-2000:]}")
        return output[0].decode()

    @property
    def lives(self) -> bool:
        """False before it begins, and once it has ended."""
        return self._process is not None and self._process.returncode is None

    async def kill(self) -> None:
        """kill -9, wherever it is."""
        if self._process and self.lives:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> int:
        """Terminates it, as systemd does. Its exit code."""
        assert self._process
        if self._process.returncode is None:
            self._process.terminate()
        return await asyncio.wait_for(self._process.wait(), ANSWER_S)


async def problems_of(store: str) -> list[str]:
    """What `chronovisord verify` finds in a ledger, and `chronovisord projections verify` in its read models."""
    return [
        problem
        for command in (("verify",), ("projections", "verify"))
        if (problem := await _complaint(store, *command))
    ]


async def _complaint(store: str, *command: str) -> str:
    """What a command says when it does not end well."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "controlplane", *command, "--store", store), stdout=PIPE, stderr=STDOUT
    )
    output, _ = await process.communicate()
    return f"chronovisord {' '.join(command)}: {output.decode().strip()}" if process.returncode else ""
