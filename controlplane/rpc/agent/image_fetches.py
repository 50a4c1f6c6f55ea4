"""The images that agents fetch: when bytes of one went to a host last that it did not have before."""

from typing import NamedTuple

from controlplane.domain.image.content import ImageContent
from controlplane.domain.time import SECOND, Micros

# After its last bytes, a copy is checked and a guest is made from it: so long, and longer for a large one.
GRACE_US = 60 * SECOND
CHECKED_BYTES_A_SECOND = 64 << 20
MOST_KNOWN = 4096


class _Progress(NamedTuple):
    furthest: int
    at: Micros


class ImageFetches:
    """Of each host and image, how far it has got. Bytes that are sent again are no progress."""

    def __init__(self) -> None:
        self._progress: dict[tuple[str, bytes], _Progress] = {}

    def sent(self, host_uid: str, digest: bytes, end: int, now: Micros) -> None:
        """Bytes up to `end` are on their way."""
        key = (host_uid, digest)
        before = self._progress.get(key)
        if before and end <= before.furthest and now - before.at < GRACE_US:
            return
        if before is None and len(self._progress) >= MOST_KNOWN:
            self._progress.clear()
        self._progress[key] = _Progress(end, now)

    def extends_until(self, host_uid: str, content: ImageContent) -> Micros:
        """Until when a start that waits for a copy is given time. 0: none was fetched."""
        found = self._progress.get((host_uid, content.sha256))
        if found is None:
            return Micros(0)
        return Micros(found.at + GRACE_US + content.size * SECOND // CHECKED_BYTES_A_SECOND)
