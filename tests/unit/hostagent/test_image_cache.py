"""A host's copies of images: made once, resumed, verified, and removed when room is short."""

import asyncio
import hashlib
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hostagent.drivers.base import ImageContent, StepFailed
from hostagent.image_cache import ImageCache

DATA = bytes(range(256)) * 1000


def content_of(data: bytes) -> ImageContent:
    return ImageContent(hashlib.sha256(data).hexdigest(), "raw", len(data))


class Source:
    """The control plane's bytes: what was requested of them, and after how many a call breaks off."""

    def __init__(self, data: bytes = DATA) -> None:
        self.data = data
        self.offsets: list[int] = []
        self.breaks_after = len(data)
        # Cleared: it sends nothing more.
        self.sends = asyncio.Event()
        self.sends.set()

    async def __call__(self, sha256: str, offset: int) -> AsyncIterator[bytes]:
        self.offsets.append(offset)
        for place in range(offset, len(self.data), 10_000):
            if place - offset >= self.breaks_after:
                raise StepFailed("the connection was lost")
            await self.sends.wait()
            yield self.data[place : place + 10_000]


@pytest.fixture
def cache(tmp_path: Path) -> ImageCache:
    (tmp_path / "disks").mkdir()
    return ImageCache(tmp_path / "images", tmp_path / "disks", least_free=0)


async def copy(cache: ImageCache, source: Source, content: ImageContent | None = None) -> list[str]:
    """What was heard meanwhile."""
    heard: list[str] = []
    await cache.ensure(content or content_of(source.data), source, heard.append)
    return heard


async def test_an_image_is_copied_once_for_all_who_wait(cache: ImageCache) -> None:
    source = Source()
    with pytest.raises(StepFailed, match="not on this host yet"):
        cache.whole(content_of(DATA))
    (heard, *others) = await asyncio.gather(*(copy(cache, source) for _ in range(3)))
    assert (source.offsets, heard, others) == ([0], ["copying its image: 0 of 0 MiB"], [[], []])
    assert cache.whole(content_of(DATA)).read_bytes() == DATA


async def test_whole_copies_alone_are_reported(cache: ImageCache) -> None:
    assert cache.digests() == ()
    source = Source()
    source.breaks_after = 50_000
    with pytest.raises(StepFailed):
        await copy(cache, source)
    assert cache.digests() == ()
    source.breaks_after = len(DATA)
    await copy(cache, source)
    assert cache.digests() == (content_of(DATA).sha256,)


async def test_a_copy_goes_on_after_what_is_there(cache: ImageCache) -> None:
    source = Source()
    source.breaks_after = 50_000
    with pytest.raises(StepFailed, match="was lost"):
        await copy(cache, source)
    source.breaks_after = len(DATA)
    await copy(cache, source)
    assert source.offsets == [0, 50_000]
    assert cache.whole(content_of(DATA)).read_bytes() == DATA


async def test_a_copy_that_is_broken_off_is_no_image(cache: ImageCache) -> None:
    source = Source()
    source.sends.clear()
    copying = asyncio.create_task(copy(cache, source))
    await asyncio.sleep(0)
    copying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await copying
    with pytest.raises(StepFailed):
        cache.whole(content_of(DATA))
    source.sends.set()
    await copy(cache, source)
    assert cache.whole(content_of(DATA)).read_bytes() == DATA


@pytest.mark.parametrize("sent", [DATA[:-1] + b"\0", DATA[:-1], DATA + b"more"], ids=["other", "less", "more"])
async def test_bytes_that_are_not_the_images_are_never_used(cache: ImageCache, sent: bytes) -> None:
    with pytest.raises(StepFailed):
        await copy(cache, Source(sent), content_of(DATA))
    with pytest.raises(StepFailed, match="not on this host yet"):
        cache.whole(content_of(DATA))
    # The next attempt mends it.
    for _ in range(2):
        try:
            await copy(cache, Source())
        except StepFailed:
            continue
    assert cache.whole(content_of(DATA)).read_bytes() == DATA


def cloned(base: Path, disk: Path) -> None:
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(base), "-F", "raw", str(disk), "1M"]
    subprocess.run(command, check=True, capture_output=True)


async def test_where_room_is_short_what_no_disk_needs_goes(tmp_path: Path, cache: ImageCache) -> None:
    used, unused = Source(b"a" * 10_000), Source(b"b" * 10_000)
    for source in (used, unused):
        await copy(cache, source)
    base = cache.whole(content_of(used.data))
    cloned(base, tmp_path / "disks" / "vm.qcow2")
    assert await cache.needed() == {base.name}
    full = ImageCache(tmp_path / "images", tmp_path / "disks", least_free=1 << 60)
    with pytest.raises(StepFailed, match="no room for an image"):
        await copy(full, Source())
    assert cache.whole(content_of(used.data)).exists()
    with pytest.raises(StepFailed):
        cache.whole(content_of(unused.data))


async def test_while_a_disk_cannot_be_read_nothing_is_removed(tmp_path: Path, cache: ImageCache) -> None:
    source = Source()
    await copy(cache, source)
    (tmp_path / "disks" / "vm.qcow2").write_bytes(b"nonsense")
    full = ImageCache(tmp_path / "images", tmp_path / "disks", least_free=1 << 60)
    with pytest.raises(StepFailed, match="no image is removed"):
        await copy(full, Source(b"other"))
    assert cache.whole(content_of(DATA)).exists()
