"""The requests of the three streams, to begin and to resume them. How they go on is in `resumable`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from chronovisor.events.v1.event_pb2 import Event
from chronovisor.layer import HISTORY_KEY
from chronovisor.streams.resumable import BATCH
from chronovisor.v1.history_service_pb2 import WatchEventsRequest, WatchEventsResponse
from chronovisor.v1.utilization_service_pb2 import Utilization, WatchUtilizationRequest, WatchUtilizationResponse
from chronovisor.v1.vm_service_pb2 import VmChange, WatchVmsRequest, WatchVmsResponse

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stream(Generic[T]):
    """What a watch is made of: `begin` calls the method to begin or to resume it, `items_of` takes a response apart."""

    begin: Callable[[int | None, str, str], Any]
    items_of: Callable[[Any], list[tuple[int, T]]]


def events(stub: Any, parent: str, event_types: Sequence[str], after: int | None) -> Stream[Event]:
    """Of `stub.WatchEvents`."""

    def begin(position: int | None, resource: str, history: str) -> Any:
        start = after if position is None else position
        request = WatchEventsRequest(
            parent=resource or parent,
            event_types=event_types,
            after_position=start or 0,
            from_now=start is None,
            max_batch_size=BATCH,
        )
        return stub.WatchEvents(request, metadata=_of(history))

    return Stream(begin, _events)


def vms(stub: Any, parent: str, filter_: str, after: int | None) -> Stream[VmChange]:
    """Of `stub.WatchVms`."""

    def begin(position: int | None, resource: str, history: str) -> Any:
        start = after if position is None else position
        request = WatchVmsRequest(
            parent=resource or parent,
            filter=filter_,
            after_position=start or 0,
            from_now=start is None,
            max_batch_size=BATCH,
        )
        return stub.WatchVms(request, metadata=_of(history))

    return Stream(begin, _changes)


def utilization(stub: Any, first: WatchUtilizationRequest) -> Stream[Utilization]:
    """Of `stub.WatchUtilization`."""

    def begin(position: int | None, resource: str, history: str) -> Any:
        request = WatchUtilizationRequest()
        request.CopyFrom(first)
        request.scope = resource or first.scope
        if position is not None:
            request.ClearField("from_position")
            request.ClearField("from_time")
            request.after_position = position
        return stub.WatchUtilization(request, metadata=_of(history))

    return Stream(begin, _utilization)


def utilization_request(
    scope: str,
    resource_classes: Sequence[str],
    minimum_change: float,
    minimum_interval: timedelta,
    after: int,
    start: int | datetime | None,
    step: timedelta,
) -> WatchUtilizationRequest:
    """`start` is a position or a time. A time without a zone is local."""
    request = WatchUtilizationRequest(
        scope=scope, resource_classes=resource_classes, minimum_change=minimum_change, after_position=after
    )
    if minimum_interval:
        request.minimum_interval.FromTimedelta(minimum_interval)
    if step:
        request.step.FromTimedelta(step)
    if isinstance(start, datetime):
        request.from_time.FromDatetime(start.astimezone())
    elif start:
        request.from_position = start
    return request


def _of(history: str) -> tuple[tuple[str, str], ...]:
    return ((HISTORY_KEY, history),) if history else ()


def _events(response: WatchEventsResponse) -> list[tuple[int, Event]]:
    events = response.events.events if response.HasField("events") else [response.event]
    return [(each.position, each) for each in events]


def _changes(response: WatchVmsResponse) -> list[tuple[int, VmChange]]:
    changes = response.changes.changes if response.HasField("changes") else [response.change]
    return [(each.position, each) for each in changes]


def _utilization(response: WatchUtilizationResponse) -> list[tuple[int, Utilization]]:
    return [(response.utilization.position, response.utilization)]
