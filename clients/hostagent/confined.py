"""Runs a program that reads what guests wrote: `python -I confined.py MOST_BYTES PROGRAM ARGUMENTS`.

A process of its own. It has little memory and a bounded time, writes no file of more than so many bytes, gives way to
guests, gains no rights, and ends with the agent. Imports nothing of ours.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys

CPU_S = 3600
# qemu-img maps much and uses little.
ADDRESS_SPACE = 2 << 30
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
# ioprio_set(IOPRIO_WHO_PROCESS, this one, IOPRIO_CLASS_IDLE), by its numbers on x86-64 and on ARM.
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_WHO_PROCESS, _CLASS_IDLE = 1, 3 << 13
NICENESS = 19


def main(most_bytes: int, command: list[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for limit, most in (
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_FSIZE, most_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(limit, (most, most))
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    if number := _IOPRIO_SET.get(os.uname().machine):
        libc.syscall(number, _WHO_PROCESS, 0, _CLASS_IDLE)
    os.execvpe(command[0], command, {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"})


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
