"""QEMU processes of this agent's guests, found and killed without libvirt: by /proc, and libvirt's pid files.

A process is a guest's when libvirt's own pid file of this URI names it, and its command line has the name that the
agent gives to domains. Another libvirt on the same machine has other pid files.
"""

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

_PID_FILE = "cv-*.pid"
_NAME = re.compile(r"cv-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SYSTEM = Path("/run/libvirt/qemu")


class GuestProcess(NamedTuple):
    """A process, and the domain that it is."""

    pid: int
    domain: str


def pid_files_of(uri: str) -> Path:
    """Where the libvirt of a URI has the pid files of its domains. Raises ValueError for one that is elsewhere."""
    parts = urlsplit(uri)
    if parts.scheme.partition("+")[0] != "qemu" or parts.netloc or parts.path != "/system":
        raise ValueError(f"{uri}: a watchdog needs the guests of qemu:///system on this machine")
    sockets = parse_qs(parts.query).get("socket")
    return Path(sockets[0]).parent / "qemu" if sockets else _SYSTEM


class GuestProcesses:
    """Those of one libvirt, by the directory of its pid files."""

    def __init__(self, pid_files: Path) -> None:
        self._pid_files = pid_files

    def running(self) -> list[GuestProcess]:
        return list(self._running())

    def kill(self, process: GuestProcess) -> None:
        """SIGKILL, and to no other process. One that has ended since is no error."""
        try:
            handle = os.pidfd_open(process.pid)
        except ProcessLookupError:
            return
        try:
            # With the handle open, the pid is nobody else's for as long as this holds.
            if is_guest(process):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)

    def _running(self) -> Iterator[GuestProcess]:
        for file in self._pid_files.glob(_PID_FILE):
            with contextlib.suppress(OSError, ValueError):
                found = GuestProcess(int(file.read_text()), file.stem)
                if is_guest(found):
                    yield found


def is_guest(process: GuestProcess) -> bool:
    """Whether it still is that guest: a pid may have been given to another program, and a zombie is gone."""
    if not _NAME.fullmatch(process.domain):
        return False
    try:
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    # Of a zombie, the command line is empty.
    names = [argument.partition(b",")[0] for argument in arguments]
    return f"guest={process.domain}".encode() in names
