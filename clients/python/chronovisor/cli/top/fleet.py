"""A fleet as of one moment: all that the screen shows of it, read by the same calls for now and for the past."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from google.longrunning import operations_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from chronovisor.cli.listing.events import BOOKKEEPING, names_of
from chronovisor.cli.top.moments import Moment
from chronovisor.client import Client
from chronovisor.errors import NotPermitted
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.names import last_part
from chronovisor.operations import metadata_of
from chronovisor.paging import pages
from chronovisor.v1.history_service_pb2 import ListEventsRequest, ListEventsResponse
from chronovisor.v1.host_pb2 import Host
from chronovisor.v1.host_service_pb2 import ListHostsRequest
from chronovisor.v1.utilization_service_pb2 import GetUtilizationRequest, ListUtilizationRequest, Utilization
from chronovisor.v1.vm_pb2 import Vm
from chronovisor.v1.vm_service_pb2 import ListVmsRequest, ListVmsResponse

# The newest ones.
EVENTS = 200
_PAGE = 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fleet:
    """`moment`: None for now. `events`: the newest first. `names`: ids by the streams of events.

    Parts that are not shown to the caller are empty, and named in `hidden`.
    """

    moment: Moment | None = None
    position: int = 0
    time: Timestamp = field(default_factory=Timestamp)
    utilization: Utilization = field(default_factory=Utilization)
    by_host: Sequence[Utilization] = ()
    vms: Sequence[Vm] = ()
    hosts: Sequence[Host] = ()
    operations: Sequence[operations_pb2.Operation] = ()
    events: Sequence[Event] = ()
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    hidden: Sequence[str] = ()


def read(client: Client, moment: Moment | None) -> Fleet:
    """Raises ChronovisorError. Of now, each part is at least as new as the position."""
    at = moment.position if moment else 0
    hidden: list[str] = []

    def allowed(what: str, call: Callable[[], T], otherwise: T) -> T:
        try:
            return call()
        except NotPermitted:
            hidden.append(what)
            return otherwise

    utilization = allowed(
        "utilization", lambda: client.utilization.GetUtilization(GetUtilizationRequest(at_position=at)), Utilization()
    )
    when: dict[str, Any] = {"at_position": at} if at else {"min_position": utilization.position}
    vms, newest = _vms(client, when)
    events = allowed("events", lambda: _events(client, at), ListEventsResponse())
    hosts = allowed("hosts", lambda: _hosts(client, when), [])
    return Fleet(
        moment,
        at or utilization.position or newest.position,
        utilization.read_time if utilization.position else newest.read_time,
        utilization,
        allowed("utilization of hosts", lambda: _by_host(client, when), []),
        vms,
        hosts,
        [each for each in _operations(client) if not at or metadata_of(each).position <= at],
        [event for event in events.events if not event.stream.startswith(BOOKKEEPING)],
        _names(vms, hosts) | names_of(events),
        tuple(hidden),
    )


def _vms(client: Client, when: Mapping[str, Any]) -> tuple[list[Vm], ListVmsResponse]:
    found: list[Vm] = []
    page = ListVmsResponse()
    for page in pages(client.vms.ListVms, ListVmsRequest(parent="projects/-", page_size=_PAGE, **when)):
        found.extend(page.vms)
    return found, page


def _hosts(client: Client, when: Mapping[str, Any]) -> list[Host]:
    request = ListHostsRequest(page_size=_PAGE, **when)
    return [host for page in pages(client.hosts.ListHosts, request) for host in page.hosts]


def _by_host(client: Client, when: Mapping[str, Any]) -> list[Utilization]:
    request = ListUtilizationRequest(group_by="hosts", page_size=_PAGE, **when)
    return [each for page in pages(client.utilization.ListUtilization, request) for each in page.utilizations]


def _operations(client: Client) -> list[operations_pb2.Operation]:
    """All that there are, the newest first."""
    request = operations_pb2.ListOperationsRequest(name="operations", page_size=_PAGE)
    found = [each for page in pages(client.operations.ListOperations, request) for each in page.operations]
    return sorted(found, key=lambda each: -metadata_of(each).position)


def _events(client: Client, at: int) -> ListEventsResponse:
    return client.history.ListEvents(ListEventsRequest(page_size=EVENTS, newest_first=True, to_position=at))


def _names(vms: Sequence[Vm], hosts: Sequence[Host]) -> dict[str, str]:
    names = {f"vms/{vm.uid}": last_part(vm.name) for vm in vms}
    return names | {f"hosts/{host.uid}": last_part(host.name) for host in hosts}


def status_at(operation: operations_pb2.Operation, at: int) -> str:
    """`under way`, `failed` or `done`, as of a position; 0: now."""
    ended = metadata_of(operation).end_position
    if not operation.done or (at and not 0 < ended <= at):
        return "under way"
    return "failed" if operation.HasField("error") else "done"
