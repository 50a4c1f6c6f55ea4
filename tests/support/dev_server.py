"""`chronovisord` as its users start it, with an agent that simulates its guests where it has one."""

import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent
LISTENS = "chronovisord listens on "
LISTENS_FOR_HTTP = "console and HTTP API on http://"
ON_LOOPBACK = ("--listen", "127.0.0.1:0", "--insecure")
SIMULATED = ("--dev", "--dev-driver", "simulated", *ON_LOOPBACK)


def environment_of(home: Path) -> dict[str, str]:
    """The machine's, with the project's commands first, and a home that is nobody's."""
    return os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "CHRONOVISOR_HOME": str(home), "HOME": str(home)}


@contextmanager
def chronovisord(
    environment: Mapping[str, str], *options: str, lines: tuple[str, ...] = (LISTENS,)
) -> Generator[list[str]]:
    """The address in each of the lines that begin so, in their order."""
    with _started(environment, options, subprocess.DEVNULL) as process:
        yield [_address(process, each) for each in lines]


@contextmanager
def daemon(home: Path, *more: str) -> Generator[str]:
    """A control plane in memory with an agent that simulates its guests: its address. `more` are options of its own."""
    options = (*SIMULATED, "--store", "memory:", *more)
    with _started(environment_of(home), options, subprocess.PIPE) as process:
        address = _address(process, LISTENS)
        # The agent's host is there once it has connected.
        assert process.stderr is not None
        assert any("connected to" in line for line in process.stderr)
        yield address


@contextmanager
def _started(
    environment: Mapping[str, str], options: tuple[str, ...], stderr: int
) -> Generator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [BIN / "chronovisord", *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _address(process: "subprocess.Popen[str]", prefix: str) -> str:
    assert process.stdout is not None
    line = next(line for line in process.stdout if line.startswith(prefix))
    return line.removeprefix(prefix).partition(",")[0].strip()
