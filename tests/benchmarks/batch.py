"""Durable create-and-start by BatchCreateVms of 1,000, against the recorder's own insert of as many events."""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from controlplane.ledger.store import Ledger
from tests.benchmarks.load import BATCH, load_on
from tests.benchmarks.measure import Row, at_least, interleave
from tests.benchmarks.servers import control_plane

# The target: so many VMs a second where the bare recorder writes so many rows, fewer where it writes fewer.
VMS, ROWS = 10_000, 35_000


class BareRecorder:
    """The library's recorder on a file, as it comes: text ids, WAL, synchronous FULL."""

    def __init__(self, path: Path) -> None:
        self._datastore = SQLiteDatastore(str(path), originator_id_type="text")
        with self._datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA synchronous")
            assert tuple(cursor.fetchone()) == (2,), "synchronous is not FULL"
        self._recorder = SQLiteApplicationRecorder(self._datastore)
        self._recorder.create_table()

    def insert(self, events: Sequence[StoredEvent]) -> float:
        """Rows a second, in batches of 1,000."""
        batches = [events[begun : begun + BATCH] for begun in range(0, len(events), BATCH)]
        began = time.perf_counter()
        for batch in batches:
            self._recorder.insert_events(batch)
        return len(events) / (time.perf_counter() - began)

    def close(self) -> None:
        self._datastore.close()


def stored(url: str, after: int) -> list[StoredEvent]:
    """The events that the control plane has stored after a position."""
    ledger = Ledger(url)
    try:
        rows = ledger.recorder.select_notifications(after + 1, 10**9)
        return [StoredEvent(row.originator_id, row.originator_version, row.topic, row.state) for row in rows]
    finally:
        ledger.close()


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count, rounds = (100, 1) if quick else (20 * BATCH, 5)
    url = f"sqlite:///{directory / 'batch.db'}"
    bare = BareRecorder(directory / "bare.db")
    vms_a_second: list[float] = []
    events: list[StoredEvent] = []
    try:
        async with control_plane(url) as ours, load_on(ours.address) as load:
            await load.batched(load.batches(count // 10))

            async def created() -> float:
                batches = load.batches(count)
                before = await load.head()
                vms_a_second.append(await load.batched(batches))
                events[:] = stored(url, before)
                return vms_a_second[-1] * len(events) / count

            async def inserted() -> float:
                """The very events that the round before has stored."""
                return bare.insert(events)

            made, rows = await interleave(rounds, created, inserted)
    finally:
        bare.close()
    aimed = VMS * min(1.0, median(rows) / ROWS)
    return [
        at_least("create-and-start, BatchCreateVms of 1,000: events", "events/s", rows, made, 0.5),
        at_least("the same: VMs, of 10,000", "VMs/s", [aimed], vms_a_second, 1.0),
    ]
