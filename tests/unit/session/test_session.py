"""What holds for a whole run of the tests: its order is repeatable, it leaves nothing, and its programs hear Ctrl-C."""

import ast
import gc
import inspect
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.session import leftovers, order
from tests.support.waiting import patient, wait_until

pytestmark = pytest.mark.slow

SLEEPS = [sys.executable, "-c", "print(flush=True); import time; time.sleep(600)"]
HEARS_CTRL_C = """
import signal
from tests.support.session.signals import let_programs_hear_ctrl_c
signal.signal(signal.SIGINT, signal.SIG_IGN)
let_programs_hear_ctrl_c()
import os, subprocess, sys
os.kill(os.getpid(), signal.SIGINT)
program = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
print(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout, end="")
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a run within this one."""
    for name in (leftovers.RUN, "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return leftovers.begin()


def test_a_run_that_leaves_nothing_says_nothing_and_its_directory_is_gone(run: Path) -> None:
    assert leftovers.end(run, 0.0) == []
    assert not run.exists()


def test_a_file_that_was_left_is_named_and_removed(run: Path) -> None:
    (run / "forgotten").mkdir()
    (run / "forgotten" / "ledger.db").touch()
    (run / "lost").touch()
    assert leftovers.end(run, 0.0) == ["temporary file: forgotten (ledger.db)", "temporary file: lost"]
    assert not run.exists()


@pytest.mark.parametrize("marked_by", ["its environment", "its command line"])
def test_a_process_that_was_left_is_named_and_ended(run: Path, marked_by: str) -> None:
    by_name = marked_by == "its command line"
    with subprocess.Popen(
        [*SLEEPS, str(run)] if by_name else SLEEPS, env={} if by_name else None, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout
            process.stdout.readline()
            (found,) = leftovers.end(run, 0.0)
            assert process.wait(patient(10.0)) == -signal.SIGKILL
        finally:
            process.kill()
    assert found.startswith(f"still runs: {process.pid} ")


def test_what_is_about_to_end_is_waited_for(run: Path) -> None:
    with subprocess.Popen(SLEEPS, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        threading.Timer(0.2, process.kill).start()
        assert leftovers.end(run, patient(20.0)) == []


def test_the_order_is_that_of_its_seed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    orders: list[list[str]] = []
    for seed in ("1", "1", "2"):
        monkeypatch.setenv(order.SEED, seed)
        items = [each for each in request.session.items if each.path == request.path]
        order.shuffle(items)
        orders.append([each.nodeid for each in items])
    assert orders[0] == orders[1]
    assert sorted(orders[1]) == sorted(orders[2])
    assert len(orders[0]) == 1 or orders[1] != orders[2]


def test_a_program_hears_ctrl_c_where_the_tests_do_not() -> None:
    ran = subprocess.run([sys.executable, "-c", HEARS_CTRL_C], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "True\n", "")


def test_this_run_can_be_interrupted_or_ignores_it_itself() -> None:
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def test_no_collection_happens_while_python_is_parsed() -> None:
    """In CPython 3.11 it can make the parser fail: see tests/support/session/parsing.py."""
    source = Path(ast.__file__).read_text()
    within: list[str] = []

    def note(phase: str, _info: object) -> None:
        frame = inspect.currentframe()
        if frame and frame.f_back and frame.f_back.f_code.co_filename == ast.__file__:
            within.append(phase)

    gc.callbacks.append(note)
    try:
        for _ in range(3):
            ast.parse(source)
    finally:
        gc.callbacks.remove(note)
    assert gc.isenabled()
    assert not within or sys.version_info >= (3, 12)


def test_waiting_ends_with_the_condition_or_with_its_time() -> None:
    looks: list[int] = []
    wait_until(lambda: looks.append(1) or len(looks) == 3)
    assert len(looks) == 3
    with pytest.raises(TimeoutError):
        wait_until(lambda: False, 0.0)
    assert os.environ[leftovers.RUN]
