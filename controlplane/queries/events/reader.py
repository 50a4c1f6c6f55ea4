"""History: events as the ledger has them, of one stream or of all. Blocks; call it off the event loop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.resource_kinds import RESOURCE_KINDS
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.consoles import consoles_stream
from controlplane.domain.vm.secrets import secrets_stream
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import Ledger
from controlplane.projections.live.inventory import Inventory
from controlplane.queries import page_tokens, visible
from controlplane.queries.events import causation, scan
from controlplane.queries.events.names import names_in
from controlplane.queries.events.scan import Index, Matches, Read, Walk, Window
from controlplane.queries.identity import (
    CHILDREN,
    ProjectIdentity,
    live_host,
    project_now,
    project_of,
    project_with,
    projects_of,
)
from controlplane.queries.page_tokens import Page

_TOPIC_OF = {topic.rpartition(".")[2]: topic for topic in TOPICS.values()}
FIELD_OF = {topic: field for field, topic in TOPICS.items()}
# What is on the streams of projects, and of what is in them.
_KINDS_OF_PROJECTS = ("vm_", "project_", "access_", "console_", *(f"{kind.name}_" for kind in RESOURCE_KINDS.values()))
_OF_PROJECTS = [topic for field, topic in TOPICS.items() if field.startswith(_KINDS_OF_PROJECTS)]


@dataclass(frozen=True, slots=True)
class EventQuery:
    """The query of ListEvents. `parent` is empty for the whole ledger; any other field, for no such condition.

    `name_of` gives the name of an actor that may be a pseudonym: `actor` is a name.
    """

    parent: str
    window: Window
    page: page_tokens.PageRequest
    event_types: Sequence[str] = ()
    actor: str = ""
    request_id: str = ""
    chain_of: str = ""
    newest_first: bool = False
    trace_id: str = ""
    # All the streams of a project, where they are few and known; else they are met as they come.
    streams_of: Callable[[ProjectIdentity], Sequence[str]] = lambda _project: ()
    name_of: Callable[[str], str] = str
    # The index of the trace.
    traced: Index = lambda _after, _limit, _to: ((), 0)


@dataclass(frozen=True, slots=True)
class EventPage(Page[ev.Event]):
    """`head` is where the ledger was when the first page was read; `names` are by stream."""

    head: int
    names: Mapping[str, str]


def type_of(recorded: RecordedEvent) -> str:
    """Such as `VmStarted`; empty for a type that is not known."""
    return TOPICS.get(recorded.event.WhichOneof("payload") or "", "").rpartition(".")[2]


def presented(recorded: RecordedEvent) -> ev.Event:
    """The event with its address in the ledger filled in."""
    event = recorded.event
    event.stream, event.version, event.position = recorded.stream, recorded.version, recorded.position
    return event


def list_events(inventory: Inventory, ledger: Ledger, head: int, query: EventQuery) -> EventPage:
    """A page of events; `head` is where the ledger is. Raises NotFound, InvalidField.

    A token keeps the stream of what the first page was of: by then, its name may be another's.
    """
    page, window = query.page, query.window
    if token := page_tokens.last_of(page.token, page.bound_to):
        *numbers, parent = token.split(":")
        after, to, head = (int(each) for each in numbers)
        window = Window(after, to)
        if parent:
            page_tokens.require_visible(project_of(inventory, ledger, parent))
    else:
        parent = stream_of(inventory, ledger, query.parent) if query.parent else ""
    read, is_of, walk = _among(inventory, ledger, query, parent)
    found, rest = walk(read, _condition(query, is_of), window, page_tokens.size_of(page.size))
    token = page_tokens.token_for(f"{rest.after}:{rest.to}:{head}:{parent}", page.bound_to) if rest else ""
    names = names_in(inventory, ledger, found)
    return EventPage([presented(each) for each in found], token, head, names)


def topics_of(event_types: Sequence[str]) -> list[str]:
    """The topics of event types such as `VmStarted`. Raises InvalidField for one that there is not."""
    unknown = [each for each in event_types if each not in _TOPIC_OF]
    if unknown:
        raise invalid("event_types", f"{unknown[0][:60]!r} is not an event type; {', '.join(_TOPIC_OF)} are")
    return [_TOPIC_OF[each] for each in event_types]


def _condition(query: EventQuery, is_of: Matches) -> Matches:
    kinds = {FIELD_OF[topic] for topic in topics_of(query.event_types)}

    def matches(recorded: RecordedEvent) -> bool:
        event = recorded.event
        return (
            (not kinds or event.WhichOneof("payload") in kinds)
            and (not query.actor or query.actor in (event.actor, query.name_of(event.actor)))
            and (not query.request_id or event.request_id == query.request_id)
            and (not query.trace_id or event.trace_id == query.trace_id)
            and is_of(recorded)
        )

    return matches


def _among(inventory: Inventory, ledger: Ledger, query: EventQuery, parent: str) -> tuple[Read, Matches, Walk]:
    """The events among which to look, as few as is known beforehand, which are of the parent's stream, and how."""
    topics = topics_of(query.event_types)
    walk = scan.backwards if query.newest_first else scan.forwards
    if (found := _listed(inventory, ledger, query)) is not None:
        return *_of_parent(inventory, ledger, parent, scan.listed(found)), walk
    if not parent:
        read = scan.indexed(ledger, query.traced) if query.trace_id else scan.whole(ledger, topics)
        return *_of_parent(inventory, ledger, parent, read), walk
    if parent.startswith("projects/"):
        project = project_with(inventory, ledger, parent.removeprefix("projects/"), query.parent)
        if query.trace_id:
            return *_of_parent(inventory, ledger, parent, scan.indexed(ledger, query.traced)), walk
        if streams := query.streams_of(project):
            return scan.merged(ledger, streams, topics), _any, walk
        of_projects = [topic for topic in topics or _OF_PROJECTS if topic in _OF_PROJECTS]
        read = scan.whole(ledger, of_projects) if of_projects else scan.listed(())
        return *_of_parent(inventory, ledger, parent, read), walk
    streams = streams_with(parent)
    if query.newest_first:
        return scan.newest_of_streams(ledger, streams, topics), _any, scan.newest
    return scan.merged(ledger, streams, topics), _any, walk


