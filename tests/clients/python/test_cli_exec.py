"""`chronovisor vm exec`: a program in a guest, with its output and its exit code."""

from pathlib import Path

import pytest
from chronovisor.cli.exit_codes import Exit

from tests.clients.python.conftest import Cli
from tests.clients.python.test_cli import CREATE


@pytest.fixture
def guest(cli: Cli) -> str:
    assert cli(*CREATE[:2], "web-1", *CREATE[3:], "--guest-agent", "--start").code == Exit.OK
    return "web-1"


def test_what_it_writes_is_written_and_the_history_has_which_it_was(cli: Cli, guest: str) -> None:
    ran = cli("vm", "exec", guest, "--", "/bin/ls", "-l", "a b")
    assert (ran.code, ran.out) == (Exit.OK, "/bin/ls -l a b\n"), ran.err
    history = cli("history", "vm", guest).out
    assert "program run in the guest: /bin/ls" in history
    assert "a b" not in history


def test_its_exit_code_is_the_commands(cli: Cli, guest: str) -> None:
    assert cli("vm", "exec", guest, "false").code == 1
    assert cli("vm", "exec", guest, "-o", "json", "--", "false").json["exit_code"] == 1


def test_it_reads_a_file(cli: Cli, guest: str, tmp_path: Path) -> None:
    (tmp_path / "typed").write_text("hello\n")
    assert cli("vm", "exec", guest, "--input", str(tmp_path / "typed"), "--", "cat").out == "hello\n"
    ran = cli("vm", "exec", guest, "--input", str(tmp_path / "none"), "--", "cat")
    assert (ran.code, "cannot be read" in ran.err) == (Exit.USAGE, True)


def test_one_that_does_not_end_runs_on(cli: Cli, guest: str) -> None:
    ran = cli("vm", "exec", guest, "--within", "1s", "--", "sleep", "9")
    assert (ran.code, "runs on" in ran.err) == (Exit.STILL_RUNNING, True)
    ran = cli("vm", "exec", guest, "--within", "1h", "--", "sleep", "9")
    assert (ran.code, "10 min" in ran.err) == (Exit.USAGE, True)


def test_a_vm_without_a_guest_agent_says_so(cli: Cli) -> None:
    assert cli(*CREATE[:2], "web-2", *CREATE[3:], "--start").code == Exit.OK
    ran = cli("vm", "exec", "web-2", "id")
    assert (ran.code, "guest_agent" in ran.err) == (Exit.WRONG_STATE, True)
