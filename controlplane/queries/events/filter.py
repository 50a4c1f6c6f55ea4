"""The filter of a subscriber's events: the same choice for those that come and for those that the ledger has."""

from collections.abc import Sequence
from dataclasses import dataclass

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.project.aggregate import Project
from controlplane.domain.vm.consoles import project_in
from controlplane.ledger.store import Ledger
from controlplane.projections.live.inventory import Inventory
from controlplane.queries import visible
from controlplane.queries.events.live_tail import EVERYTHING
from controlplane.queries.events.reader import FIELD_OF, stream_of, streams_with, topics_of
from controlplane.queries.events.scan import merged
from controlplane.queries.identity import project_of, projects_of

# How far one reading looks, in positions, and how many events it gives at most.
WINDOW = 20_000
PAGE = 500
# Streams whose projects are remembered while the past is read.
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Of what one resource has (`streams`), of a project with its VMs, by its uid, or of all; of some types, or of all.

    `keys` are what to wait for. `resource` is the name of what the filter is of, with its uid; empty for all.
    `projects` are the uids of those that it is of; None for everything.
    """

    streams: Sequence[str]
    projects: frozenset[str] | None
    topics: Sequence[str]
    fields: frozenset[str]
    keys: Sequence[str]
    resource: str

    @property
    def is_everything(self) -> bool:
        return self.keys == (EVERYTHING,) and self.projects is None

    def is_of_type(self, recorded: RecordedEvent) -> bool:
        """Whether it is of the requested types."""
        return not self.fields or recorded.event.WhichOneof("payload") in self.fields

    def matches(self, recorded: RecordedEvent) -> bool:
        """For an event that comes with its aggregate."""
        if not self.is_of_type(recorded):
            return False
        if self.streams:
            return recorded.stream in self.streams
        return self.projects is None or _project_uid(recorded) in self.projects


def event_filter(inventory: Inventory, ledger: Ledger, parent: str, event_types: Sequence[str]) -> EventFilter:
    """`parent` as ListEvents has it. Raises NotFound, InvalidField. Blocks."""
    topics = topics_of(event_types)
    fields = frozenset(FIELD_OF[each] for each in topics)
    if not parent:
        return EventFilter((), visible.projects(), topics, fields, tuple(sorted(fields)) or (EVERYTHING,), "")
    stream = stream_of(inventory, ledger, parent)
    if stream.startswith("projects/"):
        of_project = frozenset({stream.removeprefix("projects/")})
        return EventFilter((), of_project, topics, fields, (stream,), stream)
    if stream.startswith("hosts/"):
        return EventFilter((stream,), None, topics, fields, (stream,), parent)
    project = f"projects/{project_of(inventory, ledger, stream)}"
    streams = streams_with(stream)
    return EventFilter(streams, None, topics, fields, streams, f"{project}/{stream}")


def _project_uid(recorded: RecordedEvent) -> str:
    match recorded.after:
        case Project() as project:
            return project.uid
        case None | Host():
            kind, _, uid = recorded.stream.partition("/")
            return uid if kind == "policies" else project_in(recorded.event)
        case inside:
            return inside.project_uid


class PastEvents:
    """Reads what a filter matches from the ledger, page by page. Blocks: use a thread, one at a time."""

    def __init__(self, inventory: Inventory, ledger: Ledger, filter_: EventFilter) -> None:
        self._inventory = inventory
        self._ledger = ledger
        self._filter = filter_
        # The uids of projects by stream, as far as they were met.
        self._projects: dict[str, str] = {}

    def page(self, after: int, stop: int) -> tuple[list[RecordedEvent], int]:
        """Some of the events after a position and not after `stop`, and the position up to which these are all."""
        filter_ = self._filter
        if filter_.streams:
            found = merged(self._ledger, filter_.streams, filter_.topics)(after, PAGE, stop)
            return list(found), found[-1].position if len(found) == PAGE else stop
        until = min(stop, after + WINDOW)
        found = self._ledger.after(after, PAGE, until, filter_.topics)
        reached = found[-1].position if len(found) == PAGE else until
        projects = filter_.projects
        if projects is None:
            return list(found), reached
        self._know_projects(found)
        return [each for each in found if self._projects[each.stream] in projects], reached

    def _know_projects(self, events: Sequence[RecordedEvent]) -> None:
        new = {each.stream for each in events} - self._projects.keys()
        if len(self._projects) + len(new) > MOST_KEPT:
            self._projects.clear()
            new = {each.stream for each in events}
        self._projects.update(projects_of(self._inventory, self._ledger, sorted(new)))
