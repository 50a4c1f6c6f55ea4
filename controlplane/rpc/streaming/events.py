"""WatchEvents: the events that a filter matches, after a position."""

import asyncio
from collections.abc import Sequence

from chronovisor.v1 import history_service_pb2 as api

from controlplane.domain.fleet import RecordedEvent
from controlplane.queries.events.filter import EventFilter, PastEvents, event_filter
from controlplane.queries.events.live_tail import LiveTail, TailBatch
from controlplane.queries.events.reader import presented
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import ServicerContext
from controlplane.rpc.streaming import stream_encoding
from controlplane.rpc.streaming.binding import bind
from controlplane.rpc.streaming.subscription import READERS, Items, Subscription
from controlplane.rpc.streaming.watch_start import BEGINNING, beginning_of


async def watch_events(reads: Reads, tail: LiveTail, request: api.WatchEventsRequest, context: ServicerContext) -> None:
    """Writes to `context` until the call ends. Raises NotFound, InvalidField, PositionAhead, Unavailable."""
    beginning = beginning_of(reads, request, BEGINNING)
    most = stream_encoding.batch_size(request.max_batch_size)
    loop = asyncio.get_running_loop()
    types = list(request.event_types)
    filter_ = await loop.run_in_executor(READERS, event_filter, reads.inventory, reads.ledger, request.parent, types)
    await bind(context, filter_.resource, tail.history)
    source = _Events(filter_, PastEvents(reads.inventory, reads.ledger, filter_))
    await Subscription(tail, source, api.WatchEventsResponse, context.write, most).run(beginning.position)


def _encoded(events: Sequence[RecordedEvent]) -> list[bytes]:
    """For every subscriber the same bytes."""
    return [api.WatchEventsResponse(event=presented(each)).SerializeToString() for each in events]


class _Events:
    """The events of one subscriber."""

    def __init__(self, filter_: EventFilter, past: PastEvents) -> None:
        self._filter = filter_
        self._past = past
        self.keys = filter_.keys

    def live(self, batch: TailBatch, after: int) -> Items:
        if self._filter.is_everything and batch.events[0].position > after:
            return Items(batch.derived(_encoded), batch.last, batch.last)
        chosen = [
            index for index, each in enumerate(batch.events) if each.position > after and self._filter.matches(each)
        ]
        if not chosen:
            return Items((), 0, batch.last)
        encoded = batch.derived(_encoded)
        return Items([encoded[index] for index in chosen], batch.events[chosen[-1]].position, batch.last)

    async def prepare(self, after: int) -> None:
        """The ledger is ready."""

    def past(self, after: int, stop: int) -> Items:
        found, position = self._past.page(after, stop)
        return Items(_encoded(found), found[-1].position if found else 0, position)
