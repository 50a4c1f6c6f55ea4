"""Processes beside the server, which end with it. Its interpreter lock is not theirs.

What goes between the two is pickled, each value with its length before it.
"""

import asyncio
import contextlib
import ctypes
import os
import pickle
import signal
import struct
import sys
from typing import IO, Any

# Of a process that takes the processor only while nobody else wants it.
NICENESS = 10
PR_SET_PDEATHSIG = 1
_LENGTH = struct.Struct("!I")


async def start(module: str) -> asyncio.subprocess.Process:
    """Runs a module's `main`, with pipes to its stdin and from its stdout. What it says on stderr is the server's."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # One thread is enough: the fleet's arrays are small, and the server needs the other processors.
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "GRPC_ENABLE_FORK_SUPPORT": "0"},
    )


def kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


async def end(process: asyncio.subprocess.Process, grace_s: float = 0.0) -> None:
    """Reads what it has said and nobody will hear: a pipe that is not read to its end is never closed.

    One that has files of its own has a grace period to remove them: see `clean_up_when_terminated`.
    """
    if grace_s and process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.communicate(), grace_s)
    kill(process)
    await process.communicate()


def framed(value: object) -> bytes:
    frame = pickle.dumps(value)
    return _LENGTH.pack(len(frame)) + frame


async def receive(process: asyncio.subprocess.Process) -> Any:
    """The next value that it tells. Raises IncompleteReadError when it has ended."""
    assert process.stdout is not None
    (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
    return pickle.loads(await process.stdout.readexactly(length))


# In the process itself.


def end_with_parent(by: signal.Signals) -> None:
    """However the process that started this one ends, this one gets the signal."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)


def clean_up_when_terminated() -> None:
    """SIGTERM leaves every `with`, so that temporary files are removed."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(128 + signal.SIGTERM))


def begin(parent: int, niceness: int = NICENESS, by: signal.Signals = signal.SIGKILL) -> None:
    """Gives way to others, and ends when the server ends, however that does, by this signal."""
    # Under systemd, the sandbox of the server refuses it: then it is not nice, and works.
    with contextlib.suppress(PermissionError):
        os.nice(niceness)
    end_with_parent(by)
    if os.getppid() != parent:
        # It was gone before it could be told of.
        sys.exit(1)


def receive_from(pipe: IO[bytes]) -> Any:
    """The next value that the server tells. Raises EOFError when it has gone."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    return pickle.loads(pipe.read(*_LENGTH.unpack(head)))


def tell(value: object) -> None:
    """To the server, which may have gone: then it raises BrokenPipeError."""
    sys.stdout.buffer.write(framed(value))
    sys.stdout.buffer.flush()
