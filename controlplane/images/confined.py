"""Runs a program on a file that nobody trusts: `python -I confined.py PROGRAM ARGUMENTS`. A process of its own.

It has little memory, little time, no network where the system lets it give that up, writes no file, and gains no
rights. Imports nothing of ours: it is started often.
"""

import contextlib
import ctypes
import os
import resource
import sys

CPU_S = 60
# qemu-img maps much and uses little.
ADDRESS_SPACE = 2 << 30
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_PR_SET_NO_NEW_PRIVS = 38


def main(command: list[str]) -> None:
    for limit, most in (
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(limit, (most, most))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # As root, or where users may have namespaces; elsewhere the other limits have to do.
    with contextlib.suppress(AttributeError):
        if libc.unshare(_CLONE_NEWNET):
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    os.execvpe(command[0], command, {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"})


if __name__ == "__main__":
    main(sys.argv[1:])
