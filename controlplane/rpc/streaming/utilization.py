"""WatchUtilization: the totals of one scope, as they are or were, then as they change."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from chronovisor.v1 import utilization_service_pb2 as api

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import SECOND, Micros, micros_of, seconds_of
from controlplane.domain.totals import FLEET, Totals
from controlplane.queries import utilization as queries
from controlplane.queries.events.live_tail import CAPACITY, HOSTS, LiveTail
from controlplane.queries.reads import Reads
from controlplane.queries.scopes import Scope, ScopeUtilization, scope_now
from controlplane.queries.utilization import TotalsChange, totals_between, totals_then
from controlplane.rpc.dependencies import ServicerContext
from controlplane.rpc.shared.convert import utilization_message
from controlplane.rpc.shared.read_position import check_time
from controlplane.rpc.shared.validate import FieldRules, check_scope
from controlplane.rpc.streaming import stream_encoding
from controlplane.rpc.streaming.binding import bind, resumed
from controlplane.rpc.streaming.subscription import CHECKPOINT_S, READERS
from controlplane.rpc.streaming.watch_start import NOW, SNAPSHOT, beginning_of

LONGEST_S = 86_400.0
# Changes of the past that are read at a time.
_PAGE = 500
# What was committed while the past was read is the past too, until it is no more than this.
_NEARLY = 1_000


NO_TOTALS = queries.ClassTotals("", 0, 0, 0, 0, 0.0)


@dataclass(frozen=True, slots=True)
class UtilizationQuery:
    """The query of one subscriber, checked. The scope is the one that had the name when the stream was opened."""

    scope: Scope
    classes: frozenset[str]
    minimum_change: float
    interval_s: float
    step: Micros

    def moved(self, before: Totals | None, after: Totals) -> bool:
        """Whether the change is to be sent."""
        if before is None:
            return True
        was, now = self._rows(before), self._rows(after)
        if self.minimum_change:
            return any(
                abs(now.get(name, NO_TOTALS).eta - was.get(name, NO_TOTALS).eta) >= self.minimum_change
                for name in now.keys() | was.keys()
            )
        return was != now or (before.hosts, before.running_vms) != (after.hosts, after.running_vms)

    def _rows(self, totals: Totals) -> dict[str, queries.ClassTotals]:
        return {each.name: each for each in queries.per_class(totals) if not self.classes or each.name in self.classes}

    def response(self, position: int, time: Micros | None, totals: Totals) -> bytes:
        return self.response_with(ScopeUtilization(self.scope, totals, position, time))

    def response_with(self, found: ScopeUtilization) -> bytes:
        """Of the classes that are requested."""
        message = utilization_message(found)
        if self.classes:
            kept = [each for each in message.classes if each.resource_class in self.classes]
            del message.classes[:]
            message.classes.extend(kept)
        return api.WatchUtilizationResponse(utilization=message).SerializeToString()


def query_of(request: api.WatchUtilizationRequest, scope: Scope, known: Micros) -> UtilizationQuery:
    """Raises InvalidField. `known` is the ledger's time."""
    rules = FieldRules()
    rules.check(0 <= request.minimum_change <= 1, "minimum_change", "must be 0 to 1")
    interval_s, step_s = seconds_of(request.minimum_interval), seconds_of(request.step)
    rules.check(0 <= interval_s <= LONGEST_S, "minimum_interval", f"must be 0 to {LONGEST_S:g} seconds")
    rules.check(step_s >= 0, "step", "must be 0 or more")
    for name in request.resource_classes:
        rules.resource_class(name, "resource_classes")
    if request.HasField("from_time"):
        check_time(rules, request.from_time, "from_time", known)
    begins = (request.after_position, request.from_position, request.HasField("from_time"))
    rules.check(sum(map(bool, begins)) <= 1, "from_position", "at most one of it, after_position and from_time")
    rules.done()
    step = Micros(round((step_s or interval_s) * SECOND))
    return UtilizationQuery(scope, frozenset(request.resource_classes), request.minimum_change, interval_s, step)


async def watch_utilization(
    reads: Reads, tail: LiveTail, request: api.WatchUtilizationRequest, context: ServicerContext
) -> None:
    """Writes to `context` until the call ends. Raises NotFound, InvalidField, PositionAhead, Unavailable."""
    check_scope(request.scope)
    beginning = beginning_of(reads, request, SNAPSHOT)
    name = await resumed(reads, request.scope or FLEET, request.after_position)
    scope = scope_now(reads.inventory, reads.utilization, name)
    query = query_of(request, scope, reads.now())
    start = reads.known(request.from_position, "from_position")
    await bind(context, f"projects/{scope.uid}" if scope.is_project else "", tail.history)
    stream = _Stream(reads, tail, query, context.write)
    if request.HasField("from_time"):
        await stream.replay_from(await reads.position_at(micros_of(request.from_time)))
    elif start:
        await stream.replay_from(start)
    elif beginning.is_resumed:
        await stream.replay_after(beginning.position)
    elif beginning.start == NOW:
        stream.skip_now()
    await stream.follow()


class _EncodedTotals:
    """Responses with the totals as one batch left them, encoded for all who request the same."""

    def __init__(self, _events: Sequence[RecordedEvent]) -> None:
        self.by_query: dict[tuple[Scope, frozenset[str]], bytes] = {}


