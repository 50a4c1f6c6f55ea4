"""Ids of server-sent events: where a stream goes on after one. No I/O.

A browser sends the last one that it received with the request by which it connects again. It has all that a stream is
resumed by: `POSITION;HISTORY;RESOURCE`, the last two as the stream's first metadata had them.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from chronovisor.v1 import streams_pb2
from google.api import resource_pb2
from google.protobuf.descriptor import Descriptor

from controlplane.gateway.violations import BadParameters, Violation

LAST = "last-event-id"
HISTORY, RESOURCE = "chronovisor-history", "chronovisor-resource"
# What streams say of themselves: neither is a place to go on after.
_OF_THE_STREAM = frozenset({"caught_up", "fell_behind"})
# Beginnings that the one after a position takes the place of.
_OTHER_BEGINNINGS = ("from_now", "from_position", "from_time")
_REFERENCE: Any = resource_pb2.resource_reference


class EventId(NamedTuple):
    """A place in a stream."""

    position: int
    history: str = ""
    resource: str = ""

    def __str__(self) -> str:
        return ";".join((str(self.position), self.history, self.resource)).rstrip(";")


def parse(text: str) -> EventId:
    """Raises BadParameters."""
    position, *rest = text.split(";", 2)
    if not (position.isascii() and position.isdigit() and len(position) < 19):
        raise BadParameters(Violation(LAST, "must be the id of an event of this stream"))
    return EventId(int(position), *rest)


def can_resume(kind: Descriptor) -> bool:
    """Whether streams of such a request can."""
    return {"after_position", "start"} <= set(kind.fields_by_name)


def resume(request: Any, after: EventId) -> None:
    """Has the request begin after an event, whatever its own beginning is, and of the resource that it was of then."""
    for name in _OTHER_BEGINNINGS:
        if name in request.DESCRIPTOR.fields_by_name:
            request.ClearField(name)
    request.start, request.after_position = streams_pb2.WATCH_START_AFTER_POSITION, after.position
    if after.resource:
        setattr(request, _resource_field(request.DESCRIPTOR), after.resource)


def _resource_field(kind: Descriptor) -> str:
    return next(each.name for each in kind.fields if each.GetOptions().HasExtension(_REFERENCE))


class EventIds:
    """Of the messages of one stream, whose first metadata is `leading`."""

    def __init__(self, leading: Iterable[tuple[str, str]]) -> None:
        found = dict(leading)
        self._history, self._resource = found.get(HISTORY, ""), found.get(RESOURCE, "")
        self._position = 0

    def of(self, message: Any) -> EventId | None:
        """None of a message that a stream cannot be resumed after: then the id before it counts."""
        position = _position_of(message)
        if position <= self._position:
            return None
        self._position = position
        return EventId(position, self._history, self._resource)


def _position_of(message: Any) -> int:
    """The greatest one; 0 where there is none."""
    kind = message.WhichOneof("message") if "message" in message.DESCRIPTOR.oneofs_by_name else None
    if kind is None or kind in _OF_THE_STREAM:
        return 0
    part = getattr(message, kind)
    if "position" in part.DESCRIPTOR.fields_by_name:
        return cast("int", part.position)
    # A batch, in the order of positions.
    items = getattr(part, kind, ())
    return cast("int", items[-1].position) if items else 0