def streams_with(stream: str) -> Sequence[str]:
    """A resource's stream, and of a VM's, those of what does not change it, or comes after its end."""
    kind, _, uid = stream.partition("/")
    return (stream, consoles_stream(uid), secrets_stream(uid)) if kind == "vms" else (stream,)


def _any(_recorded: RecordedEvent) -> bool:
    return True


def _listed(inventory: Inventory, ledger: Ledger, query: EventQuery) -> list[RecordedEvent] | None:
    """The events of a chain, or of a command that is known by its id; None when all must be looked through.

    Raises NotFound for a chain of what the call may not see, as for one that there is not.
    """
    if query.chain_of:
        causation.check_address(query.chain_of)
        if not visible.shows(project_of(inventory, ledger, query.chain_of.rpartition("@")[0])):
            raise NotFound("event", query.chain_of)
        return causation.chain(ledger, query.chain_of)
    if query.request_id and (accepted := ledger.of_stream(f"requests/{query.request_id}", 0, 1)):
        return causation.command_of(ledger, accepted[0])
    return None


def stream_of(inventory: Inventory, ledger: Ledger, parent: str) -> str:
    """The stream of a VM, a host, a project or a resource of one, by its name. Raises NotFound."""
    if parent.startswith("hosts/"):
        return f"hosts/{live_host(inventory, parent).uid}"
    if parent.count("/") > 1:
        child = CHILDREN[parent.split("/")[2]]
        return child.stream(child.now(inventory, ledger, parent))
    return f"projects/{project_now(inventory, ledger, parent).uid}"


def _of_parent(inventory: Inventory, ledger: Ledger, parent: str, read: Read) -> tuple[Read, Matches]:
    """A reading, and whether an event of it is on a stream of the parent's.

    Which VMs are a project's is looked up as they are read, of all of one reading together.
    """
    seen = visible.projects()
    if not parent and seen is None:
        return read, _any
    if parent and not parent.startswith("projects/"):
        return read, lambda recorded: recorded.stream == parent
    uids = frozenset({parent.removeprefix("projects/")}) if parent else seen or frozenset()
    projects: dict[str, str] = {}

    def read_with_projects(after: int, limit: int, to: int) -> Sequence[RecordedEvent]:
        found = read(after, limit, to)
        projects.update(projects_of(inventory, ledger, sorted({each.stream for each in found} - projects.keys())))
        return found

    return read_with_projects, lambda recorded: projects[recorded.stream] in uids


def last_placement(ledger: Ledger, vm: Vm) -> RecordedEvent:
    """The event by which the VM got its last host. Raises NotFound for one that never had any."""
    found = ledger.last_of_stream(f"vms/{vm.uid}", [TOPICS["vm_start_requested"]])
    if found is None:
        raise NotFound("placement", f"a placement of {vm.name}")
    return found
