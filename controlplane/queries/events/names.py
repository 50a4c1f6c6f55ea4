"""The names of streams: what the VMs, hosts, projects and service accounts are called that events are about. Blocks."""

from collections.abc import Iterable, Iterator

from controlplane.domain.fleet import RecordedEvent
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_view import HistoryView, ProjectVms
from controlplane.projections.live.inventory import Inventory
from controlplane.queries.identity import ProjectIdentity

MOST_STREAMS = 500
# Streams of what can end, and has its name in its first event.
ENDING = ("vms/", "projects/", "serviceAccounts/")


def names_in(inventory: Inventory, ledger: Ledger, events: Iterable[RecordedEvent]) -> dict[str, str]:
    """The names of all that these events are on the streams of, or speak of, by stream; of what is no resource, none.

    The names of what is destroyed are in first events, which are read together.
    """
    streams = {stream for event in events for stream in _streams_in(event)}
    names = {stream: _living_name(inventory, stream) for stream in streams}
    ended = [(stream, 1) for stream, name in names.items() if not name and stream.startswith(ENDING)]
    for first in ledger.at_addresses(sorted(ended)):
        event = first.event
        created = (event.vm_created, event.project_created, event.service_account_created)
        names[first.stream] = next((each.name for each in created if each.name), "")
    return {stream: name for stream, name in names.items() if name}


def _living_name(inventory: Inventory, stream: str) -> str:
    """Empty for what is not, or is no more."""
    kind, _, uid = stream.partition("/")
    match kind:
        case "vms":
            found = inventory.vms.get(uid)
        case "hosts":
            found = inventory.hosts.get(uid)
        case "projects":
            found = inventory.projects.get(uid)
        case "serviceAccounts":
            found = inventory.service_accounts.get(uid)
        case _:
            found = None
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
    uids = view.vm_uids(ProjectVms(f"{project.name}/vms/", project.uid), MOST_STREAMS + 1)
    accounts = view.service_account_uids(project.uid, MOST_STREAMS + 1)
    if len(uids) + len(accounts) > MOST_STREAMS:
        return []
    of_accounts = [f"serviceAccounts/{uid}" for uid in accounts]
    return [f"projects/{project.uid}", f"policies/{project.uid}", *of_accounts, *(f"vms/{uid}" for uid in uids)]
