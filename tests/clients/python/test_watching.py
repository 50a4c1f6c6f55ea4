"""The client's watches: resumed where they ended, each item once, and refusals that are raised."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from chronovisor.errors import ChronovisorError, NotFound, Unavailable
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.retry import RetryPolicy
from chronovisor.streams.requests import events_request, stream_of, utilization_request, vms_request
from chronovisor.streams.resumable import Status, Watch
from chronovisor.v1 import streams_pb2, vm_pb2
from chronovisor.v1.history_service_pb2 import EventBatch, WatchEventsResponse
from chronovisor.v1.utilization_service_pb2 import Utilization, WatchUtilizationRequest, WatchUtilizationResponse
from chronovisor.v1.vm_service_pb2 import VmChange, WatchVmsResponse

QUICK = RetryPolicy(attempts=3, first_pause_s=0.001, longest_pause_s=0.002)
LOST = Unavailable(grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN", "shutting down", retry_after=0.001)
Messages = list[Any]
OnStatus = Callable[[Status], None] | None


class PlayedCall(Iterator[Any]):
    """One call, of what the server says that it is of."""

    def __init__(self, messages: Messages, resource: str) -> None:
        self._messages = iter(messages)
        self._resource = resource

    def __next__(self) -> Any:
        each = next(self._messages)
        if isinstance(each, ChronovisorError):
            raise each
        return each

    @property
    def initial(self) -> dict[str, str]:
        return {"chronovisor-resource": self._resource} if self._resource else {}


class Played:
    """A stub that plays what it is given, one call after the other, and keeps the requests."""

    def __init__(self, *calls: Messages, resource: str = "") -> None:
        self._calls = list(calls)
        self.resource = resource
        self.requests: list[Any] = []

    def _play(self, request: Any, metadata: object = ()) -> Iterator[Any]:
        self.requests.append(request)
        return PlayedCall(self._calls.pop(0), self.resource)

    WatchEvents = WatchVms = WatchUtilization = _play


def watch_events(
    stub: Any, retry: RetryPolicy, parent: str, types: list[str], after: int | None, on_status: OnStatus = None
) -> Watch[Event]:
    stream = stream_of(stub.WatchEvents, events_request(parent, types, after))
    return Watch(stream.begin, stream.items_of, retry, on_status)


def watch_vms(
    stub: Any, retry: RetryPolicy, parent: str, filter_: str, after: int | None, on_status: OnStatus = None
) -> Watch[VmChange]:
    stream = stream_of(stub.WatchVms, vms_request(parent, filter_, after, snapshot=True))
    return Watch(stream.begin, stream.items_of, retry, on_status)


def watch_utilization(
    stub: Any, retry: RetryPolicy, request: WatchUtilizationRequest, on_status: OnStatus = None
) -> Watch[Utilization]:
    stream = stream_of(stub.WatchUtilization, request)
    return Watch(stream.begin, stream.items_of, retry, on_status)


def event(*positions: int) -> WatchEventsResponse:
    return WatchEventsResponse(events=EventBatch(events=[Event(position=each) for each in positions]))


def checkpoint(position: int) -> Any:
    return WatchEventsResponse(checkpoint=streams_pb2.Checkpoint(position=position))


def caught_up(position: int) -> Any:
    return WatchEventsResponse(caught_up=streams_pb2.CaughtUp(position=position))


def take(watch: Iterator[Any], count: int) -> list[Any]:
    return [next(watch) for _ in range(count)]


def test_it_goes_on_after_the_last_event_and_the_last_checkpoint() -> None:
    statuses: list[Status] = []
    stub: Any = Played([event(1, 2), LOST], [event(3), checkpoint(9), caught_up(9), LOST], [LOST], [event(12)])
    watch = watch_events(stub, QUICK, "", ["VmCreated"], 0, statuses.append)
    assert [each.position for each in take(watch, 4)] == [1, 2, 3, 12]
    assert [each.after_position for each in stub.requests] == [0, 2, 9, 9]
    assert {tuple(each.event_types) for each in stub.requests} == {("VmCreated",)}
    assert statuses == [Status.INTERRUPTED, Status.CAUGHT_UP, Status.INTERRUPTED]


def test_it_goes_on_with_the_project_that_it_began_with() -> None:
    bound = "projects/01a22415-aac8-7258-bac0-09db6852122b"
    changes = [WatchVmsResponse(change=VmChange(position=each)) for each in (3, 4)]
    totals = [WatchUtilizationResponse(utilization=Utilization(position=each)) for each in (3, 4)]
    events: Any = Played([LOST], [event(3), LOST], [LOST], [event(4)], resource=bound)
    vms: Any = Played([changes[0], LOST], changes[1:], resource=bound)
    utilization: Any = Played([totals[0], LOST], totals[1:], resource=bound)
    take(watch_events(events, QUICK, "projects/shop", [], 0, None), 2)
    take(watch_vms(vms, QUICK, "projects/shop", "", None), 2)
    request = utilization_request("projects/shop", [], 0, timedelta(), None, None, timedelta())
    take(watch_utilization(utilization, QUICK, request, None), 2)
    assert [each.parent for each in events.requests] == ["projects/shop", "projects/shop", bound, bound]
    assert [each.parent for each in vms.requests] == ["projects/shop", bound]
    assert [each.scope for each in utilization.requests] == ["projects/shop", bound]


def test_its_position_is_that_of_the_item_that_was_given_not_of_what_was_read() -> None:
    watch = watch_events(Played([event(5, 6, 7)]), QUICK, "", [], 0, None)  # pyright: ignore[reportArgumentType]
    assert watch.position is None
    assert (next(watch).position, watch.position) == (5, 5)


def test_one_from_now_is_resumed_after_the_position_that_now_was() -> None:
    stub: Any = Played([checkpoint(7), caught_up(7), LOST], [event(8)])
    next(watch_events(stub, QUICK, "", [], None, None))
    assert [(each.from_now, each.after_position) for each in stub.requests] == [(True, 0), (False, 7)]


def test_a_server_that_never_answered_is_given_up_and_one_that_did_is_not() -> None:
    with pytest.raises(Unavailable):
        next(watch_events(Played(*[[LOST]] * 3), QUICK, "", [], 0, None))  # pyright: ignore[reportArgumentType]
    stub: Any = Played([event(1), LOST], *[[LOST]] * 20, [event(2)])
    assert [each.position for each in take(watch_events(stub, QUICK, "", [], 0, None), 2)] == [1, 2]


def test_a_refusal_is_raised() -> None:
    refusal = NotFound(grpc.StatusCode.NOT_FOUND, "VM_NOT_FOUND", "no such VM")
    with pytest.raises(NotFound):
        next(watch_events(Played([refusal]), QUICK, "", [], 0, None))  # pyright: ignore[reportArgumentType]


def test_vms_of_a_beginning_that_was_interrupted_are_given_once() -> None:
    def vm(name: str, position: int = 0) -> WatchVmsResponse:
        return WatchVmsResponse(change=VmChange(position=position, vm=vm_pb2.Vm(name=name)))

    done = WatchVmsResponse(checkpoint=streams_pb2.Checkpoint(position=5))
    stub: Any = Played([vm("a"), LOST], [vm("b"), vm("c"), done, vm("d", 6), LOST], [vm("e", 7)])
    watch = watch_vms(stub, QUICK, "projects/-", "", None)
    assert [each.vm.name for each in take(watch, 4)] == ["b", "c", "d", "e"]
    assert [each.after_position for each in stub.requests] == [0, 0, 6]


def test_a_chart_that_was_interrupted_goes_on_where_it_was() -> None:
    def totals(position: int) -> WatchUtilizationResponse:
        return WatchUtilizationResponse(utilization=Utilization(position=position))

    start = datetime(2026, 11, 20, 10, tzinfo=UTC)
    request = utilization_request("fleet", [], 0.0, timedelta(), None, start, timedelta(minutes=5))
    stub: Any = Played([totals(3), LOST], [totals(4)])
    take(watch_utilization(stub, QUICK, request, None), 2)
    first, second = stub.requests
    assert (first.from_time.ToDatetime(UTC), first.after_position) == (start, 0)
    assert (second.HasField("from_time"), second.after_position, second.step.seconds) == (False, 3, 300)


def test_what_was_given_before_the_cut_is_not_given_again() -> None:
    stub: Any = Played([event(1, 2), LOST], [event(2, 3)])
    assert [each.position for each in take(watch_events(stub, QUICK, "", [], 0), 3)] == [1, 2, 3]


ENDS = [
    (grpc.StatusCode.INVALID_ARGUMENT, False),
    (grpc.StatusCode.NOT_FOUND, False),
    (grpc.StatusCode.OUT_OF_RANGE, False),
    (grpc.StatusCode.PERMISSION_DENIED, False),
    (grpc.StatusCode.FAILED_PRECONDITION, False),
    (grpc.StatusCode.UNIMPLEMENTED, False),
    (grpc.StatusCode.UNAVAILABLE, True),
    (grpc.StatusCode.CANCELLED, True),
    (grpc.StatusCode.UNKNOWN, True),
    (grpc.StatusCode.INTERNAL, True),
]


@pytest.mark.parametrize(("code", "goes_on"), ENDS)
def test_it_goes_on_after_every_end_that_says_nothing_of_the_request(code: grpc.StatusCode, goes_on: bool) -> None:
    stub: Any = Played([event(1), ChronovisorError(code, code.name, "ended")], [event(2)])
    watch = watch_events(stub, QUICK, "", [], 0)
    next(watch)
    if goes_on:
        assert next(watch).position == 2
    else:
        with pytest.raises(ChronovisorError):
            next(watch)


def test_it_goes_on_once_where_its_token_is_no_longer_taken() -> None:
    ended = ChronovisorError(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED", "ended")
    stub: Any = Played([event(1), ended], [event(2), ended], [ended], [event(3)])
    watch = watch_events(stub, QUICK, "", [], 0)
    assert [next(watch).position, next(watch).position] == [1, 2]
    with pytest.raises(ChronovisorError):
        next(watch)


def test_it_does_not_begin_with_a_token_that_is_not_taken() -> None:
    stub: Any = Played([ChronovisorError(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID", "bad")], [event(1)])
    with pytest.raises(ChronovisorError):
        next(watch_events(stub, QUICK, "", [], 0))


def test_the_first_try_after_a_cut_is_at_once_and_later_ones_are_soon() -> None:
    slow = RetryPolicy(attempts=3, first_pause_s=60.0, longest_pause_s=60.0)
    cut = Unavailable(grpc.StatusCode.UNAVAILABLE, "UNREACHABLE", "gone")
    stub: Any = Played([event(1), cut], [cut], [event(2)])
    began = time.monotonic()
    assert [each.position for each in take(watch_events(stub, slow, "", [], 0), 2)] == [1, 2]
    assert time.monotonic() - began < 30.0


def test_a_closed_one_stops() -> None:
    watch = watch_events(Played([event(1, 2)]), QUICK, "", [], 0, None)  # pyright: ignore[reportArgumentType]
    with watch:
        next(watch)
    assert [each.position for each in watch] == [2]
