"""docs/how-to/http.md works as it stands there: curl alone, against `chronovisord` with its simulated host."""

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.unit.project.checkout import ROOT
from tests.unit.project.test_pages import COMMAND_S, Command, missing, steps
from tests.unit.project.test_readme import LISTENS, wait_for_a_host

pytestmark = pytest.mark.slow
PAGE = ROOT / "docs" / "how-to" / "http.md"
BIN = Path(sys.executable).parent
SHOWN = "127.0.0.1:7462"
LISTENS_FOR_HTTP = "console and HTTP API on http://"


@pytest.fixture
def served(tmp_path: Path) -> Generator[tuple[dict[str, str], str]]:
    """What commands are run with, and the address that is there for the one that the page has."""
    home = str(tmp_path / "home")
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "CHRONOVISOR_HOME": home, "HOME": home}
    options = ["--dev", "--dev-driver", "simulated", "--listen", "127.0.0.1:0", "--insecure", "--http", "127.0.0.1:0"]
    with subprocess.Popen(
        [BIN / "chronovisord", *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            found = {
                prefix: next(line for line in server.stdout if line.startswith(prefix))
                for prefix in (LISTENS, LISTENS_FOR_HTTP)
            }
            address = found[LISTENS].removeprefix(LISTENS).partition(",")[0]
            yield environment | {"CHRONOVISOR_SERVER": address}, found[LISTENS_FOR_HTTP].split("//")[1].strip()
        finally:
            server.terminate()


def test_its_commands_work_one_after_the_other(served: tuple[dict[str, str], str], tmp_path: Path) -> None:
    environment, address = served
    wait_for_a_host(environment)
    for step in steps(PAGE):
        assert isinstance(step, Command)
        typed = step.typed.replace(SHOWN, address)
        done = subprocess.run(
            ["bash", "-c", typed],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == step.code, f"$ {typed}\n{output}"
        assert not missing(step.shown, output), f"$ {typed}\n{output}"
