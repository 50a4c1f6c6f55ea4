"""Where a guardian and its agent meet: a directory with a lock, which one guardian holds, and a socket."""

import contextlib
import fcntl
import os
import signal
import socket
import time
from collections.abc import Generator
from pathlib import Path

from hostagent.watchdog.words import State, read_line

MODULE = "hostagent.watchdog.guardian"
_LOOK_EVERY_S = 0.05
# The other has answered long before, or it hangs.
_ANSWER_S = 3.0
_KILLED_S = 10.0


class Taken(Exception):
    """Another guardian does not let go."""


class Place:
    """Of one host: `host_id` is part of it, for hosts that share their storage."""

    def __init__(self, state_dir: Path, host_id: str) -> None:
        self.directory = state_dir / f"watchdog-{host_id}"
        self._lock: int | None = None

    def make(self) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def connected(self) -> socket.socket:
        """Raises OSError where no guardian is."""
        found = socket.socket(socket.AF_UNIX)
        try:
            with self._short() as short:
                found.connect(f"{short}/socket")
        except BaseException:
            found.close()
            raise
        return found

    def listening(self) -> socket.socket:
        """Only for the one that has the lock."""
        with contextlib.suppress(FileNotFoundError):
            (self.directory / "socket").unlink()
        made = socket.socket(socket.AF_UNIX)
        with self._short() as short:
            made.bind(f"{short}/socket")
        made.listen()
        return made

    def take_over(self, *, with_device: bool) -> State | None:
        """Has the lock then; returns what the guardian before knew, if there was one. Raises Taken."""
        lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        inherited: State | None = None
        deadline = time.monotonic() + _KILLED_S
        while not _locked(lock):
            if time.monotonic() > deadline:
                raise Taken(f"{self.directory}: process {_pid_in(lock)} has the lock, and does not end")
            with contextlib.suppress(OSError, ValueError):
                inherited = self.end(with_device=with_device)
            if inherited is None and time.monotonic() > deadline - _KILLED_S + _ANSWER_S:
                _kill_guardian(_pid_in(lock))
            time.sleep(_LOOK_EVERY_S)
        os.truncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        # Held until this process ends, or lets go of it.
        self._lock = lock
        return inherited

    def is_taken(self) -> bool:
        """Whether a guardian is at work, or about to be. Raises OSError where none ever was."""
        lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CLOEXEC)
        try:
            return not _locked(lock)
        finally:
            os.close(lock)

    def let_go(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def end_what_is_there(self) -> None:
        """Ends the guardian of an earlier agent, if there is one. Raises OSError and Taken."""
        if (self.directory / "lock").exists():
            self.take_over(with_device=False)
            self.let_go()

    def end(self, *, with_device: bool = False) -> State:
        """Ends the guardian that is there. Raises OSError or ValueError where none is, or it does not answer."""
        with self.connected() as found:
            found.settimeout(_ANSWER_S)
            found.sendall(b'{"end": "hand over"}\n' if with_device else b'{"end": "for good"}\n')
            return State.parse(read_line(found))

    @contextlib.contextmanager
    def _short(self) -> Generator[str]:
        """A name of the directory that is short enough for a socket's, whatever its path."""
        directory = os.open(self.directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"/proc/self/fd/{directory}"
        finally:
            os.close(directory)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid_in(lock: int) -> int:
    text = os.pread(lock, 32, 0)
    return int(text) if text.isdigit() else 0


def _kill_guardian(pid: int) -> None:
    with contextlib.suppress(OSError):
        if pid and MODULE.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            os.kill(pid, signal.SIGKILL)
