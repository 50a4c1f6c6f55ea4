"""Process 1 of a private host: reaps what ends there, and ends with all of it, and its directory, at the end of input.

    unshare --pid --fork --mount-proc python host_init.py DIR

The kernel kills whatever runs in a PID namespace whose first process has ended: nothing outlives it, however it ends.
"""

import contextlib
import os
import select
import shutil
import signal
import sys
from pathlib import Path

READY = "ready"


def main(directory: Path) -> None:
    wakeup, wakeup_writer = os.pipe()
    for end in (wakeup, wakeup_writer):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wakeup_writer)
    # Without a handler, a child that ends wakes nobody up.
    signal.signal(signal.SIGCHLD, wake)
    print(READY, flush=True)
    while True:
        ready, _, _ = select.select([wakeup, sys.stdin.fileno()], [], [])
        if wakeup in ready:
            os.read(wakeup, 4096)
            reap(os.WNOHANG)
        elif not os.read(sys.stdin.fileno(), 4096):
            break
    # All but itself.
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    reap(0)
    shutil.rmtree(directory, ignore_errors=True)
    # By whichever host is the last one.
    with contextlib.suppress(OSError):
        directory.parent.rmdir()


def wake(*_: object) -> None:
    """The wakeup descriptor does."""


def reap(options: int) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass


if __name__ == "__main__":
    main(Path(sys.argv[1]))
