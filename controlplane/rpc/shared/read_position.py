"""Positions that requests mean: of a read, of a moment and of a window. Of a time, the last position by then."""

import copy
import time
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from chronovisor.v1.history_service_pb2 import DiffStateRequest, ListEventsRequest, ReplayVmRequest
from chronovisor.v1.timeline_pb2 import GetTimelineRequest
from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.domain.errors import invalid
from controlplane.domain.time import SECOND, Micros, micros_of
from controlplane.queries import page_tokens
from controlplane.queries.events.scan import Window
from controlplane.queries.reads import ReadPosition, Reads
from controlplane.rpc.dependencies import ServicerContext, patience_of
from controlplane.rpc.shared.validate import FieldRules

# Clocks of callers may be a little ahead of ours.
LATEST_S = 60


class ReadRequest(Protocol):
    """The fields of a read that say as of when."""

    @property
    def at_position(self) -> int: ...

    @property
    def min_position(self) -> int: ...

    @property
    def read_time(self) -> Timestamp: ...

    def HasField(self, field_name: Literal["read_time"]) -> bool: ...


def read_of(request: ReadRequest) -> str:
    """The fields that say as of when, as text: a page token is good for the same alone."""
    # Not as a date: it may be none, and is refused for that later.
    read_time = f"{request.read_time.seconds}.{request.read_time.nanos}" if request.HasField("read_time") else ""
    return f"{request.at_position} {read_time}"


async def read_position(reads: Reads, request: ReadRequest, context: ServicerContext) -> ReadPosition:
    """The position to read at, once it can be read. Raises InvalidField, PositionAhead, HistoryForked, Unavailable."""
    _check_read(request, reads.now())
    if request.min_position:
        await reads.reach(request.min_position, patience_of(context))
    if request.HasField("read_time"):
        return ReadPosition(await reads.position_at(micros_of(request.read_time)), is_current=False)
    if request.at_position:
        return ReadPosition(reads.known(request.at_position, "at_position"), is_current=False)
    return reads.here


def _check_read(request: ReadRequest, known: Micros) -> None:
    """Raises InvalidField. `known` is the ledger's time."""
    rules = FieldRules()
    rules.check(request.at_position >= 0, "at_position", "must be 1 or more, or 0 for now")
    rules.check(request.min_position >= 0, "min_position", "must be 0 or more")
    if request.HasField("read_time"):
        check_time(rules, request.read_time, "read_time", known)
        rules.check(not request.at_position, "read_time", "at most one of read_time and at_position")
    rules.done()


def check_time(rules: FieldRules, value: Timestamp, field: str, known: Micros, *, ahead_s: int = LATEST_S) -> None:
    """A time that was, by the wall clock or by the ledger's time, which is `known`."""
    if rules.check(0 <= value.nanos < 1_000_000_000 and value.seconds >= 0, field, "must be a time since 1970"):
        latest = max(time.time(), known / SECOND) + ahead_s
        rules.check(value.seconds + value.nanos / 1e9 <= latest, field, "must not be in the future")


Paged: TypeAlias = ListEventsRequest | ReplayVmRequest | DiffStateRequest


class Moment(NamedTuple):
    """A position or a time, as a request has them in two fields; `time` is None when it is not set."""

    position_field: str
    position: int
    time_field: str
    time: Timestamp | None

    @property
    def field(self) -> str:
        """The field that is set."""
        return self.time_field if self.time is not None else self.position_field


def moment_of(request: Paged | GetTimelineRequest, position_field: str, time_field: str) -> Moment:
    """The fields of these names."""
    # They have different fields of times: which, the caller knows.
    message: Any = request
    value = getattr(message, time_field) if message.HasField(time_field) else None
    return Moment(position_field, getattr(request, position_field), time_field, value)


async def position_of(reads: Reads, moment: Moment) -> int | None:
    """Raises InvalidField, PositionAhead. None when neither field is set."""
    if moment.time is None:
        return reads.known(moment.position, moment.position_field) or None
    if moment.position:
        raise invalid(moment.time_field, f"must not be given beside {moment.position_field}")
    rules = FieldRules()
    check_time(rules, moment.time, moment.time_field, reads.now())
    rules.done()
    return await reads.position_at(micros_of(moment.time))


async def window_of(reads: Reads, begin: Moment, end: Moment) -> Window:
    """From before the first event, and to now, where nothing is given. Raises InvalidField, PositionAhead."""
    after, to = await position_of(reads, begin), await position_of(reads, end)
    window = Window(after or 0, reads.position if to is None else to)
    if window.to < window.after:
        raise invalid(end.field, "must not be before the window's beginning")
    return window


def page_of(request: Paged) -> page_tokens.PageRequest:
    """The page that is requested; its token is good for the same request alone."""
    rest = copy.deepcopy(request)
    rest.page_size, rest.page_token = 0, ""
    bound_to = f"{rest.DESCRIPTOR.name} {rest.SerializeToString(deterministic=True).hex()}"
    return page_tokens.PageRequest(request.page_size, request.page_token, bound_to)
