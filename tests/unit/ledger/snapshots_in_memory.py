"""Through a snapshot and back, without a file."""

from collections.abc import Sequence

from eventsourcing.persistence import StoredEvent

from controlplane.domain.fleet import FleetState
from controlplane.ledger import snapshots
from controlplane.ledger.seals import GENESIS


class MemoryRows:
    """Snapshot rows that last as long as this object."""

    def __init__(self) -> None:
        self._rows: list[StoredEvent] = []

    def read(self, stream: str) -> Sequence[StoredEvent]:
        return [row for row in self._rows if row.originator_id == stream]

    def replace(self, rows: Sequence[StoredEvent]) -> None:
        self._rows = list(rows)

    def close(self) -> None:
        self._rows.clear()


def through_a_snapshot(state: FleetState) -> FleetState:
    rows = MemoryRows()
    snapshots.save(rows, state, GENESIS)
    loaded = snapshots.load(rows)
    assert loaded
    return loaded.state
