"""Durable create-and-start by BatchCreateVms of 1,000, against the recorder's own insert of as many events."""

import time
from pathlib import Path
from statistics import median

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from uuid_utils import uuid7

from tests.benchmarks.load import BATCH, load_on
from tests.benchmarks.measure import Row, at_least, interleave
from tests.benchmarks.servers import control_plane

# About what one of the events of a create-and-start takes.
STATE = bytes(200)
TOPIC = "chronovisor.events.v1.VmStartRequested"
# The target: so many VMs a second where the bare recorder writes so many rows.
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

    def insert(self, count: int) -> float:
        """Rows a second, in batches of 1,000."""
        batches = [
            [StoredEvent(f"vms/{uuid7()}", 1, TOPIC, STATE) for _ in range(min(BATCH, count - begun))]
            for begun in range(0, count, BATCH)
        ]
        began = time.perf_counter()
        for batch in batches:
            self._recorder.insert_events(batch)
        return count / (time.perf_counter() - began)

    def close(self) -> None:
        self._datastore.close()


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count, rounds = (100, 1) if quick else (20 * BATCH, 5)
    bare = BareRecorder(directory / "bare.db")
    try:
        async with control_plane(f"sqlite:///{directory / 'batch.db'}") as ours, load_on(ours.address) as load:
            await load.batched(load.batches(count // 10))
            vms_a_second: list[float] = []
            # Learnt from the first round of ours: events of one VM, seals and capacity included.
            events_a_vm = 2.0

            async def created() -> float:
                nonlocal events_a_vm
                batches = load.batches(count)
                before = await load.head()
                vms_a_second.append(await load.batched(batches))
                events_a_vm = (await load.head() - before) / count
                return vms_a_second[-1] * events_a_vm

            async def inserted() -> float:
                return bare.insert(round(count * events_a_vm))

            rows, events = await interleave(rounds, inserted, created)
    finally:
        bare.close()
    aimed = VMS / ROWS * median(rows)
    return [
        at_least("create-and-start, BatchCreateVms of 1,000: events", "events/s", rows, events, 0.5),
        at_least("the same in VMs, against 10,000 for 35,000 bare rows", "VMs/s", [aimed], vms_a_second, 1.0),
    ]
