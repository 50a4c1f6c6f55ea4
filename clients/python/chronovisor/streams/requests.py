"""The requests of the three streams, to begin and to resume them. How they go on is in `watching`."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chronovisor.call_interceptor import HISTORY_KEY
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.retry import RetryPolicy
from chronovisor.streams.resumable import BATCH, Status, Watch
from chronovisor.v1.history_service_pb2 import WatchEventsRequest, WatchEventsResponse
from chronovisor.v1.utilization_service_pb2 import Utilization, WatchUtilizationRequest, WatchUtilizationResponse
from chronovisor.v1.vm_service_pb2 import VmChange, WatchVmsRequest, WatchVmsResponse

if TYPE_CHECKING:
    from chronovisor.v1.history_service_pb2_grpc import HistoryServiceStub
    from chronovisor.v1.utilization_service_pb2_grpc import UtilizationServiceStub
    from chronovisor.v1.vm_service_pb2_grpc import VmServiceStub

OnStatus = Callable[[Status], None] | None


def watch_events(
    stub: "HistoryServiceStub",
    retry: RetryPolicy,
    parent: str,
    event_types: Sequence[str],
    after: int | None,
    on_status: OnStatus,
) -> Watch[Event]:
    def begin(position: int | None, resource: str, history: str) -> object:
        start = after if position is None else position
        return stub.WatchEvents(
            WatchEventsRequest(
                parent=resource or parent,
                event_types=event_types,
                after_position=start or 0,
                from_now=start is None,
                max_batch_size=BATCH,
            ),
            metadata=_of(history),
        )

    return Watch(begin, _events, retry, on_status)  # pyright: ignore[reportArgumentType]


def watch_vms(
    stub: "VmServiceStub", retry: RetryPolicy, parent: str, filter_: str, after: int | None, on_status: OnStatus
) -> Watch[VmChange]:
    def begin(position: int | None, resource: str, history: str) -> object:
        start = after if position is None else position
        return stub.WatchVms(
            WatchVmsRequest(
                parent=resource or parent,
                filter=filter_,
                after_position=start or 0,
                from_now=start is None,
                max_batch_size=BATCH,
            ),
            metadata=_of(history),
        )

    return Watch(begin, _changes, retry, on_status)  # pyright: ignore[reportArgumentType]


def watch_utilization(
    stub: "UtilizationServiceStub", retry: RetryPolicy, first: WatchUtilizationRequest, on_status: OnStatus
) -> Watch[Utilization]:
    def begin(position: int | None, resource: str, history: str) -> object:
        request = WatchUtilizationRequest()
        request.CopyFrom(first)
        request.scope = resource or first.scope
        if position is not None:
            request.ClearField("from_position")
            request.ClearField("from_time")
            request.after_position = position
        return stub.WatchUtilization(request, metadata=_of(history))

    return Watch(begin, _utilization, retry, on_status)  # pyright: ignore[reportArgumentType]


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
