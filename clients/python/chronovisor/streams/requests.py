"""The requests of the three streams, to begin and to resume them. How they go on is in `resumable`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, overload

from google.protobuf.message import Message

from chronovisor.events.v1.event_pb2 import Event
from chronovisor.layer import HISTORY_KEY
from chronovisor.v1.history_service_pb2 import WatchEventsRequest, WatchEventsResponse
from chronovisor.v1.streams_pb2 import WATCH_START_AFTER_POSITION
from chronovisor.v1.utilization_service_pb2 import Utilization, WatchUtilizationRequest, WatchUtilizationResponse
from chronovisor.v1.vm_service_pb2 import VmChange, WatchVmsRequest, WatchVmsResponse

T = TypeVar("T")
# Many times faster than one by one, and still within a message's limit.
BATCH = 1_000
# What says where to begin, and not where to go on.
_BEGINNINGS = ("from_now", "from_position", "from_time", "start")


@dataclass(frozen=True, slots=True)
class Stream(Generic[T]):
    """What a watch is made of: `begin` calls the method to begin or to resume it, `items_of` takes a response apart."""

    begin: Callable[[int | None, str, str], Any]
    items_of: Callable[[Any], list[tuple[int, T]]]


@overload
def stream_of(method: Any, first: WatchEventsRequest) -> Stream[Event]: ...
@overload
def stream_of(method: Any, first: WatchVmsRequest) -> Stream[VmChange]: ...
@overload
def stream_of(method: Any, first: WatchUtilizationRequest) -> Stream[Utilization]: ...
def stream_of(method: Any, first: WatchEventsRequest | WatchVmsRequest | WatchUtilizationRequest) -> Stream[Any]:
    """Of the method that takes the request."""
    fields = first.DESCRIPTOR.fields_by_name

    def begin(position: int | None, resource: str, history: str) -> Any:
        request: Any = type(first)()
        request.CopyFrom(first)
        if "max_batch_size" in fields:
            request.max_batch_size = first.max_batch_size or BATCH  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        if resource:
            setattr(request, "scope" if "scope" in fields else "parent", resource)
        if position is not None:
            for each in _BEGINNINGS:
                if each in fields:
                    request.ClearField(each)
            request.after_position = position
        return method(request, metadata=((HISTORY_KEY, history),) if history else ())

    return Stream(begin, _ITEMS[type(first)])


def events_request(parent: str, event_types: Sequence[str], after: int | None) -> WatchEventsRequest:
    """after: None for what comes next."""
    request = WatchEventsRequest(parent=parent, event_types=event_types)
    if after is None:
        request.from_now = True
    else:
        request.after_position = after
    return request


def vms_request(parent: str, filter_: str, after: int | None, *, snapshot: bool) -> WatchVmsRequest:
    """after: None for all VMs as they are or, without the snapshot, for what comes next."""
    request = WatchVmsRequest(parent=parent, filter=filter_)
    if after is None:
        request.from_now = not snapshot
    else:
        _put_after(request, after)
    return request


def utilization_request(
    scope: str,
    resource_classes: Sequence[str],
    minimum_change: float,
    minimum_interval: timedelta,
    after: int | None,
    start: int | datetime | None,
    step: timedelta,
) -> WatchUtilizationRequest:
    """after: None for a snapshot of now. `start` is a position or a time; one without a zone is local."""
    request = WatchUtilizationRequest(scope=scope, resource_classes=resource_classes, minimum_change=minimum_change)
    if minimum_interval:
        request.minimum_interval.FromTimedelta(minimum_interval)
    if step:
        request.step.FromTimedelta(step)
    if isinstance(start, datetime):
        request.from_time.FromDatetime(start.astimezone())
    elif start:
        request.from_position = start
    if after is not None:
        _put_after(request, after)
    return request


def _put_after(request: WatchVmsRequest | WatchUtilizationRequest, after: int) -> None:
    request.after_position = after
    if not after:
        # Alone, 0 is a snapshot. Servers that do not know `start` send that.
        request.start = WATCH_START_AFTER_POSITION


def _events(response: WatchEventsResponse) -> list[tuple[int, Event]]:
    events = response.events.events if response.HasField("events") else [response.event]
    return [(each.position, each) for each in events]


def _changes(response: WatchVmsResponse) -> list[tuple[int, VmChange]]:
    changes = response.changes.changes if response.HasField("changes") else [response.change]
    return [(each.position, each) for each in changes]


def _utilization(response: WatchUtilizationResponse) -> list[tuple[int, Utilization]]:
    return [(response.utilization.position, response.utilization)]


_ITEMS: dict[type[Message], Callable[[Any], list[tuple[int, Any]]]] = {
    WatchEventsRequest: _events,
    WatchVmsRequest: _changes,
    WatchUtilizationRequest: _utilization,
}
