"""`chronovisor vm screen`, a socket for a viewer; `chronovisor vm screenshot`, what a screen shows in a file."""

import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from chronovisor.cli.exit_codes import Exit

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE
from tests.support.waiting import WAIT_S, patient

PROGRAM = "import sys; from chronovisor.cli.app import main; sys.exit(main())"
GREETING = b"RFB 003.008\n"
Shown = Callable[..., tuple[str, "subprocess.Popen[str]"]]


@pytest.fixture
def guest(cli: Cli) -> str:
    assert cli(*CREATE[:2], "web-1", *CREATE[3:], "--screen", "--start").code == Exit.OK
    return "web-1"


def test_what_its_screen_shows_is_a_file_and_the_history_has_who_looked(cli: Cli, guest: str, tmp_path: Path) -> None:
    path = tmp_path / "web.png"
    ran = cli("vm", "screenshot", guest, "--to", str(path))
    assert ran.code == Exit.OK, ran.err
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert ran.out == f"{path} has {path.stat().st_size:,} bytes.\n"
    history = cli("history", "vm", guest).out
    assert f"screenshot taken, {path.stat().st_size:,} bytes" in history
    assert "screen" in cli("vm", "show", guest).out


def test_a_file_that_cannot_be_written_is_named(cli: Cli, guest: str, tmp_path: Path) -> None:
    ran = cli("vm", "screenshot", guest, "--to", str(tmp_path / "none" / "web.png"))
    assert (ran.code, "cannot be written" in ran.err) == (Exit.USAGE, True)


def test_a_vm_without_a_screen_says_so(cli: Cli, tmp_path: Path) -> None:
    assert cli(*CREATE[:2], "web-2", *CREATE[3:], "--start").code == Exit.OK
    path = tmp_path / "web.png"
    ran = cli("vm", "screenshot", "web-2", "--to", str(path))
    assert (ran.code, "CONSOLE_UNSUPPORTED" in ran.err, path.exists()) == (Exit.WRONG_STATE, True, False)


@pytest.fixture
def shown(plane: Plane, guest: str) -> Generator[Shown]:
    """Where the screen of a guest is, and the process that listens there."""
    processes: list[subprocess.Popen[str]] = []

    def show(*options: str) -> tuple[str, "subprocess.Popen[str]"]:
        env = os.environ | {"CHRONOVISOR_SERVER": plane.address}
        command = [sys.executable, "-c", PROGRAM, "--as", "alice", "vm", "screen", guest, *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        processes.append(process)
        assert process.stdout
        line = process.stdout.readline()
        found = re.fullmatch(r"The screen of web-1 is at (.+): \^C leaves it\.\n", line)
        assert found, line or process.communicate()
        return found[1], process

    yield show
    for process in processes:
        process.kill()
        process.communicate()


def greeted(viewer: socket.socket) -> bytes:
    """What the screen sends first."""
    viewer.settimeout(WAIT_S)
    data = b""
    while len(data) < len(GREETING):
        piece = viewer.recv(len(GREETING) - len(data))
        assert piece
        data += piece
    return data


@pytest.mark.slow
def test_one_viewer_after_the_other_sees_it_at_a_port_of_this_machine(shown: Shown) -> None:
    address, process = shown()
    host, _, port = address.partition(":")
    assert host == "127.0.0.1"
    for _ in range(2):
        with socket.create_connection((host, int(port)), WAIT_S) as viewer:
            assert greeted(viewer) == GREETING
            viewer.sendall(GREETING)
            # One way of proving who it is: none.
            assert viewer.recv(2, socket.MSG_WAITALL) == b"\x01\x01"
    process.send_signal(2)
    assert process.wait(patient(20)) == Exit.INTERRUPTED


@pytest.mark.slow
def test_at_a_unix_socket_it_is_for_its_user_alone_and_ends_with_the_guest(
    shown: Shown, cli: Cli, guest: str, tmp_path: Path
) -> None:
    path = tmp_path / "screen"
    address, process = shown("--socket", str(path), "--watch")
    assert address == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with socket.socket(socket.AF_UNIX) as viewer:
        viewer.connect(address)
        assert greeted(viewer) == GREETING
        assert cli("vm", "stop", guest, "--force").code == Exit.OK
        viewer.settimeout(WAIT_S)
        while viewer.recv(1024):
            pass
    assert process.wait(patient(20)) == Exit.OK
    assert "The screen has ended" in process.communicate()[1]
    assert not path.exists()


def test_what_contradicts_itself_or_cannot_be_listened_at_is_refused(cli: Cli, guest: str) -> None:
    for options in (("--watch", "--take-over"), ("--port", "1", "--socket", "x"), ("--socket", "/none/screen")):
        assert cli("vm", "screen", guest, *options).code == Exit.USAGE
