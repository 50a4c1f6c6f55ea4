"""docs/how-to/tracing.md works as it stands there: its commands, against a control plane that sends to a collector."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.collector import collecting
from tests.support.dev_server import daemon
from tests.unit.project.checkout import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "how-to" / "tracing.md"
# What starts the server is started here.
NOT_RUN = ("pip install", "chronovisord ")


def test_the_commands_of_the_page_lead_from_history_to_the_trace_and_back(tmp_path: Path) -> None:
    blocks = re.findall(r"^```console\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    typed = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    script = "\n".join(["set -e", *(each for each in typed if not each.startswith(NOT_RUN)), "echo trace=$trace"])
    with collecting() as collector:
        with daemon(tmp_path, "--trace-to", collector.url, "--trace-ratio", "1") as address:
            environment = os.environ | {"CHRONOVISOR_SERVER": address, "HOME": str(tmp_path), "COLUMNS": "160"}
            done = subprocess.run(
                ["bash", "-c", script],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"^trace=([0-9a-f]{32})$", done.stdout, re.MULTILINE)
    assert found, done.stdout
    assert "VmStarted" in done.stdout
    names = {(each.service, each.name) for each in collector.of(found[1])}
    assert {
        ("chronovisord", "chronovisor.v1.VmService/CreateVm"),
        ("chronovisord", "decide"),
        ("chronovisord", "commit"),
        ("chronovisord", "project"),
        ("chronovisor-agent", "Start"),
    } <= names
