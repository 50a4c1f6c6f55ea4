"""The last batches, for subscribers that follow at their own pace. Keeps no queue for any of them.

A subscriber has a position and nothing else here. While that is among the last batches, what comes after it is found
here; once it is not, the ledger has it. Waiters cost the writer nothing but their wakes, and only events with one of
their keys wake them.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, cast

from controlplane.domain.errors import Unavailable
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.history import Lineage
from controlplane.domain.host.aggregate import Host
from controlplane.domain.project.aggregate import Project
from controlplane.domain.reasons import Reason
from controlplane.domain.time import Micros, micros_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.consoles import project_in

T = TypeVar("T")
MOST_EVENTS = 8_192
# Waiters are woken at once after a quiet time, and then at most so often: batches that come fast wake them together.
PACE_S = 0.005

# Keys to wait for, beside a stream (`vms/{uid}`), a project with its VMs (its stream, `projects/{uid}`), a zone's name,
# and an event's field in the schema.
EVERYTHING = "*"
VMS = "vms"
HOSTS = "hosts"
CAPACITY = "capacity"
_NOTHING = ""


class TailBatch:
    """Events that were published together, and what was made of them once for all subscribers."""

    __slots__ = ("_derived", "events", "last")

    def __init__(self, events: Sequence[RecordedEvent]) -> None:
        self.events = events
        self.last = events[-1].position
        self._derived: dict[object, object] = {}

    def derived(self, make: Callable[[Sequence[RecordedEvent]], T]) -> T:
        """What `make` makes of the events: made by the first reader, on its own time."""
        found = self._derived.get(make)
        if found is None:
            found = self._derived[make] = make(self.events)
        return cast("T", found)


class Subscriber(Protocol):
    """Somebody who follows, for whoever is to know how far they are."""

    @property
    def position(self) -> int:
        """Up to where it has gone on."""
        ...


class LiveTail:
    """Follows the dispatcher. All of it runs on the event loop."""

    def __init__(self, most_events: int = MOST_EVENTS, lineage: Callable[[], Lineage] = Lineage) -> None:
        self._lineage = lineage
        self.position = 0
        self.time = Micros(0)
        # Every event after this position is here.
        self.oldest = 0
        self._most_events = most_events
        self._batches: list[TailBatch] = []
        self._lasts: list[int] = []
        self._events = 0
        self._waiters: dict[str, set[asyncio.Future[int]]] = {}
        # Whoever an event up to here was for has been woken.
        self._settled = 0
        self._keys: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._woken_at = 0.0
        self._closing = False
        self.subscribers: set[Subscriber] = set()

    def restore(self, state: FleetState) -> None:
        """Begins after a snapshot."""
        self.position = self.oldest = self._settled = state.position
        self.time = state.time

    def follow(self, events: Sequence[RecordedEvent]) -> None:
        """Keeps a batch, and sees to it that who waits for it is woken."""
        self._batches.append(TailBatch(events))
        self._lasts.append(events[-1].position)
        self._events += len(events)
        self.position = events[-1].position
        self.time = micros_of(events[-1].event.commit_time)
        if self._events > self._most_events:
            self._forget()
        if self._waiters:
            self._plan_wake(events)
        elif self._timer is None:
            self._settled = self.position

    def _forget(self) -> None:
        """Drops a quarter at a time, so that dropping costs little. The last batch stays, however large it is."""
        dropped = 0
        while self._events > self._most_events * 3 // 4 and dropped < len(self._batches) - 1:
            self._events -= len(self._batches[dropped].events)
            dropped += 1
        if dropped:
            self.oldest = self._lasts[dropped - 1]
            del self._batches[:dropped]
            del self._lasts[:dropped]

    def _plan_wake(self, events: Sequence[RecordedEvent]) -> None:
        self._keys.add(EVERYTHING)
        if len(self._waiters) > 1 or EVERYTHING not in self._waiters:
            for each in events:
                self._keys.update(_keys_of(each))
        if self._timer is None:
            loop = asyncio.get_running_loop()
            rest = self._woken_at + PACE_S - loop.time()
            if rest <= 0:
                self._wake()
            else:
                self._timer = loop.call_later(rest, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._woken_at = asyncio.get_running_loop().time()
        for key in self._keys & self._waiters.keys():
            for waiter in self._waiters.pop(key):
                if not waiter.done():
                    waiter.set_result(self._settled)
        self._keys.clear()
        self._settled = self.position

    @property
    def latest(self) -> TailBatch | None:
        """The batch that ends at `position`, if it is here."""
        return self._batches[-1] if self._batches else None

    def after(self, position: int) -> TailBatch | None:
        """The batch with the first event after `position`, which must not be before `oldest`. None at the head."""
        index = bisect_right(self._lasts, position)
        return self._batches[index] if index < len(self._batches) else None

    async def wait(self, keys: Sequence[str], timeout_s: float) -> int:
        """For a subscriber at the head: waits until an event has one of `keys`, at most `timeout_s`.

        Returns a position up to which no event had any. Raises Unavailable when the control plane shuts down.
        """
        self.check()
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[int] = loop.create_future()
        keys = keys or (_NOTHING,)
        for key in keys:
            self._waiters.setdefault(key, set()).add(waiter)
        timer = loop.call_later(timeout_s, self._expire, waiter)
        try:
            return await waiter
        finally:
            timer.cancel()
            for key in keys:
                if waiters := self._waiters.get(key):
                    waiters.discard(waiter)
                    if not waiters:
                        del self._waiters[key]

    def _expire(self, waiter: "asyncio.Future[int]") -> None:
        if not waiter.done():
            waiter.set_result(self._settled)

    def check(self) -> None:
        """Raises Unavailable when the control plane shuts down."""
        if self._closing:
            raise Unavailable(Reason.SHUTTING_DOWN, "the control plane is shutting down")

    @property
    def history(self) -> str:
        """The ledger's lineage, as it is sent to clients."""
        return str(self._lineage())

    def close(self) -> None:
        """Ends every subscription."""
        self._closing = True
        if self._timer:
            self._timer.cancel()
        for waiter in {each for waiters in self._waiters.values() for each in waiters}:
            if not waiter.done():
                waiter.set_exception(Unavailable(Reason.SHUTTING_DOWN, "the control plane is shutting down"))


def _keys_of(recorded: RecordedEvent) -> Iterator[str]:
    yield recorded.stream
    yield cast("Any", recorded.event).WhichOneof("payload")
    before = recorded.before
    match recorded.after:
        case Vm() as vm:
            yield VMS
            yield f"projects/{vm.project_uid}"
        case Host() as host:
            yield HOSTS
            yield f"zones/{host.zone}"
            was = before if isinstance(before, Host) else None
            if was is None or was.capacity is not host.capacity or was.state is not host.state:
                yield CAPACITY
            if was is not None and was.zone != host.zone:
                yield f"zones/{was.zone}"
        case Project():
            # A project's events have its stream, which is its VMs' key, too.
            pass
        case None:
            if project := project_in(recorded.event):
                yield f"projects/{project}"
        case resource:
            yield f"projects/{resource.project_uid}"
