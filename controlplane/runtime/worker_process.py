"""Worker processes for CPU-bound work, so that it does not compete for the server's interpreter lock.

They exit when the server does. Values between the two are pickled, each after its length. The server has an asyncio
process, or a blocking one where it works on a thread.
"""

import asyncio
import contextlib
import ctypes
import os
import pickle
import signal
import struct
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import IO, Any

# Of a process that takes the processor only while nobody else needs it.
NICENESS = 10
PR_SET_PDEATHSIG = 1
_LENGTH = struct.Struct("!Q")


def _options() -> dict[str, Any]:
    """Pipes to its stdin and from its stdout. Its stderr is the server's."""
    # One thread is enough: the fleet's arrays are small, and the server needs the other processors.
    env = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "GRPC_ENABLE_FORK_SUPPORT": "0"}
    return {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": env}


async def start(module: str, files: Sequence[int] = ()) -> asyncio.subprocess.Process:
    """Runs a module's `main`, which has these open files by the same numbers."""
    return await asyncio.create_subprocess_exec(sys.executable, "-m", module, pass_fds=files, **_options())


def kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


async def end(process: asyncio.subprocess.Process, grace_s: float = 0.0) -> None:
    """Reads its output, which nobody needs: a pipe that is not read to its end is never closed.

    One that has files of its own has a grace period to remove them: see `clean_up_when_terminated`. It has ended when
    this returns, and also when this is cancelled meanwhile: then at once.
    """
    ending = asyncio.create_task(_end(process, grace_s))
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        kill(process)
        await ending
        raise


async def _end(process: asyncio.subprocess.Process, grace_s: float) -> None:
    if grace_s and process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await process.communicate()
    kill(process)
    await process.communicate()


def framed(value: object) -> bytes:
    frame = pickle.dumps(value)
    return _LENGTH.pack(len(frame)) + frame


async def receive(process: asyncio.subprocess.Process) -> Any:
    """The next value that it sends. Raises IncompleteReadError when it has ended."""
    assert process.stdout is not None
    (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
    return pickle.loads(await process.stdout.readexactly(length))


class BlockingWorker:
    """A worker process for a thread that waits for its answers. It exits at the latest when that thread does."""

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen((sys.executable, "-m", module), **_options())
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout

    def send(self, value: object) -> None:
        # Where it has ended, there will be no answer.
        with contextlib.suppress(BrokenPipeError):
            self._input.write(framed(value))
            self._input.flush()

    def receive(self) -> Any:
        """The next value that it sends. Raises EOFError when it has ended."""
        return receive_from(self._output)

    def close(self, grace_s: float) -> None:
        """Closes its pipes, by which it is to end within a grace period."""
        for pipe in (self._input, self._output):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


# In the process itself.


def end_with_parent(by: signal.Signals) -> None:
    """However the process that started this one ends, this one gets the signal."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)


def clean_up_when_terminated() -> None:
    """SIGTERM leaves every `with`, so that temporary files are removed: see `temporary_directory`."""
    signal.signal(signal.SIGTERM, _terminated)


def _terminated(_number: int, _frame: object) -> None:
    if _Held.depth:
        _Held.terminated = True
        return
    # Once is enough: a second signal would cut short what the first makes it clean up.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + signal.SIGTERM)


class _Held:
    """Whether SIGTERM waits, and whether one came meanwhile."""

    depth = 0
    terminated = False


@contextlib.contextmanager
def _held() -> Generator[None]:
    """SIGTERM takes effect after it, where this process cleans up at all."""
    _Held.depth += 1
    try:
        yield
    finally:
        _Held.depth -= 1
        if _Held.terminated and not _Held.depth:
            _terminated(signal.SIGTERM, None)


@contextlib.contextmanager
def temporary_directory(prefix: str) -> Generator[Path]:
    """A directory that is gone afterwards, also when SIGTERM comes while it is made or removed."""
    with _held():
        directory = tempfile.TemporaryDirectory(prefix=prefix)
    try:
        yield Path(directory.name)
    finally:
        with _held():
            directory.cleanup()


def begin(parent: int, niceness: int = NICENESS, by: signal.Signals = signal.SIGKILL) -> None:
    """Gives way to others, and ends when the server ends, however that does, by this signal."""
    # Under systemd, the sandbox of the server refuses both: then it is not nice, and works.
    with contextlib.suppress(PermissionError):
        os.nice(niceness)
        # What wakes it takes no processor from whoever runs: a call beside it is a tenth quicker.
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    end_with_parent(by)
    if os.getppid() != parent:
        # It ended before the signal was set.
        sys.exit(1)


def receive_from(pipe: IO[bytes]) -> Any:
    """The next value from the other end of a pipe. Raises EOFError when that is closed."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    frame = pipe.read(length)
    if len(frame) < length:
        raise EOFError
    return pickle.loads(frame)


def send(value: object) -> None:
    """To the server, which may have gone: then it raises BrokenPipeError."""
    sys.stdout.buffer.write(framed(value))
    sys.stdout.buffer.flush()
