"""Moments of a ledger, and the steps from one to another: by an event, by a time. None stands for now. Calls alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chronovisor.cli.listing.events import BOOKKEEPING
from chronovisor.client import Client
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.paging import pages
from chronovisor.v1.history_service_pb2 import ListEventsRequest
from chronovisor.v1.vm_service_pb2 import VM_VIEW_BASIC, ListVmsRequest


@dataclass(frozen=True, slots=True)
class Moment:
    """What is shown is as of `position`. `time` is what a step by a time goes on from."""

    position: int
    time: datetime


def event_back(client: Client, at: Moment | None) -> Moment | None:
    """Before the last event that this moment knows of; the same where there is none before."""
    known = _shown(client, ListEventsRequest(newest_first=True, to_position=at.position if at else 0))
    newest = next(known, None)
    before = next(known, None)
    if before is None:
        return _at(newest) if newest else at
    return _at(before)


def event_forward(client: Client, at: Moment | None) -> Moment | None:
    """After the next event; now, where there is none."""
    if at is None:
        return None
    following = next(_shown(client, ListEventsRequest(after_position=at.position)), None)
    return _at(following) if following else None


def by(client: Client, at: Moment | None, step: timedelta) -> Moment | None:
    """So much later, or earlier: at the earliest the first event, at the latest now."""
    now = datetime.now(UTC)
    time = (at.time if at else now) + step
    if time >= now:
        return None
    request = ListVmsRequest(parent="projects/-", page_size=1, view=VM_VIEW_BASIC)
    request.read_time.FromDatetime(time)
    if position := client.vms.ListVms(request).position:
        return Moment(position, time)
    first = next(_shown(client, ListEventsRequest()), None)
    return _at(first) if first else at


def _shown(client: Client, request: ListEventsRequest) -> Iterator[Event]:
    """Events that are about more than the ledger itself."""
    request.page_size = 20
    for page in pages(client.history.ListEvents, request):
        yield from (event for event in page.events if not event.stream.startswith(BOOKKEEPING))


def _at(event: Event) -> Moment:
    return Moment(event.position, event.commit_time.ToDatetime(UTC))