class _Stream:
    """One subscriber."""

    def __init__(
        self, reads: Reads, tail: LiveTail, query: UtilizationQuery, write: Callable[[Any], Awaitable[None]]
    ) -> None:
        self._reads = reads
        self._tail = tail
        self._query = query
        self._write = write
        # The totals that were sent to the client last, and when.
        self._last: Totals | None = None
        self._sent_at = 0.0
        self._sent = 0
        self._checkpoint_at = 0.0

    async def replay_from(self, position: int) -> None:
        """The totals as of a position, then what changed since."""
        before, time = await self._totals(position)
        await self._send(position, before, self._query.response(position, time, before))
        await self._replay(position)

    async def replay_after(self, position: int) -> None:
        """What changed since a position, when the totals were those that the client has."""
        # Before the first event there was nothing.
        self._last = (await self._totals(position))[0] if position else Totals()
        await self._replay(position)

    def skip_now(self) -> None:
        """The totals of now are not sent, as if the client had them."""
        self._last = self._now()

    async def _totals(self, position: int) -> tuple[Totals, Micros | None]:
        """As of a position, and when that was committed."""
        scope = self._query.scope
        return await self._reads.rows(position, lambda view: (totals_then(view.rows, scope), view.time()))

    async def _replay(self, after: int) -> None:
        while True:
            to = self._tail.position
            await self._reads.written(to)
            changes = totals_between(self._reads.history_reader, self._query.scope, after, to)
            pending: TotalsChange | None = None
            while page := await asyncio.get_running_loop().run_in_executor(READERS, _page, changes):
                self._tail.check()
                for each in page:
                    if pending and not self._in_one_step(pending, each):
                        await self._send_change(pending)
                    pending = each
            if pending:
                await self._send_change(pending)
            after = to
            if self._tail.position - after <= _NEARLY:
                return

    def _in_one_step(self, one: TotalsChange, other: TotalsChange) -> bool:
        """Events of one batch have one time: what was between them nobody could see."""
        step = self._query.step or Micros(1)
        return one[1] // step == other[1] // step

    async def _send_change(self, change: TotalsChange) -> None:
        position, time, totals = change
        if self._query.moved(self._last, totals):
            await self._send(position, totals, self._query.response(position, time, totals))

    async def follow(self) -> None:
        """The totals of now when they are not the last that were sent, and from then on."""
        keys, loop = self._keys(), asyncio.get_running_loop()
        caught_up = False
        while True:
            self._tail.check()
            position, totals, now = self._tail.position, self._now(), loop.time()
            rest = self._sent_at + self._query.interval_s - now
            if self._query.moved(self._last, totals):
                if caught_up and rest > 0:
                    await self._tail.wait((), rest)
                    continue
                response = self._encoded(totals) if caught_up else self._snapshot(position, totals)
                await self._send(position, totals, response)
            if not caught_up:
                caught_up = True
                await self._checkpoint(position)
                await self._write(stream_encoding.caught_up(api.WatchUtilizationResponse, position))
            elif position > self._sent and loop.time() - self._checkpoint_at >= CHECKPOINT_S:
                await self._checkpoint(position)
            if position == self._tail.position:
                await self._tail.wait(keys, CHECKPOINT_S)

    def _keys(self) -> Sequence[str]:
        scope = self._query.scope
        if scope.name == FLEET:
            return (HOSTS,)
        if scope.is_project:
            # A project's total is the fleet's.
            return (f"projects/{scope.uid}", CAPACITY)
        return (f"hosts/{scope.uid}",) if scope.uid else (scope.name,)

    def _now(self) -> Totals:
        return replace(queries.totals_now(self._reads.inventory, self._reads.utilization, self._query.scope))

    def _snapshot(self, position: int, totals: Totals) -> bytes:
        """The totals of now, and what is used beside them. Samples are no changes: nothing is sent for later ones."""
        scope = self._query.scope
        used = self._reads.metrics.used(scope.name)
        return self._query.response_with(ScopeUtilization(scope, totals, position, self._tail.time, used))

    def _encoded(self, totals: Totals) -> bytes:
        batch = self._tail.latest
        if batch is None:
            return self._query.response(self._tail.position, self._tail.time, totals)
        encoded = batch.derived(_EncodedTotals).by_query
        key = (self._query.scope, self._query.classes)
        if key not in encoded:
            encoded[key] = self._query.response(self._tail.position, self._tail.time, totals)
        return encoded[key]

    async def _send(self, position: int, totals: Totals, response: bytes) -> None:
        self._last, self._sent = totals, position
        self._sent_at = self._checkpoint_at = asyncio.get_running_loop().time()
        await self._write(response)

    async def _checkpoint(self, position: int) -> None:
        self._sent, self._checkpoint_at = position, asyncio.get_running_loop().time()
        time = self._tail.time if position == self._tail.position else None
        await self._write(stream_encoding.checkpoint(api.WatchUtilizationResponse, position, time, self._tail.history))


def _page(changes: Iterator[TotalsChange]) -> list[TotalsChange]:
    return list(islice(changes, _PAGE))
