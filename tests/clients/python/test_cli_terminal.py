"""The command line in front of a person: a terminal of 80 columns, with questions and a progress line."""

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.v1.vm_pb2 import VmState

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE
from tests.clients.python.test_cli_past import CHANGES, a_life, play
from tests.support.waiting import patient

pytestmark = pytest.mark.slow

Terminal = Callable[..., tuple[int, str]]
PROGRAM = "import sys; from chronovisor.cli.app import main; sys.exit(main())"


def _read_all(terminal: int) -> str:
    output = b""
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:
            # Linux answers EIO once the program's side is closed.
            chunk = b""
        if not chunk:
            return output.decode()
        output += chunk


@pytest.fixture
def terminal(plane: Plane) -> Terminal:
    """`terminal("vm", "list")` runs the program on a pseudo-terminal; returns its exit code and all its output."""

    def run(*args: str, answer: str = "", **environment: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")}
        env |= {"CHRONOVISOR_SERVER": plane.address, "TERM": "xterm", **environment}
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "--as", "alice", *args], stdin=theirs, stdout=theirs, stderr=theirs, env=env
        ) as process:
            os.close(theirs)
            os.write(ours, answer.encode())
            output = _read_all(ours)
            os.close(ours)
            return process.wait(timeout=patient(30)), output

    return run


def test_destroy_prompts_and_takes_no_for_an_answer(terminal: Terminal, cli: Cli, plane: Plane) -> None:
    cli(*CREATE)
    code, output = terminal("vm", "destroy", "web-1", answer="n\n")
    assert code == 1
    assert "Destroy web-1 and its disk? This cannot be undone." in output
    assert "Nothing was done." in output
    assert not plane.proxy.calls_of("DeleteVm")


def test_destroy_takes_yes_for_an_answer(terminal: Terminal, cli: Cli, plane: Plane) -> None:
    cli(*CREATE)
    code, output = terminal("vm", "destroy", "web-1", answer="y\n")
    assert code == 0
    assert "web-1 is DELETED." in output
    assert plane.vm().state == VmState.VM_STATE_DELETED


def test_waiting_shows_state_and_time(terminal: Terminal, plane: Plane) -> None:
    plane.hold_agent()
    code, output = terminal(*CREATE, "--start", "--timeout", "3s")
    assert code == Exit.STILL_RUNNING
    assert re.search(r"web-1: STARTING on node-1 \(\d\.\d s\)", output)
    assert "it goes on." in output


@pytest.mark.parametrize("columns", ["40", "10", "1"])
def test_on_a_narrow_terminal_every_column_still_shows_something(terminal: Terminal, cli: Cli, columns: str) -> None:
    cli(*CREATE)
    for command in (("vm", "list"), ("host", "list"), ("utilization",), ("vm", "show", "web-1")):
        code, output = terminal(*command, NO_COLOR="1", COLUMNS=columns)
        text = re.sub(r"\x1b\[[0-9;]*m", "", output)
        assert code == 0
        expected = {
            "vm": ("NAME", "web-1", "HOST"),
            "host": ("NAME", "node-1", "ZONE"),
            "utilization": ("CLASS", "vCPUs"),
        }
        for word in expected[command[0]] if "show" not in command else ("name", "projects"):
            assert word in text, command


@pytest.mark.parametrize(
    "command",
    [
        ("vm", "list"),
        ("vm", "list", "-A"),
        ("host", "list"),
        ("history", "vm", "web-1"),
        ("why", "vm", "web-1"),
        ("replay", "vm", "web-1"),
        ("diff", "--from", "1"),
    ],
)
def test_tables_fit_into_80_columns_and_lose_nothing(
    terminal: Terminal, cli: Cli, plane: Plane, command: tuple[str, ...]
) -> None:
    name = "a-name-of-sixty-three-characters-which-is-as-long-as-they-get-1"
    cli(*CREATE, "--reason", "a reason that is longer than one line of a terminal has room for, by some words")
    cli(*CREATE[:2], name, *CREATE[3:])
    play(plane, a_life(), CHANGES)
    code, output = terminal(*command, NO_COLOR="1")
    assert code == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", output).splitlines()
    assert all(len(line) <= 80 for line in lines)
    if command[:2] == ("vm", "list"):
        # The longest name is folded, not cut.
        assert name[-8:] in "".join(lines)


def test_no_color_means_none(terminal: Terminal, cli: Cli) -> None:
    cli(*CREATE, "--start")
    assert "\x1b[32m" in terminal("vm", "list")[1]
    assert not re.search(r"\x1b\[3\dm", terminal("vm", "list", NO_COLOR="1")[1])


def test_apply_shows_its_plan_in_colour_and_takes_no_for_an_answer(
    terminal: Terminal, plane: Plane, tmp_path: Path
) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text("projects: {shop: {title: The shop}}")
    code, output = terminal("apply", "-f", str(file), answer="n\n")
    assert code == 1
    assert "\x1b[32m+ project shop: create\x1b[0m" in output
    assert "Make 1 change? [y/N]" in output
    assert "Nothing was done." in output
    assert not [each for each in plane.proxy.calls_of("CreateProject") if not each.request.validate_only]
    code, output = terminal("apply", "-f", str(file), answer="y\n", NO_COLOR="1")
    assert code == 0
    assert "project shop is created." in output
    assert not re.search(r"\x1b\[3\dm", output)
    code, output = terminal("apply", "-f", str(file))
    assert code == 0
    assert "Nothing to change: all is as declared." in output


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("chronovisor vm start w", ["web-1"]),
        ("chronovisor vm show projects/", ["projects/default/vms/web-1"]),
        ("chronovisor host show n", ["node-1"]),
        ("chronovisor project show d", ["default"]),
        ("chronovisor hi", ["history"]),
        ("chronovisor why vm w", ["web-1"]),
        ("chronovisor diff --from 1 w", ["web-1"]),
        ("chronovisor at 6 vm show w", ["web-1"]),
        ("chronovisor at -2h h", ["host"]),
        ("chronovisor vm stop --f", ["--force"]),
        ("chronovisor --server 127.0.0.1:1 vm start w", []),
        ("chronovisor --as zoë vm start w", []),
    ],
)
def test_the_shell_completes_names_and_is_silent_on_failure(
    cli: Cli, plane: Plane, words: str, completed: list[str]
) -> None:
    cli(*CREATE)
    env = {
        **os.environ,
        "_CHRONOVISOR_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
        "CHRONOVISOR_SERVER": plane.address,
    }
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=patient(30), check=False
    )
    assert ran.stdout.split() == completed
    assert ran.stderr == ""
