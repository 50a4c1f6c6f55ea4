"""`chronovisor vm console`: what is typed reaches the guest, what it writes is shown, and the log is read."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Generator

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.typed import Escapes

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE
from tests.support.waiting import patient

PROGRAM = "import sys; from chronovisor.cli.app import main; sys.exit(main())"
READY = "simulated guest web-1 ready"


@pytest.fixture
def guest(cli: Cli) -> str:
    assert cli(*CREATE[:2], "web-1", *CREATE[3:], "--start").code == Exit.OK
    return "web-1"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Generator[Callable[[bytes], None]]:
    """What standard input has, before it ends."""
    ours, theirs = os.pipe()

    def put(text: bytes) -> None:
        os.write(theirs, text)
        os.close(theirs)

    with os.fdopen(ours) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield put


def test_what_is_piped_in_is_typed_and_what_the_guest_answers_is_printed(
    cli: Cli, guest: str, typed: Callable[[bytes], None]
) -> None:
    typed(b"echo from-a-pipe\r")
    ran = cli("vm", "console", guest)
    assert ran.code == Exit.OK, ran.err
    # The end of what it had written before is shown, too.
    assert READY in ran.out
    assert "\nfrom-a-pipe" in ran.out.replace("\r", "")
    assert "~. at the beginning of a line leaves it" in ran.err


def test_whoever_watches_types_nothing(cli: Cli, guest: str, typed: Callable[[bytes], None]) -> None:
    typed(b"echo not-typed\r")
    ran = cli("vm", "console", guest, "--watch")
    assert ran.code == Exit.OK, ran.err
    assert READY in ran.out
    assert "not-typed" not in ran.out


def test_the_log_is_printed_from_a_byte_on(cli: Cli, guest: str) -> None:
    assert cli("vm", "console", guest, "--log").out.startswith(READY)
    assert cli("vm", "console", guest, "--log", "--from", "10").out.startswith(READY[10:])
    assert cli("vm", "console", guest, "--log", "--from", "-2").out == "# "


def test_what_contradicts_itself_is_refused(cli: Cli, guest: str) -> None:
    for options in (("--watch", "--take-over"), ("--follow",), ("--from", "3"), ("--log", "--watch")):
        assert cli("vm", "console", guest, *options).code == Exit.USAGE


def test_the_history_of_a_vm_has_who_looked(cli: Cli, guest: str) -> None:
    cli("vm", "console", guest, "--log")
    history = cli("history", "vm", guest).out
    assert "console log opened" in history
    assert "user:alice" in history


def test_a_vm_that_does_not_run_has_no_console(cli: Cli, guest: str) -> None:
    cli("vm", "stop", guest, "--force")
    assert cli("vm", "console", guest).code == Exit.WRONG_STATE


@pytest.fixture
def at_a_terminal(plane: Plane, guest: str) -> Generator[tuple[int, "subprocess.Popen[bytes]"]]:
    """A terminal with the console of a guest, and its process."""
    ours, theirs = pty.openpty()
    env = os.environ | {"CHRONOVISOR_SERVER": plane.address, "TERM": "xterm"}
    command = [sys.executable, "-c", PROGRAM, "--as", "alice", "vm", "console", guest]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as process:
        os.close(theirs)
        yield ours, process
        process.kill()
    os.close(ours)


def read_until(terminal: int, text: bytes) -> bytes:
    output = b""
    while text not in output:
        output += os.read(terminal, 4096)
    return output


@pytest.mark.slow
def test_at_a_terminal_every_key_goes_to_the_guest_until_tilde_and_dot(
    at_a_terminal: tuple[int, "subprocess.Popen[bytes]"],
) -> None:
    terminal, process = at_a_terminal
    read_until(terminal, b"ready\r\n# ")
    # ^C is the guest's: the program goes on.
    os.write(terminal, b"echo ~.kept \x03\r")
    read_until(terminal, b"\r\n~.kept \x03\r\n# ")
    os.write(terminal, b"\r")
    read_until(terminal, b"\r\n# ")
    os.write(terminal, b"~.")
    assert process.wait(patient(20)) == Exit.OK


def test_the_escape_counts_where_a_line_begins() -> None:
    cases = {
        b"~.": (b"", True),
        b"a~.": (b"a~.", False),
        b"a\r~.b": (b"a\r", True),
        b"~~.": (b"~.", False),
        b"~x": (b"~x", False),
        b"\n~": (b"\n", False),
    }
    assert {text: Escapes().take(text) for text in cases} == cases
    escapes = Escapes()
    assert escapes.take(b"ls\r~") == (b"ls\r", False)
    assert escapes.take(b".") == (b"", True)
