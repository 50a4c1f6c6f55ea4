"""As of when a read is: now, at a position, or at a time."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.domain.time import SECOND, Micros, micros_of, timestamp_if_known
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.queries.lists import Listing, PinnedPage, T, order_of, pinned
from controlplane.rpc.shared.scans import SCANS
from controlplane.rpc.shared.validate import FieldRules

D = TypeVar("D")

if TYPE_CHECKING:
    from controlplane.rpc.dependencies import Dependencies, ServicerContext

# How long a read waits, in seconds, until the rows that it asks for are written.
LONGEST_WAIT_S = 5.0
# Clocks of callers may be a little ahead of ours.
LATEST_S = 60


class ReadAt(Protocol):
    """The fields of a read that say as of when."""

    @property
    def at_position(self) -> int: ...

    @property
    def min_position(self) -> int: ...

    @property
    def read_time(self) -> Timestamp: ...

    def HasField(self, field_name: Literal["read_time"]) -> bool: ...


class When(NamedTuple):
    """The position that a read is of. `now` says that the caller asked for no other."""

    position: int
    now: bool


def read_of(request: ReadAt) -> str:
    """What of the request says as of when, as text: a page token is good for the same alone."""
    # Not as a date: it may be none, and is refused for that later.
    read_time = f"{request.read_time.seconds}.{request.read_time.nanos}" if request.HasField("read_time") else ""
    return f"{request.at_position} {read_time}"


def check_read(request: ReadAt, known: Micros) -> None:
    """Raises InvalidField. `known` is the ledger's time."""
    rules = FieldRules()
    rules.check(request.at_position >= 0, "at_position", "must be 1 or more, or 0 for now")
    rules.check(request.min_position >= 0, "min_position", "must be 0 or more")
    if request.HasField("read_time"):
        check_time(rules, request.read_time, "read_time", known)
        rules.check(not request.at_position, "read_time", "at most one of read_time and at_position")
    rules.done()


def check_time(rules: FieldRules, told: Timestamp, field: str, known: Micros, *, ahead_s: int = LATEST_S) -> None:
    """A time that was, by the wall clock or by the ledger's time, which is `known`."""
    if rules.check(0 <= told.nanos < 1_000_000_000 and told.seconds >= 0, field, "must be a time since 1970"):
        latest = max(time.time(), known / SECOND) + ahead_s
        rules.check(told.seconds + told.nanos / 1e9 <= latest, field, "must not be in the future")


async def when(reach: "Dependencies", request: ReadAt, context: "ServicerContext") -> When:
    """The position to read at. Raises InvalidField, PositionAhead, Unavailable."""
    check_read(request, reach.now())
    await reach.read_from(request.min_position, context)
    if request.HasField("read_time"):
        return When(await position_at(reach, micros_of(request.read_time)), now=False)
    return When(
        reach.live_tail.known(request.at_position, "at_position") or reach.dispatcher.position,
        now=not request.at_position,
    )


async def position_at(reach: "Dependencies", at: Micros) -> int:
    """The last position that was committed by a time."""
    if at >= reach.dispatcher.time:
        return reach.dispatcher.position
    # What was committed before is written, or will be soon.
    await written(reach, reach.dispatcher.position)
    return await asyncio.to_thread(reach.history_reader.position_at, at)


async def written(reach: "Dependencies", position: int) -> None:
    """Waits until what was at a position can be read. Raises Unavailable."""
    await reach.projector.reach(position, LONGEST_WAIT_S)


async def listed(
    reach: "Dependencies",
    kind: str,
    listing: Listing,
    request: ReadAt,
    context: "ServicerContext",
    read: Callable[[HistoryReader, Listing, int], PinnedPage[T]],
    derive: Callable[[PinnedPage[T]], D],
) -> tuple[PinnedPage[T], D, Timestamp | None]:
    """A page, of the position that was asked for or that its token keeps, and that position's time.

    Between them, what is derived from the page on the thread that reads it: of a large one, messages take long.
    """
    order_of(listing.order_by)
    at = await when(reach, request, context)
    position = pinned(listing, kind) if listing.token else at.position
    await written(reach, position)

    def both() -> tuple[PinnedPage[T], D]:
        page = read(reach.history_reader, listing, position)
        return page, derive(page)

    page, derived = await SCANS.run(both)
    time = await time_of(reach, position)
    return page, derived, timestamp_if_known(time)


async def time_of(reach: "Dependencies", position: int) -> Micros | None:
    """When a position was committed; None before the first."""
    if position >= reach.dispatcher.position:
        return reach.dispatcher.time
    at = await asyncio.to_thread(reach.history_reader.time_of, position) if position else Micros(0)
    return at or None
