"""`chronovisord --dev` as its users start it, with an agent that simulates its guests."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

LISTENS = "chronovisord listens on "


@contextmanager
def daemon(home: Path, *more: str) -> Generator[str]:
    """A control plane in memory with an agent that simulates its guests: its address. `more` are options of its own."""
    place = ["--listen", "127.0.0.1:0", "--insecure", "--store", "memory:"]
    options = ["--dev", "--dev-driver", "simulated", *place, *more]
    with subprocess.Popen(
        [Path(sys.executable).parent / "chronovisord", *options],
        env=os.environ | {"CHRONOVISOR_HOME": str(home), "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            line = next(line for line in process.stdout if line.startswith(LISTENS))
            # The agent's host is there once it has connected.
            assert any("connected to" in line for line in process.stderr)
            yield line.removeprefix(LISTENS).partition(",")[0]
        finally:
            process.terminate()
