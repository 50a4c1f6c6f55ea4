"""Being told to end, by Ctrl-C or a signal: once, and never between starting a process and knowing of it."""

import contextlib
import signal
from collections.abc import Generator


class Told(Exception):
    """A signal said to end."""


class Ending:
    """Turns the signals that say to end into Told, in the main thread."""

    def __init__(self) -> None:
        self._told = False
        self._held = False

    def listen(self) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, self._hear)

    @contextlib.contextmanager
    def held(self) -> Generator[None, None, None]:
        """Told is raised at the end of the block, not in it."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._told:
            raise Told

    def _hear(self, *_: object) -> None:
        # A second Ctrl-C must not cut the clearing up short.
        if self._told:
            return
        self._told = True
        if not self._held:
            raise Told
