"""The programs in examples/ run, against a control plane in memory with an agent that simulates its guests."""

import re
import runpy
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.support.dev_server import daemon
from tests.unit.project.checkout import ROOT

pytestmark = pytest.mark.slow

EXAMPLES = ROOT / "examples"
Run = Callable[..., str]


@pytest.fixture
def server(tmp_path: Path) -> Generator[str]:
    with daemon(tmp_path) as address:
        yield address


@pytest.fixture
def run(server: str, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(name: str, *arguments: str) -> str:
        code = runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"](server, *arguments)
        captured = capsys.readouterr()
        assert code == 0, captured.err
        return captured.out

    return run


def test_each_example_does_what_it_shows(run: Run) -> None:
    before = run("watch_utilization", "0", "1")
    position = before.split()[-1]
    assert " 0.000%" in before

    assert re.search(r"projects/default/vms/example is RUNNING|VM_STATE_RUNNING on hosts/", run("create_and_start"))
    assert "exists already" in run("create_and_start")
    assert "10 of 10 run" in run("batch_create")

    after = run("watch_utilization", position, "1")
    assert " 0.000%" not in after.splitlines()[0].partition(", disk_gib")[0]

    audit = run("audit_vm")
    assert [word for word in audit.split() if word.startswith("vm_")] == [
        "vm_created",
        "vm_start_requested",
        "vm_started",
    ]
    assert "as it was sealed" in audit


def test_every_example_is_listed_and_run() -> None:
    listed = (EXAMPLES / "README.md").read_text()
    here = Path(__file__).read_text()
    for program in EXAMPLES.glob("*.py"):
        assert program.name in listed
        assert f'run("{program.stem}"' in here
