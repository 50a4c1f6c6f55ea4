"""Whether a SQLite ledger's open files are still those at its path. Costs two stats; writes nothing."""

import contextlib
import logging
import os
import stat
import threading
from pathlib import Path
from typing import NamedTuple

from eventsourcing.persistence import OperationalError

log = logging.getLogger(__name__)


# What SQLite reads into a file when it opens it.
LOGS = ("-wal", "-shm", "-journal")


def beside(ledger: Path, suffix: str) -> Path:
    """The file of that suffix that goes with a ledger's, where SQLite puts it: beside what a symbolic link leads to."""
    real = ledger.resolve()
    return real.with_name(f"{real.name}{suffix}")


class _Identity(NamedTuple):
    device: int
    inode: int


class LedgerFiles:
    """The file and its log, as they were when they were opened.

    SQLite goes on writing to files that have lost their names: nothing may be acknowledged that nobody can find.
    """

    def __init__(self, path: Path) -> None:
        """Raises OperationalError when there is no file. Says so when it may not be written to."""
        self._path = path
        self._log = beside(path, "-wal")
        found = self._stat()
        self._file, self._size = _identity(found), found.st_size
        self._logged = self._log_now()
        self._fault = ""
        # A size that was seen first must not be compared last.
        self._lock = threading.Lock()
        if not os.access(path, os.W_OK):
            log.error("%s is read-only: commands are refused until it may be written to", path)

    def check(self) -> None:
        """Raises OperationalError when something was moved, removed, replaced or cut. Each change of that is logged."""
        with self._lock:
            try:
                self._check_file()
                self._check_log()
            except OperationalError as error:
                if str(error) != self._fault:
                    self._fault = str(error)
                    log.error("commands are refused: %s", error)
                raise
            if self._fault:
                self._fault = ""
                log.warning("%s is as it was again: commands are taken", self._path)

    def mend_permissions(self) -> None:
        """SQLite gives a log the permissions that the file has at that time; later the file may have others."""
        mode = stat.S_IMODE(self._stat().st_mode)
        for each in (self._log, beside(self._path, "-shm")):
            with contextlib.suppress(OSError):
                if os.access(self._path, os.W_OK) and not os.access(each, os.W_OK):
                    each.chmod(mode)

    def _stat(self) -> os.stat_result:
        try:
            return self._path.stat()
        except OSError as error:
            raise OperationalError(f"{self._path} was removed while in use: put it back, or restart") from error

    def _check_file(self) -> None:
        now = self._stat()
        if _identity(now) != self._file:
            raise OperationalError(f"{self._path} was replaced while in use: put it back, or restart")
        if now.st_size < self._size:
            raise OperationalError(f"{self._path} was cut while in use: restore it from a backup")
        self._size = now.st_size

    def _check_log(self) -> None:
        now = self._log_now()
        if now == self._logged:
            return
        if self._logged and self._has_open(self._logged):
            raise OperationalError(
                f"{self._log} was removed or replaced while in use: put it back, or stop this server in the ordinary "
                "way, which writes what is in it to the ledger, and start it again"
            )
        # When its last connection closes, SQLite removes the log, and the next makes another.
        self._logged = now

    def _log_now(self) -> _Identity | None:
        try:
            return _identity(self._log.stat())
        except OSError:
            return None

    @staticmethod
    def _has_open(file: _Identity) -> bool:
        for descriptor in os.listdir("/proc/self/fd"):  # noqa: PTH208 numbers, not paths
            try:
                if _identity(os.fstat(int(descriptor))) == file:
                    return True
            except OSError:
                # The listing's own, closed by now.
                continue
        return False


def _identity(found: os.stat_result) -> _Identity:
    return _Identity(found.st_dev, found.st_ino)
