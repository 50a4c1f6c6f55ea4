"""The names of streams: what the VMs, hosts, projects and their resources are called that events are about. Blocks."""

from collections.abc import Iterable, Iterator

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.resource_kinds import CREATION, IN_PROJECTS, RESOURCE_KINDS
from controlplane.domain.vm.consoles import consoles_stream, subject_of
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_view import HistoryView, ProjectPart
from controlplane.projections.live.inventory import Inventory
from controlplane.queries.identity import ProjectIdentity

MOST_STREAMS = 500
# Streams of what can end, and has its name in its first event.
ENDING = ("projects/", *(f"{collection}/" for collection in IN_PROJECTS))


def names_in(inventory: Inventory, ledger: Ledger, events: Iterable[RecordedEvent]) -> dict[str, str]:
    """The names of all that these events are on the streams of, or speak of, by stream; of what is no resource, none.

    The names of what is destroyed are in first events, which are read together.
    """
    streams = {stream for event in events for stream in _streams_in(event)}
    names = {stream: _living_name(inventory, subject_of(stream)) for stream in streams}
    unnamed = {subject_of(stream) for stream, name in names.items() if not name}
    ended = [(stream, 1) for stream in unnamed if stream.startswith(ENDING)]
    for first in ledger.at_addresses(sorted(ended)):
        names[first.stream] = getattr(first.event, CREATION[first.stream.partition("/")[0]]).name
    found = {stream: name or names.get(subject_of(stream), "") for stream, name in names.items()}
    return {stream: name for stream, name in found.items() if name}


def _living_name(inventory: Inventory, stream: str) -> str:
    """Empty for what is not, or is no more."""
    kind, _, uid = stream.partition("/")
    found = inventory.living(kind, uid)
    return found.name if found else ""


def _streams_in(recorded: RecordedEvent) -> Iterator[str]:
    event = recorded.event
    yield recorded.stream
    if event.causation:
        yield event.causation.rpartition("@")[0]
    for holding in (*event.capacity_held.holdings, *event.capacity_released.holdings):
        yield f"vms/{holding.vm_uid}"


def streams_of(view: HistoryView, project: ProjectIdentity) -> list[str]:
    """All the streams that a project ever had, where they are few enough to read each; else none."""
    uids = {collection: view.resource_uids(collection, project.uid, MOST_STREAMS + 1) for collection in RESOURCE_KINDS}
    uids["vms"] = view.vm_uids(ProjectPart.of(project, "vms"), MOST_STREAMS + 1)
    if sum(map(len, uids.values())) > MOST_STREAMS:
        return []
    inside = [f"{collection}/{uid}" for collection, some in uids.items() for uid in some]
    consoles = [consoles_stream(uid) for uid in uids["vms"]]
    return [f"projects/{project.uid}", f"policies/{project.uid}", *inside, *consoles]
