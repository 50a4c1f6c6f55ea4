"""The import of one image from its source: what is missing of it comes in, and is checked. Blocking."""

from controlplane.domain.image.aggregate import Expected
from controlplane.domain.image.content import ImageContent
from controlplane.images.source_files import Reading, SourceFailed, opened
from controlplane.images.sources import Source, Sources
from controlplane.images.store import ImageStore


class Stopped(Exception):
    """It was stopped. What has come stays."""


class SourceImport:
    """`run` in a thread, again after a failure; `stop` and the numbers from any other."""

    def __init__(self, store: ImageStore, sources: Sources, uid: str, source_uri: str, expected: Expected) -> None:
        self._store, self._sources = store, sources
        self._uid, self._source, self._expected = uid, Source(source_uri), expected
        self._reading: Reading | None = None
        self._is_stopped = False
        # In bytes: what has come, how many there are, or 0, and of the last attempt, what had come before.
        self.done, self.total, self.before = 0, 0, 0

    def run(self) -> ImageContent:
        """Raises Stopped, NotAllowed, SourceFailed, Unfit, NoRoom, CannotCheck, OSError."""
        self._require_going()
        partial = self._store.partial(self._uid, self._expected)
        try:
            self._reading = reading = opened(self._source, self._sources, partial.size, partial.edition)
            self.total, self.before = reading.total, reading.offset
            partial.begin(reading.offset, reading.validator, reading.total)
            self.done = partial.size
            for part in reading.parts():
                self._require_going()
                partial.add(part)
                self.done = partial.size
            self._require_going()
            return partial.finish()
        except SourceFailed:
            # So does a source that it has closed itself.
            self._require_going()
            raise
        finally:
            partial.close()
            if self._reading:
                self._reading.close()

    def stop(self) -> None:
        self._is_stopped = True
        if self._reading:
            self._reading.stop()

    def discard(self) -> None:
        """Forgets what has come. Raises OSError."""
        self._store.partial(self._uid, self._expected).discard()

    def _require_going(self) -> None:
        if self._is_stopped:
            raise Stopped
