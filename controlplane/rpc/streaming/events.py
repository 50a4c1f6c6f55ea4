"""WatchEvents: the events that a filter matches, after a position."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from chronovisor.v1 import history_service_pb2 as api

from controlplane.domain.fleet import RecordedEvent
from controlplane.queries.events.filter import EventFilter, PastEvents, event_filter
from controlplane.queries.events.live_tail import LiveTail, TailBatch
from controlplane.queries.events.reader import presented
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import ServicerContext
from controlplane.rpc.shared.actor_names import ActorNames
from controlplane.rpc.streaming import stream_encoding
from controlplane.rpc.streaming.binding import bind
from controlplane.rpc.streaming.subscription import READERS, Items, Subscription
from controlplane.rpc.streaming.watch_start import BEGINNING, beginning_of


async def watch_events(
    reads: Reads, tail: LiveTail, encoder: "EventEncoder", request: api.WatchEventsRequest, context: ServicerContext
) -> None:
    """Writes to `context` until the call ends. Raises NotFound, InvalidField, PositionAhead, Unavailable."""
    beginning = beginning_of(reads, request, BEGINNING)
    most = stream_encoding.batch_size(request.max_batch_size)
    loop = asyncio.get_running_loop()
    types = list(request.event_types)
    filter_ = await loop.run_in_executor(READERS, event_filter, reads.inventory, reads.ledger, request.parent, types)
    await bind(context, filter_.resource, tail.history)
    source = _Events(filter_, PastEvents(reads.inventory, reads.ledger, filter_), encoder)
    await Subscription(tail, source, api.WatchEventsResponse, context.write, most).run(beginning.position)


class EventEncoder:
    """Encodes events for every subscriber, with the names of their actors."""

    def __init__(self, names: ActorNames) -> None:
        self._names = names
        self._as_of = names.forgotten()
        self._current = partial(self.encoded)

    @property
    def current(self) -> Callable[[Sequence[RecordedEvent]], list[bytes]]:
        """`encoded`, as what batches keep: another one each time that somebody was forgotten."""
        if self._as_of != self._names.forgotten():
            self._as_of, self._current = self._names.forgotten(), partial(self.encoded)
        return self._current

    def encoded(self, events: Sequence[RecordedEvent]) -> list[bytes]:
        return [self._response(each).SerializeToString() for each in events]

    def _response(self, recorded: RecordedEvent) -> api.WatchEventsResponse:
        response = api.WatchEventsResponse(event=presented(recorded))
        self._names.resolve(response)
        return response


class _Events:
    """The events of one subscriber."""

    def __init__(self, filter_: EventFilter, past: PastEvents, encoder: EventEncoder) -> None:
        self._encoder = encoder
        self._filter = filter_
        self._past = past
        self.keys = filter_.keys

    def live(self, batch: TailBatch, after: int) -> Items:
        if self._filter.is_everything and batch.events[0].position > after:
            return Items(batch.derived(self._encoder.current), batch.last, batch.last)
        chosen = [
            index for index, each in enumerate(batch.events) if each.position > after and self._filter.matches(each)
        ]
        if not chosen:
            return Items((), 0, batch.last)
        encoded = batch.derived(self._encoder.current)
        return Items([encoded[index] for index in chosen], batch.events[chosen[-1]].position, batch.last)

    async def prepare(self, after: int) -> None:
        """The ledger is ready."""

    def past(self, after: int, stop: int) -> Items:
        found, position = self._past.page(after, stop)
        return Items(self._encoder.encoded(found), found[-1].position if found else 0, position)
