"""The one dispatcher of committed events: in ledger order, to each follower in this process, phase by phase."""

import asyncio
from bisect import insort_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import NamedTuple

from chronovisor import logs

from controlplane.domain.errors import PositionAhead
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.time import Micros, micros_of

Follow = Callable[[Sequence[RecordedEvent]], None]
Restore = Callable[[FleetState], None]


class Phase(IntEnum):
    """In which order followers get a batch. Each finds what those of the phases before it have made of the batch."""

    READ_MODELS = 1
    # Compare read models with the fleet.
    CHECKS = 2
    # React by commands, or by what they desire of agents.
    PROCESSES = 3
    # Wake subscribers, who read all of the above.
    STREAMS = 4


class Follower(NamedTuple):
    """`restore` is called instead of `follow`, once and first, when the past comes from a snapshot."""

    phase: Phase
    follow: Follow
    restore: Restore | None = None


class Waiters:
    """Those who wait until a position is reached."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    @property
    def anybody(self) -> bool:
        """Whether somebody waits, or has waited and was not woken."""
        return bool(self._waiting)

    async def wait(self, position: int, timeout_s: float) -> None:
        """Raises TimeoutError."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append((position, waiter))
        async with asyncio.timeout(timeout_s):
            await waiter

    def wake(self, reached: int) -> None:
        """Wakes whom this is far enough for, and forgets who has given up."""
        if self._waiting:
            for position, waiter in self._waiting:
                if position <= reached and not waiter.done():
                    waiter.set_result(None)
            self._waiting = [each for each in self._waiting if not each[1].done()]

    def fail(self, error: Exception) -> None:
        """Ends every wait with an error."""
        waiting, self._waiting = self._waiting, []
        for _, waiter in waiting:
            if not waiter.done():
                waiter.set_exception(error)


class EventDispatcher:
    """Calls every follower with each batch, on the event loop, before the batch's commands are answered.

    A follower must be quick and must not fail: it folds, or wakes somebody. Followers of one phase are called in the
    order in which they came. Whoever waits for a position or a stream is woken after all of them.
    """

    def __init__(self) -> None:
        self.position = 0
        self.time = Micros(0)
        self._followers: list[Follower] = []
        self._waiters = Waiters()
        self._watchers: defaultdict[str, list[asyncio.Future[RecordedEvent]]] = defaultdict(list)

    def register(self, phase: Phase, follow: Follow, restore: Restore | None = None) -> None:
        """Has each batch that is published from now on go to one more follower."""
        insort_right(self._followers, Follower(phase, follow, restore), key=lambda each: each.phase)

    @property
    def followers(self) -> Sequence[Follower]:
        """In the order in which they are called."""
        return self._followers

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot: what is published next comes after it."""
        for each in self._followers:
            if each.restore:
                each.restore(state)
        self.position, self.time = state.position, state.time

    def publish(self, batch: Sequence[RecordedEvent]) -> None:
        with logs.within(position=batch[-1].position):
            for each in self._followers:
                each.follow(batch)
        self.position = batch[-1].position
        self.time = micros_of(batch[-1].event.commit_time)
        self._wake(batch)

    def _wake(self, batch: Sequence[RecordedEvent]) -> None:
        if self._watchers:
            for each in batch:
                for watcher in self._watchers.pop(each.stream, ()):
                    if not watcher.done():
                        watcher.set_result(each)
        self._waiters.wake(self.position)

    def changed(self, stream: str) -> asyncio.Future[RecordedEvent]:
        """A future of the stream's next event, done once it is committed. Cancel it when it is not waited for."""
        watcher: asyncio.Future[RecordedEvent] = asyncio.get_running_loop().create_future()
        self._watchers[stream].append(watcher)
        watcher.add_done_callback(lambda done: self._forget(stream, done))
        return watcher

    def _forget(self, stream: str, watcher: asyncio.Future[RecordedEvent]) -> None:
        """One that was cancelled leaves nothing behind, whatever stream it was for."""
        watchers = self._watchers.get(stream)
        if watchers and watcher in watchers:
            watchers.remove(watcher)
            if not watchers:
                del self._watchers[stream]

    async def reach(self, position: int, timeout_s: float) -> None:
        """Waits until `position` has been published. Raises PositionAhead when that takes longer than `timeout_s`."""
        if position <= self.position:
            return
        try:
            await self._waiters.wait(position, timeout_s)
        except TimeoutError:
            raise PositionAhead(position, self.position) from None
