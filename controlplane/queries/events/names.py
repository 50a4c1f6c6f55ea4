"""The names of streams: what the VMs, hosts and projects are called that events are about. Blocks."""

from collections.abc import Iterable, Iterator

from controlplane.domain.fleet import RecordedEvent
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_view import HistoryView, ProjectVms
from controlplane.projections.live.inventory import Inventory
from controlplane.queries.identity import ProjectIdentity

MOST_STREAMS = 500


def name_of(inventory: Inventory, ledger: Ledger, stream: str) -> str:
    """Empty for a stream that is about no resource. The name of what is destroyed is looked up in its first event."""
    kind, _, uid = stream.partition("/")
    match kind:
        case "vms":
            vm = inventory.vms.get(uid)
            return vm.name if vm else _first_name(ledger, stream)
        case "hosts":
            host = inventory.hosts.get(uid)
            return host.name if host else ""
        case "projects":
            project = inventory.projects.get(uid)
            return project.name if project else _first_name(ledger, stream)
        case _:
            return ""


def names_in(inventory: Inventory, ledger: Ledger, events: Iterable[RecordedEvent]) -> dict[str, str]:
    """The names of all that these events are on the streams of, or speak of, by stream."""
    streams = {stream for event in events for stream in _streams_in(event)}
    names = {stream: name_of(inventory, ledger, stream) for stream in streams}
    return {stream: name for stream, name in names.items() if name}


def _streams_in(recorded: RecordedEvent) -> Iterator[str]:
    event = recorded.event
    yield recorded.stream
    if event.causation:
        yield event.causation.rpartition("@")[0]
    for holding in (*event.capacity_held.holdings, *event.capacity_released.holdings):
        yield f"vms/{holding.vm_uid}"


def streams_of(view: HistoryView, project: ProjectIdentity) -> list[str]:
    """All the streams that a project ever had, where its VMs are no more than can be asked one by one; else none."""
    uids = view.vm_uids(ProjectVms(f"{project.name}/vms/", project.uid), MOST_STREAMS + 1)
    if len(uids) > MOST_STREAMS:
        return []
    return [f"projects/{project.uid}", *(f"vms/{uid}" for uid in uids)]


def _first_name(ledger: Ledger, stream: str) -> str:
    first = ledger.of_stream(stream, 0, 1)
    if not first:
        return ""
    event = first[0].event
    return event.vm_created.name or event.project_created.name
