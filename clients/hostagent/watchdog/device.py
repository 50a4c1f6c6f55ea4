"""A watchdog device of the kernel's: it resets the machine when it gets no sign of life. See watchdog-api.rst."""

import contextlib
import fcntl
import logging
import os
import struct
from pathlib import Path

log = logging.getLogger(__name__)
# _IOWR('W', 6, int) of linux/watchdog.h.
_WDIOC_SETTIMEOUT = 0xC0045706


class Device:
    """Open, and so at work. Raises OSError where it cannot be opened: one process has it at a time."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            granted = fcntl.ioctl(self._file, _WDIOC_SETTIMEOUT, struct.pack("i", int(timeout_s)))
        except OSError as error:
            log.warning("%s keeps its own timeout, which may be longer than the promise allows: %s", path, error)
        else:
            log.info("%s resets this machine %d s after the last sign of life", path, struct.unpack("i", granted)[0])
        self.feed()

    def feed(self) -> None:
        # Whatever ails it, guests are still to be watched.
        with contextlib.suppress(OSError):
            os.write(self._file, b"\0")

    def close(self, *, for_good: bool) -> None:
        """For good: it stops. Else it runs on, and whoever comes next has its timeout to open it again."""
        with contextlib.suppress(OSError):
            if for_good:
                os.write(self._file, b"V")
        os.close(self._file)
