"""Where a watch begins, as its request says: with one meaning for all watches. Knows no particular stream."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from chronovisor.v1.streams_pb2 import WatchStart
from google.protobuf.descriptor import FieldDescriptor

from controlplane.domain.errors import invalid
from controlplane.queries.reads import Reads

NOW = WatchStart.WATCH_START_NOW
BEGINNING = WatchStart.WATCH_START_BEGINNING
AFTER_POSITION = WatchStart.WATCH_START_AFTER_POSITION
SNAPSHOT = WatchStart.WATCH_START_SNAPSHOT
# Of requests, the fields that are beginnings of their own.
_OTHERS = ("from_now", "from_position", "from_time")


class WatchRequest(Protocol):
    """The fields that the requests of all watches have."""

    after_position: int
    start: WatchStart.ValueType

    def ListFields(self) -> Sequence[tuple[FieldDescriptor, object]]: ...


class Beginning(NamedTuple):
    """`start` is never UNSPECIFIED. `position` is what to go on after; of a snapshot, when it is taken says that."""

    start: WatchStart.ValueType
    position: int = 0

    @property
    def is_resumed(self) -> bool:
        """Whether the past is sent first."""
        return self.start in (BEGINNING, AFTER_POSITION)


def beginning_of(reads: Reads, request: WatchRequest, default: WatchStart.ValueType) -> Beginning:
    """`default` is for a request that says nothing. Raises InvalidField, PositionAhead, HistoryForked."""
    after = reads.known(request.after_position, "after_position")
    match _checked(request, default):
        case WatchStart.WATCH_START_NOW:
            return Beginning(NOW, reads.position)
        case WatchStart.WATCH_START_AFTER_POSITION:
            return Beginning(AFTER_POSITION, after)
        case start:
            return Beginning(start)


def _checked(request: WatchRequest, default: WatchStart.ValueType) -> WatchStart.ValueType:
    start, after = request.start, request.after_position
    if start not in WatchStart.values():
        raise invalid("start", f"{start} is no WatchStart that this server knows")
    if start == WatchStart.WATCH_START_UNSPECIFIED:
        if not getattr(request, "from_now", False):
            return AFTER_POSITION if after else default
        if after:
            raise invalid("from_now", "goes without after_position")
        return NOW
    for field, _ in request.ListFields():
        # `from_now` beside NOW is for servers that do not know `start`.
        if field.name in _OTHERS and not (field.name == "from_now" and start == NOW):
            raise invalid("start", f"goes without {field.name}, which says where to begin, too")
    if after and start != AFTER_POSITION:
        raise invalid("start", "with after_position it must be WATCH_START_AFTER_POSITION")
    if start == SNAPSHOT and default != SNAPSHOT:
        raise invalid("start", "events have no snapshot: begin with NOW, BEGINNING or AFTER_POSITION")
    return start
