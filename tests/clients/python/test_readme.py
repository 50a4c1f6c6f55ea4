"""The client's README: its examples are the programs beside it, which run, and its tables are complete."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from chronovisor.services.history import HistoryCalls
from chronovisor.services.hosts import HostCalls
from chronovisor.services.metrics import MetricsCalls
from chronovisor.services.operations import OperationCalls
from chronovisor.services.privacy import PrivacyCalls
from chronovisor.services.projects import ProjectCalls
from chronovisor.services.utilization import UtilizationCalls
from chronovisor.services.vms import VmCalls

from tests.clients.python.test_examples import daemon
from tests.support.waiting import patient
from tests.unit.project.checkout import ROOT

CLIENT = ROOT / "clients" / "python"
README = (CLIENT / "README.md").read_text()
SERVICES = {
    "vms": VmCalls,
    "hosts": HostCalls,
    "projects": ProjectCalls,
    "utilization": UtilizationCalls,
    "history": HistoryCalls,
    "metrics": MetricsCalls,
    "privacy": PrivacyCalls,
    "operations": OperationCalls,
}
Dev = Callable[..., str]


@pytest.fixture
def dev(tmp_path: Path) -> Dev:
    """`dev.sh` of the client, against a control plane with a simulated host."""

    def dev(server: str, *words: str) -> str:
        done = subprocess.run(
            [CLIENT / "dev.sh", *words],
            env=os.environ | {"CHRONOVISOR_SERVER": server},
            capture_output=True,
            text=True,
            timeout=patient(60),
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return dev


def test_it_has_its_examples_word_for_word() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    files = [CLIENT / "examples" / name for name in ("quickstart.py", "quickstart_asyncio.py")]
    assert blocks == [file.read_text() for file in files]


@pytest.mark.parametrize("service", SERVICES)
def test_it_lists_every_method(service: str) -> None:
    (row,) = (line for line in README.splitlines() if line.startswith(f"| `{service}` |"))
    names = [name for name in vars(SERVICES[service]) if not name.startswith("_")]
    assert sorted(re.findall(r"`(\w+)`", row)[1:]) == sorted(names)


@pytest.mark.slow
def test_its_examples_and_the_report_run(dev: Dev, tmp_path: Path) -> None:
    with daemon(tmp_path) as server:
        shown = dev(server, "readme")
        assert re.search(r"projects/shop-\w+/vms/web-1 runs on hosts/", shown)
        assert "refused: VM_NOT_FOUND" in shown
        assert re.search(r"event \d+ is in the ledger as it was sealed", shown)
        assert "'vcpus': 3" in shown
        # The server's clock may be a little behind.
        report = dev(server, "example", "--hours", "1")
        assert re.search(r"Utilization over time\n +vcpus ", report)
        assert re.search(r"^shop-\w+ +[\d.]+ +[\d.]+ +[\d.]+$", report, re.MULTILINE)
        assert "Busiest hosts" in report
        page = tmp_path / "report.html"
        dev(server, "example", "--html", str(page))
        assert "<h2>Busiest hosts</h2><table" in page.read_text()


@pytest.mark.slow
def test_what_the_client_adds_can_be_measured(dev: Dev, tmp_path: Path) -> None:
    with daemon(tmp_path) as server:
        assert '"layer_us_per_call"' in dev(server, "bench")
