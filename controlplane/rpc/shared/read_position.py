"""Which moment a request means, as a position of the ledger: of a time, the last one by then."""

import copy
from typing import Any, NamedTuple, TypeAlias

from chronovisor.v1.history_service_pb2 import DiffStateRequest, ListEventsRequest, ReplayVmRequest
from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.domain.errors import invalid
from controlplane.domain.time import micros_of
from controlplane.queries import page_tokens
from controlplane.queries.events.scan import Window
from controlplane.rpc.dependencies import Dependencies
from controlplane.rpc.shared.read_view import check_time, position_at
from controlplane.rpc.shared.validate import FieldRules

Paged: TypeAlias = ListEventsRequest | ReplayVmRequest | DiffStateRequest


class Moment(NamedTuple):
    """The two fields of a request that can tell it, and what they say; `time` is None when it is not set."""

    position_field: str
    position: int
    time_field: str
    time: Timestamp | None

    @property
    def field(self) -> str:
        """The one that was given."""
        return self.time_field if self.time is not None else self.position_field


def moment(request: Paged, position_field: str, time_field: str) -> Moment:
    """The fields of these names."""
    # The three have different fields of times: which, the caller knows.
    given: Any = request
    told = getattr(given, time_field) if given.HasField(time_field) else None
    return Moment(position_field, getattr(request, position_field), time_field, told)


async def position_of(reach: Dependencies, told: Moment) -> int | None:
    """Raises InvalidField, PositionAhead. None when neither field is given."""
    if told.time is None:
        return reach.live_tail.known(told.position, told.position_field) or None
    if told.position:
        raise invalid(told.time_field, f"must not be given beside {told.position_field}")
    rules = FieldRules()
    check_time(rules, told.time, told.time_field, reach.now())
    rules.done()
    return await position_at(reach, micros_of(told.time))


async def window_of(reach: Dependencies, begin: Moment, end: Moment) -> Window:
    """From before the first event, and to now, where nothing is given. Raises InvalidField, PositionAhead."""
    after, to = await position_of(reach, begin), await position_of(reach, end)
    window = Window(after or 0, reach.dispatcher.position if to is None else to)
    if window.to < window.after:
        raise invalid(end.field, "must not be before the window's beginning")
    return window


def page_of(request: Paged) -> page_tokens.PageRequest:
    """Which page is asked for; its token is good for the same request alone."""
    rest = copy.deepcopy(request)
    rest.page_size, rest.page_token = 0, ""
    bound_to = f"{rest.DESCRIPTOR.name} {rest.SerializeToString(deterministic=True).hex()}"
    return page_tokens.PageRequest(request.page_size, request.page_token, bound_to)
