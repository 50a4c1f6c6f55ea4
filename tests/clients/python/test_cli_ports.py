"""`chronovisor vm port`, standard input and output; `vm forward`, ports of this machine: what they lead to."""

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Generator

import pytest
from chronovisor.cli.commands.vm_port import parse_forward
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.ports import Forward

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE
from tests.support.waiting import WAIT_S, patient, wait_until

PROGRAM = "import sys; from chronovisor.cli.app import main; sys.exit(main())"
Begun = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def guest(cli: Cli) -> str:
    """With an echo server at port 7, and at port 9 one that closes its half at once, and takes what comes."""
    assert cli("network", "create", "dev", "--kind", "user").code == Exit.OK
    card = ("--network", "dev,publish=2007:7,publish=2009:9,publish=2022:22")
    assert cli(*CREATE[:2], "web-1", *CREATE[3:], *card, "--start").code == Exit.OK
    return "web-1"


@pytest.fixture
def begun(plane: Plane, guest: str) -> Generator[Begun]:
    """Processes of the command line."""
    processes: list[subprocess.Popen[bytes]] = []

    def begin(*words: str) -> "subprocess.Popen[bytes]":
        env = os.environ | {"CHRONOVISOR_SERVER": plane.address}
        command = [sys.executable, "-c", PROGRAM, "--as", "alice", *words]
        pipe = subprocess.PIPE
        processes.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=env))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_input_and_output_are_the_connection_and_the_history_has_who(begun: Begun, cli: Cli, guest: str) -> None:
    sent = bytes(range(256)) * 2000
    output, errors = begun("vm", "port", guest, "7", "--reason", "it hangs").communicate(sent, timeout=patient(30))
    assert (output, errors) == (sent, b"")
    history = cli("history", "vm", guest).out
    assert "connection to port 7 opened" in history
    assert "it hangs" in history
    assert f"{len(sent):,} bytes sent, {len(sent):,} received" in history


@pytest.mark.slow
def test_a_port_of_this_machine_leads_to_the_vms_for_many_at_once(begun: Begun, guest: str) -> None:
    process = begun("vm", "forward", guest, "7", "81")
    assert process.stdout
    lines = [process.stdout.readline().decode() for _ in range(2)]
    found = [re.fullmatch(r"127\.0\.0\.1:(\d+) leads to port (\d+) of web-1\.\n", line) for line in lines]
    (echo, to), (nothing, _) = [each.groups() for each in found if each]
    assert to == "7"
    with socket.create_connection(("127.0.0.1", int(echo)), WAIT_S) as first:
        with socket.create_connection(("127.0.0.1", int(echo)), WAIT_S) as second:
            second.sendall(b"second")
            assert second.recv(6, socket.MSG_WAITALL) == b"second"
        first.sendall(b"first")
        first.shutdown(socket.SHUT_WR)
        assert first.recv(9, socket.MSG_WAITALL) == b"first"
    with socket.create_connection(("127.0.0.1", int(nothing)), WAIT_S) as refused:
        assert refused.recv(1) == b""
    process.send_signal(2)
    assert process.wait(patient(20)) == Exit.INTERRUPTED
    assert b"publish one that leads to 81" in process.communicate()[1]


@pytest.mark.slow
def test_a_vm_that_has_sent_all_gets_the_rest_of_what_is_sent(begun: Begun, cli: Cli, guest: str) -> None:
    process = begun("vm", "port", guest, "9")
    assert process.stdout
    assert process.stdin
    assert process.stdout.read() == b""
    process.stdin.write(bytes(300_000))
    assert process.communicate(timeout=patient(30)) == (b"", b"")
    assert process.returncode == Exit.OK
    process = begun("vm", "forward", guest, "9")
    assert process.stdout
    port = int(process.stdout.readline().decode().partition(" ")[0].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), WAIT_S) as connection:
        assert connection.recv(1) == b""
        connection.sendall(bytes(200_000))
        connection.shutdown(socket.SHUT_WR)

        def has_it_all() -> bool:
            history = cli("history", "vm", guest).out
            return "300,000 bytes sent" in history and "200,000 bytes sent" in history

        wait_until(has_it_all)


@pytest.mark.slow
def test_a_connection_that_the_vm_has_closed_is_closed_here_while_nothing_is_sent(
    begun: Begun, cli: Cli, guest: str
) -> None:
    process = begun("vm", "forward", guest, "7")
    assert process.stdout
    port = int(process.stdout.readline().decode().partition(" ")[0].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), WAIT_S) as connection:
        connection.sendall(b"x")
        assert connection.recv(1) == b"x"
        assert cli("vm", "stop", guest).code == Exit.OK
        assert connection.recv(1) == b""


def test_a_vm_without_a_card_says_so(cli: Cli) -> None:
    assert cli(*CREATE[:2], "web-2", *CREATE[3:], "--start").code == Exit.OK
    ran = cli("vm", "port", "web-2", "22")
    assert (ran.code, "it has no network card" in ran.err) == (Exit.WRONG_STATE, True)


def test_ssh_goes_through_the_control_plane_with_the_options_that_reach_it(cli: Cli, guest: str) -> None:
    words = shlex.split(cli("vm", "ssh", f"root@{guest}", "--print", "--", "uptime").out)
    (proxy,) = [shlex.split(word.partition("=")[2]) for word in words if word.startswith("ProxyCommand=")]
    assert proxy[-4:] == ["vm", "port", "projects/default/vms/web-1", "22"]
    # The server is in the environment, which ssh hands on.
    assert proxy[1] == "--as"
    assert words[-3:] == ["--", "root@web-1", "uptime"]
    direct = shlex.split(cli("vm", "ssh", guest, "--direct", "--print").out)
    assert "ProxyCommand" not in " ".join(direct)
    assert direct[:3] == ["ssh", "-p", "2022"]
    both = cli("vm", "ssh", guest, "--direct", "--address", "10.0.0.1")
    assert both.code == Exit.USAGE


@pytest.mark.parametrize(
    ("text", "found"), [("80", Forward(0, 80)), ("8080:80", Forward(8080, 80)), ("0:65535", Forward(0, 65535))]
)
def test_a_port_to_lead_to_is_given_alone_or_behind_that_of_this_machine(text: str, found: Forward) -> None:
    assert parse_forward(text) == found


@pytest.mark.parametrize("text", ["", "80:", ":80", "x", "80:0", "65536", "1:2:3", "-1"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no port such as"):
        parse_forward(text)
