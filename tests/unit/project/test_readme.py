"""The README's commands work as they stand there: each is run by a test, or listed here with the reason why not."""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from chronovisor.cli.app import main as chronovisor_main

from tests.support.dev_server import SIMULATED, chronovisord, environment_of
from tests.support.waiting import patient
from tests.unit.project.checkout import ROOT

pytestmark = pytest.mark.slow

README = ROOT / "README.md"
# This command of the README serves all others. Not the machine's libvirt, port or home: tests leave nothing behind.
SERVER = ".venv/bin/chronovisord --dev"
NOT_RUN = {
    "make test": "is what runs this test",
    "make demo": "tests/integration/demo runs it",
    "make demo-cluster": "tests/integration/demo runs it",
}
COMMAND_S = patient(60)
# What a user types beside a server that runs.
TYPED = ("chronovisor ", "chronovisord verify", "chronovisord projections")
SUBCOMMANDS = {"chronovisor": ("rebalance",), "chronovisord": ("verify", "backup", "restore", "projections")}
BEGINS_IN = {
    "chronovisor": "chronovisor.cli.entry",
    "chronovisord": "controlplane.__main__",
    "chronovisor-agent": "hostagent.main",
}
HELPS = """
import contextlib, sys
from {module} import main
for words in {commands!r}:
    sys.argv = [*words, "--help"]
    with contextlib.suppress(SystemExit):
        main()
"""


def fences(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """What the README says to type, without comments."""
    lines = [line for block in fences("console") for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.join(shlex.split(line[2:], comments=True)) for line in lines if line.startswith("$ ")]


@pytest.fixture
def environment(tmp_path: Path) -> Generator[dict[str, str], None, None]:
    """In which the README's commands find a control plane, with an agent that simulates its guests."""
    environment = environment_of(tmp_path / "home")
    with chronovisord(environment, *SIMULATED) as (address,):
        yield environment | {"CHRONOVISOR_SERVER": address}


def run(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        shlex.split(command),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )


def run_here(command: str) -> tuple[int, str]:
    """As the program does, in this process: starting Python for each of two dozen commands is most of their time."""
    with io.StringIO() as output, contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        return chronovisor_main(shlex.split(command)[1:]), output.getvalue()


def wait_for_a_host(environment: dict[str, str]) -> None:
    # The README's reader types slower than the agent registers. Its answer takes long enough to ask again at once.
    for _ in range(int(COMMAND_S)):
        if "ACTIVE" in run("chronovisor host list", environment).stdout:
            return
    pytest.fail("the agent registered no host")


def test_each_command_is_run_or_has_a_reason_not_to_be() -> None:
    given = commands()
    unknown = [each for each in given if not each.startswith(TYPED) and each not in {*NOT_RUN, SERVER}]
    assert not unknown, "say in NOT_RUN why no test runs it, or run it"
    assert set(NOT_RUN) <= set(given), "a reason for a command that is no longer there"


def test_the_commands_work_one_after_the_other(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for_a_host(environment)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    typed = [each for each in commands() if each.startswith(TYPED)]
    assert typed
    for command in typed:
        if command.startswith("chronovisor "):
            code, output = run_here(command)
        else:
            done = run(command, environment)
            code, output = done.returncode, done.stdout + done.stderr
        assert code == 0, f"$ {command}\n{output}"


@pytest.mark.parametrize("program", ["chronovisord", "chronovisor-agent", "chronovisor"])
def test_the_options_that_it_names_exist(program: str) -> None:
    """In prose: `chronovisord --listen ADDRESS:PORT`."""
    spans = re.findall(rf"`(?:\.venv/bin/)?{program} ([^`]+)`", README.read_text())
    options = {option for span in spans for option in re.findall(r"--[a-z-]+", span)}
    helped = [[program], *([program, each] for each in SUBCOMMANDS.get(program, ()))]
    script = HELPS.format(module=BEGINS_IN[program], commands=helped)
    done = run(shlex.join([sys.executable, "-c", script]), os.environ | {"COLUMNS": "200"})
    assert done.stdout.lower().count("usage:") == len(helped), done.stderr
    assert not {option for option in options if option not in done.stdout}


@pytest.mark.parametrize("snippet", fences("python"))
def test_its_python_compiles_and_imports(snippet: str) -> None:
    compile(snippet, str(README), "exec")
    imports = [line for line in snippet.splitlines() if line.startswith(("import ", "from "))]
    done = subprocess.run([sys.executable, "-c", "\n".join(imports)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
