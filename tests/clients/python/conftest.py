"""A control plane in memory for each test, a client on it, and a way to run the command line against it."""

import asyncio
import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chronovisor
import pytest
from chronovisor.cli.app import main
from chronovisor.retry import RetryPolicy

from tests.clients.python.plane import Plane, event_loop, running

QUICK = RetryPolicy(attempts=4, first_pause_s=0.001, longest_pause_s=0.01)


@dataclass(frozen=True)
class Run:
    """How a run of the command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Run]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "no_hosts: the control plane has no host")


@pytest.fixture(scope="session")
def loop_of_planes() -> Generator[asyncio.AbstractEventLoop]:
    with event_loop() as loop:
        yield loop


@pytest.fixture
def plane(request: pytest.FixtureRequest, loop_of_planes: asyncio.AbstractEventLoop) -> Generator[Plane]:
    with running(loop_of_planes, hosts=0 if request.node.get_closest_marker("no_hosts") else 1) as plane:
        yield plane


@pytest.fixture
def client(plane: Plane) -> Generator[chronovisor.Client]:
    with chronovisor.connect(plane.address, actor="user:alice", retry=QUICK) as client:
        yield client


@pytest.fixture
def cli(plane: Plane, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """`cli("vm", "list")` against the control plane, as alice, without a terminal."""
    monkeypatch.setenv("CHRONOVISOR_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("CHRONOVISOR_SERVER", plane.address)
    monkeypatch.delenv("CHRONOVISOR_PROJECT", raising=False)

    def run(*args: str) -> Run:
        code = main(["--as", "alice", *args])
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return run
