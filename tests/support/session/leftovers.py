"""What a run of the tests leaves on the machine: nothing, or the run fails.

A run has a directory of its own for temporary files. Its name is in the environment of every process begun in the run;
where a program has another environment, its command line or its mounts show it. What is in that directory at the end,
or still runs with its name, was left behind. pytest's own directory, which keeps what failed tests wrote, is not in it.
"""

import contextlib
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

HOME = "home"
RUN = "CHRONOVISOR_TEST_RUN"
# Ends with the process that it belongs to, which may be this one.
ENDS_WITH_US = b"multiprocessing.resource_tracker"
# A process that is terminated may take a moment to exit.
ENDING_S = 20.0


def begin() -> Path:
    """The run's directory, for this process and all that begin in it."""
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    directory = Path(tempfile.mkdtemp(prefix="cvt-"))
    # PostgreSQL runs as another user.
    directory.chmod(0o711)
    # Where control planes that are given no other have their keys: the same for all of a run.
    (directory / HOME).mkdir()
    os.environ["CHRONOVISOR_HOME"] = str(directory / HOME)
    os.environ["TMPDIR"] = os.environ[RUN] = tempfile.tempdir = str(directory)
    return directory


def end(directory: Path, ending_s: float = ENDING_S) -> list[str]:
    """Ends and removes what is left after `ending_s`, and the run's directory. Returns it in words."""
    deadline = time.monotonic() + ending_s
    while (running := _processes(directory)) and time.monotonic() < deadline:
        time.sleep(0.1)
    found = [f"still runs: {process} {line}" for process, line in running.items()]
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    found += [f"temporary file: {_with_contents(each)}" for each in directory.iterdir() if each.name != HOME]
    shutil.rmtree(directory, ignore_errors=True)
    return sorted(found)


def _with_contents(path: Path) -> str:
    """Its name, and what is in it: to find out who made it."""
    inside = sorted(each.name for each in path.iterdir())[:5] if path.is_dir() else []
    return f"{path.name} ({', '.join(inside)})" if inside else path.name


def _processes(directory: Path) -> dict[int, str]:
    """Those of the run, with their command lines."""
    mark = str(directory).encode()
    ours = {str(os.getpid()), str(os.getppid())}
    others = (each for each in Path("/proc").glob("[0-9]*") if each.name not in ours)
    return {int(each.name): line for each in others if (line := _line_if_marked(each, mark))}


def _line_if_marked(process: Path, mark: bytes) -> str:
    """Its command line, when it belongs to the run."""
    line = _read(process / "cmdline")
    # A zombie has no command line.
    if not line or ENDS_WITH_US in line:
        return ""
    marked = any(mark in each for each in (line, _read(process / "environ"), _read(process / "mountinfo")))
    return line.replace(b"\0", b" ").decode(errors="replace")[:200] if marked else ""


def _read(file: Path) -> bytes:
    """Nothing, when the process has ended or belongs to another user."""
    try:
        return file.read_bytes()
    except OSError:
        return b""
