"""Processes beside the server, where they may not do all that they would."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from controlplane.runtime import worker_process
from tests.support.waiting import patient, wait_until

pytestmark = pytest.mark.slow

REFUSED = """
import os
from controlplane.runtime import worker_process

def refused(_increment):
    raise PermissionError(1, "Operation not permitted")

os.nice = refused
worker_process.begin({parent})
print("begun")
"""
WORKS = """
import signal, time
from controlplane.runtime import worker_process

worker_process.clean_up_when_terminated()
worker_process.begin({parent}, by=signal.SIGTERM)
with worker_process.temporary_directory("works-") as directory:
    print(directory, flush=True)
    time.sleep(600)
"""
HAS_ONE = """
import subprocess, sys, os
works = {works!r}.replace("PARENT", str(os.getpid()))
subprocess.Popen([sys.executable, "-c", works])
sys.stdin.read()
"""


def test_one_that_may_not_be_nice_works_all_the_same() -> None:
    """As in the sandbox of the systemd unit, which lets nothing set priorities."""
    command = [sys.executable, "-c", REFUSED.format(parent=os.getpid())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "begun\n"), done.stderr


def test_one_whose_server_is_gone_ends() -> None:
    command = [sys.executable, "-c", "from controlplane.runtime import worker_process; worker_process.begin(1 << 30)"]
    assert subprocess.run(command, check=False).returncode == 1


async def test_one_that_is_ended_removes_its_files() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WORKS.format(parent=os.getpid())), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    directory = (await process.stdout.readline()).decode().strip()
    assert os.path.isdir(directory)  # noqa: ASYNC240, PTH112 - as quick as it is
    await worker_process.end(process, patient(5.0))
    assert process.returncode == 128 + signal.SIGTERM
    assert not os.path.exists(directory)  # noqa: ASYNC240, PTH110


TERMINATED_WHILE_REMOVING = """
import os, shutil, signal, tempfile
from controlplane.runtime import worker_process

worker_process.clean_up_when_terminated()
remove = tempfile.TemporaryDirectory.cleanup

def cleanup(directory):
    print(directory.name, flush=True)
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGTERM)
    remove(directory)

tempfile.TemporaryDirectory.cleanup = cleanup
with worker_process.temporary_directory("works-"):
    pass
print("goes on")
"""


def test_one_that_is_ended_while_it_removes_its_files_removes_them_all() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TERMINATED_WHILE_REMOVING], capture_output=True, text=True, check=False
    )
    (directory,) = done.stdout.splitlines()
    assert done.returncode == 128 + signal.SIGTERM, done.stderr
    assert not Path(directory).exists()


ANSWERS = """
import sys
from controlplane.runtime import worker_process

worker_process.begin(worker_process.receive_from(sys.stdin.buffer))
while (value := worker_process.receive_from(sys.stdin.buffer)) != "end":
    worker_process.send([value, value])
"""


def test_a_thread_can_wait_for_the_answers_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "answers.py").write_text(ANSWERS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    worker = worker_process.BlockingWorker("answers")
    try:
        worker.send(os.getpid())
        for value in (1, b"x" * 1_000_000):
            worker.send(value)
            assert worker.receive() == [value, value]
        worker.send("end")
        with pytest.raises(EOFError):
            worker.receive()
        worker.send("nobody reads this")
    finally:
        worker.close(patient(5.0))


def test_one_whose_server_is_killed_removes_its_files() -> None:
    script = HAS_ONE.format(works=WORKS.format(parent="PARENT"))
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        directory = Path(server.stdout.readline().strip())
        assert directory.is_dir()
        server.kill()
    wait_until(lambda: not directory.exists())


async def test_one_whose_ending_is_cancelled_has_ended_all_the_same() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "import time; time.sleep(600)"), stdout=asyncio.subprocess.PIPE
    )
    ending = asyncio.create_task(worker_process.end(process, 600.0))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert process.returncode is not None
