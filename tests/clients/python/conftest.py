"""A fake control plane for each test, a client on it, and a way to run the command line against it."""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import chronovisor
import pytest
from chronovisor.call_interceptor import RetryPolicy
from chronovisor.cli.app import main

from tests.clients.python.fake_control_plane import ControlPlane, running

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


@pytest.fixture
def plane() -> Generator[ControlPlane]:
    with running() as plane:
        yield plane


@pytest.fixture
def client(plane: ControlPlane) -> Generator[chronovisor.Client]:
    with chronovisor.connect(plane.address, actor="user:alice", retry=QUICK) as client:
        yield client


@pytest.fixture
def cli(plane: ControlPlane, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """`cli("vm", "list")` against the fake, as alice, without a terminal, in UTC."""
    monkeypatch.setenv("CHRONOVISOR_SERVER", plane.address)
    monkeypatch.delenv("CHRONOVISOR_PROJECT", raising=False)

    def run(*args: str) -> Run:
        code = main(["--as", "alice", *args])
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return run
