"""Every way in which a run ends: one sentence, in the format of the run, and a code that means something."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from chronovisor import program
from chronovisor.cli import known_heads
from chronovisor.cli.exit_codes import Exit
from chronovisor.v1.vm_pb2 import Vm

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE
from tests.support.waiting import patient

# Programs in processes of their own.
pytestmark = pytest.mark.slow

PROGRAM = "import sys; from chronovisor.cli.entry import main; sys.exit(main())"
LOST = "The command was carried out, and its output could not be written: "


def begun(plane: Plane, args: Sequence[str], redirections: str = "", **env: str) -> subprocess.Popen[str]:
    """A run in a process of its own, as a shell starts it."""
    command = [sys.executable, "-c", PROGRAM, "--as", "alice", *args]
    shell = ["/bin/sh", "-c", f'exec "$@" {redirections}', "sh", *command]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CHRONOVISOR_", "COLUMNS"))}
    return subprocess.Popen(
        shell,
        env=clean | {"CHRONOVISOR_SERVER": plane.address} | env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="backslashreplace",
    )


def ended(plane: Plane, args: Sequence[str], redirections: str = "", **env: str) -> tuple[int, str, str]:
    process = begun(plane, args, redirections, **env)
    out, err = process.communicate(timeout=patient(60))
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("redirection", "why"), [(">/dev/full", "No space left on device"), (">&-", "it is closed")], ids=["full", "closed"]
)
def test_a_command_is_carried_out_whatever_becomes_of_its_output(plane: Plane, redirection: str, why: str) -> None:
    assert ended(plane, CREATE, redirection) == (Exit.NOT_WRITTEN, "", f"{LOST}{why}.\n")
    assert plane.vm()
    code, out, err = ended(plane, ["vm", "list", "-o", "json"], redirection)
    assert (code, out, json.loads(err)["error"]["reason"]) == (Exit.NOT_WRITTEN, "", "OUTPUT_NOT_WRITTEN")


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
def test_an_unwritable_stderr_changes_nothing(plane: Plane, redirection: str) -> None:
    assert ended(plane, ["vm", "show", "none"], redirection) == (Exit.NOT_FOUND, "", "")
    assert ended(plane, CREATE, redirection)[0] == Exit.OK


def test_a_refusal_has_its_own_code_where_nothing_can_be_written(plane: Plane) -> None:
    assert ended(plane, ["vm", "show", "none"], ">&- 2>&-") == (Exit.NOT_FOUND, "", "")


@pytest.mark.parametrize("args", [["vm", "list"], ["vm", "list", "-o", "json"], ["--help"], ["vm", "--help"]])
def test_a_reader_that_has_seen_enough_is_no_error(plane: Plane, args: list[str]) -> None:
    process = begun(plane, args)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=patient(60)) == Exit.BROKEN_PIPE
    process.stderr.close()


BAD = [
    ["vm", "lst"],
    ["vm", "list", "--bogus"],
    ["nonsense"],
    ["vm", "create"],
    ["vm", "list", "--timeout", "soon"],
    ["vm", "create", "a", "--vcpus", "9" * 30, "--memory", "1GiB", "--disk", "1GiB", "--image", "any"],
    ["history", "fleet", "--after", "9" * 30],
    ["at", "9" * 30, "vm", "list"],
]


@pytest.mark.parametrize("args", BAD, ids=lambda args: " ".join(args)[:30])
def test_a_usage_error_has_the_format_of_the_run(cli: Cli, args: list[str]) -> None:
    plain = cli(*args)
    assert (plain.code, plain.out, plain.err.count("\n")) == (Exit.USAGE, "", 1)
    for arguments in (["-o", "json", *args], ["--output=json", *args]):
        ran = cli(*arguments)
        assert (ran.code, ran.out) == (Exit.USAGE, "")
        error = json.loads(ran.err)["error"]
        assert error["reason"] == "USAGE"
        assert error["sentence"] in plain.err


def test_an_argument_that_is_no_text_is_a_usage_error(plane: Plane) -> None:
    code, out, err = ended(plane, [*CREATE, "--reason", os.fsdecode(b"\xff")])
    assert (code, out, err) == (Exit.USAGE, "", "An argument is not valid UTF-8.\n")
    assert not plane.proxy.calls_of("CreateVm")


def age(vm: Vm) -> None:
    """As of a newer control plane."""
    vm.state = 77  # pyright: ignore[reportAttributeAccessIssue]


def test_a_fault_of_ours_is_a_sentence_and_its_traceback_is_there_for_debugging(
    cli: Cli, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli(*CREATE)
    plane.proxy.edit("GetVm", age)
    ran = cli("vm", "show", "web-1")
    assert (ran.code, ran.out) == (Exit.INTERNAL, "")
    assert ran.err.startswith("A fault of the command line itself: ValueError: ")
    assert ran.err.count("\n") == 1
    monkeypatch.setenv(program.DEBUG, "1")
    assert "Traceback" in cli("vm", "show", "web-1").err


@pytest.mark.parametrize(
    ("sent", "code", "reason"),
    [(signal.SIGINT, Exit.INTERRUPTED, "INTERRUPTED"), (signal.SIGTERM, Exit.TERMINATED, "TERMINATED")],
)
def test_a_signal_ends_a_wait_with_a_sentence(plane: Plane, sent: signal.Signals, code: Exit, reason: str) -> None:
    plane.hold_agent()
    process = begun(plane, [*CREATE, "--start", "-o", "json"])
    until = time.monotonic() + patient(60)
    while not plane.proxy.calls_of("GetVm") and time.monotonic() < until:
        threading.Event().wait(0.01)
    process.send_signal(sent)
    out, err = process.communicate(timeout=patient(60))
    assert (process.returncode, out) == (code, ""), err
    assert json.loads(err.splitlines()[-1])["error"]["reason"] == reason
    assert "Traceback" not in err


@pytest.mark.parametrize("columns", ["1", "0", "-5", "wide"])
def test_a_terminal_too_narrow_for_words_gets_them_all_the_same(plane: Plane, columns: str) -> None:
    code, out, err = ended(plane, ["vm", "--help"], COLUMNS=columns, TERM="nonsense")
    assert (code, err) == (0, "")
    assert "destroy" in out


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_an_encoding_does_not_have_is_escaped(plane: Plane, cli: Cli, encoding: str) -> None:
    cli(*CREATE, "--label", "team=日本é")
    for args in (["vm", "show", "web-1"], ["utilization"], ["vm", "list"], ["vm", "create", "é"]):
        code, _, err = ended(plane, args, PYTHONIOENCODING=encoding)
        assert (code, "Traceback" in err) == (2 if "create" in args else 0, False)
    code, out, _ = ended(plane, ["vm", "show", "web-1", "-o", "json"], PYTHONIOENCODING=encoding)
    assert json.loads(out)["labels"] == {"team": "日本é"}


def test_a_home_that_cannot_be_written_is_reported_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CHRONOVISOR_HOME", str(tmp_path / "file" / "home"))
    known_heads.remember("server", 1, b"x")
    assert known_heads.last("server") == (0, b"")
    reported = capsys.readouterr().err
    assert reported.startswith("The seal could not be kept for the next time: ")
    assert reported.count("\n") == 1
