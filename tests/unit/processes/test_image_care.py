"""Uploads that nobody ends: failed after a restart, or those that can go on, after a day; what came of them goes."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from controlplane.commands.image import FailImport
from controlplane.domain.command import CommandContext
from controlplane.domain.image.aggregate import Expected, Image, ImageTerms
from controlplane.domain.time import Micros
from controlplane.processes.image_care import EXPIRED, INTERRUPTED, RESUMABLE_US, ImageCare
from tests.support.waiting import until


class Kept:
    """Partial bytes of some images."""

    def __init__(self, *partials: str) -> None:
        self.left = set(partials)

    def known(self) -> set[bytes]:
        return set()

    def remove(self, digests: Collection[bytes]) -> None:
        del digests

    def partials(self) -> set[str]:
        return set(self.left)

    def remove_partials(self, uids: Collection[str]) -> None:
        self.left -= set(uids)


class Fleet:
    def __init__(self, *images: Image) -> None:
        self.images = {image.uid: image for image in images}
        self.vms: Mapping[str, Any] = {}

    def of(self, kind: Any) -> Mapping[str, Any]:
        del kind
        return self.images


def pending(uid: str, created: int, *, resumable: bool = False, source_uri: str = "") -> Image:
    name, at = f"projects/default/images/{uid}", Micros(created)
    whose = (uid, name, "p", ImageTerms(), Expected(), at, at)
    return Image(*whose, resumable=resumable, source_uri=source_uri, import_version=2 if source_uri else 0)


async def test_what_can_go_on_stays_for_a_day_and_nothing_else_does() -> None:
    now = RESUMABLE_US + 10
    fleet = Fleet(
        pending("plain", now),
        pending("new", 11, resumable=True),
        pending("old", 9, resumable=True),
        pending("imported", 0, source_uri="file:///images/web"),
    )
    kept = Kept("new", "old", "imported", "gone")
    failed: dict[str, str] = {}

    async def submit(command: Any, context: CommandContext) -> None:
        del context
        assert isinstance(command, FailImport)
        failed[command.uid] = command.error
        del fleet.images[command.uid]

    task = asyncio.create_task(ImageCare(submit, lambda: Micros(now), kept, fleet).run())

    async def swept() -> bool:
        return kept.left == {"new", "imported"}

    await until(swept)
    task.cancel()
    assert failed == {"plain": INTERRUPTED, "old": EXPIRED}
