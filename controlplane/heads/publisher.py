"""Publishes signed heads in the background, each target at its own pace: the writer never waits for one."""

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from chronovisor.notes import SignedNote
from eventsourcing.persistence import PersistenceError

from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import RecordedEvent
from controlplane.heads.signed_heads import HeadNow, SignedHeads
from controlplane.heads.targets import PublishFailed, Target
from controlplane.runtime.system_alarms import SystemAlarms

log = logging.getLogger(__name__)

ALARM = "heads_unpublished"
# From one head to the next, however much is written.
EVERY_S = 10.0
# After a failure: doubled each time up to the longest. So long after the last success it is an alarm.
AGAIN_S, LONGEST_AGAIN_S = 1.0, 60.0
ALARM_AFTER_S = 300.0
# How long the end waits for the last head to be published.
LAST_S = 3.0


class HeadPublisher:
    """`follow` is called when there is something new; `run` is its life."""

    def __init__(
        self,
        heads: SignedHeads,
        targets: Sequence[Target],
        alarms: SystemAlarms,
        every_s: float = EVERY_S,
        alarm_after_s: float = ALARM_AFTER_S,
    ) -> None:
        self._heads = heads
        self._targets = targets
        self._alarms = alarms
        self._every_s = every_s
        self._alarm_after_s = alarm_after_s
        self._news = {each.name: asyncio.Event() for each in targets}
        self._failing: dict[str, str] = {}
        # Requests to one target that hangs do not keep another waiting.
        self._threads = ThreadPoolExecutor(len(targets) or 1, "heads")

    def follow(self, _batch: Sequence[RecordedEvent]) -> None:
        for each in self._news.values():
            each.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        self.follow(())
        await asyncio.gather(*(self._keep(each) for each in self._targets))

    async def close(self) -> None:
        """Publishes the last head, where that does not take long."""
        late = [each for each in self._targets if self._news[each.name].is_set()]
        tasks = [asyncio.create_task(self._published(each)) for each in late]
        if tasks:
            done, waiting = await asyncio.wait(tasks, timeout=LAST_S)
            for each in waiting:
                each.cancel()
            for each in done:
                if error := each.exception():
                    log.warning("the last head was not published: %s", error)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _keep(self, target: Target) -> None:
        again_s, succeeded = AGAIN_S, time.monotonic()
        while True:
            await self._news[target.name].wait()
            self._news[target.name].clear()
            try:
                await self._published(target)
            except (PublishFailed, PersistenceError, DomainError) as error:
                self._news[target.name].set()
                is_late = time.monotonic() - succeeded >= self._alarm_after_s
                self._failed(target, error, alarm=is_late or getattr(error, "is_final", False))
                await asyncio.sleep(again_s)
                again_s = min(2 * again_s, LONGEST_AGAIN_S)
                continue
            self._succeeded(target)
            again_s, succeeded = AGAIN_S, time.monotonic()
            await asyncio.sleep(self._every_s)

    async def _published(self, target: Target) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, partial(self._publish, target))

    def _publish(self, target: Target) -> None:
        now = self._heads.newest()
        cosignatures = target.publish(now, partial(self._proof, now))
        if cosignatures:
            self._heads.keep(SignedNote(now.note.text, (*now.note.signatures, *cosignatures)))

    def _proof(self, now: HeadNow, before: int) -> list[bytes]:
        return self._heads.consistency(before, now.head.size)

    def _failed(self, target: Target, error: Exception, *, alarm: bool) -> None:
        log.warning("a signed head was not published: %s", error)
        if alarm:
            self._failing[target.name] = str(error)
            self._alarms.begin(ALARM, "; ".join(self._failing.values()))

    def _succeeded(self, target: Target) -> None:
        if self._failing.pop(target.name, None) and not self._failing:
            self._alarms.end(ALARM)
