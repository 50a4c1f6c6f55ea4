"""Who may do what: the table of now, which follows the ledger, and that of any position."""

from collections.abc import Callable, Mapping, Sequence

from controlplane.domain.access import policy as policies
from controlplane.domain.access import roles
from controlplane.domain.access.decision import AccessTable, Known
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.project.aggregate import Project
from controlplane.ledger.store import Ledger
from controlplane.projections.live.inventory import Inventory

# Events of one stream that are read at once.
PAGE = 500


def put(table: AccessTable, recorded: RecordedEvent) -> bool:
    """Has a table follow an event. Whether it changed anything."""
    kind, _, rest = recorded.stream.partition("/")
    if kind == policies.STREAM:
        table.put_policy(policies.policy_of(recorded.event, recorded.version))
    elif kind == roles.STREAM:
        table.put_role(f"{roles.PREFIX}{rest}", roles.role_of(recorded.event, recorded.version))
    else:
        return False
    return True


class AccessFollower:
    """The table of now. `changed` is called after every batch that changed it."""

    def __init__(self, known: Known, inventory: Inventory) -> None:
        self.table = AccessTable(known, self._labels, lambda: inventory.projects)
        self.changed: Callable[[], None] = lambda: None
        # All there ever were, so that the past knows where to look.
        self.role_streams: set[str] = set()
        self._inventory = inventory

    def _labels(self, project_uid: str) -> Mapping[str, str]:
        project = self._inventory.projects.get(project_uid)
        return dict(project.labels) if project else {}

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        """Follows the dispatcher, after the inventory."""
        # Each is put, whatever those before it changed.
        changes = sum(self._put(each) for each in batch)
        if changes:
            self.changed()

    def _put(self, recorded: RecordedEvent) -> bool:
        if isinstance(recorded.after, Project):
            before = recorded.before
            if isinstance(before, Project) and before.labels != recorded.after.labels:
                self.table.changed()
                return True
            return False
        if recorded.stream.startswith(f"{roles.STREAM}/"):
            self.role_streams.add(recorded.stream)
        return put(self.table, recorded)

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        for each in state.access:
            self._put(each)


def table_then(now: AccessFollower, ledger: Ledger, project: Project | None, position: int) -> AccessTable:
    """The table as it was at a position, for one project and the root. Blocks."""
    labels = dict(project.labels) if project else dict[str, str]()
    table = AccessTable(now.table.permissions, lambda _uid: labels)
    streams = [policies.stream_of(""), *now.role_streams, *([policies.stream_of(project.uid)] if project else ())]
    for stream in streams:
        if (last := _last(ledger, stream, position)) is not None:
            put(table, last)
    return table


def _last(ledger: Ledger, stream: str, position: int) -> RecordedEvent | None:
    """The last event of a stream by a position."""
    last, after = None, 0
    while page := ledger.of_stream(stream, after, PAGE):
        for each in page:
            if each.position > position:
                return last
            last = each
        after = page[-1].position
    return last
