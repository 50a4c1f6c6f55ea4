"""The process that writes a snapshot: folds what came after the last one, checks its seals, and stores the fleet.

Beside the server, so that neither its event loop nor its interpreter lock is taken. What it wrote is believed only once
the server has recorded its hash.
"""

import sys

from eventsourcing.persistence import PersistenceError

from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import Fleet
from controlplane.domain.time import Micros, micros_of
from controlplane.ledger.seals import STREAM
from controlplane.ledger.store import PAGE, Ledger
from controlplane.queries.audit import verify
from controlplane.runtime import worker_process
from controlplane.snapshotting.requests import FailedSnapshot, SnapshotRequest, SnapshotResult, WrittenSnapshot


def write_snapshot(ledger: Ledger, keep: int) -> SnapshotResult:
    """Writes a snapshot as of the last seal. A Problem where what it would be folded from does not hold."""
    before = ledger.snapshot()
    fleet, position, time = Fleet(), 0, Micros(0)
    if before:
        fleet.restore(before.state)
        position, time = before.state.position, before.state.time
    checked = verify(ledger, after=position + 1 if position else 0)
    if checked.problem:
        return checked.problem
    end = checked.head.id if checked.head else position
    while position < end:
        page = ledger.after(position, PAGE, end)
        if not page:
            return FailedSnapshot(f"the ledger ends after position {position}")
        fleet.replay(page)
        position, time = page[-1].position, micros_of(page[-1].event.commit_time)
    if checked.head is None or checked.head.originator_id != STREAM:
        return FailedSnapshot("there is nothing to take a snapshot of")
    link = ledger.link(checked.head.originator_version)
    taken = ledger.save_snapshot(fleet.captured(position, time), link, keep)
    return WrittenSnapshot(taken.SerializeToString()) if taken else FailedSnapshot("this ledger keeps no snapshots")


def main() -> int:
    """The worker process: the request comes on stdin, the result goes to stdout."""
    request: SnapshotRequest = worker_process.receive_from(sys.stdin.buffer)
    worker_process.begin(request.parent)
    try:
        with Ledger(request.url) as ledger:
            answer = write_snapshot(ledger, request.keep)
    except (PersistenceError, DomainError, OSError) as error:
        answer = FailedSnapshot(str(error).partition("\n")[0])
    worker_process.send(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
