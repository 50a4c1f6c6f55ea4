"""Through a snapshot and back, without a file."""

from collections.abc import Sequence

from eventsourcing.persistence import StoredEvent

from controlplane.domain.fleet import FleetState
from controlplane.ledger.seals import GENESIS
from controlplane.ledger.snapshots import codec


class MemoryRows:
    """Snapshot rows that last as long as this object."""

    def __init__(self) -> None:
        self._rows: list[StoredEvent] = []

    def read(self, stream: str, version: int | None = None) -> Sequence[StoredEvent]:
        found = [row for row in self._rows if row.originator_id == stream]
        return [row for row in found if version in (None, row.originator_version)]

    def put(self, rows: Sequence[StoredEvent], keep: int) -> None:
        self._rows = [*rows, *(row for row in self._rows if row.originator_version == keep)]

    def close(self) -> None:
        self._rows.clear()


def through_a_snapshot(state: FleetState) -> FleetState:
    rows = MemoryRows()
    root = codec.save(rows, state, GENESIS)
    found: list[bytes] = []
    loaded = codec.load(rows, lambda _manifest, root: found.append(root))
    assert found == [root]
    assert loaded
    return loaded.state
