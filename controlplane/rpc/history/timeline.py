"""GetTimeline: from the request to a query, and from what is found to its message."""

from chronovisor.v1 import timeline_pb2 as api

from controlplane.domain.errors import invalid
from controlplane.domain.event_categories import Category
from controlplane.domain.time import micros_of, timestamp_of
from controlplane.queries.as_of import AsOf
from controlplane.queries.events.names import names_in
from controlplane.queries.events.reader import type_of
from controlplane.queries.events.timeline import Bucket, Edge, Place, TimelineQuery, timeline
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import ServicerContext
from controlplane.rpc.shared.read_position import Moment, moment_of, position_of, read_position
from controlplane.rpc.shared.validate import FieldRules

DEFAULT_BUCKETS, MOST_BUCKETS, MOST_MARKS = 200, 1000, 1000


async def get_timeline(
    reads: Reads, request: api.GetTimelineRequest, context: ServicerContext
) -> api.GetTimelineResponse:
    """Raises InvalidField, NotFound, PositionAhead, Unavailable."""
    rules = FieldRules()
    rules.check(
        0 <= request.buckets <= MOST_BUCKETS, "buckets", f"must be 1 to {MOST_BUCKETS}, or 0 for {DEFAULT_BUCKETS}"
    )
    rules.check(0 <= request.max_marks <= MOST_MARKS, "max_marks", f"must be 0 to {MOST_MARKS}")
    rules.done()
    at = await read_position(reads, request, context)
    begin = await _edge(reads, moment_of(request, "from_position", "from_time"), at.position)
    end_moment = moment_of(request, "to_position", "to_time")
    end = await _edge(reads, end_moment, at.position)
    if begin and end and (end.position < begin.position or (begin.time and end.time and end.time < begin.time)):
        raise invalid(end_moment.field, "must not be before the window's beginning")
    query = TimelineQuery(request.name, begin, end, request.buckets or DEFAULT_BUCKETS, request.max_marks)
    return await reads.scan(at.position, lambda view: _read(reads, view, query))


async def _edge(reads: Reads, moment: Moment, at: int) -> Edge | None:
    """None where neither field is set. What came after the position that is read at is not there yet."""
    position = await position_of(reads, moment)
    if position is None:
        return None
    if moment.time is not None:
        return Edge(min(position, at), micros_of(moment.time))
    if position > at:
        raise invalid(moment.position_field, "must not be after the position that is read at")
    return Edge(position)


def _read(reads: Reads, view: AsOf, query: TimelineQuery) -> api.GetTimelineResponse:
    """Blocks."""
    found = timeline(view.rows, reads.inventory, reads.ledger, query)
    message = api.GetTimelineResponse(buckets=[_bucket(each) for each in found.buckets], position=view.position)
    if found.buckets:
        message.end_time.CopyFrom(timestamp_of(found.end))
    _put(message, "first", found.first)
    _put(message, "last", found.last)
    events = {each.position: each for each in reads.ledger.at_positions([each.position for each in found.marks])}
    names = names_in(reads.inventory, reads.ledger, events.values())
    for mark in found.marks:
        recorded = events[mark.position]
        message.marks.add(
            position=mark.position,
            time=recorded.event.commit_time,
            category=api.TimelineCategory.ValueType(mark.category),
            event_type=type_of(recorded),
            name=names.get(recorded.stream, ""),
        )
    return message


def _put(message: api.GetTimelineResponse, end: str, place: Place | None) -> None:
    if place:
        setattr(message, f"{end}_position", place.position)
        getattr(message, f"{end}_time").CopyFrom(timestamp_of(place.time))


def _bucket(bucket: Bucket) -> api.TimelineBucket:
    after, to = bucket.window
    message = api.TimelineBucket(
        start_time=timestamp_of(bucket.start), first_position=after + 1, last_position=to, events=sum(bucket.counts)
    )
    for category, events in zip(Category, bucket.counts, strict=True):
        if events:
            message.counts.add(category=api.TimelineCategory.ValueType(category), events=events)
    return message
