"""The end of a program by Ctrl-C or a signal: once, and never between starting a process and knowing of it."""

import contextlib
import signal
from collections.abc import Generator


class Ended(Exception):
    """A signal requested the end."""


class Ending:
    """Turns the signals that end a program into Ended, in the main thread."""

    def __init__(self) -> None:
        self._requested = False
        self._held = False

    def listen(self) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, self._hear)

    @contextlib.contextmanager
    def held(self) -> Generator[None, None, None]:
        """Ended is raised at the end of the block, not in it."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._requested:
            raise Ended

    def _hear(self, *_: object) -> None:
        # A second Ctrl-C must not cut the clearing up short.
        if self._requested:
            return
        self._requested = True
        if not self._held:
            raise Ended
